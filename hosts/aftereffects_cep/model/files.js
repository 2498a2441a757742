// Names of what a job writes. The daemon fills in tokens; the panel only reads what it is told (as mattewire_panel.files).

import { folderOf, nameOf } from "./wish.js";

const DOCUMENTS = [".mattewire.json", ".boxes.json"];
const NUMBER = /(?:(?<![A-Za-z0-9])-)?[0-9]+/g;

/**
 * The sequence that one frame's file belongs to: `a/ball.1003.exr`, 1003 -> `a/ball.####.exr`.
 *
 * A path without that number is a file of its own and comes back as it is. A hyphen after a letter or a digit
 * separates, as in `ball-1003.exr`; elsewhere it makes the frame a negative one.
 * @param {string} path
 * @param {number} frame
 */
export function patternOf(path, frame) {
  const name = nameOf(path);
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 ? name.slice(0, dot) : name; // the 4 of .mp4 is no frame
  const wanted = [...stem.matchAll(NUMBER)].filter((found) => Number(found[0]) === frame);
  const last = wanted[wanted.length - 1];
  if (!last || last.index === undefined) return path;
  const counter = "#".repeat(last[0].length);
  return folderOf(path) + stem.slice(0, last.index) + counter + name.slice(last.index + last[0].length);
}

/**
 * The sequences and movies of a finished job, without the documents beside them.
 * @param {string[]} outputs of its last event
 */
export function mattesOf(outputs) {
  return outputs.filter((path) => !DOCUMENTS.some((ending) => path.endsWith(ending)));
}
