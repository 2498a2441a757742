/**
 * What a panel asks of the daemon. Nothing here waits: questions give promises, events come to callbacks. When the
 * daemon restarts or the line is cut, it is found again and asked for what was missed, by sequence number: no event is
 * lost and none is seen twice.
 */

import { newId } from "./codec.js";
import { Conversation } from "./conversation.js";
import { MattewireError } from "./errors.js";
import { JobView } from "./jobview.js";
import { called, unexpected } from "./linework.js";

/** @typedef {import("./messages.js").JobEvents} JobEvents */

/** Called once for each new event of a job, in order, after its view has taken it in.
 * @typedef {(event: JobEvents, view: JobView) => void} OnEvent */

/**
 * @typedef {object} ClientOptions
 * @property {string} [connectionFile] default: the local daemon's; read again whenever the daemon comes back
 * @property {import("./connection.js").Connection} [connection] a known daemon in its place, such as a remote one
 * @property {boolean} [start] start the local daemon when none runs, through the recorded interpreter
 * @property {string} [name] panel and its version
 * @property {string} [host] application around it, and its version
 * @property {(line: import("./conversation.js").LineState) => void} [onLine] told when the line's state or problem changes
 * @property {number} [timeoutMs] how long an answer may take; 15,000
 */

const ANSWER_TIMEOUT_MS = 15_000;
const DETECT_TIMEOUT_MS = 300_000;
const RELEASE_TIMEOUT_MS = 60_000;

/** Every promise rejects with a `MattewireError`. While it is not closed, its timer keeps a Node process alive. */
export class Client {
  /** @param {ClientOptions} [options] */
  constructor(options = {}) {
    const { start = false, name = "javascript", host = "", timeoutMs = ANSWER_TIMEOUT_MS, onLine = () => {} } = options;
    this._timeoutMs = timeoutMs;
    /** Every followed job by its id. @type {Map<string, JobView>} */
    this.views = new Map();
    /** @type {Map<string, OnEvent>} */
    this._listeners = new Map();
    this._talk = new Conversation({
      ...options,
      start,
      name,
      host,
      timeoutMs,
      onLine,
      onEvent: (event) => this._applied(event),
      onRefused: (jobId, problem) => this._lostJob(jobId, problem),
    });
  }

  /** How the line is: `off`, `opening`, `on` or `away`. */
  get state() {
    return this._talk.line.state;
  }

  /** Why it is not on; null while it is. */
  get problem() {
    return this._talk.line.problem;
  }

  /** What the daemon said of itself when it was last met. */
  get welcome() {
    return this._talk.line.welcome;
  }

  /** Meets the daemon. Every other question does so by itself.
   * @returns {Promise<import("./messages.js").Welcome>} */
  async hello() {
    await this._talk.meet();
    return /** @type {import("./messages.js").Welcome} */ (this.welcome);
  }

  // --- jobs -------------------------------------------------------------------------------------------------

  /**
   * Hands in a job and follows it; it is on the daemon's disk when the promise resolves. Its view is in `views` at once,
   * `queued`, and leaves it again when the job is refused. The same `jobId` again is harmless.
   * @param {import("./messages.js").MatteRequestInput} request
   * @param {OnEvent} [onEvent]
   * @param {string} [jobId]
   */
  submit(request, onEvent, jobId = newId()) {
    return this._handIn("submit", { job_id: jobId, request }, jobId, onEvent);
  }

  /**
   * Has a tracked job's files made once more, without an engine; `finish.job_id` is the new job. As `submit`.
   * @param {import("./messages.js").FinishInput} finish
   * @param {OnEvent} [onEvent]
   */
  finish(finish, onEvent) {
    return this._handIn("finish", finish, finish.job_id, onEvent);
  }

  /**
   * Follows a job that was handed in earlier, from what its view has already seen.
   * @param {string} jobId
   * @param {OnEvent} [onEvent]
   * @returns {Promise<import("./messages.js").Watching>}
   */
  async follow(jobId, onEvent) {
    const known = this.views.has(jobId);
    const view = this._viewOf(jobId, onEvent);
    try {
      await this._talk.meet();
      this._talk.watched.set(jobId, view.seq); // before the question: events may come in the same breath as its answer
      return await this._ask("watch", { job_id: jobId, last_seq: view.seq }, "watching");
    } catch (problem) {
      if (!known) this._drop(jobId);
      else if (problem instanceof MattewireError && problem.code === "unknown_job") this._talk.watched.delete(jobId);
      throw problem;
    }
  }

  /** No longer follows a job; it goes on in the daemon.
   * @param {string} jobId */
  forget(jobId) {
    this._talk.unwatch(jobId);
    this._drop(jobId);
  }

