// The selected layer: its plate, the marks on it, the current time, and what its mattes were made with.

import { Marks } from "./marks.js";
import { asProblem } from "./problem.js";
import * as tickets from "./tickets.js";
import { jobOn } from "./uses.js";
import { BadWish } from "./wish.js";

/**
 * @typedef {import("../host/contract.js").Look} Look
 * @typedef {import("../host/contract.js").State} State
 * @typedef {import("./host.js").Host} Host
 * @typedef {import("./shown.js").Shown} Shown
 * @typedef {import("./tickets.js").Ticket} Ticket
 */

/** Plates whose marks are remembered while other layers are selected. */
const MOST_PLATES = 16;

export class Layer {
  /**
   * @param {Host} host
   * @param {Shown} shown
   * @param {(ticket: Ticket) => void} adopt a layer was selected that has mattes: what they were made with
   * @param {() => void} changed
   */
  constructor(host, shown, adopt, changed) {
    this._host = host;
    this._shown = shown;
    this._adopt = adopt;
    this._changed = changed;
    /** @type {Map<string, Marks>} by plate */
    this._marks = new Map();
    this._none = new Marks();
    this._selected = "";
    /** The look that is under way. @type {Promise<void> | null} */
    this._polling = null;
    this._adopted = "";
    this.project = "";
    /** What the artist lets pass although it may move pixels. @type {Array<"masks" | "effects">} */
    this.keep = [];
  }

  /** For a timer: what is selected and where the current time is. Asks nothing while After Effects is busy. */
  poll() {
    if (this._polling || this._host.active || this._shown.placing) return this._polling || Promise.resolve();
    const done = () => {
      this._polling = null;
    };
    this._polling = this._poll().finally(done);
    return this._polling;
  }

  async _poll() {
    /** @type {State} */
    let state;
    try {
      state = await this._host.call("state", {});
    } catch (problem) {
      this._lost(problem);
      return;
    }
    this.project = state.project;
    const selected = JSON.stringify([state.project, state.comp?.id, state.layer?.id, state.selected]);
    if (selected !== this._selected) {
      this._selected = selected;
      this.keep = [];
      await this.see();
      await this._placed();
    } else if (state.layer && this._shown.look && state.layer.plate_frame !== this._shown.now) {
      this._shown.now = state.layer.plate_frame;
      this._changed();
    }
  }

  /** Which jobs have mattes in the open project. */
  async _placed() {
    try {
      this._shown.inProject = await this._host.call("find", {});
    } catch {
      this._shown.inProject = []; // no project is open, or it is a version that the panel does not work with
    }
    this._changed();
  }

  /** Looks at the selected layer anew; null when it shows no plate, and `shown.noPlate` says why. */
  async see() {
    try {
      const look = await this._host.call("look", { keep: this.keep });
      this._shown.look = look;
      this._shown.noPlate = null;
      this._shown.now = look.comp.plate_frame;
      if (jobOn(look.layer) !== this._adopted) await this._ticket(jobOn(look.layer));
      this._changed();
      return look;
    } catch (problem) {
      this._lost(problem);
      return null;
    }
  }

  /** The selected layer as it is now; rejects with the reason why there is no plate. */
  async look() {
    const look = await this.see();
    if (look) return look;
    throw this._shown.noPlate || new BadWish("There is no plate.", "plate", "Select a layer that shows footage.");
  }

  /** @param {unknown} problem */
  _lost(problem) {
    this._shown.look = null;
    this._shown.now = null;
    this._shown.noPlate = asProblem(problem);
    this._adopted = "";
    this._changed();
  }

  /** @param {string} jobId */
  async _ticket(jobId) {
    this._adopted = jobId;
    const [found] = jobId ? await this._host.call("find", { job_id: jobId }) : [];
    const ticket = found ? tickets.fromText(found.ticket) : null;
    if (ticket) this._adopt(ticket);
  }

  /**
   * A layer has got mattes of this panel's own making: the controls are theirs already, or the artist has gone on.
   * @param {number} layerId
   * @param {string} jobId
   */
  knows(layerId, jobId) {
    if (this._shown.look?.layer.id === layerId) this._adopted = jobId;
  }

  /** The marks on the selected plate. */
  get marks() {
    const path = this._shown.look?.plate.path;
    if (!path) return this._none;
    const marks = this._marks.get(path) || new Marks();
    this._marks.delete(path);
    this._marks.set(path, marks); // the newest is last
    const [oldest] = this._marks.keys();
    if (this._marks.size > MOST_PLATES && oldest !== undefined) this._marks.delete(oldest);
    return marks;
  }

  /** The plate frame on which the words are looked for: where the picture is from, else under the current time. */
  get keyframe() {
    const { pinned } = this.marks;
    return pinned !== null ? pinned : this._shown.now;
  }
}
