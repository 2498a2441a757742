// The panel's desk: what the artist sets and asks for, the conversation with the daemon, and the selected layer.
//
// It knows neither CEP nor the DOM nor ExtendScript: it is given a host, a way to make a client, and a small memory.

import { Controls, plateOf } from "./controls.js";
import { Daemon } from "./daemon.js";
import { Jobs } from "./jobs.js";
import { Layer } from "./layer.js";
import * as prefs from "./prefs.js";
import { asProblem } from "./problem.js";
import { Shown } from "./shown.js";
import * as tickets from "./tickets.js";
import { jobOn, useAgain, useOf } from "./uses.js";
import { BadWish, folderOf, outPath, same, search, trackedAlike, withVersion } from "./wish.js";
import { START } from "./words.js";

/**
 * @typedef {import("../client/mattewire/index.js").Client} Client
 * @typedef {import("../client/mattewire/index.js").LineState} LineState
 * @typedef {import("../host/contract.js").Look} Look
 * @typedef {import("./host.js").Host} Host
 * @typedef {import("./jobs.js").Task} Task
 * @typedef {import("./prefs.js").Preferences} Preferences
 * @typedef {{get: (name: string) => string | null, set: (name: string, value: string) => void}} Memory
 *
 * @typedef {object} Services what the desk is given
 * @property {Host} host
 * @property {(onLine: (line: LineState) => void, start: boolean) => Client} connect
 * @property {() => Promise<unknown>} startDaemon
 * @property {() => boolean} daemonLeftFile whether a daemon has left its connection file
 * @property {() => string} newId
 * @property {string} home the user's home folder
 * @property {string} renders where renders go while the project is not saved, with the last separator
 * @property {Record<string, string | undefined>} environment
 * @property {{read: () => string | null, write: (text: string) => void}} preferencesFile
 * @property {(path: string) => string} readText a file that the daemon has written; throws when it cannot be read
 * @property {Memory} memory small texts that outlive the panel
 */

