/** The error tree of Mattewire, as the protocol's error table has it: told apart by `code` and `family`. */

import { ERRORS } from "./tables.js";

/** @typedef {{field?: string, advice?: string, retryable?: boolean}} ErrorFacts */

export class MattewireError extends Error {
  /**
   * `code` is one of the error table, or a newer one that stays readable. `message`: what happened this time. `field`:
   * path of the field at fault, empty when none. `advice`: the way out, the table's sentence when none is given.
   * @param {string} code
   * @param {string} [message]
   * @param {ErrorFacts} [facts]
   */
  constructor(code, message = "", { field = "", advice = "", retryable } = {}) {
    const row = Object.prototype.hasOwnProperty.call(ERRORS, code) ? ERRORS[code] : null;
    const sentence = row ? row.sentence : "Something went wrong.";
    super(message || sentence);
    this.name = "MattewireError";
    this.code = code;
    this.field = field;
    this.advice = advice || (message ? sentence : "");
    this.retryable = row ? row.retryable : !!retryable;
    /** `ConnectionFailed`, `JobError`, `PlateError`…; of a code that is not in the table, `MattewireError`. */
    this.family = row ? row.family : "MattewireError";
  }

  /** The same error seen from the enclosing message, its field prefixed by `prefix`.
   * @param {string} prefix */
  within(prefix) {
    const dot = prefix && this.field && !this.field.startsWith("[") ? "." : "";
    return new MattewireError(this.code, this.message, { ...this.body, field: `${prefix}${dot}${this.field}` });
  }

  /** The body of the `error` message that tells of this. */
  get body() {
    const { code, message, field, advice, retryable } = this;
    return { code, message, field, advice, retryable };
  }
}

/** A field that is missing, of the wrong type or out of range.
 * @param {string} message
 * @param {ErrorFacts} [facts] */
export function badField(message, facts) {
  return new MattewireError("bad_field", message, facts);
}

/** The error that an `error` body tells of, as it was on the other side.
 * @param {import("./messages.js").Error} body */
export function errorOf({ code, message, field, advice, retryable }) {
  return new MattewireError(code, message, { field, advice, retryable });
}

/** Runs `work`; a `bad_field` from it comes out with `prefix` before its field.
 * @template T
 * @param {string} prefix
 * @param {() => T} work */
export function inField(prefix, work) {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof MattewireError && problem.code === "bad_field") throw problem.within(prefix);
    throw problem;
  }
}
