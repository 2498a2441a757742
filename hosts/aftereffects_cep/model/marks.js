// What is marked on a plate: the boxes that were found, kept or dropped, and the boxes and points of the artist.
// All in plate pixels; a mark belongs to the plate frame that it was made on.

/**
 * @typedef {import("./wish.js").Box} Box
 * @typedef {import("./wish.js").Point} Point
 * @typedef {{object: number, x0: number, y0: number, x1: number, y1: number, phrase: string, score: number,
 *   picked: boolean}} Detection
 * @typedef {object} Seen the frame that was looked at
 * @property {number} frame
 * @property {number} width the plate's display window, plate pixels
 * @property {number} height
 * @property {number} pixelAspect
 * @property {Uint8Array} picture JPEG
 */

/** Narrower drawn boxes are taken for a click, plate pixels. */
export const LEAST_BOX = 2;
const MOST_OBJECTS = 999;

export class Marks {
  constructor() {
    /** @type {Seen | null} */
    this.seen = null;
    /** A keyframe that does not follow the current time. @type {number | null} */
    this.pinned = null;
    /** @type {Detection[]} */
    this.found = [];
    /** @type {Set<number>} */
    this.kept = new Set();
    /** Whether the artist has kept or dropped a box himself. */
    this.chosen = false;
    /** The words, engine and frame that `found` is for, as one text. */
    this.foundFor = "";
    /** @type {Box[]} */
    this.boxes = [];
    /** @type {Point[]} */
    this.points = [];
  }

  /**
   * Takes what a look has found. A choice among the same matches is kept.
   * @param {Seen} seen
   * @param {Detection[]} found
   * @param {string} foundFor
   */
  take(seen, found, foundFor) {
    const same = this.chosen && this.foundFor === foundFor;
    const before = this.kept;
    this.seen = seen;
    this.found = found;
    this.foundFor = foundFor;
    this.chosen = same;
    this.kept = new Set(
      found.filter((each) => (same ? before.has(each.object) : each.picked)).map((each) => each.object),
    );
    this._renumber();
  }

  /** Forgets what was found, as when the words have changed; the picture and the artist's own marks stay. */
  forgetFound() {
    this.found = [];
    this.kept = new Set();
    this.chosen = false;
    this.foundFor = "";
  }

  /** Numbers for `pick`: empty while the artist has chosen nothing. */
  get choice() {
    return this.chosen ? [...this.kept].sort((a, b) => a - b) : [];
  }

  /** Whether the artist has dropped every box that was found. */
  get droppedAll() {
    return this.chosen && this.found.length > 0 && this.kept.size === 0;
  }

  /** @param {number} object */
  toggle(object) {
    if (!this.found.some((each) => each.object === object)) return false;
    if (!this.kept.delete(object)) this.kept.add(object);
    this.chosen = true;
    return true;
  }

  /**
   * Keeps or drops the smallest box under a place; true when there was one.
   * @param {number} x
   * @param {number} y
   */
  toggleAt(x, y) {
    const under = smallest(this.found.filter((box) => inside(box, x, y)));
    return under ? this.toggle(under.object) : false;
  }

  /**
   * A box around a subject of its own, whichever corners come first; false for one without an inside.
   * @param {number} x0
   * @param {number} y0
   * @param {number} x1
   * @param {number} y1
   */
  addBox(x0, y0, x1, y1) {
    if (!this.seen || Math.abs(x1 - x0) < LEAST_BOX || Math.abs(y1 - y0) < LEAST_BOX) return false;
    const object = this._highest() + 1;
    if (object > MOST_OBJECTS) return false;
    const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
    const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
    this.boxes.push({ frame: this.seen.frame, x0: left, y0: top, x1: right, y1: bottom, object });
    return true;
  }

  /**
   * A point on the subject, or off it. It refines the object whose box it is in, else the nearest one.
   * @param {number} x
   * @param {number} y
   * @param {boolean} keep
   */
  addPoint(x, y, keep) {
    if (!this.seen) return false;
    this.points.push({ frame: this.seen.frame, x, y, keep, object: this._objectAt(x, y) });
    return true;
  }

  /**
   * Takes away the artist's point or drawn box number `index` of `own`.
   * @param {number} index
   */
  remove(index) {
    const mark = this.own[index];
    if (!mark) return;
    this.boxes = this.boxes.filter((box) => box !== mark);
    this.points = this.points.filter((point) => point !== mark);
  }

  clear() {
    this.boxes = [];
    this.points = [];
  }

  /** The artist's marks on every frame: drawn boxes, then points, each in the order in which they were made. */
  get own() {
    return [...this.boxes, ...this.points];
  }

  /**
   * The nearest of the frame's points within `reach` plate pixels, as its index in `own`; -1 for none.
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   */
  pointAt(x, y, reach) {
    let best = -1;
    let least = reach;
    this.points.forEach((point, at) => {
      const away = Math.hypot(point.x - x, point.y - y);
      if (point.frame === this.seen?.frame && away <= least) [best, least] = [this.boxes.length + at, away];
    });
    return best;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  _objectAt(x, y) {
    const frame = this.seen?.frame;
    const boxes = [
      ...this.found.filter((box) => this.kept.has(box.object)),
      ...this.boxes.filter((box) => box.frame === frame),
    ];
    const under = smallest(boxes.filter((box) => inside(box, x, y)));
    if (under) return under.object;
    const near = [...boxes].sort((one, other) => distance(one, x, y) - distance(other, x, y))[0];
    return near ? near.object : 1;
  }

  _highest() {
    return Math.max(0, ...this.found.map((each) => each.object), ...this.boxes.map((box) => box.object));
  }

  /**
   * Gives drawn boxes numbers above those of the matches: a box claims its number, and the matches would move up
   * (SPEC section 7, "Selection", 3), so that the numbers in the picture no longer were those of the job.
   */
  _renumber() {
    const most = Math.max(0, ...this.found.map((each) => each.object));
    const drawn = this.boxes.map((box) => box.object);
    if (drawn.length === 0 || Math.min(...drawn) > most) return;
    const shift = most + 1 - Math.min(...drawn);
    const moved = new Set(drawn);
    for (const mark of this.own) if (moved.has(mark.object)) mark.object += shift;
  }
}

/**
 * @param {{x0: number, y0: number, x1: number, y1: number}} box
 * @param {number} x
 * @param {number} y
 */
function inside(box, x, y) {
  return box.x0 <= x && x < box.x1 && box.y0 <= y && y < box.y1;
}

/**
 * @template {{x0: number, y0: number, x1: number, y1: number}} T
 * @param {T[]} boxes
 * @returns {T | undefined}
 */
function smallest(boxes) {
  const area = (/** @type {T} */ box) => (box.x1 - box.x0) * (box.y1 - box.y0);
  return [...boxes].sort((one, other) => area(one) - area(other))[0];
}

/**
 * From a place to a box's nearest edge, plate pixels.
 * @param {{x0: number, y0: number, x1: number, y1: number}} box
 * @param {number} x
 * @param {number} y
 */
function distance(box, x, y) {
  return Math.hypot(Math.max(box.x0 - x, 0, x - box.x1), Math.max(box.y0 - y, 0, y - box.y1));
}
