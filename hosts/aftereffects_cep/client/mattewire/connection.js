/** Where the daemon lives and how to reach it: the data folder and the connection file, which holds the local secret. */

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";

import { MattewireError, badField } from "./errors.js";

/**
 * What a client needs. Keys are Z85 text of 40 characters; `started_at` is Unix seconds.
 * @typedef {{protocol: number, address: string, server_key: string, client_public_key: string,
 *   client_secret_key: string, pid: number, server: string, started_at: number}} Connection
 */

const HOME_VARIABLE = "MATTEWIRE_HOME";
const CONNECTION_NAME = "connection.json";
const KEY_LETTERS = 40;
/** No connection file of any version is near this. */
const MOST_BYTES = 65_536;

/** @type {Record<string, (value: unknown) => boolean>} */
const KINDS = {
  "a whole number": Number.isInteger,
  "a number": Number.isFinite,
  text: (value) => typeof value === "string",
};

/** Field, what it must be, and the default of one that may be missing.
 * @type {ReadonlyArray<[keyof Connection, string, (number | string)?]>} */
const FIELDS = [
  ["protocol", "a whole number"],
  ["address", "text"],
  ["server_key", "text"],
  ["client_public_key", "text"],
  ["client_secret_key", "text"],
  ["pid", "a whole number", 0],
  ["server", "text", ""],
  ["started_at", "a number", 0],
];

/** The user's own Mattewire folder: `$MATTEWIRE_HOME`, or the platform's usual place for application data. */
export function dataFolder() {
  const { env, platform } = process;
  const chosen = env[HOME_VARIABLE];
  if (chosen) return path.resolve(chosen.replace(/^~(?=$|[\\/])/, () => os.homedir()));
  if (platform === "win32") return path.join(env.LOCALAPPDATA || path.join(os.homedir(), "AppData", "Local"), "Mattewire");
  if (platform === "darwin") return path.join(os.homedir(), "Library", "Application Support", "Mattewire");
  return path.join(env.XDG_DATA_HOME || path.join(os.homedir(), ".local", "share"), "mattewire");
}

/** Creates `folder` (and parents) for this user alone, mode 0700.
 * @param {string} folder */
export function makePrivateFolder(folder) {
  fs.mkdirSync(folder, { mode: 0o700, recursive: true });
  if (process.platform !== "win32" && fs.statSync(folder).mode & 0o077) fs.chmodSync(folder, 0o700);
  return folder;
}

export function connectionPath() {
  return path.join(dataFolder(), CONNECTION_NAME);
}

/**
 * The running daemon's connection.
 * @param {string} [file]
 * @returns {Connection}
 * @throws {MattewireError} `daemon_unreachable`: there is no file; `bad_field`: it is broken
 */
export function readConnection(file = connectionPath()) {
  let text;
  try {
    if (fs.statSync(file).size > MOST_BYTES) throw new Error("it is too large");
    text = new TextDecoder("utf-8", { fatal: true }).decode(fs.readFileSync(file));
  } catch (problem) {
    const missing = codeOf(problem) === "ENOENT";
    const what = missing
      ? `No daemon has left its connection file at ${file}.`
      : `The connection file ${file} cannot be read: ${/** @type {Error} */ (problem).message}.`;
    throw new MattewireError("daemon_unreachable", what);
  }
  let values;
  try {
    values = JSON.parse(text);
  } catch {
    throw broken(file, "", "is not JSON."); // not the parser's own words: they quote the file, and with it the keys
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw broken(file, "", "is not a JSON object.");
  }
  return checkedConnection(values, file);
}

/**
 * Changes whenever the file is another one; a missing file has a stamp too.
 * @param {string} file
 */
export function stampOf(file) {
  try {
    const { mtimeNs, ino } = fs.statSync(file, { bigint: true });
    return `${mtimeNs} ${ino}`;
  } catch {
    return "";
  }
}

/** Whether a process of this number runs on this machine. On Windows, where asking is not harmless, true.
 * @param {number} pid */
export function processExists(pid) {
  if (process.platform === "win32") return true;
  try {
    process.kill(pid, 0);
  } catch (problem) {
    return codeOf(problem) !== "ESRCH";
  }
  return true;
}

/** A system's error code, such as ENOENT.
 * @param {unknown} problem */
export function codeOf(problem) {
  return String(/** @type {any} */ (problem)?.code ?? "");
}

/**
 * @param {{[name: string]: unknown}} values
 * @param {string} file
 * @returns {Connection}
 */
function checkedConnection(values, file) {
  /** @type {{[name: string]: unknown}} */
  const kept = {};
  for (const [name, kind, otherwise] of FIELDS) {
    const value = values[name] === undefined ? otherwise : values[name];
    if (value === undefined) throw broken(file, name, "is missing.");
    if (!KINDS[kind](value)) throw broken(file, name, `must be ${kind}.`);
    if (name.endsWith("_key") && String(value).length !== KEY_LETTERS) {
      throw broken(file, name, `must be a key of ${KEY_LETTERS} characters.`);
    }
    kept[name] = value;
  }
  if (!String(kept.address).startsWith("tcp://")) throw broken(file, "address", "must start with tcp://.");
  return /** @type {Connection} */ (/** @type {unknown} */ (kept));
}

/** @param {string} file
 * @param {string} field
 * @param {string} what */
function broken(file, field, what) {
  return badField(`${what} (${file})`, { field: field ? `connection.${field}` : "connection", advice: "Restart the daemon." });
}
