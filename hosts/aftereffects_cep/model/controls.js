// The panel's controls: what is typed and chosen, and the request that comes of it with the marks on the plate.

import { TRACK_MATTE, useOf } from "./uses.js";
import { BadWish, EDGE_CHOICES, NO_CLEAN_UP, deliverables, request, splinesBeside } from "./wish.js";

/**
 * @typedef {import("../host/contract.js").Look} Look
 * @typedef {import("./marks.js").Marks} Marks
 * @typedef {"work_area" | "layer" | "comp"} Range
 *
 * @typedef {object} Values text as typed
 * @property {string} prompt
 * @property {string} exclude
 * @property {"best" | "all"} pick
 * @property {"final" | "draft"} quality
 * @property {string} engine
 * @property {Range} range
 * @property {string} use a name of `uses.js`
 * @property {Record<string, unknown>} options of that use
 * @property {import("./wish.js").CleanUp} cleanUp
 * @property {string} edges a name of `EDGE_CHOICES`
 * @property {boolean} motionBlur
 * @property {boolean} holdout things in front cut the matte
 */

const RANGES = { work_area: "The work area", layer: "The layer", comp: "The comp" };

export class Controls {
  /** @param {import("./prefs.js").Preferences} preferences what they begin with */
  constructor(preferences) {
    /** @type {Values} */
    this.values = {
      prompt: "",
      exclude: "",
      pick: "best",
      quality: preferences.quality,
      engine: preferences.engine,
      range: "work_area",
      use: TRACK_MATTE.name,
      options: {},
      cleanUp: { ...NO_CLEAN_UP },
      edges: "guided",
      motionBlur: false,
      holdout: false,
    };
  }

  /**
   * Takes what was typed. Boxes that were found for other words are forgotten.
   * @param {Partial<Values>} values
   * @param {Marks} marks
   * @param {number | null} keyframe
   */
  set(values, marks, keyframe) {
    Object.assign(this.values, values);
    if (marks.foundFor && marks.foundFor !== this.foundFor(keyframe)) marks.forgetFound();
  }

  /**
   * What a detection depends on, as one text.
   * @param {number | null} frame
   */
  foundFor(frame) {
    const { prompt, exclude, engine } = this.values;
    return JSON.stringify([prompt, exclude, engine, frame]);
  }

  /**
   * Sets everything as it was when a layer's mattes were made.
   * @param {import("./tickets.js").Ticket} ticket
   * @param {Marks} marks
   * @param {number | null} now the plate frame under the current time
   */
  adopt(ticket, marks, now) {
    const wanted = ticket.request;
    if (!wanted) return;
    const numbers = /^\d/.test(wanted.pick) ? wanted.pick.split(",").map(Number) : [];
    const [all] = wanted.clean_up;
    const steps = Object.keys(NO_CLEAN_UP).map((name) => [name, (all && all[name]) || 0]);
    Object.assign(this.values, {
      prompt: wanted.prompts.join(", "),
      exclude: wanted.exclude.join(", "),
      pick: numbers.length > 0 ? "best" : wanted.pick,
      quality: wanted.quality,
      engine: wanted.engine,
      range: Object.keys(RANGES).includes(ticket.range) ? ticket.range : this.values.range,
      cleanUp: Object.fromEntries(steps),
      edges: EDGE_CHOICES.some(({ value }) => value === wanted.edges?.method) ? wanted.edges.method : "guided",
      motionBlur: wanted.edges?.motion_blur === true,
      holdout: wanted.depth?.holdout === true,
    });
    marks.pinned = wanted.keyframe === undefined ? null : wanted.keyframe;
    if (marks.own.length === 0) {
      marks.boxes = wanted.boxes.map((/** @type {import("./wish.js").Box} */ box) => ({ ...box }));
      marks.points = wanted.points.map((/** @type {import("./wish.js").Point} */ point) => ({ ...point }));
    }
    if (numbers.length > 0 && marks.found.length === 0) {
      marks.kept = new Set(numbers);
      marks.chosen = true;
      marks.foundFor = this.foundFor(marks.pinned !== null ? marks.pinned : now);
    }
  }

  /**
   * @param {Marks} marks
   * @param {number | null} keyframe
   * @param {string} [depthEngine] what tells the distances where things in front are to cut the matte
   * @returns {import("./wish.js").Wish}
   */
  wish(marks, keyframe, depthEngine = "") {
    const { prompt, exclude, pick, engine, quality, cleanUp, edges, motionBlur, holdout } = this.values;
    return {
      prompt: marks.droppedAll ? "" : prompt, // with every match dropped, only what is drawn is wanted
      exclude,
      pick,
      engine,
      quality,
      cleanUp,
      edges,
      motionBlur,
      holdout,
      depthEngine,
      kept: marks.choice,
      boxes: marks.boxes,
      points: marks.points,
      keyframe,
      ocio: "",
    };
  }

  /**
   * The job for the chosen range.
   * @param {Look} look
   * @param {Marks} marks
   * @param {number | null} keyframe
   * @param {string} format a name of `FORMATS`
   * @param {string} path absolute, with tokens
   * @param {string} [depthEngine]
   * @throws {BadWish} when the range shows no plate, or nothing is left to mask
   */
  request(look, marks, keyframe, format, path, depthEngine = "") {
    const { plate } = look.ranges[this.values.range];
    if (!plate) {
      throw new BadWish(`${RANGES[this.values.range]} shows no frame of the plate.`, "first", "Choose another range.");
    }
    if (marks.droppedAll && marks.own.length === 0) {
      throw new BadWish("Every box is dropped.", "pick", "Keep one, draw a box, or change the words.");
    }
    const out = deliverables(format, path, look.plate.fps);
    if (useOf(this.values.use).splines) out.push(splinesBeside(path));
    return request(this.wish(marks, keyframe, depthEngine), plateOf(look), out, plate.first, plate.last);
  }
}

/** @param {Look} look */
export function plateOf(look) {
  return { path: look.plate.path, colorspace: look.plate.colorspace };
}
