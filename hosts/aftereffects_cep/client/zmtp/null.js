/** The mechanism NULL: both sides say READY, and nothing is encrypted (RFC 23 and 37). */

import { joined, named, readMetadata, text, writeMetadata } from "./bytes.js";
import { ZmtpFault } from "./faults.js";

/** @typedef {{more: boolean, command: boolean, body: Uint8Array}} Frame */

export class NullMechanism {
  /** @param {Record<string, Uint8Array>} properties of this side */
  constructor(properties) {
    this.name = /** @type {const} */ ("NULL");
    this._properties = properties;
  }

  /** The command that opens the handshake. */
  begin() {
    return joined(named("READY"), writeMetadata(this._properties));
  }

  /**
   * Takes a command of the handshake. `ready` has the peer's properties once it is over.
   * @param {string} name
   * @param {Uint8Array} body
   * @returns {{say?: Uint8Array, ready?: Map<string, Uint8Array>}}
   */
  take(name, body) {
    if (name !== "READY") throw new ZmtpFault("protocol", `The peer said ${name} where READY was due.`);
    return { ready: readMetadata(body) };
  }

  /** As it goes out: the frame itself.
   * @param {Frame} frame
   * @returns {Frame} */
  seal(frame) {
    return frame;
  }

  /** As it came in.
   * @param {Frame} frame
   * @returns {Frame} */
  open(frame) {
    return frame;
  }
}

/** The fault of an ERROR command, with the reason the peer gave.
 * @param {Uint8Array} body */
export function refusal(body) {
  const reason = body.length ? text(body.subarray(1, 1 + body[0])) : "";
  return new ZmtpFault("refused", `The peer refused the connection${reason ? ` (${reason})` : ""}.`, reason);
}
