/**
 * One message part as msgpack, by the protocol's rules, which are narrower than msgpack's and finer than JavaScript's.
 *
 * A general decoder does not do: it gives 3.0 and 3 alike, where the protocol refuses 3.0 for an integer; it mends text
 * that is not UTF-8; and it makes room for as many entries as nested lists claim, gigabytes for a few bytes. This one
 * keeps floats apart in `Float`, refuses what the protocol refuses, and holds no more than the bytes pay for.
 */

import { MattewireError, badField, inField } from "./errors.js";
import { SIZES } from "./tables.js";

/** A number that came as a float: 3.0 is one, 3 is not. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/** Raw bytes or an extension: known by its place only, and never taken. */
const RAW = Symbol("raw bytes");

/** Lists and maps inside each other that are read before they are counted; as msgpack for Python. */
const PARSED_DEPTH = 1024;

/** @typedef {string | number | bigint | boolean | null | Float | symbol | Tree[] | {[key: string]: Tree}} Tree */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const writer = new TextEncoder();

// --- in -----------------------------------------------------------------------------------------------------

/**
 * One part as a plain tree: a map without prototype, in it text, numbers, `Float`, booleans, null, lists and maps.
 * @param {Uint8Array} part
 * @returns {{[key: string]: Tree}}
 * @throws {MattewireError} `bad_message`: not exactly one map, or something that the protocol has not; `bad_field`: NaN,
 *   infinity or an integer beyond 2^53 - 1, in fields that nobody knows too
 */
export function unpack(part) {
  const reader = new Reader(part);
  const tree = reader.value(1);
  if (reader.at !== part.length) throw broken("bytes after its end");
  if (!isMap(tree)) throw new MattewireError("bad_message", "Header and body must each be a map.");
  check(tree, 1);
  return tree;
}

/** @param {unknown} value
 * @returns {value is {[key: string]: Tree}} */
export function isMap(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Float);
}

/** @param {string} why */
function broken(why) {
  return new MattewireError("bad_message", `It is not one msgpack map (${why}).`);
}

class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  /** @param {number} size of what is taken; its place is given back */
  take(size) {
    const start = this.at;
    if (size > this.bytes.length - start) throw broken("cut short");
    this.at += size;
    return start;
  }

  /** A length or whole number without sign of 1, 2 or 4 bytes.
   * @param {number} size */
  unsigned(size) {
    const start = this.take(size);
    if (size === 1) return this.view.getUint8(start);
    return size === 2 ? this.view.getUint16(start) : this.view.getUint32(start);
  }

  /** @param {number} depth of the list or map that this value may be
   * @returns {Tree} */
  value(depth) {
    const code = this.unsigned(1);
    if (code < 0x80) return code;
    if (code < 0x90) return this.map(code & 0x0f, depth);
    if (code < 0xa0) return this.list(code & 0x0f, depth);
    if (code < 0xc0) return this.text(code & 0x1f);
    if (code >= 0xe0) return code - 0x100;
    switch (code) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.raw(this.unsigned(1));
      case 0xc5: return this.raw(this.unsigned(2));
      case 0xc6: return this.raw(this.unsigned(4));
      case 0xca: return new Float(this.view.getFloat32(this.take(4)));
      case 0xcb: return new Float(this.view.getFloat64(this.take(8)));
      case 0xcc: return this.unsigned(1);
      case 0xcd: return this.unsigned(2);
      case 0xce: return this.unsigned(4);
      case 0xcf: return narrowed(this.view.getBigUint64(this.take(8)));
      case 0xd0: return this.view.getInt8(this.take(1));
      case 0xd1: return this.view.getInt16(this.take(2));
      case 0xd2: return this.view.getInt32(this.take(4));
      case 0xd3: return narrowed(this.view.getBigInt64(this.take(8)));
      case 0xd9: return this.text(this.unsigned(1));
      case 0xda: return this.text(this.unsigned(2));
      case 0xdb: return this.text(this.unsigned(4));
      case 0xdc: return this.list(this.unsigned(2), depth);
      case 0xdd: return this.list(this.unsigned(4), depth);
      case 0xde: return this.map(this.unsigned(2), depth);
      case 0xdf: return this.map(this.unsigned(4), depth);
      default: throw broken("extension types and unused codes are refused");
    }
  }

  /** @param {number} size */
  text(size) {
    const start = this.take(size);
    try {
      return utf8.decode(this.bytes.subarray(start, start + size));
    } catch {
      throw broken("text that is not UTF-8");
    }
  }

  /** @param {number} size */
  raw(size) {
    this.take(size);
    return RAW;
  }

  /** @param {number} count
   * @param {number} depth */
  list(count, depth) {
    if (count > SIZES.list) throw broken("a list that is too long");
    if (depth > PARSED_DEPTH) throw broken("nested too deep");
    /** @type {Tree[]} */
    const list = [];
    for (let entry = 0; entry < count; entry++) list.push(this.value(depth + 1));
    return list;
  }

  /** @param {number} count
   * @param {number} depth */
  map(count, depth) {
    if (count > SIZES.map) throw broken("a map that is too long");
    if (depth > PARSED_DEPTH) throw broken("nested too deep");
    /** @type {{[key: string]: Tree}} */
    const map = Object.create(null); // "__proto__" is a key like any other
    for (let entry = 0; entry < count; entry++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string") throw broken("a key that is not text");
      map[key] = this.value(depth + 1);
    }
    return map;
  }
}

