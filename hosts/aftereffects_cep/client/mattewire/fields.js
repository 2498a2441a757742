/**
 * Bodies from and to the wire by the field tables: types, missing and unknown fields, defaults. What a value may be is
 * `rules.js`.
 */

import { MattewireError, badField, inField } from "./errors.js";
import { Float, isMap } from "./msgpack.js";
import { checkBody } from "./rules.js";
import { FIELDS, SIZES } from "./tables.js";

/** @typedef {import("./msgpack.js").Tree} Tree */

/**
 * A field: its `type` is text, integer, number, boolean or the name of a class; `list` of them, or `optional` (null).
 * @typedef {{name: string, type: string, list?: boolean, optional?: boolean, required?: boolean, default?: any,
 *   minimum?: number, maximum?: number, enum?: string[], pattern?: string, minLength?: number, maxLength?: number,
 *   minItems?: number, maxItems?: number}} Field
 */

/** @typedef {(value: any, type: string) => any} Turn */

/**
 * A body from a plain map. Keys that the class does not have are ignored; absent fields have their defaults.
 * @param {string} cls
 * @param {unknown} map
 * @returns {any}
 * @throws {MattewireError} `bad_field` with the path of the fault
 */
export function fromWire(cls, map) {
  if (!isMap(map)) throw badField(`must be a map, not ${kindOf(map)}.`);
  return built(cls, map, readValue);
}

/**
 * A body that a client gives, checked and whole. Unlike on the wire, a field that the class does not have is refused:
 * it is misspelt.
 * @param {string} cls
 * @param {unknown} given
 * @returns {any}
 * @throws {MattewireError} `bad_field`, `too_large`
 */
export function completed(cls, given) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw badField(`must be ${cls}, not ${kindOf(given)}.`);
  }
  const known = FIELDS[cls].map((field) => field.name);
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd !== undefined) throw badField(`is not a field of ${cls}.`, { field: odd });
  return built(cls, /** @type {any} */ (given), givenValue);
}

/**
 * The map that stands for a whole body on the wire: keys in the order of the class, what is absent left out, every
 * *number* a float.
 * @param {string} cls
 * @param {any} body as `completed` gives it
 * @returns {{[key: string]: Tree}}
 */
export function toWire(cls, body) {
  /** @type {{[key: string]: Tree}} */
  const map = {};
  for (const { name, type, list } of FIELDS[cls]) {
    const write = (/** @type {any} */ value) => (FIELDS[type] ? toWire(type, value) : type === "number" ? new Float(value) : value);
    if (body[name] !== null) map[name] = list ? body[name].map(write) : write(body[name]);
  }
  return map;
}

/** A field's default, fresh each time.
 * @param {Field} field */
function absent(field) {
  if (field.default === undefined) return built(field.type, {}, readValue);
  return field.list ? [...field.default] : field.default;
}

/** @param {string} cls
 * @param {{[key: string]: any}} map
 * @param {Turn} turn
 * @returns {any} */
function built(cls, map, turn) {
  /** @type {{[name: string]: any}} */
  const body = {};
  for (const field of FIELDS[cls]) {
    const value = map[field.name];
    if (value === undefined) {
      if (field.required) throw badField("is missing.", { field: field.name });
      body[field.name] = absent(field);
    } else {
      body[field.name] = inField(field.name, () => turned(field, value, turn));
    }
  }
  checkBody(cls, body);
  return body;
}

/** @param {Field} field
 * @param {any} value
 * @param {Turn} turn */
function turned(field, value, turn) {
  if (field.optional && value === null) return null;
  if (!field.list) return turn(value, field.type);
  if (!Array.isArray(value)) throw badField(`must be a list, not ${kindOf(value)}.`);
  if (value.length > SIZES.list) {
    throw new MattewireError("too_large", `A list has ${value.length} entries; the limit is ${SIZES.list}.`);
  }
  return value.map((item, at) => inField(`[${at}]`, () => turn(item, field.type)));
}

/** @type {Turn} */
function readValue(value, type) {
  if (FIELDS[type]) return fromWire(type, value);
  if (type === "number" && value instanceof Float) return value.value;
  return plain(value, type);
}

/** @type {Turn} */
function givenValue(value, type) {
  if (FIELDS[type]) return completed(type, value);
  if (type === "text" && typeof value === "string" && hasHalfPair(value)) {
    throw badField("has characters that are not Unicode text.", { advice: "Rename the file or folder." });
  }
  return plain(value, type);
}

/** @type {Turn} */
function plain(value, type) {
  if (type === "text" && typeof value !== "string") throw badField(`must be text, not ${kindOf(value)}.`);
  if (type === "boolean" && typeof value !== "boolean") throw badField(`must be true or false, not ${kindOf(value)}.`);
  if (type === "integer" || type === "number") {
    const what = type === "integer" ? "a whole number" : "a number";
    if (typeof value !== "number") throw badField(`must be ${what}, not ${kindOf(value)}.`);
    if (!Number.isFinite(value)) throw badField(`must be a finite number, not ${value}.`);
    if (type === "integer" && !Number.isInteger(value)) throw badField(`must be ${what}, not ${kindOf(value)}.`);
    if (type === "integer" && !Number.isSafeInteger(value)) {
      throw badField(`must lie between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}.`);
    }
  }
  return value;
}

/** Half of a pair of UTF-16, as a file name that is no Unicode has: it would be written as another character.
 * @param {string} text */
function hasHalfPair(text) {
  return /[\ud800-\udfff]/u.test(text);
}

/** What a value is, in words of the protocol rather than of JavaScript.
 * @param {unknown} value */
function kindOf(value) {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Float) return "a number with decimals";
  if (typeof value === "number") return Number.isInteger(value) ? "a whole number" : "a number with decimals";
  return { string: "text", boolean: "true or false", object: "a map" }[/** @type {string} */ (typeof value)] ?? typeof value;
}
