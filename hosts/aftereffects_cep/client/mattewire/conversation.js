/**
 * The conversation with one daemon over one line: hello, questions and answers, heartbeats, events in order, and finding
 * the daemon again. `Client` is what panels use.
 */

import { Dealer } from "../zmtp/index.js";
import { encode, newId } from "./codec.js";
import { connectionPath, processExists, readConnection, stampOf } from "./connection.js";
import { MattewireError, errorOf } from "./errors.js";
import { startDaemon } from "./launch.js";
import { called, keysOf, late, problemOf, understood, unexpected } from "./linework.js";
import { EVENTS, OLDEST_PROTOCOL, PROTOCOL, SIZES } from "./tables.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./messages.js").JobEvents} JobEvents */
/** @typedef {import("./messages.js").Welcome} Welcome */

/**
 * `off` (not opened, or given up), `opening`, `on`, `away` (it was met before, and is looked for).
 * @typedef {{state: "off" | "opening" | "on" | "away", problem: MattewireError | null, welcome: Welcome | null}} LineState
 */

/**
 * @typedef {object} ConversationOptions
 * @property {Connection} [connection] a known daemon
 * @property {string} [connectionFile] or the file of a local one; read again whenever the daemon comes back
 * @property {boolean} start the local daemon is started when none runs
 * @property {string} name
 * @property {string} host
 * @property {number} timeoutMs
 * @property {(line: LineState) => void} onLine
 * @property {(event: JobEvents) => void} onEvent each event of a watched job once, in order
 * @property {(jobId: string, problem: MattewireError) => void} onRefused a watched job that the daemon does not have
 */

/** @typedef {{resolve: (message: import("./codec.js").Message) => void,
 *   reject: (problem: MattewireError) => void, timer: ReturnType<typeof setTimeout>}} Question */

const TICK_MS = 500;
/** Pause after a start of the daemon that failed, and how long one is waited for. */
const START_AGAIN_MS = 10_000;
const START_PATIENCE_MS = 75_000;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 2000;
const DEFAULT_LIMITS = { heartbeat_s: 5, silence_s: 20 };

export class Conversation {
  /** @param {ConversationOptions} options */
  constructor(options) {
    this._options = options;
    this._file = options.connection ? "" : options.connectionFile || connectionPath();
    /** @type {LineState} */
    this.line = { state: "off", problem: null, welcome: null };
    /** Job id to the last event seen. @type {Map<string, number>} */
    this.watched = new Map();
    /** @type {Map<string, Question>} */
    this._questions = new Map();
    /** Those who wait for the line. @type {Set<{resolve: () => void, reject: (problem: MattewireError) => void}>} */
    this._waiting = new Set();
    /** Watches that nobody waits for, by message id. @type {Map<string, string>} */
    this._watches = new Map();
    /** Holes that were asked about, by job id. @type {Map<string, number>} */
    this._holes = new Map();
    this._helloId = "";
    this._address = "";
    this._stamp = "";
    this._lastSent = this._lastHeard = this._greetingSince = 0;
    /** @type {MattewireError | null} */
    this._whereProblem = null;
    this._startWanted = false;
    this._starting = false;
    this._started = false;
    this._nextStart = 0;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._ticker = undefined;
    // Heartbeats are the protocol's own ping, which the daemon counts; ZMTP's would say the same a second time.
    this._dealer = new Dealer(() => this._where(), {
      queueWhileAway: false,
      maxPartBytes: SIZES.messageBytes,
      maxMessageBytes: SIZES.messageBytes + SIZES.binaryBytes * (SIZES.binaryParts + 1),
      maxParts: 16,
      handshakeTimeoutMs: options.timeoutMs,
      heartbeatMs: 0,
      reconnectMs: RETRY_FIRST_MS,
      reconnectMostMs: RETRY_MOST_MS,
      onMessage: (parts) => this._take(parts),
      onState: ({ state, fault }) => this._dealerIs(state, fault),
    });
  }

  // --- asking -----------------------------------------------------------------------------------------------

