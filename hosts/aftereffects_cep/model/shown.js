// What the panel shows in every state, whatever draws it (as mattewire_panel.panel).

import { jobOn } from "./uses.js";
import { count, dialog, duration, size } from "./words.js";

/**
 * @typedef {import("../client/mattewire/index.js").JobView} JobView
 * @typedef {import("../client/mattewire/index.js").LineState} LineState
 * @typedef {import("../client/mattewire/messages.js").JobSummary} JobSummary
 * @typedef {import("../client/mattewire/messages.js").Report} Report
 * @typedef {import("../client/mattewire/messages.js").EngineInfo} EngineInfo
 * @typedef {import("../host/contract.js").Look} Look
 * @typedef {import("../host/contract.js").Found} Found
 * @typedef {import("./words.js").Problem} Problem
 * @typedef {"idle" | "detecting" | "running" | "stopping" | "placing" | "stopped" | "failed" | "done"} PanelState
 */

/** Score of a flagged frame whose own is not known: above that of every one that is. */
const UNKNOWN = 0.5;

/** Named in a request while no daemon has said which ones it has. */
const USUAL_DEPTH = "depth-anything";

/** The worst frame state first: what a column of several frames shows. */
const WORST_FIRST = ["flagged", "missing", "queued", "stale", "done", "locked"];

/**
 * One color for each frame state, as in the other panels; they differ in lightness too.
 * @type {Record<string, string>}
 */
export const STATE_COLORS = {
  missing: "#3a3a3a",
  queued: "#555555",
  done: "#4d9e5f",
  flagged: "#d9a441",
  stale: "#8a6fb0",
  locked: "#4f86c6",
};

export class Shown {
  constructor() {
    /** @type {LineState} */
    this.line = { state: "off", problem: null, welcome: null };
    /** @type {JobView | null} */
    this._view = null;
    /** @type {number | null} the plate frame of this job that was gone to last */
    this.lookedAt = null;
    /** @type {Look | null} the selected layer */
    this.look = null;
    /** @type {(Problem & {render?: boolean, keep?: "" | "masks" | "effects"}) | null} why there is no plate */
    this.noPlate = null;
    this.detecting = false;
    /** What After Effects is doing with a job's mattes; empty while nothing. */
    this.placing = "";
    /** @type {Problem | null} */
    this.error = null;
    this.doing = "";
    /** What the last action came to, where there is no job's line for it. */
    this.said = "";
    /** @type {Report | null} */
    this.report = null;
    /** @type {JobSummary[]} */
    this.list = [];
    /** @type {Found[]} the mattes in the open project */
    this.inProject = [];
    /** Whether a call into After Effects takes long. */
    this.hostBusy = false;
    /** @type {number | null} the plate frame under the current time */
    this.now = null;
  }

  /** The job that is shown. The worst frames of another one are gone through from the first. */
  get view() {
    return this._view;
  }

  set view(view) {
    if (view !== this._view) this.lookedAt = null;
    this._view = view;
  }

  // --- what is going on ----------------------------------------------------------------------------------------

  /** @returns {PanelState} */
  get state() {
    if (this.detecting) return "detecting";
    if (this.placing) return "placing";
    if (this.error) return "failed";
    const view = this.view;
    if (!view) return "idle";
    if (this.running) return "running";
    if (view.state === "stopping") return "stopping";
    if (view.state === "canceled") return "stopped";
    return view.state === "done" ? "done" : "failed";
  }

  /** Whether the job that is shown goes on; it may do so behind an error of something else. */
  get running() {
    return this.view !== null && (this.view.state === "queued" || this.view.state === "running");
  }

  /** Which of the panel's buttons can be pressed now. */
  get buttons() {
    const busy = this.running || ["detecting", "stopping", "placing"].includes(this.state);
    const ready = this.look !== null && !busy;
    return {
      detect: ready,
      mask: ready,
      stop: this.running,
      update: ready && this.look !== null && jobOn(this.look.layer) !== "",
      release: this.line.state === "on",
      start: this.line.state === "off",
    };
  }

  /** One line for the artist: what happens, or what to do next. */
  headline() {
    if (this.line.state === "opening") return "Starting the Mattewire daemon…";
    if (this.line.state === "away") return "The daemon is away; looking for it…";
    const { state, view } = this;
    if (state === "detecting") return "Looking at the keyframe…";
    if (state === "placing") return this.placing;
    if (state === "failed") return this.doing ? `${this.doing} failed.` : "It failed.";
    if (state === "idle" || !view) {
      if (this.said) return this.said;
      return this.look ? "Type what to mask, then press Mask subject." : "Select a plate.";
    }
    if (this.said) return this.said;
    if (state === "stopped") return `Stopped. ${count(view.done, "matte")} kept.`;
    // the numbers are in `pace`: this line is read aloud, and should be once for each stage
    if (view.state !== "running") return view.line();
    return view.stage ? `${view.stage.charAt(0).toUpperCase()}${view.stage.slice(1)}…` : "Starting…";
  }

