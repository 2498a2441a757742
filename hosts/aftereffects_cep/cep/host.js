// After Effects as the model wants it: the commands of host/contract.d.ts, each one short call into ExtendScript.

import { EvalQueue, FAILED } from "./evalqueue.js";

/** The question that polls; one that waits is enough. */
const POLL = "state";

/** @typedef {import("../model/host.js").Host} Host */

/** @implements {Host} */
export class AfterEffects {
  /**
   * @param {(script: string, done: (text: string) => void) => void} evalScript CEP's
   * @param {(busy: boolean) => void} onBusy a call takes long, or has ended
   */
  constructor(evalScript, onBusy) {
    this._queue = new EvalQueue(evalScript, { onBusy });
  }

  get active() {
    return this._queue.active;
  }

  /**
   * @template {keyof import("../host/contract.js").Commands} Name
   * @param {Name} name
   * @param {import("../model/host.js").Questions[Name]} question
   * @returns {Promise<import("../model/host.js").Values[Name]>}
   */
  async call(name, question) {
    const text = await this._queue.call(script(name, question), name === POLL ? POLL : "");
    return value(name, text);
  }
}

/**
 * The call as ExtendScript source, in printable ASCII: no quote, line end or U+2028 of a path can end the string.
 * @param {string} name
 * @param {unknown} question
 */
export function script(name, question) {
  return `mattewire.call(${literal(name)}, ${literal(JSON.stringify(question))})`;
}

/** @param {string} text as a string literal of ES3 */
function literal(text) {
  const escaped = text.replace(/["\\]|[^ -~]/g, (sign) =>
    sign === '"' || sign === "\\" ? `\\${sign}` : `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

/**
 * @param {string} name
 * @param {string} text what evalScript answered
 * @returns {any}
 */
export function value(name, text) {
  /** @type {any} */
  let answer = null;
  try {
    answer = JSON.parse(text);
  } catch {
    // told below
  }
  if (answer && answer.ok === true) return answer.value;
  if (answer && answer.ok === false && answer.error) throw answer.error;
  const words = text === FAILED ? "After Effects did not run the panel's script" : "After Effects answered with no answer";
  throw {
    code: "internal_error",
    message: `${words} (${name}).`,
    field: "",
    advice: "Close the panel and open it again. If it stays, install it again with mattewire install-host ae.",
    retryable: false,
  };
}
