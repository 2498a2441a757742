/**
 * One connection, from the TCP call to its end: greeting, handshake, frames, heartbeats. Made anew for each attempt.
 */

import net from "node:net";

import { ascii, bigEndian, joined, named, readBigEndian, readCommand } from "./bytes.js";
import { CurveMechanism, SEALED_BYTES } from "./curve.js";
import { ZmtpFault } from "./faults.js";
import { FrameReader, frameHead, COMMAND, MORE } from "./frames.js";
import { GREETING_BYTES, greeting, readGreeting } from "./greeting.js";
import { NullMechanism, refusal } from "./null.js";

/** @typedef {import("./faults.js").FaultKind} FaultKind */
/** @typedef {{more: boolean, command: boolean, body: Uint8Array}} Frame */

/**
 * What is taken and how long is waited; see `Dealer` for what each means.
 * @typedef {{maxPartBytes: number, maxMessageBytes: number, maxParts: number, maxUnsentBytes: number,
 *   handshakeTimeoutMs: number, heartbeatMs: number, heartbeatTimeoutMs: number, heartbeatTtlMs: number}} LinkLimits
 */

/**
 * @typedef {object} LinkUser
 * @property {() => void} ready the handshake is over
 * @property {(parts: Uint8Array[]) => void} message
 * @property {() => void} drained there is room for sending again
 * @property {(fault: ZmtpFault) => void} ended told once, and nothing after it
 */

/** Sockets that a DEALER may talk to (RFC 28). */
const PEERS = ["router", "rep", "dealer"];
const MAX_CONTEXT = 16;

export class Link {
  /**
   * @param {{host: string, port: number}} where
   * @param {import("./curve.js").CurveKeys | null} keys null: the mechanism NULL
   * @param {Uint8Array} identity
   * @param {LinkLimits} limits
   * @param {LinkUser} user
   */
  constructor(where, keys, identity, limits, user) {
    const properties = { "Socket-Type": ascii("DEALER"), Identity: identity };
    this._mechanism = keys ? new CurveMechanism(keys, properties) : new NullMechanism(properties);
    this._limits = limits;
    this._user = user;
    this._reader = new FrameReader(limits.maxPartBytes + (keys ? SEALED_BYTES : 0));
    this._greeting = new Uint8Array(0);
    /** @type {"calling" | "greeting" | "handshake" | "ready" | "ended"} */
    this._stage = "calling";
    this._minor = 0;
    /** @type {Uint8Array[]} */
    this._parts = [];
    this._partBytes = 0;
    this._heard = true;
    this._unheardBeats = 0;
    /** @type {Set<ReturnType<typeof setTimeout>>} */
    this._timers = new Set();
    this._ttl = 0;
    this._lastHeard = 0;

    this._after(limits.handshakeTimeoutMs, () => {
      if (this._stage !== "ready") this._fail("timed_out", `No ZeroMQ handshake within ${limits.handshakeTimeoutMs} ms.`);
    });
    this._socket = net.connect(where.port, where.host);
    this._socket.setNoDelay(true);
    this._socket.on("connect", () => this._called());
    this._socket.on("data", (chunk) => this._arrived(chunk));
    this._socket.on("drain", () => this._drained());
    this._socket.on("error", (problem) => this._hungUp(problem.message));
    this._socket.on("close", () => this._hungUp("the peer hung up"));
  }

  /** Bytes that the system has not taken yet. */
  get unsentBytes() {
    return this._socket.writableLength;
  }

  /** Whether another message may be sent now. */
  get room() {
    return this._stage === "ready" && this.unsentBytes < this._limits.maxUnsentBytes;
  }

  /** Sends one message whole; to be called while there is `room`.
   * @param {ReadonlyArray<Uint8Array>} parts */
  send(parts) {
    this._socket.cork();
    parts.forEach((body, at) => this._write(this._mechanism.seal({ more: at < parts.length - 1, command: false, body })));
    this._socket.uncork();
  }

  /** Ends the connection at once; nobody is told. */
  close() {
    this._stage = "ended";
    for (const timer of this._timers) clearTimeout(timer);
    this._timers.clear();
    this._parts = [];
    this._socket.destroy();
  }

  // --- what happens to the connection -----------------------------------------------------------------------

  _called() {
    if (this._stage !== "calling") return;
    this._stage = "greeting";
    this._socket.write(greeting(this._mechanism.name));
  }

  /** @param {Uint8Array} chunk */
  _arrived(chunk) {
    // In CEP, Node and the page may each have a Uint8Array of their own: what goes on from here is this side's.
    let bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this._heard = true;
    this._unheardBeats = 0;
    this._lastHeard = performance.now();
    this._guarded(() => {
      if (this._stage === "greeting") bytes = this._greeted(bytes);
      if (this._stage === "ended") return;
      this._reader.feed(bytes, (frame) => this._takeFrame(frame));
    });
  }

  /** @param {string} why */
  _hungUp(why) {
    if (this._stage === "calling") this._fail("unreachable", `The connection cannot be made: ${why}.`);
    else if (this._stage === "handshake") this._fail("refused", `The peer ended the handshake: ${why}.`);
    else this._fail("lost", `The connection ended: ${why}.`);
  }

  _drained() {
    if (this._stage === "ready") this._user.drained();
  }

  /** @param {FaultKind} kind
   * @param {string} message */
  _fail(kind, message) {
    this._end(new ZmtpFault(kind, message));
  }

  /** @param {ZmtpFault} fault */
  _end(fault) {
    if (this._stage === "ended") return;
    this.close();
    this._user.ended(fault);
  }

