/**
 * Pictures on disk as footage: numbered sequences, stills and movies, and what their headers say.
 *
 * A sequence is kept as prefix, digits and suffix with its first and last number, never as a list of names.
 */
import fs from "node:fs";
import path from "node:path";
import { probe } from "./decode.mjs";

const NUMBERED = /^(.*?)(\d+)(\.[^.]+)$/s;
const PICTURES = new Set([".png", ".exr", ".tif", ".tiff", ".dpx", ".jpg", ".jpeg"]);
const MOVIES = new Set([".mov", ".mp4", ".mxf", ".avi"]);

/** The default of Preferences > Import > Sequence Footage. It is what a sequence plays at until it is conformed. */
export const SEQUENCE_RATE = 30;

/** What After Effects would import; `range` is {start, end} in frame numbers, or null for all. Throws `world.error`. */
export function look(world, file, { sequence, range }) {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw world.error(`Unable to import file: the file "${file}" could not be found.`);
  const suffix = path.extname(file).toLowerCase();
  if (MOVIES.has(suffix)) return movie(world, file);
  if (!PICTURES.has(suffix)) throw world.error(`Unable to import file: "${file}" is in an unsupported format.`);
  const numbers = sequence ? numbersOf(file) : null;
  const header = probe(file);
  const source = {
    kind: "file",
    file,
    width: header.width,
    height: header.height,
    pixelAspect: header.pixelAspect,
    hasAlpha: header.channels === 4 || header.channels === 2,
    alphaMode: world.enums.AlphaMode[suffix === ".exr" ? "PREMULTIPLIED" : "STRAIGHT"],
    invertAlpha: false,
    premulColor: [0, 0, 0],
    loop: 1,
    nativeRate: 0,
    conformRate: 0,
    fields: world.enums.FieldSeparationType.OFF,
    movie: false,
    sequence: null,
    label: path.basename(file),
  };
  if (!numbers) return source;
  const first = range ? range.start : numbers.first;
  const last = range ? range.end : numbers.last;
  source.sequence = { prefix: numbers.prefix, digits: numbers.digits, suffix: numbers.suffix, first, last };
  source.file = frameFile(source, first);
  source.nativeRate = SEQUENCE_RATE;
  const span = [first, last].map((number) => String(number).padStart(numbers.digits, "0")).join("-");
  source.label = `${path.basename(numbers.prefix)}[${span}]${numbers.suffix}`;
  return source;
}

function numbersOf(file) {
  const found = NUMBERED.exec(path.basename(file));
  if (!found) return null;
  const [, prefix, chosen, suffix] = found;
  let first = Infinity;
  let last = -Infinity;
  for (const name of fs.readdirSync(path.dirname(file))) {
    const match = name.startsWith(prefix) && name.endsWith(suffix) ? name.slice(prefix.length, name.length - suffix.length) : "";
    if (!/^\d+$/.test(match)) continue;
    first = Math.min(first, Number(match));
    last = Math.max(last, Number(match));
  }
  return { prefix: path.join(path.dirname(file), prefix), digits: chosen.length, suffix, first, last };
}

function movie(world, file) {
  const header = probe(file);
  return {
    kind: "file",
    file,
    width: header.width,
    height: header.height,
    pixelAspect: header.pixelAspect,
    hasAlpha: header.channels === 4,
    alphaMode: world.enums.AlphaMode.PREMULTIPLIED,
    invertAlpha: false,
    premulColor: [0, 0, 0],
    loop: 1,
    nativeRate: header.rate,
    conformRate: 0,
    fields: world.enums.FieldSeparationType.OFF,
    movie: true,
    audio: header.audio,
    frames: header.frames,
    sequence: null,
    label: path.basename(file),
  };
}

/** The path of one frame of a sequence. */
export function frameFile(source, number) {
  const { prefix, digits, suffix } = source.sequence;
  return `${prefix}${String(number).padStart(digits, "0")}${suffix}`;
}

/** How many frames a file source has; 1 for a still. */
export function frameCount(source) {
  if (source.sequence) return source.sequence.last - source.sequence.first + 1;
  return source.movie ? source.frames : 1;
}

/** Whether nothing of the footage is on disk (bars in After Effects). */
export function isMissing(source) {
  return source.kind === "file" && !fs.existsSync(source.file);
}