  /** Stops a job; finished frames stay.
   * @param {string} jobId
   * @returns {Promise<import("./messages.js").Canceling>} */
  cancel(jobId) {
    return this._ask("cancel", { job_id: jobId }, "canceling");
  }

  /** The newest jobs, newest first.
   * @returns {Promise<import("./messages.js").JobSummary[]>} */
  async jobs(limit = 50) {
    return (await this._ask("list", { limit }, "jobs")).jobs;
  }

  // --- one look, and the daemon itself ------------------------------------------------------------------------

  /**
   * Looks at one frame now; minutes where models have to be loaded first. `preview`: the JPEG's bytes, empty when none
   * was asked for.
   * @param {import("./messages.js").SearchInput} search
   * @returns {Promise<{detected: import("./messages.js").Detected, boxes: import("./messages.js").Detection[],
   *   preview: Uint8Array}>}
   */
  async detect(search) {
    const { header, body, binary } = await this._talk.ask("detect", { search }, DETECT_TIMEOUT_MS);
    if (header.type !== "detected") throw unexpected(header.type, "detected");
    return { detected: body, boxes: body.objects, preview: binary.length ? binary[0] : new Uint8Array(0) };
  }

  /** How the daemon is.
   * @returns {Promise<import("./messages.js").Report>} */
  status() {
    return this._ask("status", {}, "report");
  }

  /** Gives the GPU memory of idle models back to the host.
   * @returns {Promise<import("./messages.js").Released>} */
  release() {
    return this._ask("release", {}, "released", Math.max(RELEASE_TIMEOUT_MS, this._timeoutMs));
  }

  /** Ends the daemon: `now`, or when it is `idle`.
   * @param {"now" | "idle"} [when] */
  async stop(when = "now") {
    await this._ask("stop", { when }, "stopping");
  }

  /** Comes back as soon as the daemon has answered. */
  async ping() {
    await this._ask("ping", {}, "pong");
  }

  /** Ends the conversation at once; open promises reject; jobs go on in the daemon. */
  close() {
    this._talk.close();
  }

  // --- inside -----------------------------------------------------------------------------------------------

  /** @param {string} type
   * @param {object} body
   * @param {string} expected
   * @param {number} [timeoutMs]
   * @returns {Promise<any>} */
  async _ask(type, body, expected, timeoutMs = this._timeoutMs) {
    const { header, body: answer } = await this._talk.ask(type, body, timeoutMs);
    if (header.type !== expected) throw unexpected(header.type, expected);
    return answer;
  }

  /**
   * @param {"submit" | "finish"} type
   * @param {object} body
   * @param {string} jobId
   * @param {OnEvent | undefined} onEvent
   * @returns {Promise<import("./messages.js").Accepted>}
   */
  async _handIn(type, body, jobId, onEvent) {
    const known = this.views.has(jobId);
    const view = this._viewOf(jobId, onEvent);
    try {
      const accepted = await this._ask(type, body, "accepted").catch((problem) => {
        if (!(problem.family === "ConnectionFailed" && problem.retryable)) throw problem;
        // It may have arrived before the line was cut: the same id is harmless.
        return this._ask(type, body, "accepted");
      });
      if (this.views.get(jobId) === view) this._talk.watch(jobId, view.seq); // unless it was forgotten meanwhile
      return accepted;
    } catch (problem) {
      if (!known) this._drop(jobId);
      throw problem;
    }
  }

  /** @param {string} jobId
   * @param {OnEvent | undefined} onEvent */
  _viewOf(jobId, onEvent) {
    const view = this.views.get(jobId) ?? new JobView(jobId);
    this.views.set(jobId, view);
    if (onEvent) this._listeners.set(jobId, onEvent);
    return view;
  }

  /** @param {string} jobId */
  _drop(jobId) {
    this.views.delete(jobId);
    this._listeners.delete(jobId);
    this._talk.watched.delete(jobId);
  }

  /** @param {JobEvents} event */
  _applied(event) {
    const view = this.views.get(event.job_id);
    if (!view || !view.apply(event)) return;
    const tell = this._listeners.get(event.job_id);
    if (tell) called(() => tell(event, view));
  }

  /** A daemon that came back no longer has a job: for the panel that is how the job ended.
   * @param {string} jobId
   * @param {MattewireError} problem */
  _lostJob(jobId, problem) {
    const view = this.views.get(jobId);
    if (!view || view.ended) return;
    /** @type {any} */
    const lost = { type: "job", job_id: jobId, seq: view.seq + 1, attempt: view.attempt, state: "failed" };
    const unknown = { first: null, last: null, keyframe: null, elapsed_s: view.elapsedS, outputs: [], names: [], worst: [] };
    this._applied({ ...lost, ...unknown, error: problem.body });
  }
}