  /** What the peer does wrong ends the connection; what the user's own code does wrong is the user's.
   * @param {() => void} work */
  _guarded(work) {
    try {
      work();
    } catch (problem) {
      if (!(problem instanceof ZmtpFault)) throw problem;
      this._end(problem);
    }
  }

  // --- greeting and handshake -------------------------------------------------------------------------------

  /** Takes the greeting's bytes and gives back those after it.
   * @param {Uint8Array} bytes */
  _greeted(bytes) {
    const missing = GREETING_BYTES - this._greeting.length;
    this._greeting = joined(this._greeting, bytes.subarray(0, missing));
    this._minor = readGreeting(this._greeting, this._mechanism.name);
    if (this._greeting.length === GREETING_BYTES) {
      this._stage = "handshake";
      this._write({ more: false, command: true, body: this._mechanism.begin() });
    }
    return bytes.subarray(missing);
  }

  /** @param {Uint8Array} command */
  _shakeHands(command) {
    const { name, body } = readCommand(command);
    if (name === "ERROR") throw refusal(body);
    const { say, ready } = this._mechanism.take(name, body);
    if (say) this._write({ more: false, command: true, body: say });
    if (!ready) return;
    const type = String.fromCharCode(...(ready.get("socket-type") || [])).toLowerCase();
    if (!PEERS.includes(type)) throw new ZmtpFault("refused", `The peer is a ${type || "nameless"} socket.`);
    this._stage = "ready";
    this._beat();
    this._user.ready();
  }

  // --- frames -----------------------------------------------------------------------------------------------

  /** @param {Frame} outer
   * @returns {boolean} whether more are wanted */
  _takeFrame(outer) {
    if (this._stage === "handshake") {
      if (!outer.command) throw new ZmtpFault("protocol", "A message came before the handshake was over.");
      this._shakeHands(outer.body);
    } else {
      const frame = this._mechanism.open(outer);
      if (frame.command) this._takeCommand(frame.body);
      else this._takePart(frame);
    }
    return this._stage !== "ended";
  }

  /** @param {Frame} part */
  _takePart(part) {
    this._partBytes += part.body.length;
    this._parts.push(part.body);
    if (this._parts.length > this._limits.maxParts || this._partBytes > this._limits.maxMessageBytes) {
      const { maxParts, maxMessageBytes } = this._limits;
      throw new ZmtpFault("too_large", `A message of more than ${maxParts} parts or ${maxMessageBytes} bytes came.`);
    }
    if (part.more) return;
    const parts = this._parts;
    this._parts = [];
    this._partBytes = 0;
    this._user.message(parts);
  }

  /** @param {Uint8Array} command */
  _takeCommand(command) {
    const { name, body } = readCommand(command);
    if (name === "ERROR") throw refusal(body);
    if (name === "PING") this._pinged(body);
  }

  /** @param {Frame} frame */
  _write({ more, command, body }) {
    this._socket.write(frameHead((more ? MORE : 0) | (command ? COMMAND : 0), body.length));
    if (body.length) this._socket.write(body);
  }

  // --- heartbeats (RFC 37, "Connection heartbeating") ---------------------------------------------------------

  /** @param {Uint8Array} ping how long silence may last for the peer, in tenths of a second, and what to send back */
  _pinged(ping) {
    if (ping.length < 2 || ping.length > 2 + MAX_CONTEXT) throw new ZmtpFault("protocol", "A PING is malformed.");
    // A peer that pings and does not read would have PONGs pile up here.
    if (this.unsentBytes < this._limits.maxUnsentBytes) {
      this._write(this._mechanism.seal({ more: false, command: true, body: joined(named("PONG"), ping.subarray(2)) }));
    }
    const first = this._ttl === 0;
    this._ttl = readBigEndian(ping.subarray(0, 2)) * 100;
    if (first && this._ttl) this._watchTtl(this._ttl);
  }

  /** The peer said how long it may be silent.
   * @param {number} ms until it is looked at again */
  _watchTtl(ms) {
    this._after(ms, () => {
      const left = this._ttl - (performance.now() - this._lastHeard);
      if (left > 0 || this._ttl === 0) this._watchTtl(Math.max(left, 100));
      else this._fail("silent", `The peer has been silent for ${this._ttl} ms, longer than it said it would be.`);
    });
  }

  /** Beats are counted, not clocked: after a machine slept, one late beat is one, and the peer gets its chance. */
  _beat() {
    const { heartbeatMs, heartbeatTimeoutMs, heartbeatTtlMs } = this._limits;
    if (!heartbeatMs || this._minor < 1) return; // ZMTP 3.0 has no PING
    this._unheardBeats = this._heard ? 0 : this._unheardBeats + 1;
    if (this._unheardBeats * heartbeatMs >= heartbeatTimeoutMs) {
      this._fail("silent", `No answer to heartbeats for ${this._unheardBeats * heartbeatMs} ms.`);
      return;
    }
    this._heard = false;
    if (this.unsentBytes === 0) {
      const ttl = bigEndian(Math.min(0xffff, Math.ceil(heartbeatTtlMs / 100)), 2);
      this._write(this._mechanism.seal({ more: false, command: true, body: joined(named("PING"), ttl) }));
    }
    this._after(heartbeatMs, () => this._beat());
  }

  /** @param {number} ms
   * @param {() => void} work */
  _after(ms, work) {
    const timer = setTimeout(() => {
      this._timers.delete(timer);
      this._guarded(work);
    }, ms);
    this._timers.add(timer);
  }
}
