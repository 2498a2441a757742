// The jobs that this panel has handed in: followed while they run, their mattes put into the comp at the end.
//
// Frames that arrive only change the view. After Effects is asked once, when a job has ended, and nothing waits for it.

import { mattesOf, patternOf } from "./files.js";
import { asProblem } from "./problem.js";
import * as tickets from "./tickets.js";
import { BadWish, SPLINES } from "./wish.js";
import { TRACK, VERSION_UP } from "./words.js";

/**
 * @typedef {import("../client/mattewire/index.js").Client} Client
 * @typedef {import("../client/mattewire/index.js").JobView} JobView
 * @typedef {import("../host/contract.js").Look} Look
 * @typedef {import("../host/contract.js").Job} HostJob
 * @typedef {import("../host/contract.js").Placed} Placed
 * @typedef {import("./host.js").Host} Host
 * @typedef {import("./shown.js").Shown} Shown
 * @typedef {import("./wish.js").Request} Request
 * @typedef {import("./words.js").Problem} Problem
 *
 * @typedef {object} Task one job of one plate layer; plain data, so that it outlives the panel
 * @property {string} jobId
 * @property {string} doing the button that it came from
 * @property {Request} request
 * @property {string} trackedBy
 * @property {string} was job id of the mattes that these replace; empty where the layer has none
 * @property {string} range
 * @property {string} use what the mattes are for, a name of `uses.js`
 * @property {Record<string, unknown>} options of that use
 * @property {string} project path of the project file
 * @property {string} pattern once a frame was told
 * @property {Omit<HostJob, "path" | "first" | "last" | "version" | "ticket">} place where its mattes go
 */

const PENDING = "mattewire.pending";

export class Jobs {
  /**
   * @param {object} parts
   * @param {Shown} parts.shown
   * @param {Host} parts.host
   * @param {() => Client} parts.client
   * @param {import("./desk.js").Memory} parts.memory
   * @param {(use: string) => import("./uses.js").Use} parts.use
   * @param {(path: string) => string} parts.readText a file that the daemon has written
   * @param {() => void} parts.changed
   * @param {(task: Task) => Promise<unknown>} parts.placed
   * @param {(task: Task) => void} parts.resumed
   * @param {(problem: unknown, doing: string) => void} parts.failed
   */
  constructor({ shown, host, client, memory, use, readText, changed, placed, resumed, failed }) {
    this._shown = shown;
    this._host = host;
    this._client = client;
    this._memory = memory;
    this._use = use;
    this._readText = readText;
    this._changed = changed;
    this._placed = placed;
    this._resumed = resumed;
    this._failed = failed;
    /** @type {Map<string, Task>} */
    this.tasks = new Map();
    /** @type {Promise<unknown>} */
    this._placing = Promise.resolve();
    /** @type {Task | null} the newest, for the buttons of a problem */
    this.last = null;
    /** @type {Map<string, number>} the plate layer of each job, also of those that have ended */
    this._layers = new Map();
  }

  /** The task that the panel shows, while it runs. */
  get running() {
    const view = this._shown.view;
    return (view && this.tasks.get(view.jobId)) || null;
  }

  /**
   * The plate layer that a job is for; null for one that this panel has not handed in or gone on with.
   * @param {string} jobId
   */
  layerOf(jobId) {
    return this._layers.get(jobId) ?? null;
  }

  /**
   * Hands in a job that tracks.
   * @param {Task} task
   */
  submit(task) {
    return this._begin(task, (client, onEvent) => client.submit(/** @type {any} */ (task.request), onEvent, task.jobId));
  }

  /**
   * Has the shot that job `task.trackedBy` tracked finished again, as the request now says.
   * @param {Task} task
   */
  finish(task) {
    const { out, names, clean_up, shapes, overwrite, label, edges, depth } = task.request;
    const wanted = { job_id: task.jobId, of: task.trackedBy, out, names, clean_up, shapes, overwrite, label, edges, depth };
    return this._begin(task, (client, onEvent) => client.finish(defined(wanted), onEvent));
  }

  /**
   * @param {Task} task
   * @param {(client: Client, onEvent: (event: any, view: JobView) => void) => Promise<unknown>} handIn
   */
  async _begin(task, handIn) {
    const client = this._client();
    this.tasks.set(task.jobId, task);
    this._layers.set(task.jobId, task.place.layer_id);
    this.last = task;
    Object.assign(this._shown, { error: null, doing: task.doing, said: "" });
    const accepted = handIn(client, (event, view) => this._event(event, view));
    this._shown.view = client.views.get(task.jobId) || null;
    this._keep();
    this._changed();
    try {
      await accepted;
    } catch (problem) {
      this.tasks.delete(task.jobId);
      this._keep();
      if (this._shown.view && this._shown.view.jobId === task.jobId) this._shown.view = null;
      this._failed(problem, task.doing);
    }
  }

  /** Stops the job that is shown. Finished frames stay. */
  async stop() {
    const view = this._shown.view;
    if (!view || view.ended) return;
    try {
      await this._client().cancel(view.jobId);
    } catch (problem) {
      this._failed(problem, "Stop");
    }
  }

  /** Follows nothing any more, as before another conversation begins; `resume` takes the jobs up again. */
  letGo() {
    this.tasks.clear();
  }

