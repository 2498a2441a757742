// The self-test's known plate, its verdicts, its steps and its report (as mattewire_panel.selftest, to whose numbers
// and words this holds).

import { asProblem } from "./problem.js";

export const SCHEMA = "mattewire.selftest.1";
export const [WIDTH, HEIGHT] = [96, 54];
export const [FIRST, LAST] = [1001, 1008];
export const RADIUS = 11;
export const FPS = 25;
export const PROMPT = "red ball";
export const COLORSPACE = "Linear Rec.709 (sRGB)";
const RED = [0.6, 0.012, 0.012];
const GRAY = [0.18, 0.18, 0.18];

/** What a matte must reach: overlap with the known disc, and pixels between the two centers. */
export const LEAST_IOU = 0.95;
export const MOST_CENTROID = 0.5;
const SEND = "Send the report with your question.";

/**
 * @typedef {{frame: number, iou: number, centroid: number}} Verdict `centroid`: -1 for an empty matte
 * @typedef {{name: string, ok: boolean | null, seconds: number, words: string, details: string}} Step
 */

/**
 * Where the disc is, in plate pixels: it moves 4 to the right and 1 down with each frame.
 * @param {number} frame
 */
export function center(frame) {
  return { x: 24.25 + 4 * (frame - FIRST), y: 20.5 + (frame - FIRST) };
}

/**
 * How much of pixel (x, y) the disc covers, 0..1.
 * @param {number} frame
 * @param {number} x
 * @param {number} y
 */
export function coverage(frame, x, y) {
  const middle = center(frame);
  return Math.min(Math.max(RADIUS + 0.5 - Math.hypot(x + 0.5 - middle.x, y + 0.5 - middle.y), 0), 1);
}

/**
 * Red, green and blue of a pixel of the plate, scene-linear: a red disc on gray.
 * @param {number} frame
 * @param {number} x
 * @param {number} y
 * @returns {number[]}
 */
export function pixel(frame, x, y) {
  const part = coverage(frame, x, y);
  return GRAY.map((gray, channel) => gray + ((RED[channel] || 0) - gray) * part);
}

/**
 * The job for that plate.
 * @param {string} plate pattern of its files
 * @param {string} out pattern of the mattes
 * @returns {import("../client/mattewire/messages.js").MatteRequestInput}
 */
export function request(plate, out) {
  return {
    plate: { path: plate, colorspace: COLORSPACE },
    out: [{ path: out, format: "exr", content: "matte", channels: "RGBA" }],
    first: FIRST,
    last: LAST,
    prompts: [PROMPT],
    engine: "preview",
    overwrite: true,
    label: "Mattewire self-test",
  };
}

/**
 * Compares alpha with the disc of a frame.
 * @param {number} frame
 * @param {(x: number, y: number) => number} alpha 0..1, of each pixel of the plate
 * @returns {Verdict}
 */
export function judge(frame, alpha) {
  let [lesser, greater] = [0, 0];
  const [found, known] = [new Center(), new Center()];
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [value, part] = [alpha(x, y), coverage(frame, x, y)];
      lesser += Math.min(value, part);
      greater += Math.max(value, part);
      found.add(x, y, value);
      known.add(x, y, part);
    }
  }
  if (found.weight <= 0) return { frame, iou: 0, centroid: -1 };
  return { frame, iou: lesser / greater, centroid: Math.hypot(found.x - known.x, found.y - known.y) };
}

/** @param {Verdict} verdict */
export function good(verdict) {
  return verdict.iou >= LEAST_IOU && verdict.centroid >= 0 && verdict.centroid <= MOST_CENTROID;
}

/** The center of weights. */
class Center {
  constructor() {
    this.weight = this._x = this._y = 0;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} weight
   */
  add(x, y, weight) {
    this.weight += weight;
    this._x += (x + 0.5) * weight;
    this._y += (y + 0.5) * weight;
  }

  get x() {
    return this._x / this.weight;
  }

  get y() {
    return this._y / this.weight;
  }
}

