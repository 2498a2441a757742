// What the artist has set in the panel, and the request that it makes (as mattewire_panel.wish).

import { phrases } from "./words.js";

/**
 * @typedef {{frame: number, x0: number, y0: number, x1: number, y1: number, object: number}} Box plate pixels
 * @typedef {{frame: number, x: number, y: number, keep: boolean, object: number}} Point plate pixels
 * @typedef {{remove_specks: number, fill_holes: number, close: number, smooth: number, temporal: number,
 *   dilate: number, feather: number}} CleanUp plate pixels; `temporal` in frames
 * @typedef {{path: string, colorspace?: string}} Plate
 * @typedef {{path: string, format: string, content: string, channels: string, fps?: number}} Deliverable
 *
 * @typedef {object} Wish the panel's controls; text as typed, frames and pixels the plate's
 * @property {string} prompt
 * @property {string} exclude
 * @property {"best" | "all"} pick
 * @property {number[]} kept numbers of the boxes that are kept; empty leaves `pick` as it is
 * @property {Box[]} boxes
 * @property {Point[]} points
 * @property {number | null} keyframe
 * @property {string} engine
 * @property {"final" | "draft"} quality
 * @property {CleanUp} cleanUp
 * @property {string} edges a name of `EDGE_CHOICES`
 * @property {boolean} motionBlur
 * @property {boolean} holdout things in front cut the matte
 * @property {string} depthEngine what tells the distances for that
 * @property {string} ocio path of the studio's OCIO config; empty: the built-in one
 *
 * @typedef {Record<string, any>} Request a `MatteRequest` as the wire has it
 */

/** @type {CleanUp} */
export const NO_CLEAN_UP = Object.freeze({
  remove_specks: 0,
  fill_holes: 0,
  close: 0,
  smooth: 0,
  temporal: 0,
  dilate: 0,
  feather: 0,
});

/** The clean-up's controls, in the order in which the steps are done: SPEC section 7, "From the engine to the files". */
export const CLEAN_UP_FIELDS = Object.freeze([
  { name: "remove_specks", label: "Remove specks", unit: "plate pixels across", least: 0, most: 2000, step: 1 },
  { name: "fill_holes", label: "Fill holes", unit: "plate pixels across", least: 0, most: 2000, step: 1 },
  { name: "close", label: "Close gaps", unit: "plate pixels", least: 0, most: 100, step: 0.5 },
  { name: "smooth", label: "Smooth", unit: "plate pixels", least: 0, most: 100, step: 0.5 },
  { name: "temporal", label: "Steady", unit: "frames on either side", least: 0, most: 5, step: 1 },
  { name: "dilate", label: "Dilate", unit: "plate pixels; below 0 inward", least: -100, most: 100, step: 0.25 },
  { name: "feather", label: "Feather", unit: "plate pixels", least: 0, most: 100, step: 0.25 },
]);

/** The ways to the plate's edges, in the order of the list: the daemon's own choice first. */
export const EDGE_CHOICES = Object.freeze([
  { value: "guided", label: "Follow the plate" },
  { value: "plain", label: "As the engine draws them" },
  { value: "matting", label: "Hair and fur, by a matting model" },
  { value: "closed_form", label: "Solved from colors, slow" },
]);

/** What the two check boxes say. */
export const MOTION_BLUR = "Wider where it moves (motion blur)";
export const HOLDOUT = "Things in front cut the matte (depth)";

/** @type {Readonly<Record<string, {suffix: string, format: string, movie: boolean}>>} */
export const FORMATS = Object.freeze({
  exr: { suffix: ".exr", format: "exr", movie: false },
  png: { suffix: ".png", format: "png16", movie: false },
  prores: { suffix: ".mov", format: "prores4444", movie: true },
});

