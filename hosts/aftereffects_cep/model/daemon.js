// The conversation with the daemon, as the panel needs it: opened late, opened again, asked for memory and jobs.

/**
 * @typedef {import("../client/mattewire/index.js").Client} Client
 * @typedef {import("./desk.js").Services} Services
 * @typedef {import("./shown.js").Shown} Shown
 */

/** Jobs that the list shows. */
const LISTED = 20;

export class Daemon {
  /**
   * @param {Services} services
   * @param {Shown} shown
   * @param {() => boolean} mayStart whether a daemon may be started when one is needed
   * @param {() => void} changed
   */
  constructor(services, shown, mayStart, changed) {
    this._services = services;
    this._shown = shown;
    this._mayStart = mayStart;
    this._changed = changed;
    this.client = this._connect();
  }

  _connect() {
    /** @type {Client} */
    const client = this._services.connect((line) => {
      if (this.client && client !== this.client) return; // the last words of one that was closed
      this._shown.line = line;
      this._changed();
    }, this._mayStart());
    return client;
  }

  /** Meets a daemon that runs already and starts none; whether there is one. */
  async find() {
    if (!this._services.daemonLeftFile()) return false;
    const quiet = this._services.connect(() => {}, false);
    try {
      await quiet.hello();
      await this.client.hello();
      return true;
    } catch {
      return false; // nobody answers: the panel says so when something is asked for
    } finally {
      quiet.close();
    }
  }

  /** Starts the daemon of this machine, or uses the one that runs. */
  async start() {
    const before = this._shown.line;
    this._shown.line = { ...before, state: "opening", problem: null };
    this._changed();
    try {
      await this._services.startDaemon();
    } catch (problem) {
      this._shown.line = { ...before, state: "off", problem: null };
      throw problem;
    }
    await this.client.hello();
  }

  /** Ends this conversation and begins another one, as after the data folder was changed. */
  again() {
    this.client.close();
    this._shown.view = null;
    this._shown.list = [];
    this._shown.report = null;
    this._shown.line = { state: "off", problem: null, welcome: null };
    this.client = this._connect();
  }

  /** Asks for memory and the list of jobs, where a daemon is there. */
  async ask() {
    if (this._shown.line.state !== "on") return;
    try {
      const [report, list] = await Promise.all([this.client.status(), this.client.jobs(LISTED)]);
      this._shown.report = report;
      this._shown.list = list;
    } catch {
      // the line's own state says what is wrong with the daemon
    }
    this._changed();
  }

  /**
   * A job's last state.
   * @param {string} jobId
   * @returns {Promise<import("./shown.js").JobView>}
   */
  endOf(jobId) {
    this.client.forget(jobId); // of a job that was heard to its end nothing new would come: hear it all again
    return new Promise((resolve, reject) => {
      this.client.follow(jobId, (_, view) => view.ended && resolve(view)).catch(reject);
    });
  }
}
