/**
 * The ExtendScript engine's stand-in: a vm context from which everything that ECMAScript 3 and Adobe's own additions do
 * not have is removed, and scripts that must parse as ECMAScript 3.
 *
 * What is kept follows ECMA-262 3rd edition section 15 and Adobe's "JavaScript Tools Guide" (types-for-adobe,
 * shared/JavaScript.d.ts). JSON is not there: a script brings its own.
 */
import vm from "node:vm";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PANEL } from "./declarations.mjs";

const acorn = createRequire(join(PANEL, "package.json"))("acorn");

const GLOBALS =
  "Object Function Array String Boolean Number Date RegExp Error EvalError RangeError ReferenceError SyntaxError " +
  "TypeError URIError Math NaN Infinity undefined eval parseInt parseFloat isNaN isFinite decodeURI " +
  "decodeURIComponent encodeURI encodeURIComponent escape unescape";
const FUNCTION_OWN = "length name prototype arguments caller";
const KEPT = {
  Object: [FUNCTION_OWN, "constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf propertyIsEnumerable __proto__"],
  Function: [FUNCTION_OWN, "constructor toString apply call length name arguments caller"],
  Array: [FUNCTION_OWN, "constructor length toString toLocaleString concat join pop push reverse shift slice sort splice unshift"],
  String: [
    `${FUNCTION_OWN} fromCharCode`,
    "constructor length toString valueOf charAt charCodeAt concat indexOf lastIndexOf localeCompare match replace search " +
      "slice split substr substring toLowerCase toLocaleLowerCase toUpperCase toLocaleUpperCase",
  ],
  Boolean: [FUNCTION_OWN, "constructor toString valueOf"],
  Number: [
    `${FUNCTION_OWN} MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY`,
    "constructor toString toLocaleString valueOf toFixed toExponential toPrecision",
  ],
  Date: [
    `${FUNCTION_OWN} parse UTC`,
    "constructor toString toDateString toTimeString toLocaleString toLocaleDateString toLocaleTimeString valueOf " +
      ["Time", "FullYear", "Month", "Date", "Hours", "Minutes", "Seconds", "Milliseconds"]
        .flatMap((part) => [`get${part}`, `set${part}`, `getUTC${part}`, `setUTC${part}`])
        .join(" ") +
      " getDay getUTCDay getTimezoneOffset getYear setYear toUTCString toGMTString",
  ],
  RegExp: [FUNCTION_OWN, "constructor exec test toString source global ignoreCase multiline lastIndex compile"],
  Error: [FUNCTION_OWN, "constructor name message toString"],
  Math: [
    "E LN10 LN2 LOG2E LOG10E PI SQRT1_2 SQRT2 abs acos asin atan atan2 ceil cos exp floor log max min pow random round " +
      "sin sqrt tan",
    null,
  ],
};

/** A context that has `extra` and what ECMAScript 3 has, and nothing else. */
export function makeContext(extra) {
  const context = vm.createContext({});
  const words = (text) => text.split(" ");
  vm.runInContext("this", context);
  const realm = vm.runInContext(
    "({global: this, getNames: Object.getOwnPropertyNames, describe: Object.getOwnPropertyDescriptor})",
    context,
  );
  const prune = (target, kept) => {
    for (const name of Reflect.ownKeys(target)) {
      if (kept.includes(name)) continue;
      const how = Reflect.getOwnPropertyDescriptor(target, name);
      if (how.configurable) delete target[name];
    }
  };
  for (const [name, [own, shared]] of Object.entries(KEPT)) {
    const target = realm.global[name];
    prune(target, words(own).filter(Boolean));
    // Engine needs stay: iteration symbols are unreachable from ECMAScript 3 source, which cannot name Symbol.
    if (shared) prune(target.prototype, [...words(shared), ...symbolsOf(target.prototype)]);
  }
  for (const name of Reflect.ownKeys(realm.global)) {
    if (words(GLOBALS).includes(name) || name in extra) continue;
    Reflect.deleteProperty(realm.global, name); // what cannot be deleted is no builtin: gc of --expose-gc
  }
  const { Error: ContextError, Array: ContextArray, Object: ContextObject } = realm.global;
  Object.assign(realm.global, extra);
  return {
    context,
    error: (message) => new ContextError(message),
    array: (values) => ContextArray.from?.(values) ?? fill(new ContextArray(), values),
    plain: (fields) => Object.assign(new ContextObject(), fields),
    run: (source, name) => vm.runInContext(source, context, { filename: name }),
  };
}

function symbolsOf(target) {
  return Object.getOwnPropertySymbols(target);
}

function fill(array, values) {
  for (const value of values) array[array.length] = value;
  return array;
}

/** Throws when the text is not ECMAScript 3, as the engine's own parser would. */
export function parseAsES3(source, name) {
  try {
    acorn.parse(source, { ecmaVersion: 3, allowReserved: "never", sourceType: "script" });
  } catch (error) {
    throw new SyntaxError(`${name}: not ECMAScript 3: ${error.message}`);
  }
}
