// Clean-up, settings, and the self-test's lines.

import { overridden } from "../model/prefs.js";
import { asProblem } from "../model/problem.js";
import { CLEAN_UP_FIELDS, EDGE_CHOICES, HOLDOUT, MOTION_BLUR } from "../model/wish.js";
import { byId, make, offer, say, show } from "./dom.js";

/**
 * @typedef {import("../model/desk.js").Desk} Desk
 * @typedef {import("../model/wish.js").CleanUp} CleanUp
 */

/** How edges are made, and whether things in front cut the matte. */
export class Edges {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    this._method = byId("edges", HTMLSelectElement);
    this._blur = byId("motion-blur", HTMLInputElement);
    this._holdout = byId("holdout", HTMLInputElement);
    say(byId("motion-blur-text", HTMLElement), MOTION_BLUR);
    say(byId("holdout-text", HTMLElement), HOLDOUT);
    this._method.addEventListener("change", () => desk.set({ edges: this._method.value }));
    this._blur.addEventListener("change", () => desk.set({ motionBlur: this._blur.checked }));
    this._holdout.addEventListener("change", () => desk.set({ holdout: this._holdout.checked }));
  }

  draw() {
    const { shown, controls } = this._desk;
    offer(this._method, [...EDGE_CHOICES], controls.edges);
    this._blur.checked = controls.motionBlur;
    this._blur.disabled = controls.edges === "plain";
    this._holdout.checked = controls.holdout;
    show(byId("holdout-field", HTMLElement), shown.hasDepth || controls.holdout);
    say(byId("edges-line", HTMLElement), shown.edgesLine(controls.edges));
  }
}

/** The controls of the clean-up. A value out of range is put back into it. */
export class Finish {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    /** @type {Map<string, HTMLInputElement>} */
    this._inputs = new Map();
    const fields = CLEAN_UP_FIELDS.map(({ name, label, unit, least, most, step }) => {
      const id = `finish-${name}`;
      const range = { min: String(least), max: String(most), step: String(step) };
      const input = /** @type {HTMLInputElement} */ (make("input", { type: "number", id, title: unit, ...range }));
      input.addEventListener("change", () => this._changed(name, least, most));
      this._inputs.set(name, input);
      return make("div", { class: "field" }, [make("label", { for: id }, [label]), input]);
    });
    byId("finish-fields", HTMLElement).replaceChildren(...fields);
  }

  /**
   * @param {string} name
   * @param {number} least
   * @param {number} most
   */
  _changed(name, least, most) {
    const input = this._inputs.get(name);
    const typed = input ? Number(input.value) : 0;
    const whole = name === "temporal" ? Math.round(typed) : typed;
    const value = Number.isFinite(whole) ? Math.min(most, Math.max(least, whole)) : 0;
    this._desk.set({ cleanUp: { ...this._desk.controls.cleanUp, [name]: value } });
  }

  draw() {
    for (const [name, input] of this._inputs) {
      const value = String(this._desk.controls.cleanUp[/** @type {keyof CleanUp} */ (name)]);
      if (document.activeElement !== input && input.value !== value) input.value = value;
    }
  }
}

/** The settings. They are kept when the artist says so; what the environment decides is shown as fixed. */
export class Settings {
  /**
   * @param {Desk} desk
   * @param {{chosen: string, path: string, choose: (folder: string) => void}} folder the data folder
   * @param {Record<string, string | undefined>} environment
   */
  constructor(desk, folder, environment) {
    this._desk = desk;
    this._folder = folder;
    this._environment = environment;
    this._out = byId("set-out", HTMLInputElement);
    this._format = byId("set-format", HTMLSelectElement);
    this._engine = byId("set-engine", HTMLSelectElement);
    this._home = byId("set-home", HTMLInputElement);
    this._start = byId("set-start", HTMLInputElement);
    this._said = byId("settings-said", HTMLElement);
    byId("preferences", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this._keep();
    });
    this.fill();
  }

  /** The settings as they are kept. */
  fill() {
    const { preferences, notes } = this._desk;
    const fixed = overridden(this._environment);
    this._out.value = preferences.out;
    this._format.value = preferences.format;
    this._start.checked = preferences.start_daemon;
    this._home.value = this._folder.chosen;
    this._home.placeholder = this._folder.path;
    for (const [name, control] of Object.entries({
      out: this._out,
      format: this._format,
      engine: this._engine,
      start_daemon: this._start,
    })) {
      control.disabled = fixed.includes(name);
      control.title = control.disabled ? "Decided by the environment of After Effects." : "";
    }
    this.draw();
    if (notes.length > 0) say(this._said, notes.join("\n"));
  }

  draw() {
    const { makers } = this._desk.shown;
    const chosen = this._engine.value || this._desk.preferences.engine;
    const names = [...new Set([...makers, this._desk.preferences.engine, chosen])];
    offer(this._engine, names.map((name) => ({ value: name, label: name })), chosen);
  }

  async _keep() {
    const moved = this._home.value.trim() !== this._folder.chosen;
    const starts = this._desk.preferences.start_daemon;
    try {
      if (moved) this._folder.choose(this._home.value);
      this._desk.keepPreferences({
        ...this._desk.preferences,
        out: this._out.value.trim() || this._desk.preferences.out,
        format: this._format.value,
        engine: this._engine.value || this._desk.preferences.engine,
        start_daemon: this._start.checked,
      });
      say(this._said, "The settings are kept.");
    } catch (problem) {
      this._desk.failed(asProblem(problem), "Keep settings");
    }
    this.fill();
    if (moved || starts !== this._desk.preferences.start_daemon) await this._desk.reconnect();
  }

  /** @param {string[]} lines of the self-test */
  tell(lines) {
    const list = byId("self-test-lines", HTMLUListElement);
    show(list, lines.length > 0);
    list.replaceChildren(...lines.map((line) => make("li", {}, [line])));
  }
}
