/**
 * What ends a connection, or keeps it from being made. `kind`:
 *
 * - `unreachable`: nothing listens there, or it cannot be called
 * - `refused`: the peer ended the handshake: the wrong key, or a peer that speaks another mechanism. `status` is the
 *   reason it gave (`400` from libzmq when the key is not on its list), empty when it just hung up
 * - `protocol`: what came is not ZMTP, or was tampered with
 * - `too_large`: a frame or message beyond the limits; nothing of it was kept
 * - `timed_out`: no complete handshake in time
 * - `silent`: heartbeats stayed without an answer
 * - `lost`: the peer hung up
 *
 * @typedef {"unreachable" | "refused" | "protocol" | "too_large" | "timed_out" | "silent" | "lost"} FaultKind
 */

export class ZmtpFault extends Error {
  /**
   * @param {FaultKind} kind
   * @param {string} message
   * @param {string} [status]
   */
  constructor(kind, message, status = "") {
    super(message);
    this.name = "ZmtpFault";
    this.kind = kind;
    this.status = status;
  }
}
