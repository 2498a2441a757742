/**
 * ZMTP frames (RFC 23 and 37): one byte of flags, a length of one or eight bytes, the body.
 */

import { joined, bigEndian } from "./bytes.js";
import { ZmtpFault } from "./faults.js";

export const MORE = 1;
export const LONG = 2;
export const COMMAND = 4;

/** @typedef {{more: boolean, command: boolean, body: Uint8Array}} Frame */

/**
 * A frame's bytes before its body.
 * @param {number} flags `MORE`, `COMMAND` or 0
 * @param {number} length of the body in bytes
 */
export function frameHead(flags, length) {
  return length < 256 ? new Uint8Array([flags, length]) : joined([flags | LONG], bigEndian(length, 8));
}

/** Takes bytes as they come and gives whole frames. Holds one frame at most, never larger than `maxBytes`. */
export class FrameReader {
  /** @param {number} maxBytes the largest body that is read */
  constructor(maxBytes) {
    this._maxBytes = maxBytes;
    this._head = new Uint8Array(9);
    this._headFilled = 0;
    /** @type {Uint8Array | null} */
    this._body = null;
    this._bodyFilled = 0;
  }

  /**
   * @param {Uint8Array} chunk
   * @param {(frame: Frame) => boolean} take told of each frame; false: no more are wanted
   * @throws {ZmtpFault} `protocol` for flags that ZMTP does not have, `too_large` before any of the body is kept
   */
  feed(chunk, take) {
    for (let at = 0; at < chunk.length; ) {
      if (this._body === null) {
        this._head[this._headFilled++] = chunk[at++];
        if (this._headFilled === 1) checkFlags(this._head[0]);
        if (this._headFilled === this._headSize()) this._begin();
      }
      if (this._body !== null && at < chunk.length) {
        const piece = chunk.subarray(at, at + this._body.length - this._bodyFilled);
        this._body.set(piece, this._bodyFilled);
        this._bodyFilled += piece.length;
        at += piece.length;
      }
      if (this._body !== null && this._complete()) {
        const frame = { more: !!(this._head[0] & MORE), command: !!(this._head[0] & COMMAND), body: this._body };
        this._body = null;
        this._headFilled = 0;
        if (!take(frame)) return;
      }
    }
  }

  _complete() {
    return this._body !== null && this._bodyFilled === this._body.length;
  }

  _headSize() {
    return this._head[0] & LONG ? 9 : 2;
  }

  _begin() {
    let size = 0;
    for (let at = 1; at < this._headSize(); at++) size = size * 256 + this._head[at];
    if (size > this._maxBytes) {
      throw new ZmtpFault("too_large", `A frame of ${size} bytes came; the limit is ${this._maxBytes}.`);
    }
    this._body = new Uint8Array(size);
    this._bodyFilled = 0;
  }
}

/** A command is one frame, and the other five bits are zero.
 * @param {number} flags */
function checkFlags(flags) {
  if (flags & ~(MORE | LONG | COMMAND) || (flags & COMMAND && flags & MORE)) {
    throw new ZmtpFault("protocol", `A frame has the flags ${flags}, which ZMTP does not know.`);
  }
}
