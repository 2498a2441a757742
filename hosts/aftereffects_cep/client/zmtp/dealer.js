/** A DEALER socket over TCP, in JavaScript alone: connects, and connects again, sends and receives whole messages. */

import { ascii } from "./bytes.js";
import { ZmtpFault } from "./faults.js";
import { Link } from "./link.js";

/**
 * Where to connect: `address` as in `tcp://127.0.0.1:5555`; `curve` with Z85 keys, or left out for the mechanism NULL.
 * @typedef {{address: string, curve?: import("./curve.js").CurveKeys}} Place
 */

/**
 * `connecting` (or shaking hands), `ready`, `waiting` until the next attempt, `closed`. `fault`: what ended the last
 * connection or attempt; null from `ready` on.
 * @typedef {{state: "connecting" | "ready" | "waiting" | "closed", fault: ZmtpFault | null}} DealerState
 */

const DEFAULTS = {
  /** The peer's name for this socket; empty: it makes one up. At most 255 bytes. */
  identity: "",
  /** Largest part that is read, as ZMQ_MAXMSGSIZE. */
  maxPartBytes: 1_048_576,
  /** All parts of a message together, and how many. */
  maxMessageBytes: 8_388_608,
  maxParts: 64,
  /** Messages that wait for the connection, or for a peer that is slow, as ZMQ_SNDHWM; and their bytes. */
  maxQueued: 1000,
  maxQueuedBytes: 16_777_216,
  /** Bytes handed to the system's socket and not taken yet, before messages wait here. */
  maxUnsentBytes: 4_194_304,
  /** False: messages are taken only while connected, and those that wait end with their connection (ZMQ_IMMEDIATE). */
  queueWhileAway: true,
  /** From the call to READY. */
  handshakeTimeoutMs: 10_000,
  /** First pause between attempts and the longest, each twice the one before; a first of 0: one attempt only. */
  reconnectMs: 100,
  reconnectMostMs: 5000,
  /** PING this often (0: never), give the peer up after so much silence, and let it give this side up. */
  heartbeatMs: 5000,
  heartbeatTimeoutMs: 20_000,
  heartbeatTtlMs: 20_000,
};

/** @typedef {typeof DEFAULTS} DealerOptions */

export class Dealer {
  /**
   * @param {Place | (() => Place)} where a function is asked before each attempt; what it throws is a failed attempt
   * @param {Partial<DealerOptions> & {
   *   onMessage?: (parts: Uint8Array[]) => void, onState?: (state: DealerState) => void}} [options]
   */
  constructor(where, options = {}) {
    const { onMessage = () => {}, onState = () => {}, ...chosen } = options;
    this._options = { ...DEFAULTS, ...chosen };
    this._where = where;
    this._onMessage = onMessage;
    this._onState = onState;
    /** @type {Link | null} */
    this._link = null;
    /** @type {ReadonlyArray<Uint8Array>[]} */
    this._queue = [];
    this._queuedBytes = 0;
    this._attempts = 0;
    this._readySince = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    /** @type {DealerState} */
    this.now = { state: "closed", fault: null };
  }

  /** Connects; returns at once. */
  open() {
    if (this.now.state === "closed") this._attempt();
    return this;
  }

  /**
   * Sends a message of one part or more. False: it was not taken, as too many wait already (or, without
   * `queueWhileAway`, as nobody is connected). Parts must not be changed afterwards.
   * @param {ReadonlyArray<Uint8Array>} parts
   */
  send(parts) {
    if (this.now.state === "closed" || parts.length === 0) return false;
    if (this._link !== null && this._queue.length === 0 && this._link.room) {
      this._link.send(parts);
      return true;
    }
    const { queueWhileAway, maxQueued, maxQueuedBytes } = this._options;
    const size = sizeOf(parts);
    const full = this._queue.length >= maxQueued || this._queuedBytes + size > maxQueuedBytes;
    if (full || (!queueWhileAway && this.now.state !== "ready")) return false;
    this._queue.push(parts);
    this._queuedBytes += size;
    return true;
  }

  /** Messages that wait to be sent. */
  get queued() {
    return this._queue.length;
  }

  /** Drops the connection, if any, and tries again at once. */
  reconnect() {
    if (this.now.state === "closed") return;
    this._hangUp();
    this._attempts = 0;
    this._attempt();
  }

  /** Ends it; what waits is dropped (linger 0). It may be opened again. */
  close() {
    this._hangUp();
    this._drop();
    this._tell("closed", this.now.fault);
  }

  // --- inside -----------------------------------------------------------------------------------------------

  _attempt() {
    this._tell("connecting", this.now.fault);
    /** @type {Link} */
    let link;
    const own = (/** @type {() => void} */ work) => () => {
      if (this._link === link) work();
    };
    try {
      const place = typeof this._where === "function" ? this._where() : this._where;
      link = new Link(parseAddress(place.address), place.curve || null, ascii(this._options.identity), this._options, {
        ready: own(() => {
          this._readySince = performance.now();
          this._tell("ready", null);
          this._flush();
        }),
        message: (parts) => own(() => this._onMessage(parts))(),
        drained: own(() => this._flush()),
        ended: (fault) => own(() => this._ended(fault))(),
      });
      this._link = link;
    } catch (problem) {
      const fault = problem instanceof ZmtpFault ? problem : new ZmtpFault("unreachable", String(problem));
      // Not from within the call that asked for the attempt: the user would be told before it is back.
      this._timer = setTimeout(() => this._ended(fault), 0);
    }
  }

  /** @param {ZmtpFault} fault */
  _ended(fault) {
    this._link = null;
    if (!this._options.queueWhileAway) this._drop();
    const { reconnectMs, reconnectMostMs } = this._options;
    // A peer that shakes hands and then misbehaves is no reason to begin again with short pauses.
    if (this.now.state === "ready" && performance.now() - this._readySince > reconnectMostMs) this._attempts = 0;
    if (reconnectMs === 0) {
      this._drop();
      this._tell("closed", fault);
      return;
    }
    const pause = Math.min(reconnectMostMs, reconnectMs * 2 ** Math.min(this._attempts++, 20));
    // Up to a quarter less, so that many clients of a peer that came back do not all call at the same moment.
    this._timer = setTimeout(() => this._attempt(), pause * (1 - Math.random() / 4));
    this._tell("waiting", fault);
  }

  _flush() {
    while (this._link !== null && this._link.room) {
      const parts = this._queue.shift();
      if (parts === undefined) return;
      this._queuedBytes -= sizeOf(parts);
      this._link.send(parts);
    }
  }

  _hangUp() {
    clearTimeout(this._timer);
    if (this._link !== null) this._link.close();
    this._link = null;
  }

  _drop() {
    this._queue = [];
    this._queuedBytes = 0;
  }

  /** @param {DealerState["state"]} state
   * @param {ZmtpFault | null} fault */
  _tell(state, fault) {
    this.now = { state, fault };
    this._onState(this.now);
  }
}

/**
 * @param {string} address `tcp://host:port`, an IPv6 host in brackets
 * @throws {RangeError} it is nothing of the kind
 */
export function parseAddress(address) {
  const found = /^tcp:\/\/(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(address);
  if (!found || Number(found[3]) < 1 || Number(found[3]) > 65535) {
    throw new RangeError(`${JSON.stringify(address)} is not an address as in tcp://127.0.0.1:5555.`);
  }
  return { host: found[1] || found[2], port: Number(found[3]) };
}

/** @param {ReadonlyArray<Uint8Array>} parts */
function sizeOf(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
