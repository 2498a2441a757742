/** Folds a job's events into what a panel draws; the same sums and words as `JobView` of the Python client. */

import { FINAL_STATES } from "./tables.js";

/** @typedef {import("./messages.js").JobEvents} JobEvents */

/** Frames the speed is taken over: long enough to be calm, short enough to follow a change. */
const RATE_WINDOW = 12;

/**
 * One job as seen by one client. Feed it every event in any order of arrival; old ones are ignored. `frames` maps frame
 * number to frame state, `scores` to 0..1, `names` object number to name. `flags` and `why` map a frame to the reasons it
 * is worth a look, as names and as sentences. `worst`: the frames most worth a look, worst first, once the job is done.
 * `kept` is not empty when the job's files can be made again without tracking. `version`: what `{version}` in their names
 * stands for, 0 where there is none.
 */
export class JobView {
  /** @param {string} jobId */
  constructor(jobId) {
    this.jobId = jobId;
    this.seq = 0;
    this.attempt = 0;
    /** @type {string} */
    this.state = "queued";
    /** @type {number | null} */
    this.first = null;
    /** @type {number | null} */
    this.last = null;
    /** @type {number | null} */
    this.keyframe = null;
    this.engine = "";
    this.colorspace = "";
    this.colorspaceFrom = "";
    this.exposure = 0;
    /** @type {Map<number, string>} */
    this.names = new Map();
    this.kept = "";
    this.version = 0;
    this.stage = "";
    this.note = "";
    /** @type {import("./messages.js").Error | null} */
    this.error = null;
    /** @type {string[]} */
    this.outputs = [];
    /** @type {import("./messages.js").Detection[]} */
    this.found = [];
    /** @type {Map<number, string>} */
    this.frames = new Map();
    /** @type {Map<number, number>} */
    this.scores = new Map();
    /** @type {Map<number, string[]>} */
    this.flags = new Map();
    /** @type {Map<number, string[]>} */
    this.why = new Map();
    /** @type {import("./messages.js").WorstFrame[]} */
    this.worst = [];
    this.elapsedS = 0;
    /** @type {number[]} */
    this._rate = [];
  }

  /** Takes one event; true when it changed the view (it was new and of this job).
   * @param {JobEvents} event */
  apply(event) {
    if (event.job_id !== this.jobId || event.seq <= this.seq) return false;
    if (event.type === "snapshot") this._takeSnapshot(event);
    else if (event.type === "job") this._takeJob(event);
    else if (event.type === "stage") {
      this.stage = event.stage;
      this.note = event.note;
      this.elapsedS = event.elapsed_s;
    } else if (event.type === "found") this.found = [...event.objects];
    else if (event.type === "frame") this._takeFrame(event);
    else return false;
    this.seq = event.seq;
    return true;
  }

  get ended() {
    return FINAL_STATES.includes(this.state);
  }

  get total() {
    return this.first === null || this.last === null ? 0 : this.last - this.first + 1;
  }

  get done() {
    let count = 0;
    for (const state of this.frames.values()) count += isThere(state) ? 1 : 0;
    return count;
  }

  /** Progress in 0..1. */
  get fraction() {
    return this.total ? this.done / this.total : 0;
  }

  /** Mattes per second over the last frames; 0 while unknown. */
  get fps() {
    const { length } = this._rate;
    if (length < 2 || this._rate[length - 1] <= this._rate[0]) return 0;
    return (length - 1) / (this._rate[length - 1] - this._rate[0]);
  }

  /** Seconds to go at the present speed; null while unknown. */
  get timeLeftS() {
    return this.fps && !this.ended ? (this.total - this.done) / this.fps : null;
  }

  /** How the plate was read, for the artist to see: `ACEScg (metadata), seen 1.5 stops brighter`. */
  colorLine() {
    if (!this.colorspace) return "";
    const saidBy = this.colorspaceFrom ? ` (${this.colorspaceFrom})` : "";
    const stops = Number(Math.abs(this.exposure).toPrecision(6));
    const seen = this.exposure ? `, seen ${stops} stops ${this.exposure > 0 ? "brighter" : "darker"}` : "";
    return `${this.colorspace}${saidBy}${seen}`;
  }

