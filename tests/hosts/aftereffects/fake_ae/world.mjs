/** What all parts of the stand-in share: the document, the engine, the classes, and how data becomes a script's values. */
import path from "node:path";
import * as checks from "./checks.mjs";
import { upTo } from "./declarations.mjs";
import { Facade, Unmodelled } from "./facade.mjs";
import { Undo } from "./undo.mjs";

export class World {
  /** settings: {version, home, folder, reversed}; see index.mjs. */
  constructor({ version, home, folder, reversed, templates }) {
    this.version = version;
    this.number = Number.parseFloat(version);
    this.home = path.resolve(home);
    this.folder = path.resolve(folder);
    this.reversed = reversed;
    this.templates = templates;
    this.checks = checks;
    this.enums = upTo(version).enums;
    this.facade = new Facade(this);
    this.undo = new Undo(this);
    this.dialogs = [];
    this.noted = [];
    this.suppressed = 0;
    /** What After Effects does once the script has ended. */
    this.later = [];
    this.generation = 1;
    this.doc = null;
    /** The script file that runs now (`$.fileName`). */
    this.script = "evalScript";
    this.engine = null;
  }

  /** Runs `action` as part of a script file. */
  within(script, action) {
    const before = this.script;
    this.script = script;
    try {
      return action();
    } finally {
      this.script = before;
    }
  }

  error(message) {
    return this.engine.error(`After Effects error: ${message}`);
  }

  /** Notes the slip and throws; `evalScript` throws it again even when a script has caught it. */
  unmodelled(what) {
    const slip = new Unmodelled(`the stand-in for After Effects does not model ${what}`);
    this.noted.push(slip);
    throw slip;
  }

  warn(message) {
    this.dialogs.push({ kind: "warning", message, suppressed: this.suppressed > 0 });
  }

  newId() {
    this.doc.next += 1;
    return this.doc.next;
  }

  item(id) {
    return this.doc.items[id];
  }

  layer(id) {
    return this.doc.layers[id];
  }

  /** Throws what After Effects throws on a reference to something that is gone. */
  alive(handle) {
    if (handle.valid && !handle.valid()) throw this.engine.error("Object is invalid");
  }

  /** Lists become arrays of the script's own engine, so that `instanceof Array` holds there. */
  toScript(value) {
    if (!Array.isArray(value)) return value;
    return this.engine.array(value.map((one) => this.toScript(one)));
  }

  plain(fields) {
    return this.engine.plain(fields);
  }

  date(milliseconds) {
    return this.engine.run(`new Date(${milliseconds})`, "date");
  }
}