const COUNTER = /[._-]?(?:#+|%0?\d*d)/;
const SUFFIX = /\.(?:exr|png|tiff?|mov|webm)$/i;
/** How documents of splines that the panel asks for end. */
export const SPLINES = ".splines.json";

const LONGEST_LABEL = 256;

/** A value of the panel is missing or wrong: `bad_field`, with the way out. */
export class BadWish extends Error {
  /**
   * @param {string} message
   * @param {string} field
   * @param {string} advice
   */
  constructor(message, field, advice) {
    super(message);
    this.code = "bad_field";
    this.field = field;
    this.advice = advice;
    this.retryable = false;
  }
}

/**
 * The job for the plate frames `first` to `last`, both included.
 * @param {Wish} wish
 * @param {Plate} plate
 * @param {Deliverable[]} out
 * @param {number} first
 * @param {number} last
 * @returns {Request}
 * @throws {BadWish} when it says nothing to mask
 */
export function request(wish, plate, out, first, last) {
  const inside = (/** @type {{frame: number}} */ mark) => first <= mark.frame && mark.frame <= last;
  const boxes = wish.boxes.filter(inside);
  const points = wish.points.filter(inside);
  const prompts = phrases(wish.prompt);
  if (prompts.length === 0 && boxes.length === 0 && !points.some((point) => point.keep)) {
    throw new BadWish("says nothing to mask.", "prompts", "Type what to mask, draw a box, or set a keep point.");
  }
  const key = wish.keyframe;
  return {
    plate,
    out,
    first,
    last,
    ...(key !== null && first <= key && key <= last ? { keyframe: key } : {}),
    prompts,
    exclude: phrases(wish.exclude),
    pick: wish.kept.length > 0 ? [...wish.kept].sort((a, b) => a - b).join(",") : wish.pick,
    boxes,
    points,
    engine: wish.engine,
    quality: wish.quality,
    clean_up: cleanUps(wish.cleanUp),
    ...edgesOf(wish.edges, wish.motionBlur),
    ...depthOf(wish.holdout, wish.depthEngine),
    ocio: wish.ocio,
    label: wish.prompt.trim().slice(0, LONGEST_LABEL) || "marked subject",
  };
}

/**
 * A look at one plate frame, with its picture.
 * @param {Wish} wish
 * @param {Plate} plate
 * @param {number} frame
 * @param {number} edge long edge of the picture, pixels
 */
export function search(wish, plate, frame, edge = 1024) {
  return {
    plate,
    frame,
    prompts: phrases(wish.prompt),
    exclude: phrases(wish.exclude),
    engine: wish.engine,
    preview_edge: edge,
    ocio: wish.ocio,
  };
}

/**
 * None where nothing is to be cleaned.
 * @param {CleanUp} cleanUp
 */
export function cleanUps(cleanUp) {
  return Object.values(cleanUp).some((value) => value !== 0) ? [{ object: 0, ...cleanUp }] : [];
}

/**
 * The choice and the check box as a request has them; nothing where it is the daemon's own way, for tickets are short.
 * Where nothing is refined, nothing can be wider.
 * @param {string} method
 * @param {boolean} motionBlur
 */
export function edgesOf(method, motionBlur) {
  const wider = motionBlur && method !== "plain";
  if (method === "guided" && !wider) return {};
  return { edges: { method, ...(wider ? { motion_blur: true } : {}) } };
}

/**
 * @param {boolean} holdout
 * @param {string} engine
 */
export function depthOf(holdout, engine) {
  return holdout ? { depth: { engine, holdout: true } } : {};
}

/**
 * Whether two requests differ only in what comes after the engine, so that finishing again is enough.
 * @param {Request} one
 * @param {Request} other
 */
export function trackedAlike(one, other) {
  const tracked = (/** @type {Request} */ wanted) => {
    const { out, names, clean_up, shapes, overwrite, label, priority, edges, depth, ...rest } = wanted;
    return canonical(rest);
  };
  return tracked(one) === tracked(other);
}

/**
 * Whether two requests ask for the same, whatever they are called.
 * @param {Request} one
 * @param {Request} other
 */
export function same(one, other) {
  return canonical({ ...one, label: "" }) === canonical({ ...other, label: "" });
}

/** @param {any} value JSON with the keys of every map in order */
function canonical(value) {
  return JSON.stringify(value, (_, part) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * The files that After Effects gets: RGB white and the matte in A, straight.
 * @param {string} format a name of `FORMATS`
 * @param {string} path absolute, with tokens; its suffix and counter follow the format
 * @param {number} fps of a movie whose plate does not say it
 * @returns {Deliverable[]}
 */
export function deliverables(format, path, fps) {
  const chosen = FORMATS[format] || FORMATS.exr;
  const { suffix, format: name, movie } = /** @type {{suffix: string, format: string, movie: boolean}} */ (chosen);
  let stem = path.replace(SUFFIX, "");
  const file = stem.slice(folderOf(stem).length);
  if (movie) stem = folderOf(stem) + file.replace(COUNTER, "");
  else if (!COUNTER.test(file)) stem += ".####";
  const base = { path: stem + suffix, format: name, content: "matte", channels: "RGBA" };
  return [movie ? { ...base, fps } : base];
}

/**
 * The document of splines beside a matte: `a/ball.####.exr` -> `a/ball.splines.json`.
 * @param {string} path of the matte, with tokens
 * @returns {Deliverable}
 */
export function splinesBeside(path) {
  const stem = path.replace(SUFFIX, "");
  const folder = folderOf(stem);
  return { path: `${folder}${stem.slice(folder.length).replace(COUNTER, "")}${SPLINES}`, format: "splines", content: "matte", channels: "" };
}

/**
 * An output template as an absolute path: relative ones begin at the plate's folder. Tokens stay.
 * @param {string} template
 * @param {string} plate the plate's path
 * @param {string} home the user's home folder, for `~`
 */
export function outPath(template, plate, home) {
  const written = template.trim();
  const path = /^~[\\/]/.test(written) ? home + written.slice(1) : written;
  return isAbsolute(path) ? path : folderOf(plate) + path;
}

/**
 * `a/ball.####.exr` -> `a/ball_{version}.####.exr`.
 * @param {string} path
 */
export function withVersion(path) {
  const folder = folderOf(path);
  const suffix = (SUFFIX.exec(path) || [""])[0];
  const stem = path.slice(folder.length, path.length - suffix.length);
  const found = COUNTER.exec(stem);
  const at = found ? found.index : stem.length;
  return `${folder}${stem.slice(0, at)}_{version}${stem.slice(at)}${suffix}`;
}

/** @param {string} path */
export function isAbsolute(path) {
  return /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path);
}

/**
 * With its last separator, `/` or the Windows one; empty for a bare name.
 * @param {string} path
 */
export function folderOf(path) {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** @param {string} path */
export function nameOf(path) {
  return path.slice(folderOf(path).length);
}
