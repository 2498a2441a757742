/**
 * The mechanism CURVE, client's side: CurveZMQ (RFC 26) as ZMTP carries it (RFC 25), with NaCl's box of tweetnacl.
 *
 * The client knows the server's long-term public key S and its own pair C, c; each connection makes a fresh short-term
 * pair, so that what was recorded cannot be read later with a stolen c. Every box has a nonce of 24 bytes: a text that
 * says what it is for, and a counter (8 bytes, from 1) or 16 random bytes.
 */

import nacl from "tweetnacl";

import { ascii, bigEndian, joined, named, readBigEndian, readMetadata, writeMetadata } from "./bytes.js";
import { ZmtpFault } from "./faults.js";
import { decodeZ85 } from "./z85.js";

/** @typedef {{more: boolean, command: boolean, body: Uint8Array}} Frame */
/** Z85 text of 40 characters each.
 * @typedef {{serverKey: string, publicKey: string, secretKey: string}} CurveKeys */

/** What a box adds to its content: NaCl's authenticator. */
const BOX_BYTES = 16;
const MESSAGE = named("MESSAGE");
const MESSAGE_HEAD = MESSAGE.length + 8;

/** What encryption adds to a frame: the name, the counter, the authenticator, and the inner flags. */
export const SEALED_BYTES = MESSAGE_HEAD + BOX_BYTES + 1;

const INNER_MORE = 1;
const INNER_COMMAND = 2;

export class CurveMechanism {
  /**
   * @param {CurveKeys} keys
   * @param {Record<string, Uint8Array>} properties of this side
   * @throws {RangeError} a key is not 32 bytes in Z85
   */
  constructor(keys, properties) {
    this.name = /** @type {const} */ ("CURVE");
    this._server = key(keys.serverKey);
    this._public = key(keys.publicKey);
    this._secret = key(keys.secretKey);
    this._properties = properties;
    this._short = nacl.box.keyPair();
    this._shared = nacl.box.before(this._server, this._short.secretKey);
    this._expected = "WELCOME";
    this._sent = 0;
    this._received = 0;
  }

  /** HELLO: the short-term key, and a box that shows that the client holds its secret half. 200 bytes. */
  begin() {
    const { nonce, counter } = this._nextNonce("CurveZMQHELLO---");
    const proof = nacl.box.after(new Uint8Array(64), nonce, this._shared);
    return joined(named("HELLO"), [1, 0], new Uint8Array(72), this._short.publicKey, counter, proof);
  }

  /**
   * Takes a command of the handshake. `ready` has the peer's properties once it is over.
   * @param {string} name
   * @param {Uint8Array} body
   * @returns {{say?: Uint8Array, ready?: Map<string, Uint8Array>}}
   */
  take(name, body) {
    if (name !== this._expected) throw new ZmtpFault("protocol", `The peer said ${name} where ${this._expected} was due.`);
    if (name === "WELCOME") return { say: this._welcomed(body) };
    const opened = this._opened(body, "CurveZMQREADY---");
    this._expected = "";
    return { ready: readMetadata(opened) };
  }

  /** INITIATE: who this is, vouched for with the long-term key, and the properties.
   * @param {Uint8Array} welcome */
  _welcomed(welcome) {
    const nonce = joined(ascii("WELCOME-"), welcome.subarray(0, 16));
    const opened = welcome.length === 16 + BOX_BYTES + 128 && nacl.box.open.after(welcome.subarray(16), nonce, this._shared);
    if (!opened) throw new ZmtpFault("refused", "The peer does not hold the key that was expected of it.");
    const serverShort = opened.subarray(0, 32);
    const cookie = opened.subarray(32);
    this._shared = nacl.box.before(serverShort, this._short.secretKey);
    this._expected = "READY";
    const random = nacl.randomBytes(16);
    const vouched = joined(this._short.publicKey, this._server);
    const vouch = nacl.box(vouched, joined(ascii("VOUCH---"), random), serverShort, this._secret);
    const content = joined(this._public, random, vouch, writeMetadata(this._properties));
    const { nonce: initiate, counter } = this._nextNonce("CurveZMQINITIATE");
    return joined(named("INITIATE"), cookie, counter, nacl.box.after(content, initiate, this._shared));
  }

  /**
   * A frame as it goes out: libzmq carries messages and commands alike in frames without flags, the true ones inside.
   * @param {Frame} frame
   * @returns {Frame}
   */
  seal(frame) {
    const { nonce, counter } = this._nextNonce("CurveZMQMESSAGEC");
    const flags = (frame.more ? INNER_MORE : 0) | (frame.command ? INNER_COMMAND : 0);
    const box = nacl.box.after(joined([flags], frame.body), nonce, this._shared);
    return { more: false, command: false, body: joined(MESSAGE, counter, box) };
  }

  /**
   * A frame as it came in. RFC 25 calls MESSAGE a command; both kinds of frame are taken.
   * @param {Frame} frame
   * @returns {Frame}
   * @throws {ZmtpFault} `protocol`: no MESSAGE, sent twice, or not from the peer of the handshake
   */
  open(frame) {
    const { body } = frame;
    if (body.length < SEALED_BYTES || MESSAGE.some((byte, at) => body[at] !== byte)) {
      throw new ZmtpFault("protocol", "A frame came that is not encrypted.");
    }
    const opened = this._opened(body.subarray(MESSAGE.length), "CurveZMQMESSAGES");
    return { more: !!(opened[0] & INNER_MORE), command: !!(opened[0] & INNER_COMMAND), body: opened.subarray(1) };
  }

  /** @param {string} purpose */
  _nextNonce(purpose) {
    const counter = bigEndian(++this._sent, 8);
    return { counter, nonce: joined(ascii(purpose), counter) };
  }

  /** A counter of eight bytes, above the last one, and its box.
   * @param {Uint8Array} bytes
   * @param {string} purpose */
  _opened(bytes, purpose) {
    const counter = bytes.subarray(0, 8);
    const number = counter.length === 8 ? readBigEndian(counter) : 0;
    if (number <= this._received || number > Number.MAX_SAFE_INTEGER) {
      throw new ZmtpFault("protocol", "A frame came twice, or out of order.");
    }
    const opened = nacl.box.open.after(bytes.subarray(8), joined(ascii(purpose), counter), this._shared);
    if (!opened) throw new ZmtpFault("protocol", "A frame was changed on its way.");
    this._received = number;
    return opened;
  }
}

/** @param {string} z85 */
function key(z85) {
  const bytes = decodeZ85(z85);
  if (bytes.length !== 32) throw new RangeError("A key has 32 bytes, 40 characters in Z85.");
  return bytes;
}
