// One call into ExtendScript at a time.
//
// evalScript runs on After Effects' main thread and answers when that has time: at once, after a render, or after a
// dialog was closed. Calls wait here in order; nothing else of the panel waits for them.

/** What CEP answers in place of a result when the script threw. */
export const FAILED = "EvalScript error.";

/** After Effects counts as busy when a call takes longer than this, ms: people notice a pause of a second. */
export const BUSY_MS = 1000;

/**
 * @typedef {{script: string, key: string, done: (text: string) => void, wait: Promise<string>}} Call
 */

export class EvalQueue {
  /**
   * @param {(script: string, done: (text: string) => void) => void} evalScript CEP's
   * @param {object} [options]
   * @param {number} [options.busyMs]
   * @param {(busy: boolean) => void} [options.onBusy] called when the present call begins to take long, and when it ends
   */
  constructor(evalScript, { busyMs = BUSY_MS, onBusy = () => {} } = {}) {
    this._evalScript = evalScript;
    this._busyMs = busyMs;
    this._onBusy = onBusy;
    /** @type {Call[]} */
    this._waiting = [];
    /** @type {Call | null} */
    this._running = null;
    this._busy = false;
  }

  /** Whether a call is under way or waits. */
  get active() {
    return this._running !== null;
  }

  /** Whether the present call takes long. */
  get busy() {
    return this._busy;
  }

  /**
   * The script's result as text. Never rejects: what went wrong is in the text (`FAILED`).
   * @param {string} script
   * @param {string} [key] a call that waits under the same key stands for this one too
   * @returns {Promise<string>}
   */
  call(script, key = "") {
    const same = key && this._waiting.find((call) => call.key === key);
    if (same) return same.wait;
    /** @type {(text: string) => void} */
    let done = () => {};
    /** @type {Promise<string>} */
    const wait = new Promise((resolve) => {
      done = resolve;
    });
    this._waiting.push({ script, key, done, wait });
    this._next();
    return wait;
  }

  _next() {
    const call = this._running === null ? this._waiting.shift() : undefined;
    if (!call) return;
    this._running = call;
    const slow = setTimeout(() => this._setBusy(true), this._busyMs);
    let answered = false;
    const answer = (/** @type {unknown} */ text) => {
      if (answered) return; // a second answer must not let two calls run at once
      answered = true;
      clearTimeout(slow);
      this._running = null;
      this._setBusy(false);
      call.done(typeof text === "string" ? text : String(text));
      this._next();
    };
    try {
      this._evalScript(call.script, answer);
    } catch {
      answer(FAILED);
    }
  }

  /** @param {boolean} busy */
  _setBusy(busy) {
    if (busy === this._busy) return;
    this._busy = busy;
    this._onBusy(busy);
  }
}
