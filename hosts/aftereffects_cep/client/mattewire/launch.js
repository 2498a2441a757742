/**
 * Starting the daemon from a panel: the recorded interpreter, nothing of the host's environment, detached. Only an
 * allow-list of variables goes through; what matters from the host (its OCIO config) travels in the request.
 */

import childProcess from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { dataFolder, makePrivateFolder, readConnection } from "./connection.js";
import { MattewireError } from "./errors.js";

const START_TIMEOUT_MS = 60_000;
/** What the daemon's starter may take beyond its own limit before it is ended. */
const GRACE_MS = 10_000;
/** How much of its last words is kept. */
const WORDS_BYTES = 16_384;

const PASSED = new Set(
  (
    "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TMP TEMP SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT " +
    "USERPROFILE USERNAME HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES NUMBER_OF_PROCESSORS " +
    "CUDA_VISIBLE_DEVICES HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR"
  ).split(" "),
);
const PASSED_PREFIXES = ["LC_", "XDG_", "MATTEWIRE_", "HF_"];

/** The variables that a daemon may inherit.
 * @param {Record<string, string | undefined>} [source] */
export function scrubbedEnvironment(source = process.env) {
  /** @type {Record<string, string>} */
  const passed = {};
  for (const [name, value] of Object.entries(source)) {
    const upper = name.toUpperCase();
    const known = PASSED.has(upper) || PASSED_PREFIXES.some((prefix) => upper.startsWith(prefix));
    if (known && value !== undefined) passed[name] = value;
  }
  if (passed.MATTEWIRE_HOME) passed.MATTEWIRE_HOME = dataFolder(); // the daemon's current folder is another one
  return passed;
}

/** The Python that runs the daemon: `$MATTEWIRE_PYTHON`, or the recorded one. Empty when none was recorded. */
export function daemonInterpreter() {
  if (process.env.MATTEWIRE_PYTHON) return process.env.MATTEWIRE_PYTHON;
  try {
    const { python } = JSON.parse(fs.readFileSync(path.join(dataFolder(), "interpreter.json"), "utf8"));
    if (typeof python === "string" && path.isAbsolute(python) && fs.existsSync(python)) return python;
  } catch {
    // never recorded, or broken: the same to a panel
  }
  return "";
}

/**
 * Starts the daemon detached and gives its connection; one that already runs is simply used.
 * @param {{interpreter?: string, timeoutMs?: number}} [options]
 * @returns {Promise<import("./connection.js").Connection>}
 * @throws {MattewireError} `install_incomplete`: no Python is known, or it lacks the server; `daemon_unreachable` with
 *   its last words when it does not come up in time
 */
export async function startDaemon({ interpreter = daemonInterpreter(), timeoutMs = START_TIMEOUT_MS } = {}) {
  if (!interpreter) {
    throw new MattewireError("install_incomplete", "It is not known which Python has the Mattewire server.", {
      advice: "Run `mattewire install-host` for this host, or `mattewire serve` once, then try again.",
    });
  }
  const { status, words } = await run(interpreter, ownFolder(), timeoutMs);
  if (status === 0) return readConnection();
  if (words.includes("No module named")) {
    throw new MattewireError("install_incomplete", `${interpreter} has no Mattewire server (${words.split("\n").pop()}).`, {
      advice: `Run: "${interpreter}" -m pip install "mattewire[server,video]"`,
    });
  }
  throw new MattewireError("daemon_unreachable", `The daemon did not start: ${words.slice(-500) || status}.`);
}

function ownFolder() {
  try {
    return makePrivateFolder(dataFolder());
  } catch (problem) {
    throw new MattewireError("daemon_unreachable", `The data folder cannot be made: ${/** @type {Error} */ (problem).message}.`);
  }
}

/**
 * @param {string} python
 * @param {string} folder
 * @param {number} timeoutMs
 * @returns {Promise<{status: number | string, words: string}>}
 */
function run(python, folder, timeoutMs) {
  const seconds = String(timeoutMs / 1000);
  return new Promise((resolve, reject) => {
    const child = childProcess.spawn(python, ["-m", "mattewire_server.daemon", "--detach", "--wait", seconds], {
      env: scrubbedEnvironment(),
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      windowsHide: true,
    });
    let words = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text) => {
      words = (words + text).slice(-WORDS_BYTES);
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new MattewireError("daemon_unreachable", `The daemon did not come up within ${seconds} s.`));
    }, timeoutMs + GRACE_MS);
    child.on("error", (problem) => {
      clearTimeout(timer);
      reject(new MattewireError("daemon_unreachable", `${python} cannot be run: ${problem.message}.`));
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ status: status ?? signal ?? "", words: words.trim() });
    });
  });
}
