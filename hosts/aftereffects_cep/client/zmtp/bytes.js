/** Small work on byte arrays that greeting, commands and both mechanisms share. */

import { ZmtpFault } from "./faults.js";

const writer = new TextEncoder();

/** @param {ReadonlyArray<Uint8Array | number[]>} pieces */
export function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The bytes of a text in UTF-8 (names in ZMTP are ASCII).
 * @param {string} text */
export function ascii(text) {
  return writer.encode(text);
}

/** Bytes as text, one character for each, so that none is lost: for names and reasons, which are ASCII.
 * @param {Uint8Array} bytes */
export function text(bytes) {
  return String.fromCharCode(...bytes);
}

/** A name with its length before it, as commands and properties begin. At most 255 bytes.
 * @param {string} name */
export function named(name) {
  const letters = ascii(name);
  return joined([letters.length], letters);
}

/**
 * A command's name and what follows it (ZMTP 3.1, RFC 37: `command-name = short-size 1*255 command-name-char`).
 * @param {Uint8Array} command
 * @returns {{name: string, body: Uint8Array}}
 */
export function readCommand(command) {
  const length = command.length ? command[0] : 0;
  if (length === 0 || command.length < 1 + length) throw new ZmtpFault("protocol", "A command has no name.");
  return { name: text(command.subarray(1, 1 + length)), body: command.subarray(1 + length) };
}

/**
 * A connection's properties, each a name and a value with a four-byte length (RFC 23, "Connection metadata").
 * @param {Record<string, Uint8Array>} properties
 */
export function writeMetadata(properties) {
  return joined(
    ...Object.entries(properties).map(([name, value]) => joined(named(name), bigEndian(value.length, 4), value)),
  );
}

/**
 * Names are case-insensitive: they come back in lower case.
 * @param {Uint8Array} bytes
 * @returns {Map<string, Uint8Array>}
 */
export function readMetadata(bytes) {
  const found = new Map();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes[at];
    const valueStart = nameEnd + 4;
    if (valueStart > bytes.length) throw new ZmtpFault("protocol", "A property of the connection is cut short.");
    const valueEnd = valueStart + readBigEndian(bytes.subarray(nameEnd, valueStart));
    if (valueEnd > bytes.length) throw new ZmtpFault("protocol", "A property of the connection is cut short.");
    found.set(text(bytes.subarray(at + 1, nameEnd)).toLowerCase(), bytes.slice(valueStart, valueEnd));
    at = valueEnd;
  }
  return found;
}

/** Network byte order. `value` is a whole number below 2^53.
 * @param {number} value
 * @param {number} length */
export function bigEndian(value, length) {
  const bytes = new Uint8Array(length);
  for (let at = length - 1, rest = value; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** The number; above 2^53 it is only near, which every limit here is far below.
 * @param {Uint8Array} bytes */
export function readBigEndian(bytes) {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
