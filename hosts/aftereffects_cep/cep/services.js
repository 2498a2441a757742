// What the desk is given inside CEP: After Effects, Node's files, the client, and the browser's small memory.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";

import { Client, connectionPath, dataFolder, newId, startDaemon } from "../client/mattewire/index.js";
import { FILE } from "../model/prefs.js";
import { AfterEffects } from "./host.js";

/** The variable that names Mattewire's data folder, for this process and for the daemon that it starts. */
const HOME = "MATTEWIRE_HOME";
const CHOSEN_HOME = "mattewire.home";

/**
 * @param {object} cep
 * @param {(script: string, done: (text: string) => void) => void} cep.evalScript
 * @param {string} cep.application After Effects and its version
 * @param {string} cep.version the panel's
 * @param {Storage} cep.storage
 * @param {(busy: boolean) => void} cep.onBusy
 * @returns {import("../model/desk.js").Services & {home_folder: HomeFolder}}
 */
export function services({ evalScript, application, version, storage, onBusy }) {
  const folder = new HomeFolder(storage);
  return {
    host: new AfterEffects(evalScript, onBusy),
    connect: (onLine, start) => new Client({ name: `mattewire-aftereffects ${version}`, host: application, start, onLine }),
    startDaemon,
    daemonLeftFile: () => existsSync(connectionPath()),
    newId,
    home: homedir(),
    renders: `${dataFolder()}/`,
    environment: env,
    preferencesFile: { read: () => read(preferencesPath()), write: (text) => writePrivate(preferencesPath(), text) },
    readText: (path) => readFileSync(path, "utf8"),
    memory: { get: (name) => storage.getItem(name), set: (name, value) => storage.setItem(name, value) },
    home_folder: folder,
  };
}

/** Mattewire's data folder: as the environment says, unless the artist has chosen another one for this panel. */
export class HomeFolder {
  /** @param {Storage} storage */
  constructor(storage) {
    this._storage = storage;
    this._given = env[HOME];
    this._apply();
  }

  /** What the artist has chosen; empty for the usual place. */
  get chosen() {
    return this._storage.getItem(CHOSEN_HOME) || "";
  }

  /** @param {string} folder */
  choose(folder) {
    this._storage.setItem(CHOSEN_HOME, folder.trim());
    this._apply();
  }

  /** Where it is now. */
  get path() {
    return dataFolder();
  }

  _apply() {
    if (this.chosen) env[HOME] = this.chosen;
    else if (this._given === undefined) delete env[HOME];
    else env[HOME] = this._given;
  }
}

function preferencesPath() {
  return join(dataFolder(), FILE);
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null; // there is none yet, or it cannot be read: the panel has preferences of its own
  }
}

/**
 * In one step, readable by this user alone.
 * @param {string} file
 * @param {string} text
 */
export function writePrivate(file, text) {
  const temporary = `${file}.${newId()}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (problem) {
    rmSync(temporary, { force: true });
    const why = problem instanceof Error ? problem.message : String(problem);
    throw {
      code: "not_writable",
      message: `${file} cannot be written: ${why}.`,
      field: "",
      advice: "Make that folder writable, or choose another data folder in the settings.",
      retryable: false,
    };
  }
}
