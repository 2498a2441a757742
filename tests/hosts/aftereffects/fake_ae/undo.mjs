/**
 * The undo history: whole pictures of the document before each step, so that a step back is exact.
 *
 * Outside of a group every change of a script is a step of its own. Groups nest; only the outermost makes a step
 * (After Effects scripting guide, Application.beginUndoGroup). A group that a script leaves open, or ends twice, is
 * reported by the real program in a dialog as an undo group mismatch; here `left` keeps the depth and a dialog is noted.
 */
export class Undo {
  constructor(world) {
    this.world = world;
    this.steps = [];
    this.undone = [];
    this.groups = [];
    this.before = null;
    this.left = 0;
  }

  get depth() {
    return this.groups.length;
  }

  /** Runs a change; a change that throws leaves the document as it was before the change. */
  change(name, action) {
    const before = structuredClone(this.world.doc);
    let result;
    try {
      result = action();
    } catch (error) {
      this.world.doc = before;
      throw error;
    }
    if (this.depth === 0) this.#step(name, before);
    else this.before ??= before;
    return result;
  }

  begin(name) {
    this.groups.push(name);
  }

  end() {
    if (this.depth === 0) {
      this.world.warn("Undo group mismatch, will attempt to fix: endUndoGroup without beginUndoGroup.");
      return;
    }
    const name = this.groups.pop();
    if (this.depth === 0 && this.before) {
      this.#step(name, this.before);
      this.before = null;
    }
  }

  /** What After Effects does when a script ends with groups open. */
  settle() {
    this.left = this.depth;
    if (this.depth === 0) return;
    this.world.warn(`Undo group mismatch, will attempt to fix: ${this.groups.join(", ")} not closed.`);
    while (this.depth) this.end();
  }

  /** Another project was opened. */
  forget() {
    this.steps = [];
    this.undone = [];
    this.before = null;
  }

  back() {
    if (this.depth) throw new Error("undo within an open group");
    const step = this.steps.pop();
    if (!step) return null;
    this.undone.push({ name: step.name, before: this.world.doc });
    this.world.doc = step.before;
    return step.name;
  }

  forward() {
    const step = this.undone.pop();
    if (!step) return null;
    this.steps.push({ name: step.name, before: this.world.doc });
    this.world.doc = step.before;
    return step.name;
  }

  #step(name, before) {
    this.steps.push({ name, before });
    if (this.steps.length > 99) this.steps.shift();
    this.undone = [];
  }
}
