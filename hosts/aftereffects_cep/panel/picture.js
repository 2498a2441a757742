// The keyframe with what was found and marked on it: click a box to keep or drop it, draw one, click points.

import { fitted, toDrawn, toPlate, zoomed } from "../model/viewport.js";
import { byId, makeSvg, say, show } from "./dom.js";

/**
 * @typedef {import("../model/desk.js").Desk} Desk
 */

/** Least way of the mouse that makes a drag of a click, CSS pixels. */
const DRAG = 4;
/** How near a click on a point must be, CSS pixels. */
const REACH = 8;
const POINT = 6;
const TAG_HIGH = 16;
const LETTER = 6.4;

export class Picture {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    this._window = byId("window", HTMLElement);
    this._sheet = byId("sheet", HTMLElement);
    this._frame = byId("frame", HTMLImageElement);
    this._overlay = byId("overlay", SVGSVGElement);
    this._zoom = 1;
    /** @type {Uint8Array | null} */
    this._picture = null;
    this._address = "";
    /** @type {{x: number, y: number, other: boolean} | null} */
    this._down = null;
    /** The object whose row is chosen in the list, to be drawn bold. */
    this.active = 0;
    this._listen();
  }

  get _tool() {
    const chosen = document.querySelector('input[name="tool"]:checked');
    return chosen instanceof HTMLInputElement ? chosen.value : "box";
  }

  _listen() {
    const sheet = this._sheet;
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 && event.button !== 2) return;
      const at = this._place(event);
      if (!at) return;
      sheet.setPointerCapture(event.pointerId);
      this._down = { ...at, other: event.button === 2 || event.shiftKey };
    });
    sheet.addEventListener("pointermove", (event) => this._dragTo(event));
    sheet.addEventListener("pointerup", (event) => this._release(event));
    sheet.addEventListener("pointercancel", () => this._forgetDrag());
    sheet.addEventListener("contextmenu", (event) => event.preventDefault());
    this._window.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.altKey) return; // a plain wheel scrolls
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 1 : -1);
      },
      { passive: false },
    );
    this._window.addEventListener("keydown", (event) => {
      const step = { "+": 1, "=": 1, "-": -1 }[event.key];
      if (step) this.zoom(step);
      else if (event.key === "0") this.zoom(0);
    });
    byId("zoom-in", HTMLButtonElement).addEventListener("click", () => this.zoom(1));
    byId("zoom-out", HTMLButtonElement).addEventListener("click", () => this.zoom(-1));
    byId("zoom-fit", HTMLButtonElement).addEventListener("click", () => this.zoom(0));
  }

  /**
   * Closer, farther, or, with 0, the whole picture. The middle of the window stays.
   * @param {number} steps
   */
  zoom(steps) {
    const pane = this._window;
    const next = steps === 0 ? 1 : zoomed(this._zoom, steps);
    const across = (pane.scrollLeft + pane.clientWidth / 2) / this._zoom;
    const down = (pane.scrollTop + pane.clientHeight / 2) / this._zoom;
    this._zoom = next;
    this.draw();
    pane.scrollLeft = across * next - pane.clientWidth / 2;
    pane.scrollTop = down * next - pane.clientHeight / 2;
  }

  // --- the mouse ---------------------------------------------------------------------------------------------

  /**
   * A place in the picture: CSS pixels from its corner; null without a picture.
   * @param {PointerEvent} event
   */
  _place(event) {
    if (!this._desk.marks.seen) return null;
    const edge = this._sheet.getBoundingClientRect();
    return { x: event.clientX - edge.left, y: event.clientY - edge.top };
  }

  /** @param {PointerEvent} event */
  _dragTo(event) {
    const at = this._place(event);
    const from = this._down;
    if (!at || !from || this._tool !== "box" || from.other) return;
    if (Math.hypot(at.x - from.x, at.y - from.y) < DRAG) return;
    const edge = rectangle(from, at);
    const old = this._overlay.querySelector(".rubber");
    const rubber = makeSvg("rect", { class: "box drawn rubber", ...edge });
    if (old) old.replaceWith(rubber);
    else this._overlay.append(rubber);
  }

  _forgetDrag() {
    this._down = null;
    const rubber = this._overlay.querySelector(".rubber");
    if (rubber) rubber.remove();
  }

  /** @param {PointerEvent} event */
  _release(event) {
    const at = this._place(event);
    const from = this._down;
    const { marks } = this._desk;
    const seen = marks.seen;
    this._forgetDrag();
    if (!at || !from || !seen) return;
    const drawn = this._drawn(seen);
    const here = toPlate(seen, drawn, at.x, at.y);
    const there = toPlate(seen, drawn, from.x, from.y);
    if (this._tool === "point" || from.other) {
      const near = marks.pointAt(here.x, here.y, (REACH / drawn.width) * seen.width);
      if (near >= 0) this._desk.removeMark(near);
      else this._desk.addPoint(here.x, here.y, !from.other);
    } else if (Math.hypot(at.x - from.x, at.y - from.y) >= DRAG) {
      this._desk.addBox(there.x, there.y, here.x, here.y);
    } else {
      this._desk.toggleAt(here.x, here.y);
    }
  }

  // --- drawing -----------------------------------------------------------------------------------------------

  /** @param {import("../model/marks.js").Seen} seen */
  _drawn(seen) {
    const pane = this._window;
    const whole = fitted(seen, pane.clientWidth, pane.clientHeight);
    return { width: whole.width * this._zoom, height: whole.height * this._zoom };
  }

  draw() {
    const { marks } = this._desk;
    const seen = marks.seen;
    show(byId("picture-empty", HTMLElement), !seen);
    show(this._sheet, Boolean(seen));
    say(byId("picture-hint", HTMLElement), seen ? hint(this._desk, this._tool) : "");
    if (!seen) {
      this._picture = null;
      return;
    }
    this._load(seen);
    const drawn = this._drawn(seen);
    this._sheet.style.width = `${drawn.width}px`;
    this._sheet.style.height = `${drawn.height}px`;
    this._overlay.setAttribute("viewBox", `0 0 ${drawn.width} ${drawn.height}`);
    this._overlay.replaceChildren(...this._shapes(seen, drawn));
  }

  /** @param {import("../model/marks.js").Seen} seen */
  _load(seen) {
    if (seen.picture === this._picture) return;
    this._picture = seen.picture;
    if (this._address) URL.revokeObjectURL(this._address);
    this._address = URL.createObjectURL(new Blob([new Uint8Array(seen.picture)], { type: "image/jpeg" }));
    this._frame.src = this._address;
    this._frame.alt = `Frame ${seen.frame} of the plate`;
  }

  /**
   * @param {import("../model/marks.js").Seen} seen
   * @param {{width: number, height: number}} drawn
   */
  _shapes(seen, drawn) {
    const { marks } = this._desk;
    const shapes = [];
    const kept = (/** @type {number} */ object) => Number(marks.kept.has(object));
    for (const match of [...marks.found].sort((one, other) => kept(one.object) - kept(other.object))) {
      const look = marks.kept.has(match.object) ? "kept" : "dropped";
      const text = `${match.object}  ${match.phrase} ${match.score.toFixed(2)}`;
      shapes.push(...this._box(seen, drawn, match, look, text));
    }
    for (const box of marks.boxes.filter((each) => each.frame === seen.frame)) {
      shapes.push(...this._box(seen, drawn, box, "drawn", `${box.object}  drawn`));
    }
    for (const point of marks.points.filter((each) => each.frame === seen.frame)) {
      const at = toDrawn(seen, drawn, point.x, point.y);
      const plus = `M ${at.x - 3} ${at.y} h 6` + (point.keep ? ` M ${at.x} ${at.y - 3} v 6` : "");
      shapes.push(
        makeSvg("g", { class: `point ${point.keep ? "keep" : "drop"}` }, [
          makeSvg("circle", { cx: at.x, cy: at.y, r: POINT }),
          makeSvg("path", { d: plus }),
        ]),
      );
    }
    return shapes;
  }

  /**
   * @param {import("../model/marks.js").Seen} seen
   * @param {{width: number, height: number}} drawn
   * @param {{x0: number, y0: number, x1: number, y1: number, object: number}} box
   * @param {string} look
   * @param {string} text
   */
  _box(seen, drawn, box, look, text) {
    const edge = rectangle(toDrawn(seen, drawn, box.x0, box.y0), toDrawn(seen, drawn, box.x1, box.y1));
    const wide = text.length * LETTER + 8;
    const left = Math.max(0, Math.min(edge.x, drawn.width - wide));
    const top = Math.max(0, edge.y - TAG_HIGH);
    const active = box.object === this.active ? " active" : "";
    return [
      makeSvg("rect", { class: "halo", ...edge }), // the plate may have the box's own color
      makeSvg("rect", { class: `box ${look}${active}`, ...edge }),
      makeSvg("g", { class: "tag" }, [
        makeSvg("rect", { class: look, x: left, y: top, width: wide, height: TAG_HIGH }),
        makeSvg("text", { class: look, x: left + 4, y: top + 12 }, [text]),
      ]),
    ];
  }
}

/**
 * @param {{x: number, y: number}} one
 * @param {{x: number, y: number}} other
 */
function rectangle(one, other) {
  return {
    x: Math.min(one.x, other.x),
    y: Math.min(one.y, other.y),
    width: Math.abs(other.x - one.x),
    height: Math.abs(other.y - one.y),
  };
}

/**
 * @param {Desk} desk
 * @param {string} tool
 */
function hint({ marks, controls }, tool) {
  if (tool === "point") return "Click: on the subject. Shift or right click: off it. Click a point again to remove it.";
  if (marks.found.length > 0) return "Click a box to keep or drop it; drag to draw one. Solid boxes will be tracked.";
  const box = "Drag a box around the subject, or set points.";
  return marks.foundFor && controls.prompt.trim() ? `Nothing on this frame matches. ${box}` : box;
}
