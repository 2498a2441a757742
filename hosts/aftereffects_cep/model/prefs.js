// The panel's preferences: one JSON file, every value also an environment variable for pipelines
// (as mattewire_panel.prefs, and in the same place as the other panels').

import { FORMATS } from "./wish.js";

/** The file's name in Mattewire's data folder. */
export const FILE = "panel-aftereffects.json";
const PREFIX = "MATTEWIRE_PANEL_";

/**
 * @typedef {object} Preferences
 * @property {string} out where mattes go, with the daemon's tokens; relative to the plate's folder unless absolute
 * @property {string} engine what the panel begins with
 * @property {"final" | "draft"} quality
 * @property {string} format a name of `FORMATS`
 * @property {boolean} start_daemon start it when it does not run
 */

/** @type {Readonly<Preferences>} */
export const DEFAULTS = Object.freeze({
  out: "mattes/{shot}_matte_{version}.####.exr",
  engine: "preview",
  quality: "final",
  format: "exr",
  start_daemon: true,
});

const TRUE = ["1", "yes", "true", "on"];
const FALSE = ["0", "no", "false", "off"];

/**
 * The preferences, and a sentence for each value that had to be left out. A variable such as `MATTEWIRE_PANEL_OUT` wins
 * over the file.
 * @param {string | null} text of the file; null where there is none
 * @param {Record<string, string | undefined>} environment
 * @returns {{preferences: Preferences, notes: string[]}}
 */
export function load(text, environment) {
  /** @type {string[]} */
  const notes = [];
  let chosen = { ...DEFAULTS };
  for (const [source, values] of /** @type {[string, Record<string, unknown>][]} */ ([
    [FILE, fromFile(text, notes)],
    ["the environment", fromEnvironment(environment)],
  ])) {
    for (const name of names()) {
      if (!(name in values)) continue;
      const value = converted(name, values[name]);
      const fault = faultOf(name, value);
      if (fault) notes.push(`${name} from ${source} is left out: ${fault}`);
      else chosen = { ...chosen, [name]: value };
    }
  }
  return { preferences: chosen, notes };
}

/**
 * The preferences as the file's text. What it holds besides, from another version, stays; so does what the environment
 * decides, which is not the artist's choice.
 * @param {Preferences} preferences
 * @param {string | null} before the file's present text
 * @param {Record<string, string | undefined>} environment
 */
export function toText(preferences, before, environment) {
  const fixed = overridden(environment);
  const chosen = Object.entries(preferences).filter(([name]) => !fixed.includes(name));
  return `${JSON.stringify({ ...fromFile(before, []), ...Object.fromEntries(chosen) }, null, 2)}\n`;
}

/**
 * What is wrong with a value, as a sentence; empty when nothing is.
 * @param {string} name
 * @param {unknown} value
 */
export function faultOf(name, value) {
  const kind = typeof DEFAULTS[/** @type {keyof Preferences} */ (name)];
  if (typeof value !== kind) return `${JSON.stringify(value)} is no ${kind === "boolean" ? "yes or no" : "text"}.`;
  if (name === "out" && String(value).trim() === "") return "it is empty. Give a pattern such as mattes/{shot}.####.exr.";
  if (name === "quality" && value !== "draft" && value !== "final") return `${value} is neither draft nor final.`;
  if (name === "format" && !Object.keys(FORMATS).includes(String(value))) return `${value} is not offered.`;
  if (name === "engine" && String(value).trim() === "") return "it is empty.";
  return "";
}

/**
 * The values that the environment decides, which the settings show as fixed.
 * @param {Record<string, string | undefined>} environment
 */
export function overridden(environment) {
  return Object.keys(fromEnvironment(environment));
}

function names() {
  return /** @type {(keyof Preferences)[]} */ (Object.keys(DEFAULTS));
}

/**
 * @param {string | null} text
 * @param {string[]} notes
 * @returns {Record<string, unknown>}
 */
function fromFile(text, notes) {
  if (text === null) return {};
  try {
    const tree = JSON.parse(text);
    if (tree && typeof tree === "object" && !Array.isArray(tree)) return tree;
  } catch {
    // told below, with every other content that is no map
  }
  notes.push(`${FILE} holds no preferences.`);
  return {};
}

/** @param {Record<string, string | undefined>} environment */
function fromEnvironment(environment) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const name of names()) {
    const value = environment[PREFIX + name.toUpperCase()];
    if (value) found[name] = value;
  }
  return found;
}

/**
 * @param {keyof Preferences} name
 * @param {unknown} value
 */
function converted(name, value) {
  if (typeof DEFAULTS[name] !== "boolean" || typeof value !== "string") return value;
  if (TRUE.includes(value.toLowerCase())) return true;
  return FALSE.includes(value.toLowerCase()) ? false : value;
}
