// A small part of OpenEXR and of PNG, for the self-test: After Effects gives a panel no pixels, only files.

import { inflateSync } from "node:zlib";

/** OpenEXR file layout, https://openexr.com/en/latest/OpenEXRFileLayout.html: magic number, and version 2 without flags. */
const EXR_MAGIC = 20000630;
const HALF = 1;

/** PNG specification, third edition, section 5.2. */
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Channels by color type: gray, RGB, gray and alpha, RGBA (section 11.2.1). */
const CHANNELS = /** @type {Record<number, number>} */ ({ 0: 1, 2: 3, 4: 2, 6: 4 });

/**
 * A scene-linear picture as an EXR: half-float R, G, B, uncompressed scan lines.
 * @param {number} width
 * @param {number} height
 * @param {(x: number, y: number) => number[]} pixel red, green, blue, 0..65504
 * @returns {Uint8Array}
 */
export function exr(width, height, pixel) {
  const header = exrHeader(width, height);
  const line = 8 + 3 * 2 * width;
  const made = new Uint8Array(header.length + height * (8 + line));
  const view = new DataView(made.buffer);
  made.set(header);
  for (let y = 0; y < height; y += 1) {
    const at = header.length + 8 * height + y * line;
    view.setUint32(header.length + 8 * y, at, true); // the upper half of an offset stays 0
    view.setInt32(at, y, true);
    view.setInt32(at + 4, line - 8, true);
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue] = pixel(x, y);
      // channels lie in the order of their names
      [blue, green, red].forEach((value, channel) => {
        view.setUint16(at + 8 + 2 * (channel * width + x), half(value || 0), true);
      });
    }
  }
  return made;
}

/**
 * @param {number} width
 * @param {number} height
 */
function exrHeader(width, height) {
  /** @type {number[]} */
  const bytes = [];
  const word = (/** @type {number} */ value) => bytes.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
  const text = (/** @type {string} */ value) => bytes.push(...[...value].map((sign) => sign.charCodeAt(0)), 0);
  const float = (/** @type {number} */ value) => bytes.push(...new Uint8Array(new Float32Array([value]).buffer));
  const attribute = (/** @type {string} */ name, /** @type {string} */ kind, /** @type {number} */ length) => {
    text(name);
    text(kind);
    word(length);
  };
  word(EXR_MAGIC);
  word(2);
  attribute("channels", "chlist", 3 * 18 + 1);
  for (const name of ["B", "G", "R"]) {
    text(name);
    [HALF, 0, 1, 1].forEach(word);
  }
  bytes.push(0);
  attribute("compression", "compression", 1);
  bytes.push(0);
  for (const name of ["dataWindow", "displayWindow"]) {
    attribute(name, "box2i", 16);
    [0, 0, width - 1, height - 1].forEach(word);
  }
  attribute("lineOrder", "lineOrder", 1);
  bytes.push(0);
  attribute("pixelAspectRatio", "float", 4);
  float(1);
  attribute("screenWindowCenter", "v2f", 8);
  float(0);
  float(0);
  attribute("screenWindowWidth", "float", 4);
  float(1);
  bytes.push(0);
  return Uint8Array.from(bytes);
}

/**
 * The nearest half float of a value from 0 to 65504 (IEEE 754 binary16), as its bits.
 * @param {number} value
 */
export function half(value) {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0] || 0;
  const exponent = (bits >>> 23) - 127 + 15;
  if (exponent <= 0) return Math.round(value / 2 ** -24);
  const rounded = (exponent << 10) | ((bits >>> 13) & 0x3ff);
  const rest = bits & 0x1fff;
  return rounded + (rest > 0x1000 || (rest === 0x1000 && (rounded & 1) === 1) ? 1 : 0);
}

/**
 * The alpha of a PNG of 8 or 16 bits, not interlaced; 1 everywhere where it has none.
 * @param {Uint8Array} data
 * @returns {{width: number, height: number, alpha: (x: number, y: number) => number}}
 */
export function pngAlpha(data) {
  if (PNG_SIGNATURE.some((value, at) => data[at] !== value)) throw unreadable("It is no PNG.");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, color, interlaced] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const channels = CHANNELS[color];
  if (!channels || (depth !== 8 && depth !== 16) || interlaced) throw unreadable("It is a kind of PNG that is not read here.");
  const packed = [];
  for (let at = 8; at + 12 <= data.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x49444154) packed.push(data.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const step = (channels * depth) / 8;
  const rows = unfiltered(new Uint8Array(inflateSync(joined(packed))), width * step, height, step);
  const has = color === 4 || color === 6;
  return {
    width,
    height,
    alpha: (x, y) => {
      if (!has) return 1;
      const at = (y * width + x) * step + step - depth / 8;
      return depth === 8 ? (rows[at] || 0) / 255 : (256 * (rows[at] || 0) + (rows[at + 1] || 0)) / 65535;
    },
  };
}

/**
 * Undoes the filters of section 9.
 * @param {Uint8Array} raw each line with the number of its filter in front
 * @param {number} length bytes of a line
 * @param {number} height
 * @param {number} step bytes of a pixel
 */
function unfiltered(raw, length, height, step) {
  if (raw.length < height * (length + 1)) throw unreadable("It is cut off.");
  const made = new Uint8Array(height * length);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (length + 1)] || 0;
    if (filter > 4) throw unreadable("It has an unknown filter.");
    for (let x = 0; x < length; x += 1) {
      const at = y * length + x;
      const left = x >= step ? made[at - step] || 0 : 0;
      const up = y > 0 ? made[at - length] || 0 : 0;
      const corner = y > 0 && x >= step ? made[at - length - step] || 0 : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] || 0;
      made[at] = (raw[y * (length + 1) + 1 + x] || 0) + guess;
    }
  }
  return made;
}

/**
 * @param {number} left
 * @param {number} up
 * @param {number} corner
 */
function paeth(left, up, corner) {
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(left + up - corner - value));
  if ((a || 0) <= (b || 0) && (a || 0) <= (c || 0)) return left;
  return (b || 0) <= (c || 0) ? up : corner;
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const made = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

/** @param {string} message */
function unreadable(message) {
  return { code: "plate_unreadable", message, field: "", advice: "Run the self-test again.", retryable: false };
}