  /** The lines under the strip: how the plate was read, what the engine said, what needs a look. */
  details() {
    const view = this.view;
    /** @type {string[]} */
    const lines = [];
    if (view) {
      if (view.note && this.state === "running") lines.push(view.note);
      if (view.colorLine()) lines.push(`Plate read as ${view.colorLine()}.`);
      const flagged = [...view.frames.values()].filter((state) => state === "flagged").length;
      if (flagged) lines.push(`${flagged === 1 ? "1 frame is" : `${flagged} frames are`} worth a look.`);
    }
    return [...lines, ...(this.look ? this.look.notes : [])];
  }

  /** The dialog for what went wrong, if anything did. */
  problem() {
    if (this.error) return dialog(this.error, this.doing || "Mattewire");
    const failed = this.view && this.state === "failed" ? this.view.error : null;
    if (failed) return dialog(failed, this.doing || "Mattewire");
    if (this.line.state === "off" && this.line.problem) return dialog(this.line.problem, "Mattewire daemon");
    return null;
  }

  /** Frames done, speed and time left; empty while no job runs. */
  pace() {
    const view = this.view;
    if (!view || !view.total || !this.running) return "";
    const parts = [`${view.done} of ${view.total} frames`];
    if (view.fps) parts.push(`${view.fps.toFixed(1)} fps`);
    if (view.timeLeftS !== null) parts.push(`${duration(view.timeLeftS)} left`);
    return parts.join(", ");
  }

  /** 0..1, or null while it is not known how long it takes. */
  get fraction() {
    if (this.state === "detecting" || this.state === "placing") return null;
    const view = this.view;
    if (!view) return 0;
    return view.state === "running" && !view.total ? null : view.fraction;
  }

  // --- the plate -----------------------------------------------------------------------------------------------

  /** The selected layer and its plate, or why there is none and the way out. */
  plateLine() {
    if (!this.look) return this.noPlate ? [this.noPlate.message, this.noPlate.advice || ""].join(" ").trim() : "";
    const { layer, plate } = this.look;
    const rate = Number(plate.fps.toFixed(3));
    return `${layer.name}: ${plate.first}–${plate.last}, ${plate.width} × ${plate.height}, ${rate} fps`;
  }

  /**
   * Ways out where the layer is no plate: going on all the same with its `masks` or `effects`, rendering it first.
   * @returns {{keep: "masks" | "effects" | "", render: boolean}}
   */
  get plateHelp() {
    const idle = this.look === null && this.noPlate !== null && this.placing === "";
    return { keep: (idle && this.noPlate?.keep) || "", render: idle && this.noPlate?.render === true };
  }

  /** @param {"work_area" | "layer" | "comp"} range */
  rangeLine(range) {
    const choice = this.look?.ranges[range];
    if (!choice) return "";
    if (!choice.plate) return "The layer is not in sight there.";
    const { first, last } = choice.plate;
    return `Plate frames ${first}–${last}, ${count(last - first + 1, "frame")}.`;
  }

  // --- the strip -----------------------------------------------------------------------------------------------

  /**
   * A frame state for each of at most `columns` columns: of the frames in one, the state most worth seeing.
   * @param {number} columns
   * @returns {string[]}
   */
  strip(columns) {
    const view = this.view;
    if (!view || !view.total || columns < 1) return [];
    const states = view.strip().flatMap((run) => Array(run.last - run.first + 1).fill(run.state));
    const made = Math.min(columns, states.length);
    return Array.from({ length: made }, (_, column) => {
      const from = Math.floor((states.length * column) / made);
      const to = Math.floor((states.length * (column + 1)) / made);
      const inside = new Set(states.slice(from, to));
      return WORST_FIRST.find((state) => inside.has(state)) || states[from];
    });
  }