/** A row of steps and what came of them. After a failure only the steps that clean up still run. */
export class Steps {
  /**
   * @param {string} host the application
   * @param {string} version as it names itself
   * @param {string} date the day
   */
  constructor(host, version, date) {
    this.host = host;
    this.version = version;
    this.date = date;
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Map<number, Verdict>} */
    this.verdicts = new Map();
    this.daemon = "";
    this.protocol = 0;
    /** @type {{call: () => Promise<string>, always: boolean, patience: number}[]} */
    this._calls = [];
  }

  /**
   * @param {string} name
   * @param {() => Promise<string>} call resolves to what to tell
   * @param {{always?: boolean, patience?: number}} [options] `patience`: ms until it counts as failed
   */
  add(name, call, { always = false, patience = 60_000 } = {}) {
    this.steps.push({ name, ok: null, seconds: 0, words: "Not run.", details: "" });
    this._calls.push({ call, always, patience });
  }

  /** @param {() => void} told called after each step */
  async run(told) {
    for (const [at, { call, always, patience }] of this._calls.entries()) {
      const step = this.steps[at];
      if (!step || (this.failed && !always)) continue;
      const began = Date.now();
      try {
        step.words = await within(call(), patience);
        step.ok = true;
      } catch (problem) {
        const { code, message, advice } = asProblem(problem);
        step.ok = false;
        step.words = [message, advice || ""].join(" ").trim();
        step.details = problem instanceof Error && problem.stack ? problem.stack : code;
      }
      step.seconds = (Date.now() - began) / 1000;
      told();
    }
    return this.ok;
  }

  /** Words on all verdicts. Throws the first bad frame, or that not every frame was judged. */
  expectGood() {
    for (let frame = FIRST; frame <= LAST; frame += 1) {
      const verdict = this.verdicts.get(frame);
      if (!verdict) throw fault(`Frame ${frame} has no matte.`);
      if (!good(verdict)) throw fault(inWords(verdict));
    }
    const all = [...this.verdicts.values()];
    const least = Math.min(...all.map((each) => each.iou)).toFixed(3);
    const most = Math.max(...all.map((each) => each.centroid)).toFixed(2);
    return `${all.length} frames: overlap at least ${least}, center off by at most ${most} pixels.`;
  }

  get failed() {
    return this.steps.some((step) => step.ok === false);
  }

  get ok() {
    return this.steps.length > 0 && this.steps.every((step) => step.ok === true);
  }

  /**
   * Plain data. No paths of footage, no keys, no names.
   * @param {string} os
   * @param {Record<string, string>} facts
   */
  report(os, facts) {
    return {
      schema: SCHEMA,
      date: this.date,
      host: this.host,
      host_version: this.version,
      os,
      python: "",
      protocol: this.protocol,
      daemon: this.daemon,
      engine: "preview",
      ok: this.ok,
      steps: this.steps,
      frames: [...this.verdicts.values()].sort((a, b) => a.frame - b.frame),
      limits: { iou: LEAST_IOU, centroid: MOST_CENTROID },
      facts,
    };
  }

  lines() {
    const mark = (/** @type {boolean | null} */ ok) => (ok === null ? "–" : ok ? "✓" : "✗");
    return this.steps.map((step) => `${mark(step.ok)} ${step.name}: ${step.words}`);
  }
}

/** @param {Verdict} verdict */
function inWords({ frame, iou, centroid }) {
  if (centroid < 0) return `Frame ${frame}: the matte is empty.`;
  return `Frame ${frame}: overlap ${iou.toFixed(3)}, center off by ${centroid.toFixed(2)} pixels.`;
}

/** @param {string} message */
export function fault(message) {
  return { code: "bad_field", message, field: "mattes", advice: SEND, retryable: false };
}

/**
 * @template T
 * @param {Promise<T>} work
 * @param {number} ms
 * @returns {Promise<T>}
 */
async function within(work, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    const words = { code: "timed_out", message: `Nothing came of it within ${ms / 1000} s.`, retryable: true };
    timer = setTimeout(() => reject(words), ms);
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