/** @param {bigint} value */
function narrowed(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** @param {Tree[] | {[key: string]: Tree}} tree
 * @param {number} depth */
function check(tree, depth) {
  if (depth > SIZES.depth) throw new MattewireError("bad_message", `Maps and lists are nested deeper than ${SIZES.depth}.`);
  if (Array.isArray(tree)) tree.forEach((value, at) => inField(`[${at}]`, () => checkValue(value, depth)));
  else for (const key of Object.keys(tree)) inField(key, () => checkValue(tree[key], depth));
}

/** @param {Tree} value
 * @param {number} depth */
function checkValue(value, depth) {
  if (value === RAW) {
    throw new MattewireError("bad_message", "A map has raw bytes or an extension type; bytes travel in binary parts.");
  }
  if (value instanceof Float) {
    if (!Number.isFinite(value.value)) throw badField(`must be a finite number, not ${value.value}.`);
  } else if (typeof value === "bigint") {
    throw badField(`must lie between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}.`);
  } else if (typeof value === "object" && value !== null) {
    check(value, depth + 1);
  }
}

// --- out ----------------------------------------------------------------------------------------------------

/**
 * A tree as msgpack, in the reference form: the shortest code for each thing, floats as float64, maps in their order.
 * @param {Tree} tree
 */
export function pack(tree) {
  const out = new Writer();
  out.value(tree);
  return out.bytes.slice(0, out.at);
}

class Writer {
  constructor() {
    this.bytes = new Uint8Array(512);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  /** Makes room for so many bytes and gives their place.
   * @param {number} size */
  room(size) {
    const start = this.at;
    this.at += size;
    if (this.at > this.bytes.length) {
      const wider = new Uint8Array(Math.max(this.at, this.bytes.length * 2));
      wider.set(this.bytes);
      this.bytes = wider;
      this.view = new DataView(wider.buffer);
    }
    return start;
  }

  /** A code and a whole number without sign of 0, 1, 2 or 4 bytes.
   * @param {number} code
   * @param {number} [size]
   * @param {number} [number] */
  put(code, size = 0, number = 0) {
    const start = this.room(1 + size);
    this.bytes[start] = code;
    if (size === 1) this.view.setUint8(start + 1, number);
    else if (size === 2) this.view.setUint16(start + 1, number);
    else if (size === 4) this.view.setUint32(start + 1, number);
  }

  /** @param {Tree} value */
  value(value) {
    if (value === null) this.put(0xc0);
    else if (typeof value === "boolean") this.put(value ? 0xc3 : 0xc2);
    else if (typeof value === "string") this.text(value);
    else if (typeof value === "number") this.integer(value);
    else if (value instanceof Float) this.float(value.value);
    else if (Array.isArray(value)) {
      if (value.length < 16) this.put(0x90 | value.length);
      else this.counted([0xdc, 0xdd], value.length);
      for (const item of value) this.value(item);
    } else if (isMap(value)) {
      const keys = Object.keys(value);
      if (keys.length < 16) this.put(0x80 | keys.length);
      else this.counted([0xde, 0xdf], keys.length);
      for (const key of keys) {
        this.text(key);
        this.value(value[key]);
      }
    } else throw new TypeError(`${String(value)} cannot be written.`);
  }

  /** A length of two or four bytes, after the first or the second code.
   * @param {[number, number]} codes
   * @param {number} length */
  counted([two, four], length) {
    if (length < 0x10000) this.put(two, 2, length);
    else this.put(four, 4, length);
  }

  /** @param {string} text */
  text(text) {
    const letters = writer.encode(text);
    if (letters.length < 32) this.put(0xa0 | letters.length);
    else if (letters.length < 0x100) this.put(0xd9, 1, letters.length);
    else this.counted([0xda, 0xdb], letters.length);
    const start = this.room(letters.length); // first: it may be another array afterwards
    this.bytes.set(letters, start);
  }

  /** @param {number} number */
  float(number) {
    this.put(0xcb);
    const start = this.room(8);
    this.view.setFloat64(start, number);
  }

  /** @param {number} number a whole one, within what every language counts exactly */
  integer(number) {
    if (number >= 0) {
      if (number < 0x80) this.put(number);
      else if (number < 0x100) this.put(0xcc, 1, number);
      else if (number < 0x10000) this.put(0xcd, 2, number);
      else if (number < 0x100000000) this.put(0xce, 4, number);
      else this.wide(0xcf, number);
    } else if (number >= -32) this.put(0x100 + number);
    else if (number >= -0x80) this.put(0xd0, 1, number);
    else if (number >= -0x8000) this.put(0xd1, 2, number);
    else if (number >= -0x80000000) this.put(0xd2, 4, number);
    else this.wide(0xd3, number);
  }

  /** @param {number} code
   * @param {number} number */
  wide(code, number) {
    this.put(code);
    const start = this.room(8);
    this.view.setBigInt64(start, BigInt(number));
  }
}