  /** `40 done, 2 flagged, 6 queued`. */
  stripInWords() {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const run of this.view ? this.view.strip() : []) {
      counts.set(run.state, (counts.get(run.state) || 0) + run.last - run.first + 1);
    }
    return [...counts].map(([state, frames]) => `${frames} ${state}`).join(", ") || "No frames yet";
  }

  /**
   * The plate frame that a column of the strip begins with.
   * @param {number} column
   * @param {number} columns
   * @returns {number | null}
   */
  frameAt(column, columns) {
    const view = this.view;
    if (!view || view.first === null || !view.total || column < 0 || column >= columns) return null;
    const made = Math.min(columns, view.total);
    return view.first + Math.floor((view.total * Math.min(column, made - 1)) / made);
  }

  // --- what asks for a look ------------------------------------------------------------------------------------

  /**
   * The frames that ask for a look, worst first: the daemon's list once the job is done, until then what its frames were
   * told with.
   * @returns {import("../client/mattewire/messages.js").WorstFrame[]}
   */
  worst() {
    const view = this.view;
    if (!view) return [];
    if (view.worst.length > 0) return [...view.worst];
    const score = (/** @type {number} */ frame) => view.scores.get(frame) ?? UNKNOWN;
    return [...view.frames]
      .filter(([, state]) => state === "flagged")
      .map(([frame]) => ({ frame, score: score(frame), flags: view.flags.get(frame) ?? [], why: view.why.get(frame) ?? [] }))
      .sort((one, other) => one.score - other.score || one.frame - other.frame);
  }

  /**
   * The plate frame to look at after `frame`: the next in `worst`, the worst one after the last or from a frame that is
   * not in it; null when nothing asks for a look.
   * @param {number | null} frame
   */
  nextWorst(frame) {
    const frames = this.worst().map((each) => each.frame);
    const at = frame === null ? -1 : frames.indexOf(frame);
    return frames[(at + 1) % frames.length] ?? null;
  }

  /**
   * Why a plate frame asks for a look, worst first; empty where nothing is to be said of it.
   * @param {number} frame
   * @returns {string[]}
   */
  reasons(frame) {
    const view = this.view;
    if (!view) return [];
    const told = view.worst.find((each) => each.frame === frame);
    const ways = [view.why.get(frame), told && told.why, view.flags.get(frame)];
    return [...(ways.find((way) => way && way.length > 0) || [])];
  }

  /**
   * What there is to say of a plate frame, for a tooltip.
   * @param {number} frame
   */
  about(frame) {
    const view = this.view;
    if (!view) return "";
    const state = view.frames.get(frame) ?? (view.ended ? "missing" : "queued");
    return [`Frame ${frame}: ${state}.`, ...this.reasons(frame)].join(" ");
  }

  // --- engines, memory, jobs -----------------------------------------------------------------------------------

  /** @returns {EngineInfo[]} */
  get engines() {
    return this.line.welcome ? this.line.welcome.engines : [];
  }

  /** Names that a request may have as its engine: not those that only find, refine edges or estimate depth. */
  get makers() {
    return this.engines.filter(({ does }) => does.length === 0 || does.includes("segment")).map(({ name }) => name);
  }

  /** Whether the panel shows what needs distances. */
  get hasDepth() {
    return this._that("depth").some((engine) => engine.ready);
  }

  /** The depth engine to name in a request: one that is ready, else one that then says what it lacks. */
  get depthEngine() {
    const there = this._that("depth");
    const [chosen] = [...there.filter((engine) => engine.ready), ...there];
    return chosen ? chosen.name : USUAL_DEPTH;
  }

  /**
   * What there is to know of a choice of edges before it is used: which matting model, or what it lacks.
   * @param {string} method
   */
  edgesLine(method) {
    if (method !== "matting" || this.engines.length === 0) return "";
    const there = this._that("refine");
    const ready = there.find((engine) => engine.ready);
    if (ready) return this.engineLine(ready.name);
    const [first] = there;
    const reason = first ? first.reason || `${first.label} is not ready.` : "The daemon has no matting model.";
    const end = reason.indexOf(". "); // the way out can be long: the daemon's error tells all of it
    return `${end < 0 ? reason : reason.slice(0, end + 1)} Choose other edges, or see \`mattewire engines list\`.`;
  }

  /** @param {string} skill */
  _that(skill) {
    return this.engines.filter(({ does }) => does.includes(skill));
  }

  /**
   * What there is to know of an engine before it is used: readiness, preview, the weights' license.
   * @param {string} name
   */
  engineLine(name) {
    const info = this.engines.find((engine) => engine.name === name);
    if (!info) return this.engines.length > 0 ? `The daemon has no engine ${name}.` : "";
    if (!info.ready) return info.reason || `${info.label} is not ready.`;
    const words = [info.label || info.name];
    if (info.preview) words.push("a stand-in: color and shape words only, no claim of quality");
    if (info.license) words.push(`weights: ${info.license}`);
    return `${words.join(", ")}.`;
  }

  /** What the models hold, as the host's memory is at stake. */
  memoryLine() {
    if (!this.report || this.line.state !== "on") return "";
    const loaded = this.report.engines_loaded.join(", ") || "no model";
    const held = this.report.gpu_bytes ? `${size(this.report.gpu_bytes)} of GPU memory` : "no GPU memory";
    return [`Loaded: ${loaded}; ${held} held.`, ...this.report.notes].join(" ");
  }

  daemonLine() {
    return { on: "Connected", opening: "Starting", away: "Away", off: "Not connected" }[this.line.state];
  }

  /** The job list: what, state, frames, engine, and what can be done with it. */
  rows() {
    const busy = this.placing !== "";
    return this.list.map((job) => {
      const placed = this.inProject.some((each) => each.job_id === job.job_id);
      return {
        id: job.job_id,
        label: job.label || "Mattes",
        state: job.state.replace("_", " "),
        frames: job.frames_total ? `${job.frames_done} of ${job.frames_total}` : "",
        engine: job.engine,
        error: job.error_message,
        place: job.state === "done" && !busy && (placed || this.look !== null),
        remove: placed && !busy,
      };
    });
  }
}
