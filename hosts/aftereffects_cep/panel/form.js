// The words, choices and buttons at the top of the panel.

import { USES, useOf } from "../model/uses.js";
import { count } from "../model/words.js";
import { byId, make, offer, say, show } from "./dom.js";

/** @typedef {import("../model/desk.js").Desk} Desk */

/** What the engine list offers before the daemon was met. */
const ENGINES = ["preview", "sam2"];

export class Form {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    this._texts = { prompt: byId("prompt", HTMLInputElement), exclude: byId("exclude", HTMLInputElement) };
    this._choices = {
      pick: byId("pick", HTMLSelectElement),
      quality: byId("quality", HTMLSelectElement),
      engine: byId("engine", HTMLSelectElement),
      range: byId("range", HTMLSelectElement),
      use: byId("use", HTMLSelectElement),
    };
    this._buttons = {
      mask: byId("mask", HTMLButtonElement),
      detect: byId("detect", HTMLButtonElement),
      update: byId("update", HTMLButtonElement),
      stop: byId("stop", HTMLButtonElement),
    };
    this._confirm = byId("confirm", HTMLElement);
    /** @type {HTMLElement | null} where the keyboard was before the question */
    this._before = null;
    this._listen();
  }

  _listen() {
    const desk = this._desk;
    for (const [name, input] of Object.entries(this._texts)) {
      input.addEventListener("input", () => desk.set({ [name]: input.value }));
    }
    for (const [name, select] of Object.entries(this._choices)) {
      select.addEventListener("change", () => desk.set({ [name]: select.value }));
    }
    byId("wish", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault(); // Enter in a text field comes here, too
      if (!this._buttons.mask.disabled) void desk.mask();
    });
    this._buttons.detect.addEventListener("click", () => void desk.detect());
    this._buttons.update.addEventListener("click", () => void desk.update());
    this._buttons.stop.addEventListener("click", () => this.askToStop());
    byId("here", HTMLButtonElement).addEventListener("click", () => desk.here());
    byId("confirm-yes", HTMLButtonElement).addEventListener("click", () => this._answer(true));
    byId("confirm-no", HTMLButtonElement).addEventListener("click", () => this._answer(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (!this._confirm.hidden) this._answer(false);
      else if (desk.shown.buttons.stop) this.askToStop();
      else return;
      event.preventDefault();
    });
  }

  /**
   * What else a use needs to know; made anew only when another use is chosen.
   * @param {import("../model/uses.js").Use} use
   * @param {Record<string, unknown>} options
   */
  _drawUse(use, options) {
    const place = byId("use-more", HTMLElement);
    if (place.dataset.use === use.name) return;
    place.dataset.use = use.name;
    place.replaceChildren(...use.fields.map((field) => this._field(field, options)));
    show(place, use.fields.length > 0);
  }

  /**
   * @param {import("../model/uses.js").Field} field
   * @param {Record<string, unknown>} options
   */
  _field(field, options) {
    const id = `use-${field.name}`;
    const value = String(options[field.name] === undefined ? field.value : options[field.name]);
    const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (
      field.kind === "choice" ? make("select", { id }) : make("input", { id, type: "text", placeholder: field.hint })
    );
    if (input instanceof HTMLSelectElement) offer(input, field.choices || [], value);
    else input.value = value;
    if (field.kind === "number") input.setAttribute("inputmode", "numeric");
    input.title = field.hint;
    input.addEventListener(field.kind === "choice" ? "change" : "input", () => {
      this._desk.set({ options: { ...this._desk.controls.options, [field.name]: input.value } });
    });
    return make("div", { class: "field" }, [make("label", { for: id }, [field.label]), input]);
  }

  /** Asks before a job is stopped: a tracker's memory is gone then. */
  askToStop() {
    const { view, buttons } = this._desk.shown;
    if (!view || !buttons.stop || !this._confirm.hidden) return;
    say(byId("confirm-text", HTMLElement), `Stop the job? ${count(view.done, "finished matte")} ${view.done === 1 ? "is" : "are"} kept.`);
    this._before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    show(this._confirm, true);
    byId("confirm-yes", HTMLButtonElement).focus();
  }

  /** @param {boolean} stop */
  _answer(stop) {
    show(this._confirm, false);
    if (this._before && !this._before.hasAttribute("disabled")) this._before.focus();
    if (stop) void this._desk.stop();
  }

  draw() {
    const { shown, controls, layer, preferences } = this._desk;
    for (const [name, input] of Object.entries(this._texts)) {
      const value = controls[/** @type {"prompt" | "exclude"} */ (name)];
      if (input.value !== value) input.value = value;
    }
    const names = shown.makers.length > 0 ? shown.makers : ENGINES;
    const engines = [...new Set([...names, preferences.engine, controls.engine])];
    offer(this._choices.engine, engines.map((name) => ({ value: name, label: name })), controls.engine);
    offer(this._choices.use, USES.map((use) => ({ value: use.name, label: use.label })), controls.use);
    this._choices.use.title = useOf(controls.use).hint;
    show(byId("use-field", HTMLElement), USES.length > 1);
    this._drawUse(useOf(controls.use), controls.options);
    for (const name of /** @type {("pick" | "quality" | "range")[]} */ (["pick", "quality", "range"])) {
      if (this._choices[name].value !== controls[name]) this._choices[name].value = controls[name];
    }
    say(byId("engine-line", HTMLElement), shown.engineLine(controls.engine));
    say(byId("range-line", HTMLElement), shown.rangeLine(controls.range));
    const { pinned } = this._desk.marks;
    const key = layer.keyframe;
    const isNow = pinned === null || pinned === shown.now;
    const where = isNow ? ", the current time" : "";
    say(byId("keyframe-line", HTMLElement), key === null ? "Keyframe: none here" : `Keyframe ${key}${where}`);
    show(byId("here", HTMLElement), !isNow);
    const can = shown.buttons;
    for (const [name, button] of Object.entries(this._buttons)) {
      button.disabled = !can[/** @type {"mask" | "detect" | "update" | "stop"} */ (name)];
    }
    if (!can.stop && !this._confirm.hidden) this._answer(false); // it has ended by itself
  }
}
