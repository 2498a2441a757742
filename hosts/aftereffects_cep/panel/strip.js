// One column for each frame of the shot, in the color of its state. Click to go there.

import { STATE_COLORS } from "../model/shown.js";

/** @typedef {import("../model/shown.js").Shown} Shown */

const WIDE_ENOUGH = 4;

export class Strip {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Shown} shown
   * @param {(frame: number) => void} goTo a plate frame was clicked
   */
  constructor(canvas, shown, goTo) {
    this._canvas = canvas;
    this._shown = shown;
    this._drawn = "";
    canvas.addEventListener("click", (event) => {
      const frame = this._under(event);
      if (frame !== null) goTo(frame);
    });
    canvas.addEventListener("mousemove", (event) => {
      const frame = this._under(event);
      canvas.title = frame === null ? "" : `${this._shown.about(frame)} Click to go there.`;
    });
  }

  /**
   * The plate frame under the mouse.
   * @param {MouseEvent} event
   */
  _under(event) {
    const columns = this._shown.strip(this._wide()).length;
    return this._shown.frameAt(Math.floor((event.offsetX / this._canvas.clientWidth) * columns), columns);
  }

  draw() {
    const canvas = this._canvas;
    if (canvas.clientWidth === 0) return; // hidden: there is no job
    const wide = this._wide();
    const states = this._shown.strip(wide);
    const told = `${wide} ${states.join("")}`;
    if (told === this._drawn) return;
    this._drawn = told;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(wide * scale);
    canvas.height = Math.round(canvas.clientHeight * scale) || 14;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    states.forEach((state, column) => {
      const left = Math.round((canvas.width * column) / states.length);
      const right = Math.round((canvas.width * (column + 1)) / states.length);
      const gap = right - left > WIDE_ENOUGH * scale ? scale : 0;
      pen.fillStyle = STATE_COLORS[state] || "#ffffff";
      pen.fillRect(left, 0, right - left - gap, canvas.height);
      if (state === "flagged" && gap > 0) {
        pen.fillStyle = "#ffffff"; // a mark besides the color
        pen.fillRect(left, 0, right - left - gap, 3 * scale);
      }
    });
    canvas.setAttribute("aria-label", this._shown.stripInWords());
  }

  _wide() {
    return Math.max(1, this._canvas.clientWidth);
  }
}
