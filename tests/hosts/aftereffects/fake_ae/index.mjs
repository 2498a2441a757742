/**
 * A strict, executable stand-in for After Effects, for tests of the scripts that run inside it.
 *
 *     const ae = start({ version: "26.0" });
 *     ae.load("host/mattewire.jsx");                     // as CEP's ScriptPath does
 *     const answer = ae.evalScript('describe("…")');     // a string, "EvalScript error." when the script throws
 *     ae.picture(comp, 1.5);                             // {width, height, data}: float RGBA, straight alpha, rows from the top
 *     ae.undo(); ae.state();                             // the project as plain data
 *
 * It knows projects, footage on the real disk, comps, layers, properties with keyframes, masks, a handful of effects, track
 * mattes, the render queue, undo, and ExtendScript's old engine. What it does not know throws `Unmodelled`, also when the
 * script catches it, so that what passes here used only names that After Effects has; a test holds every name and number of
 * parameters to the public declarations of 23.0 and 26.0. It is no proof that the real program behaves the same: what comes
 * from documentation, from other people's measurements, or is a guess, is said where it is modelled.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { defineApplication } from "./application.mjs";
import { defineComps } from "./comps.mjs";
import { makeContext, parseAsES3 } from "./context.mjs";
import { defineFiles } from "./files.mjs";
import { defineItems } from "./items.mjs";
import { defineLayers } from "./layers.mjs";
import { picture, sourceFrame, framePicture } from "./picture.mjs";
import { defineProject, newDocument } from "./project.mjs";
import { defineProperties } from "./properties.mjs";
import { defineRenderQueue } from "./render_queue.mjs";
import { compState, projectState } from "./state.mjs";
import { defineValues } from "./values.mjs";
import { World } from "./world.mjs";

export { Unmodelled } from "./facade.mjs";
export { readPng, writePng } from "./png.mjs";

/**
 * version: "22.0" to "26.0". home: where File's user folders and settings are; a new folder without it. reversed: "cell" or
 * "edge", see timing.mjs. templates: output modules that the artist has saved, {name: {ending: "png" | "tif" | "mov", straight}}.
 */
export function start({ version = "26.0", home = null, reversed = "cell", templates = {} } = {}) {
  if (!/^2[2-6]\.\d+$/.test(version)) throw new Error(`no After Effects ${version} is modelled`);
  const place = home ?? ownFolder();
  return new AfterEffects(new World({ version, home: place, folder: place, reversed, templates }));
}

/** A new folder, taken away with the process. */
function ownFolder() {
  const made = mkdtempSync(path.join(os.tmpdir(), "fake_ae-"));
  folders.push(made);
  return made;
}

const folders = [];
process.once("exit", () => folders.forEach((one) => rmSync(one, { recursive: true, force: true })));

class AfterEffects {
  #free = Promise.resolve();
  #busyUntil = 0;

  constructor(world) {
    this.world = world;
    const files = defineFiles(world);
    const values = defineValues(world);
    defineItems(world);
    defineComps(world);
    defineProperties(world);
    defineLayers(world);
    defineRenderQueue(world);
    defineProject(world);
    const globals = { ...files, ...values, ...defineApplication(world) };
    for (const { name, maker } of world.facade.classes.values()) globals[name] ??= maker;
    for (const [name, values_] of Object.entries(world.enums)) globals[name] = enumeration(world, name, values_);
    world.engine = makeContext(globals);
    world.doc = newDocument(world);
    this.app = globals.app;
  }

  get version() {
    return this.world.version;
  }

  /** What dialogs and warnings came up: [{kind, message, suppressed}]. */
  get dialogs() {
    return this.world.dialogs;
  }

  /** How many undo groups the last script left open (After Effects then warns and closes them itself). */
  get undoDepth() {
    return this.world.undo.left;
  }

  /** The names of the steps that can be undone, oldest first. */
  get history() {
    return this.world.undo.steps.map((step) => step.name);
  }

  undo() {
    return this.world.undo.back();
  }

  redo() {
    return this.world.undo.forward();
  }

  /** Runs a file as CEP runs its ScriptPath; what it throws comes through. */
  load(file) {
    return this.world.within(path.resolve(file), () => this.#run(readFileSync(file, "utf8").replace(/^\ufeff/, ""), path.basename(file)));
  }

  /** Runs a script and gives its raw value; what it throws comes through. For tests that set a scene. */
  run(source) {
    return this.#run(source, "scene");
  }

  /**
   * CSInterface.evalScript: the result as a string, "EvalScript error." when the script throws or does not parse. With a
   * callback it answers later, after what is under way, as in the panel.
   */
  evalScript(source, callback = null) {
    if (typeof source !== "string") throw new TypeError("evalScript takes the text of a script");
    if (callback) {
      this.#free = this.#free.then(() => this.#waiting()).then(() => callback(this.evalScript(source)));
      return this.#free;
    }
    try {
      return String(this.#run(source, "evalScript"));
    } catch (error) {
      if (this.world.noted.length) throw this.world.noted[0];
      this.lastError = error;
      return "EvalScript error.";
    }
  }

  /** ExtendScript is busy for so long from now: callbacks of evalScript wait. */
  busy(seconds) {
    this.#busyUntil = Date.now() + 1000 * seconds;
  }

  async #waiting() {
    await new Promise((done) => setTimeout(done, Math.max(0, this.#busyUntil - Date.now())));
  }

  #run(source, name) {
    const { world } = this;
    world.noted.length = 0;
    parseAsES3(source, name);
    let outcome;
    try {
      const value = world.engine.run(source, name);
      outcome = () => value;
    } catch (error) {
      outcome = () => {
        throw error;
      };
    }
    world.undo.settle();
    for (const task of world.later.splice(0)) task();
    if (world.noted.length) throw world.noted[0];
    return outcome();
  }

  /** Float RGBA of a comp (object or name) at seconds. */
  picture(comp, time) {
    return picture(this.world, this.#comp(comp), time);
  }

  /** {number, file} of the source frame that a layer shows; null when the layer shows none then. */
  sourceFrame(layer, time) {
    return sourceFrame(this.world, this.world.facade.unwrap(layer).handle.id, time);
  }

  /** The pixels of one frame of a footage item at seconds of its own time, as interpreted. */
  footagePicture(item, seconds) {
    return framePicture(this.world, this.world.facade.unwrap(item).handle.id, seconds);
  }

  /** The project, or one comp, as plain data that can be compared. */
  state(comp = null) {
    return comp === null ? projectState(this.world) : compState(this.world, this.#comp(comp));
  }

  #comp(comp) {
    if (typeof comp !== "string") return this.world.facade.unwrap(comp).handle.id;
    const found = Object.values(this.world.doc.items).find((item) => item.kind === "comp" && item.name === comp);
    if (!found) throw new Error(`no comp is named ${comp}`);
    return found.id;
  }
}

function enumeration(world, name, values) {
  return new Proxy(Object.freeze({ ...values }), {
    get: (target, key) => (typeof key === "symbol" || Object.hasOwn(target, key) ? target[key] : world.unmodelled(`${name}.${key}`)),
    set: (_, key) => world.unmodelled(`setting ${name}.${String(key)}`),
  });
}