export class Desk {
  /** @param {Services} services */
  constructor(services) {
    this._services = services;
    this.host = services.host;
    const { preferences, notes } = prefs.load(services.preferencesFile.read(), services.environment);
    /** @type {Preferences} */
    this.preferences = preferences;
    this.notes = notes;
    this.shown = new Shown();
    /** @type {Set<() => void>} called after every change */
    this.listeners = new Set();
    const changed = () => this.changed();
    this.daemon = new Daemon(services, this.shown, () => this.preferences.start_daemon, changed);
    this.layer = new Layer(this.host, this.shown, (ticket) => this._adopt(ticket), changed);
    this._controls = new Controls(preferences);
    this.jobs = new Jobs({
      shown: this.shown,
      host: this.host,
      client: () => this.daemon.client,
      memory: services.memory,
      use: useOf,
      readText: services.readText,
      changed,
      placed: (task) => {
        this.layer.knows(task.place.layer_id, task.jobId);
        return this.layer.see();
      },
      resumed: (task) => {
        const ticket = { job_id: task.jobId, request: task.request, tracked_by: task.trackedBy, range: task.range };
        if (this.shown.look?.layer.id === task.place.layer_id) this._controls.adopt(ticket, this.marks, this.shown.now);
      },
      failed: (problem, doing) => this.failed(problem, doing),
    });
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  /**
   * @param {unknown} problem
   * @param {string} doing
   */
  failed(problem, doing) {
    this.shown.error = asProblem(problem);
    this.shown.doing = doing;
    this.changed();
  }

  /** Takes a problem off the panel. */
  dismiss() {
    this.shown.error = null;
    if (this.shown.view && this.shown.view.ended && this.shown.view.state !== "done") this.shown.view = null;
    if (this.shown.line.state === "off") this.shown.line = { ...this.shown.line, problem: null };
    this.changed();
  }

  // --- the daemon --------------------------------------------------------------------------------------------------

  /** Meets a daemon that runs already, and goes on with this project's jobs. Starts none. */
  async open() {
    if (!(await this.daemon.find())) return;
    await this.daemon.ask();
    await this._resume();
  }

  /** The button Start daemon. */
  async start() {
    await this._try(START, () => {
      this.shown.error = null;
      return this.daemon.start();
    });
    await this.daemon.ask();
  }

  /** Another daemon, as after the data folder was changed. */
  async reconnect() {
    this.jobs.letGo();
    this.daemon.again();
    await this.open();
    this.changed();
  }

  async release() {
    await this._try("Release GPU", async () => {
      const { busy } = await this.daemon.client.release();
      this.shown.said = busy ? "A job uses the models; nothing was released." : "The GPU memory was given back.";
    });
    await this.daemon.ask();
  }

  close() {
    this.daemon.client.close();
  }

  async _resume() {
    await this.layer.poll();
    await this.jobs.resume(this.layer.project);
    this.changed();
  }

  /** The marks on the selected plate. */
  get marks() {
    return this.layer.marks;
  }

  /** What the artist has set. */
  get controls() {
    return this._controls.values;
  }

  /** @param {import("./tickets.js").Ticket} ticket */
  _adopt(ticket) {
    if (!this.jobs.running) this._controls.adopt(ticket, this.marks, this.shown.now);
  }

  // --- what the artist sets ----------------------------------------------------------------------------------------

  /** @param {Partial<import("./controls.js").Values>} values */
  set(values) {
    this._controls.set(values, this.marks, this.layer.keyframe);
    this.changed();
  }

  /** Makes the current time the keyframe again. */
  here() {
    this.marks.pinned = null;
    this.set({});
  }

  /** @param {number} object */
  toggle(object) {
    if (this.marks.toggle(object)) this.changed();
  }

  /**
   * @param {number} x plate pixels
   * @param {number} y
   */
  toggleAt(x, y) {
    if (this.marks.toggleAt(x, y)) this.changed();
  }

  /**
   * @param {number} x plate pixels
   * @param {number} y
   * @param {boolean} keep
   */
  addPoint(x, y, keep) {
    if (this.marks.addPoint(x, y, keep)) this.changed();
  }

  /**
   * @param {number} x0 plate pixels
   * @param {number} y0
   * @param {number} x1
   * @param {number} y1
   */
  addBox(x0, y0, x1, y1) {
    if (this.marks.addBox(x0, y0, x1, y1)) this.changed();
  }

  /** @param {number} index of `marks.own` */
  removeMark(index) {
    this.marks.remove(index);
    this.changed();
  }

  clearMarks() {
    this.marks.clear();
    this.changed();
  }

  // --- what the artist asks for ------------------------------------------------------------------------------------

  /** Looks at the frame under the current time and shows what the words find there. */
  async detect() {
    await this._try("Detect", async () => {
      this.shown.error = null;
      const look = await this.layer.look();
      const frame = this.shown.now;
      if (frame === null) {
        throw new BadWish("The layer shows no frame of the plate here.", "keyframe", "Move the current time onto the layer.");
      }
      const { marks } = this;
      const foundFor = this._controls.foundFor(frame);
      this.shown.detecting = true;
      this.changed();
      try {
        const wanted = search(this._controls.wish(marks, frame), plateOf(look), frame);
        const { detected, boxes, preview } = await this.daemon.client.detect(wanted);
        const seen = { frame, width: detected.width, height: detected.height, picture: preview };
        marks.take({ ...seen, pixelAspect: look.plate.pixel_aspect }, boxes, foundFor);
        marks.pinned = frame;
      } finally {
        this.shown.detecting = false;
      }
    });
    this.changed();
  }

  /**
   * Tracks the subject through the range. Everything is checked before the daemon is asked.
   * @param {boolean} [nextVersion] the files get a version in their name
   */
  async mask(nextVersion = false) {
    await this._try("Mask subject", async () => {
      this.shown.error = null;
      if (this.jobs.running) throw new BadWish("A job is not finished.", "job", "Press Stop first.");
      const look = await this.layer.look();
      if (nextVersion) this._versionUp();
      this.marks.pinned = this.layer.keyframe; // what was masked is what Update compares with
      const task = this._task(look, "Mask subject", this._request(look));
      await this.jobs.submit(task);
    });
  }

  /** Brings the mattes of the layer to what the panel says: without tracking where that is enough. */
  async update() {
    let track = false;
    await this._try("Update", async () => {
      this.shown.error = null;
      const look = await this.layer.look();
      const wanted = this._request(look);
      const [found] = await this.host.call("find", { job_id: jobOn(look.layer) });
      const ticket = found ? tickets.fromText(found.ticket) : null;
      const before = ticket && ticket.request;
      if (before && same(before, wanted)) {
        await this.host.call("reload", { job_id: jobOn(look.layer) });
        this.shown.said = "Nothing has changed: the mattes were read again.";
      } else if (ticket && before && ticket.tracked_by && trackedAlike(before, wanted)) {
        await this.jobs.finish({ ...this._task(look, "Update", wanted), trackedBy: ticket.tracked_by });
      } else {
        track = true;
      }
    });
    if (track) await this.mask();
    this.changed();
  }

  stop() {
    return this.jobs.stop();
  }

  /**
   * Puts the mattes of a job of the list into the comp again.
   * @param {string} jobId
   */
  async placeAgain(jobId) {
    await this._try("Place again", async () => {
      this.shown.error = null;
      const [found] = await this.host.call("find", { job_id: jobId });
      if (found && found.uses.length > 0) {
        await this.host.call("reload", { job_id: jobId });
        await this.host.call("show", { job_id: jobId });
        this.shown.said = `${found.name} is in the project: its files were read again.`;
        return;
      }
      const look = await this.layer.look();
      const ended = await this.daemon.endOf(jobId);
      const label = this.shown.list.find((job) => job.job_id === jobId)?.label || "";
      const ticket = found ? tickets.fromText(found.ticket) : null;
      const task = { ...this._task(look, "Place again", ticket?.request || { label }), jobId, trackedBy: jobId };
      task.place = { ...task.place, job_id: jobId, label };
      await this.jobs.placeEnded(task, ended);
    });
    await this.layer.see();
  }

  /** @param {string} jobId */
  async removeJob(jobId) {
    await this._try("Remove", async () => {
      this.shown.error = null;
      const { layers } = await this.host.call("remove", { job_id: jobId });
      this.shown.inProject = await this.host.call("find", {});
      this.shown.said = `${layers === 1 ? "The matte layer was" : `${layers} matte layers were`} removed. The files stay.`;
    });
    await this.layer.see();
  }

  /** @param {number} frame of the plate */
  async goTo(frame) {
    const layer = this._plateLayer();
    if (layer !== null) await this._try("Go to frame", () => this._goTo(layer, frame));
    await this.layer.poll();
  }

  /** Goes to the frame that asks for a look most; pressed again, to the next worst. What the comp does not show is
   * passed over. */
  async nextWorst() {
    const layer = this._plateLayer();
    const { shown } = this;
    const frames = shown.worst().map((each) => each.frame);
    if (layer === null || frames.length === 0) return;
    await this._try("Next worst frame", async () => {
      let at = shown.now !== null && frames.includes(shown.now) ? shown.now : shown.lookedAt;
      for (let tries = 0; tries < frames.length; tries += 1) {
        at = shown.nextWorst(at);
        if (at !== null && (await this._seen(layer, at))) return;
      }
      throw new BadWish("The comp shows none of the frames that ask for a look.", "range", "Trim the layer less, or mask the range that it shows now.");
    });
    await this.layer.poll();
  }

  /**
   * Goes to a frame; false where the comp does not show it.
   * @param {number} layer
   * @param {number} frame of the plate
   */
  async _seen(layer, frame) {
    try {
      await this._goTo(layer, frame);
      return true;
    } catch (problem) {
      if (asProblem(problem).code !== "range_outside_plate") throw problem;
      return false;
    }
  }

  /**
   * @param {number} layer
   * @param {number} frame of the plate
   */
  async _goTo(layer, frame) {
    await this.host.call("go_to", { layer_id: layer, plate_frame: frame });
    this.shown.lookedAt = frame;
    this.shown.now = frame;
  }

  /** The layer of the job that is shown, whatever is selected meanwhile; else the selected one. */
  _plateLayer() {
    const { view, look } = this.shown;
    return (view && this.jobs.layerOf(view.jobId)) ?? (look ? look.layer.id : null);
  }

  /** What the panel's problem button does. @param {string} button */
  async help(button) {
    if (button === START) return this.start();
    return this.jobs.again(button, (version) => this.mask(version));
  }

  /** Takes the layer although its masks or effects may move pixels. */
  async keepAll() {
    const { keep } = this.shown.plateHelp;
    if (keep) this.layer.keep = [...new Set([...this.layer.keep, keep])];
    await this.layer.see();
  }

  /** Renders the selected layer into files, which then are the plate. After Effects is busy meanwhile. */
  async renderFirst() {
    await this._try("Render first", async () => {
      this.shown.error = null;
      const { project, layer } = await this.host.call("state", {});
      const folder = `${project ? folderOf(project) : this._services.renders}mattewire_renders`;
      const name = (layer ? layer.name : "layer").replace(/[^\w-]+/g, "_");
      const plan = await this.host.call("render_plan", { folder, name });
      this.shown.placing = "After Effects renders the layer…";
      this.changed();
      try {
        await this.host.call("render_take", await this.host.call("render", plan));
      } catch (problem) {
        await this.host.call("render_drop", plan);
        throw problem;
      } finally {
        this.shown.placing = "";
      }
    });
    await this.layer.see();
  }

  /** Keeps the settings. @param {Preferences} preferences */
  keepPreferences(preferences) {
    const { preferencesFile: file, environment } = this._services;
    file.write(prefs.toText(preferences, file.read(), environment));
    this.preferences = prefs.load(file.read(), environment).preferences;
    this.changed();
  }

  // --- inside --------------------------------------------------------------------------------------------------

  /** @param {Look} look */
  _request(look) {
    const { out } = this.preferences;
    const path = outPath(out, look.plate.path, this._services.home);
    return this._controls.request(look, this.marks, this.layer.keyframe, this.preferences.format, path, this.shown.depthEngine);
  }

  /**
   * @param {Look} look
   * @param {string} doing
   * @param {import("./wish.js").Request} wanted
   * @returns {Task}
   */
  _task(look, doing, wanted) {
    const jobId = this._services.newId();
    return {
      jobId,
      doing,
      request: wanted,
      trackedBy: jobId,
      was: look.layer.job_id,
      range: this.controls.range,
      use: useAgain(look.layer, this.controls.use),
      options: this.controls.options,
      project: this.layer.project,
      pattern: "",
      place: { job_id: jobId, layer_id: look.layer.id, label: wanted.label, keep: this.layer.keep },
    };
  }

  _versionUp() {
    if (this.preferences.out.includes("{version}")) return;
    this.keepPreferences({ ...this.preferences, out: withVersion(this.preferences.out) });
  }

  /**
   * @param {string} doing
   * @param {() => Promise<unknown>} work
   */
  async _try(doing, work) {
    try {
      this.shown.said = "";
      await work();
    } catch (problem) {
      this.failed(problem, doing);
    }
    this.changed();
  }
}
