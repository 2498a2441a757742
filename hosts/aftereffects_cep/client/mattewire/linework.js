/** What `Conversation` makes of keys, faults and bytes, without a line. */

import { decodeZ85 } from "../zmtp/index.js";
import { decode, readHeader } from "./codec.js";
import { MattewireError, badField } from "./errors.js";

const KEY_FIELDS = /** @type {const} */ (["server_key", "client_public_key", "client_secret_key"]);

/** What a fault of the socket means for an artist.
 * @param {import("../zmtp/faults.js").ZmtpFault} fault
 * @param {string} address */
export function problemOf({ kind, message }, address) {
  if (kind === "refused") {
    return new MattewireError("not_authorized", `The daemon at ${address} refused the key, or is another one.`);
  }
  if (kind === "protocol" || kind === "too_large") {
    return new MattewireError("bad_message", `What came from ${address} is not what a daemon says: ${message}`);
  }
  if (kind === "timed_out" || kind === "silent") return new MattewireError("timed_out", `${address}: ${message}`);
  return new MattewireError("daemon_unreachable", `Nothing answers at ${address}.`);
}

/** A fault in the panel's own code is the panel's: it comes up by itself, and the conversation goes on.
 * @param {() => void} work */
export function called(work) {
  try {
    work();
  } catch (problem) {
    setTimeout(() => {
      throw problem;
    }, 0);
  }
}

/** The keys of a connection as the socket takes them; `bad_field` for one that is none.
 * @param {import("./connection.js").Connection} connection
 * @returns {import("../zmtp/curve.js").CurveKeys} */
export function keysOf(connection) {
  const [serverKey, publicKey, secretKey] = KEY_FIELDS.map((name) => {
    const key = connection[name];
    try {
      if (decodeZ85(key).length === 32) return key;
    } catch {
      // not Z85: told below, without the key
    }
    throw badField("is not a key.", { field: `connection.${name}`, advice: "Restart the daemon." });
  });
  return { serverKey, publicKey, secretKey };
}

/** An answer of another type than its question has.
 * @param {string} got
 * @param {string} wanted */
export function unexpected(got, wanted) {
  return new MattewireError("bad_message", `The daemon answered ${got} where ${wanted} was expected.`);
}

/** The message, or the error that stands for an answer which cannot be read; null when nobody can be told.
 * @param {Uint8Array[]} parts
 * @returns {import("./codec.js").Message | null} */
export function understood(parts) {
  let header;
  try {
    header = readHeader(parts);
    return decode(parts);
  } catch (problem) {
    if (!(problem instanceof MattewireError)) throw problem;
    if (!header || !header.answers) return null; // a newer daemon's message that this client does not know
    return { header: { ...header, type: "error" }, body: problem.body, binary: [] };
  }
}

/** Nothing came in time.
 * @param {string} what
 * @param {number} ms */
export function late(what, ms) {
  return new MattewireError("timed_out", `${what} within ${ms / 1000} s.`);
}