  /** The whole range as runs of equal state, frames not yet reported as `queued` (`missing` once ended). */
  strip() {
    /** @type {{first: number, last: number, state: string}[]} */
    const runs = [];
    if (this.first === null || this.last === null) return runs;
    const waiting = this.ended ? "missing" : "queued";
    for (let frame = this.first; frame <= this.last; frame++) {
      const state = this.frames.get(frame) ?? waiting;
      const run = runs[runs.length - 1];
      if (run && run.state === state) run.last = frame;
      else runs.push({ first: frame, last: frame, state });
    }
    return runs;
  }

  /** One sentence for a status bar. */
  line() {
    const { state, error, done, total } = this;
    if (state === "failed" || state === "set_aside") {
      return error ? `${error.message} ${error.advice}`.trim() : "The job failed.";
    }
    if (state === "queued" && error) return `${error.message} Going on where it stopped.`;
    if (state === "queued") return this.frames.size ? "Going on after an interruption." : "Waiting for the jobs before it.";
    if (state === "stopping") return "Stopping; finished frames are kept.";
    if (state === "canceled") return `Stopped. ${done} of ${total} frames are finished and kept.`;
    if (state === "done") {
      const flagged = [...this.frames.values()].filter((each) => each === "flagged").length;
      return `${done} frames finished${flagged ? `, ${flagged} worth a look.` : "."}`;
    }
    const left = this.timeLeftS === null ? "" : `, ${clock(this.timeLeftS)} left`;
    const pace = this.fps ? `, ${oneDecimal(this.fps)} fps${left}` : "";
    const stage = this.stage ? this.stage[0].toUpperCase() + this.stage.slice(1).toLowerCase() : "Starting";
    return `${stage}: ${done} of ${total} frames${pace}`;
  }

  /** @param {import("./messages.js").JobEvent} event */
  _takeJob(event) {
    if (event.attempt !== this.attempt) {
      this._rate = [];
      this.attempt = event.attempt;
    }
    this.state = event.state;
    this.error = event.error;
    this.elapsedS = event.elapsed_s;
    this.first = event.first ?? this.first;
    this.last = event.last ?? this.last;
    this.keyframe = event.keyframe ?? this.keyframe;
    this.engine = event.engine || this.engine;
    this.colorspace = event.colorspace || this.colorspace;
    this.colorspaceFrom = event.colorspace_from || this.colorspaceFrom;
    this.exposure = event.exposure || this.exposure;
    if (event.names.length) this.names = new Map(event.names.map(({ object, name }) => [object, name]));
    this.kept = event.kept || this.kept;
    this.version = event.version || this.version;
    if (event.outputs.length) this.outputs = [...event.outputs];
    if (event.worst.length) this.worst = [...event.worst];
  }

  /** @param {import("./messages.js").FrameEvent} event */
  _takeFrame(event) {
    // a verdict on a frame that is there is no progress, nor is a matte that is taken back; one made anew is
    const progress = isThere(event.state) && !isThere(this.frames.get(event.frame));
    this.frames.set(event.frame, event.state);
    this.scores.set(event.frame, event.score);
    this.flags.set(event.frame, [...event.flags]);
    this.why.set(event.frame, [...event.why]);
    this.elapsedS = event.elapsed_s;
    if (!progress) return;
    this._rate.push(event.elapsed_s);
    if (this._rate.length > RATE_WINDOW) this._rate.shift();
  }

  /** @param {import("./messages.js").Snapshot} event */
  _takeSnapshot(event) {
    this._takeJob(event.job);
    this._rate = []; // the frames in between came at times that are not known here
    this.frames = new Map();
    for (const { first, last, state } of event.frames) {
      for (let frame = first; frame <= last; frame++) this.frames.set(frame, state);
    }
    if (event.stage) {
      this.stage = event.stage.stage;
      this.note = event.stage.note;
    }
    if (event.found) this.found = [...event.found.objects];
  }
}

/**
 * Whether a frame's matte is on disk.
 * @param {string | undefined} state
 */
function isThere(state) {
  return state === "done" || state === "flagged" || state === "locked";
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds + 0.5);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** As Python writes it: of two that are equally near, the even one. Only x.25 and x.75 lie in the middle.
 * @param {number} number */
function oneDecimal(number) {
  return (number * 4) % 4 === 1 ? (number - 0.05).toFixed(1) : number.toFixed(1);
}