  /** Opens the line if it is off, and waits until it is on.
   * @returns {Promise<void>} rejects with the problem, or `timed_out` */
  meet() {
    const timeoutMs = this._options.start ? Math.max(this._options.timeoutMs, START_PATIENCE_MS) : this._options.timeoutMs;
    this._startWanted = this._options.start && this._file !== ""; // somebody wants the daemon, even one that was stopped
    if (this.line.state === "on") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = {
        resolve: () => done(resolve),
        reject: (/** @type {MattewireError} */ problem) => done(() => reject(problem)),
      };
      const done = (/** @type {() => void} */ tell) => {
        clearTimeout(timer);
        this._waiting.delete(waiter);
        tell();
      };
      const timer = setTimeout(() => waiter.reject(this.line.problem ?? late("The daemon did not say welcome", timeoutMs)), timeoutMs);
      this._waiting.add(waiter);
      if (this.line.state === "off") this._open();
    });
  }

  /**
   * Sends a question, once the line is on, and waits for its answer. An `error` answer rejects as what it is.
   * @param {string} type
   * @param {object} body
   * @param {number} [timeoutMs] for the answer
   * @returns {Promise<import("./codec.js").Message>}
   */
  async ask(type, body, timeoutMs = this._options.timeoutMs) {
    const id = newId();
    const parts = encode(type, body, { id }); // what the daemon would refuse is refused here, whether it runs or not
    await this.meet();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this._answered(id, late(`No answer to ${type}`, timeoutMs)), timeoutMs);
      this._questions.set(id, { resolve, reject, timer });
      if (!this._send(parts)) this._answered(id, new MattewireError("timed_out", "The line to the daemon is full."));
    });
  }

  /** From here on this job's events after `lastSeq` are taken. Asked for now if the line is on, else once it is.
   * @param {string} jobId
   * @param {number} lastSeq */
  watch(jobId, lastSeq) {
    this.watched.set(jobId, lastSeq);
    if (this.line.state === "on") this._sendWatch(jobId, lastSeq);
  }

  /** Ends `watch`; the daemon is told if it is there.
   * @param {string} jobId */
  unwatch(jobId) {
    this._holes.delete(jobId);
    if (this.watched.delete(jobId) && this.line.state === "on") this._send(encode("unwatch", { job_id: jobId }));
  }

  /** Ends the conversation; whoever waits is told. */
  close() {
    this._startWanted = false;
    this._giveUp(null, new MattewireError("daemon_unreachable", "This client was closed.", { advice: "Open it again." }));
  }

  // --- the line ---------------------------------------------------------------------------------------------

  _open() {
    this._started = false;
    this._tell("opening", null);
    this._ticker = setInterval(() => this._tick(), TICK_MS);
    this._dealer.open();
  }

  /** Where the dealer calls, asked before each attempt. */
  _where() {
    this._whereProblem = null;
    this._helloId = "";
    try {
      this._stamp = this._file ? stampOf(this._file) : "";
      const found = this._options.connection ?? this._localConnection();
      this._address = found.address;
      return { address: found.address, curve: keysOf(found) };
    } catch (problem) {
      this._whereProblem = problem instanceof MattewireError ? problem : null;
      throw problem;
    }
  }

  _localConnection() {
    const found = readConnection(this._file);
    if (found.pid > 0 && !processExists(found.pid)) {
      throw new MattewireError("daemon_unreachable", `The daemon that left ${this._file} is no longer running.`);
    }
    return found;
  }

  /** @param {import("../zmtp/dealer.js").DealerState["state"]} state
   * @param {import("../zmtp/faults.js").ZmtpFault | null} fault */
  _dealerIs(state, fault) {
    if (state === "ready") {
      this._lastHeard = this._greetingSince = performance.now();
      this._helloId = newId();
      const { name, host } = this._options;
      const range = { protocol_min: OLDEST_PROTOCOL, protocol_max: PROTOCOL };
      this._send(encode("hello", { ...range, client: name, host }, { id: this._helloId }));
    } else if (state === "waiting" && fault) {
      this._lost(this._whereProblem ?? problemOf(fault, this._address));
    }
  }

  /** The line ended or could not be made; the dealer tries again unless that is of no use.
   * @param {MattewireError} problem */
  _lost(problem) {
    const met = this.line.state === "on" || this.line.state === "away";
    const greeted = this.line.state === "on";
    this._watches.clear();
    this._endQuestions(new MattewireError("daemon_unreachable", "The daemon went away before it answered.", { advice: "Try again." }));
    const mayStart = this._startWanted && problem.family === "ConnectionFailed" && (met || !this._started);
    if (!mayStart && (!met || (problem.code === "not_authorized" && !this._file) || problem.code === "wrong_protocol")) {
      this._giveUp(problem, problem);
      return;
    }
    if (mayStart && !greeted) this._start();
    this._tell(met ? "away" : "opening", problem);
  }

  /** @param {MattewireError | null} problem
   * @param {MattewireError} told to those who wait */
  _giveUp(problem, told) {
    clearInterval(this._ticker);
    this._dealer.close();
    this._helloId = "";
    this._endQuestions(told);
    this._tell("off", problem);
    for (const waiter of [...this._waiting]) waiter.reject(told);
  }

  _start() {
    if (this._starting || performance.now() < this._nextStart) return;
    this._starting = true;
    startDaemon()
      .then(
        () => {
          this._started = true;
          this._nextStart = performance.now() + START_AGAIN_MS;
          if (this._dealer.now.state === "waiting") this._dealer.reconnect();
        },
        (/** @type {MattewireError} */ problem) => {
          this._nextStart = performance.now() + START_AGAIN_MS;
          if (this.line.state === "opening") this._giveUp(problem, problem);
          else if (this.line.state === "away") this._tell("away", problem);
        },
      )
      .finally(() => {
        this._starting = false;
      });
  }

  _tick() {
    const now = performance.now();
    if (this._file && stampOf(this._file) !== this._stamp) {
      if (this.line.state !== "on") this._dealer.reconnect(); // it has come
      else this._drop(new MattewireError("daemon_unreachable", "The daemon has ended.")); // or another has taken over
      return;
    }
    const { heartbeat_s: heartbeat, silence_s: silence } = this.line.welcome?.limits ?? DEFAULT_LIMITS;
    const [sent, heard] = [(now - this._lastSent) / 1000, (now - this._lastHeard) / 1000];
    if (this._helloId) {
      if (now - this._greetingSince > this._options.timeoutMs) this._drop(late("The daemon did not say welcome", this._options.timeoutMs));
    } else if (this.line.state === "on") {
      if (heard > silence && sent < silence) this._drop(new MattewireError("timed_out", `The daemon has been silent for ${silence} s.`));
      else if (sent > silence) {
        this._lastHeard = now; // this side slept; the daemon may have stopped watching for us
        this._watchAgain();
        this._send(encode("ping", {}));
      } else if (sent > heartbeat) this._send(encode("ping", {}));
    }
  }

  /** @param {MattewireError} problem */
  _drop(problem) {
    this._helloId = "";
    this._lost(problem);
    if (this.line.state !== "off") this._dealer.reconnect();
  }

  /** @param {LineState["state"]} state
   * @param {MattewireError | null} problem */
  _tell(state, problem) {
    const before = this.line;
    this.line = { state, problem, welcome: before.welcome };
    if (before.state !== state || before.problem?.code !== problem?.code || before.problem?.message !== problem?.message) {
      called(() => this._options.onLine(this.line));
    }
  }

  // --- what goes out and comes in -----------------------------------------------------------------------------

  /** @param {Uint8Array[]} parts */
  _send(parts) {
    this._lastSent = performance.now();
    return this._dealer.send(parts);
  }

  /** @param {string} jobId
   * @param {number} lastSeq */
  _sendWatch(jobId, lastSeq) {
    const id = newId();
    if (this._send(encode("watch", { job_id: jobId, last_seq: lastSeq }, { id }))) this._watches.set(id, jobId);
  }

  _watchAgain() {
    this._holes.clear();
    for (const [jobId, seen] of this.watched) this._sendWatch(jobId, seen);
  }

  /** @param {Uint8Array[]} parts */
  _take(parts) {
    this._lastHeard = performance.now();
    const message = understood(parts);
    if (!message) return;
    const { type, id, answers } = message.header;
    if (type === "ping") this._send(encode("pong", {}, { answers: id }));
    else if (answers && answers === this._helloId) this._greeted(message);
    else if (this._questions.has(answers)) this._answered(answers, type === "error" ? errorOf(message.body) : message);
    else if (this._watches.has(answers)) this._watchAnswered(answers, message);
    else if (!answers && EVENTS.includes(type)) this._takeEvent({ type, ...message.body });
    if (type === "stopping") this._startWanted = false; // somebody stopped it on purpose
  }

  /** @param {import("./codec.js").Message} message */
  _greeted({ header, body }) {
    if (header.type !== "welcome") {
      this._drop(header.type === "error" ? errorOf(body) : unexpected(header.type, "welcome"));
      return;
    }
    this._helloId = "";
    this._startWanted = this._options.start && this._file !== "";
    this.line = { ...this.line, welcome: body };
    this._tell("on", null);
    this._watchAgain();
    for (const waiter of [...this._waiting]) waiter.resolve();
  }

  /** @param {string} id
   * @param {import("./codec.js").Message | MattewireError} answer */
  _answered(id, answer) {
    const question = this._questions.get(id);
    if (!question) return;
    this._questions.delete(id);
    clearTimeout(question.timer);
    if (answer instanceof MattewireError) question.reject(answer);
    else question.resolve(answer);
  }

  /** @param {MattewireError} problem */
  _endQuestions(problem) {
    for (const id of [...this._questions.keys()]) this._answered(id, problem);
  }

  /** @param {string} id
   * @param {import("./codec.js").Message} message */
  _watchAnswered(id, { header, body }) {
    const jobId = this._watches.get(id) ?? "";
    this._watches.delete(id);
    if (header.type === "error" && this.watched.delete(jobId)) called(() => this._options.onRefused(jobId, errorOf(body)));
  }

  /** @param {any} event */
  _takeEvent(event) {
    const seen = this.watched.get(event.job_id);
    if (seen === undefined || event.seq <= seen) return;
    if (event.seq !== seen + 1 && event.type !== "snapshot") {
      if (this._holes.get(event.job_id) !== seen) {
        this._holes.set(event.job_id, seen); // have the rest sent again, once
        this._sendWatch(event.job_id, seen);
      }
      return;
    }
    this.watched.set(event.job_id, event.seq);
    called(() => this._options.onEvent(event));
  }
}
