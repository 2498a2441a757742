/** Messages to parts and back, by the layout of the protocol: `MW`, header, body, binary parts. */

import nacl from "tweetnacl";

import { MattewireError } from "./errors.js";
import { completed, fromWire, toWire } from "./fields.js";
import { pack, unpack } from "./msgpack.js";
import { ANY_VERSION, MESSAGES, OLDEST_PROTOCOL, PROTOCOL, SIZES } from "./tables.js";

const MAGIC = new Uint8Array([0x4d, 0x57]);

/** @typedef {{protocol: number, type: string, id: string, answers: string}} Header */
/** @typedef {{header: Header, body: any, binary: Uint8Array[]}} Message */

/** A fresh message or job id: 16 hexadecimal characters, 64 random bits. */
export function newId() {
  return [...nacl.randomBytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The parts of one message, ready to be sent; the same bytes as every other reference writer's.
 * @param {string} type
 * @param {object} body fields that are left out have their defaults
 * @param {{id?: string, answers?: string, binary?: Uint8Array[]}} [more] `id` is made up when empty
 * @throws {MattewireError} `bad_field`: a field holds what it may not, or is none; `too_large`: a peer would refuse it
 */
export function encode(type, body, { id = "", answers = "", binary = [] } = {}) {
  const header = completed("Header", { protocol: PROTOCOL, type, id: id || newId(), answers });
  const cls = bodyClass(type);
  const parts = [MAGIC, pack(toWire("Header", header)), pack(toWire(cls, completed(cls, body))), ...binary];
  checkSizes(parts);
  return parts;
}

/**
 * The header alone, so that a peer whose body cannot be read is answered under the right id.
 * @param {ReadonlyArray<Uint8Array>} parts
 * @returns {Header}
 * @throws {MattewireError} `bad_message`, `too_large`, `wrong_protocol`
 */
export function readHeader(parts) {
  const magic = parts.length >= 3 && parts[0].length === 2 && MAGIC.every((byte, at) => parts[0][at] === byte);
  if (!magic) {
    throw new MattewireError("bad_message", "It is not a Mattewire message: it must be the parts MW, header and body.");
  }
  checkSizes(parts);
  const header = headerOf(parts[1]);
  if (!ANY_VERSION.includes(header.type) && !(header.protocol >= OLDEST_PROTOCOL && header.protocol <= PROTOCOL)) {
    const spoken = OLDEST_PROTOCOL === PROTOCOL ? PROTOCOL : `${OLDEST_PROTOCOL} to ${PROTOCOL}`;
    throw new MattewireError("wrong_protocol", `The message is of protocol ${header.protocol}; this side speaks ${spoken}.`);
  }
  return header;
}

/**
 * One message. Whatever bytes come in, it gives a message or throws a `MattewireError`.
 * @param {ReadonlyArray<Uint8Array>} parts
 * @returns {Message}
 * @throws {MattewireError} what `readHeader` throws, `unknown_message`, `bad_message`, `bad_field`, `too_large`
 */
export function decode(parts) {
  const header = readHeader(parts);
  return { header, body: fromWire(bodyClass(header.type), unpack(parts[2])), binary: parts.slice(3) };
}

/**
 * A body as sending would check it, whole, without sending it.
 * @template {keyof import("./messages.js").BodyInputs} T
 * @param {T} type
 * @param {import("./messages.js").BodyInputs[T]} body
 * @returns {import("./messages.js").Bodies[T]}
 */
export function checked(type, body) {
  return completed(bodyClass(type), body);
}

/** @param {Uint8Array} part
 * @returns {Header} */
function headerOf(part) {
  try {
    return fromWire("Header", unpack(part));
  } catch (problem) {
    if (!(problem instanceof MattewireError)) throw problem;
    const field = problem.field ? `header.${problem.field}` : "header";
    throw new MattewireError("bad_message", `The header cannot be read: ${problem.message}`, { field });
  }
}

/** @param {string} type */
function bodyClass(type) {
  if (!Object.prototype.hasOwnProperty.call(MESSAGES, type)) {
    throw new MattewireError("unknown_message", `${JSON.stringify(type)} is not a message of protocol ${PROTOCOL}.`);
  }
  return MESSAGES[type];
}

/** @param {ReadonlyArray<Uint8Array>} parts */
function checkSizes(parts) {
  const refuse = (/** @type {string} */ message) => {
    throw new MattewireError("too_large", message);
  };
  if (parts.length > 3 + SIZES.binaryParts) refuse(`It has more than ${SIZES.binaryParts} binary parts.`);
  const size = parts[1].length + parts[2].length;
  if (size > SIZES.messageBytes) refuse(`Header and body are ${size} bytes; the limit is ${SIZES.messageBytes}.`);
  for (const part of parts.slice(3)) {
    if (part.length > SIZES.binaryBytes) refuse(`A binary part is ${part.length} bytes; the limit is ${SIZES.binaryBytes}.`);
  }
}
