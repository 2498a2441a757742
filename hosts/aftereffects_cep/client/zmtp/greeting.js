/** The 64 bytes that open every ZMTP 3 connection, both ways (RFC 23, "Greeting"). */

import { ascii, joined, text } from "./bytes.js";
import { ZmtpFault } from "./faults.js";

export const GREETING_BYTES = 64;
const SIGNATURE_END = 9;
const MAJOR = 10;
const MECHANISM = 12;
const MECHANISM_BYTES = 20;

/**
 * @param {"NULL" | "CURVE"} mechanism
 * @param {number} [minor] 1: ZMTP 3.1, which adds PING and PONG
 */
export function greeting(mechanism, minor = 1) {
  const name = ascii(mechanism);
  const head = joined([0xff], new Uint8Array(8), [0x7f, 3, minor], name);
  return joined(head, new Uint8Array(GREETING_BYTES - head.length)); // as-server 0, then filler
}

/**
 * Whether what has come so far can be the beginning of a ZMTP 3 greeting for `mechanism`: told as early as the bytes
 * allow, so that a web server on the port is not waited for. as-server is not looked at: libzmq leaves it 0.
 * @param {Uint8Array} bytes at most 64
 * @param {"NULL" | "CURVE"} mechanism
 * @returns {number} the peer's minor version; 0 while it has not come
 * @throws {ZmtpFault} `protocol`: no ZMTP 3; `refused`: another mechanism
 */
export function readGreeting(bytes, mechanism) {
  const odd = (bytes.length > 0 && bytes[0] !== 0xff) || (bytes.length > SIGNATURE_END && !(bytes[SIGNATURE_END] & 1));
  if (odd) throw new ZmtpFault("protocol", "What answers there does not speak ZeroMQ.");
  if (bytes.length > MAJOR && bytes[MAJOR] < 3) {
    throw new ZmtpFault("protocol", `The peer speaks ZMTP ${bytes[MAJOR]}; 3 is the oldest that is spoken here.`);
  }
  if (bytes.length >= MECHANISM + MECHANISM_BYTES) {
    const theirs = text(bytes.subarray(MECHANISM, MECHANISM + MECHANISM_BYTES)).replace(/\0+$/, "");
    if (theirs !== mechanism) {
      throw new ZmtpFault("refused", `The peer wants ${JSON.stringify(theirs)}, this side ${mechanism}.`);
    }
  }
  return bytes.length > MAJOR + 1 ? bytes[MAJOR + 1] : 0;
}