  /**
   * Goes on with the jobs that an earlier panel of this project had handed in.
   * @param {string} project path of the open project
   */
  async resume(project) {
    for (const task of this._kept()) {
      if (task.project !== project || this.tasks.has(task.jobId)) continue;
      this.tasks.set(task.jobId, task);
      this._layers.set(task.jobId, task.place.layer_id);
      this.last = task;
      try {
        const following = this._client().follow(task.jobId, (event, view) => this._event(event, view));
        this._shown.view = this._client().views.get(task.jobId) || this._shown.view;
        this._shown.doing = task.doing;
        this._resumed(task);
        await following;
      } catch (problem) {
        this._shown.view = null;
        if (asProblem(problem).code !== "unknown_job") continue; // the next panel asks again
        this.tasks.delete(task.jobId);
        this._keep();
      }
    }
  }

  /**
   * @param {any} event
   * @param {JobView} view
   */
  _event(event, view) {
    const task = this.tasks.get(view.jobId);
    if (task && !task.pattern && Array.isArray(event.paths) && event.paths.length > 0) {
      task.pattern = patternOf(event.paths[0], event.frame);
    }
    if (task && view.ended) {
      this.tasks.delete(task.jobId);
      this._keep();
      this._placing = this._placing.then(() => this._ended(task, view));
    }
    this._changed();
  }

  /**
   * @param {Task} task
   * @param {JobView} view
   */
  async _ended(task, view) {
    if (view.state === "done" || view.state === "canceled") await this.placeEnded(task, view);
  }

  /**
   * @param {Task} task
   * @param {JobView} view of a job that has ended
   */
  async placeEnded(task, view) {
    const [first, last] = finished(view);
    const [mattes] = mattesOf(view.outputs).filter((output) => !output.endsWith(SPLINES));
    const path = mattes || task.pattern;
    if (!path || first === null || last === null) return;
    await this.place(task, view, path, first, last);
  }

  /**
   * Puts the mattes of a task into the comp: a few short calls, each on its own.
   * @param {Task} task
   * @param {JobView} view
   * @param {string} path
   * @param {number} first
   * @param {number} last
   */
  async place(task, view, path, first, last) {
    const ticket = { job_id: task.jobId, request: task.request, tracked_by: task.trackedBy, range: task.range };
    const version = view.version ? `v${String(view.version).padStart(3, "0")}` : "";
    const text = tickets.toText(ticket);
    /** @type {HostJob} */
    const job = { ...task.place, path, first, last, version, ticket: text };
    this._say("Putting the mattes into the comp…");
    try {
      await this._host.call("check", job);
      const placed = await this._use(task.use).place(this._host, job, task.was, task.options, () => this._splines(view));
      this._shown.said = placed.notes.length > 0 ? `${placed.name}: ${placed.notes.join(" ")}` : "";
      this._shown.inProject = await this._host.call("find", {});
      await this._placed(task);
    } catch (problem) {
      this._failed(problem, "Putting the mattes into the comp");
    }
    this._say("");
  }

  /** @param {JobView} view of a job that has made a document of splines */
  _splines(view) {
    const path = view.outputs.find((output) => output.endsWith(SPLINES));
    if (!path) throw new BadWish("The job has made no mask paths.", "splines", 'Press "Mask subject" again; a stopped job makes none.');
    return this._readText(path);
  }

  /** @param {string} text */
  _say(text) {
    this._shown.placing = text;
    this._changed();
  }

  /** Resolves when nothing is being put into the comp any more. */
  async settled() {
    await this._placing;
  }

  /**
   * What a problem's button stands for: the same work once more, tracked, or under a name of the next version.
   * @param {string} button
   * @param {(version: boolean) => Promise<void>} mask
   */
  async again(button, mask) {
    const task = this.last;
    if (button === TRACK || !task) return mask(false);
    return mask(button === VERSION_UP);
  }

  // --- what outlives the panel -----------------------------------------------------------------------------------

  _keep() {
    this._memory.set(PENDING, JSON.stringify([...this.tasks.values()]));
  }

  /** @returns {Task[]} */
  _kept() {
    try {
      const kept = JSON.parse(this._memory.get(PENDING) || "[]");
      return Array.isArray(kept) ? kept.filter((task) => task && typeof task.jobId === "string" && task.place) : [];
    } catch {
      return [];
    }
  }
}

/**
 * First and last finished frame of a job that has ended.
 * @param {JobView} view
 * @returns {[number, number] | [null, null]}
 */
export function finished(view) {
  if (view.state === "done" && view.first !== null && view.last !== null) return [view.first, view.last];
  const done = [...view.frames].filter(([, state]) => ["done", "flagged", "locked"].includes(state));
  const frames = done.map(([frame]) => frame);
  // not Math.min(...frames): a shot may have more frames than a call takes arguments
  return frames.length === 0 ? [null, null] : [frames.reduce((a, b) => Math.min(a, b)), frames.reduce((a, b) => Math.max(a, b))];
}

/**
 * @template {Record<string, any>} T
 * @param {T} tree
 * @returns {T} without what is undefined
 */
function defined(tree) {
  return /** @type {T} */ (Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined)));
}
