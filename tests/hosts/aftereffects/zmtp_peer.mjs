// The other end of a line, told by a test what to do: greeting, READY and frames by hand over a plain TCP server.

import net from "node:net";

import { joined, named, writeMetadata, ascii } from "../../../hosts/aftereffects_cep/client/zmtp/bytes.js";
import { FrameReader, frameHead } from "../../../hosts/aftereffects_cep/client/zmtp/frames.js";
import { GREETING_BYTES, greeting } from "../../../hosts/aftereffects_cep/client/zmtp/greeting.js";

/**
 * A server on 127.0.0.1. For each connection `script(call)` runs; `call` can say bytes, frames and commands, and has
 * what was heard. `connections` counts them; `close()` ends everything.
 */
export async function peer(script) {
  const calls = [];
  const server = net.createServer((socket) => {
    const call = new Call(socket);
    calls.push(call);
    script(call, calls.length);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `tcp://127.0.0.1:${server.address().port}`,
    calls,
    close() {
      calls.forEach((call) => call.socket.destroy());
      server.close();
    },
  };
}

class Call {
  constructor(socket) {
    this.socket = socket;
    this.at = performance.now();
    this.frames = [];
    this.ended = new Promise((resolve) => socket.on("close", resolve));
    this._waiting = [];
    this._greeted = 0;
    const reader = new FrameReader(10_000_000);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const skipped = Math.min(chunk.length, GREETING_BYTES - this._greeted);
      this._greeted += skipped;
      reader.feed(new Uint8Array(chunk.subarray(skipped)), (frame) => {
        this.frames.push({ ...frame, text: Buffer.from(frame.body).toString("latin1") });
        this._waiting.splice(0).forEach((wake) => wake());
        return true;
      });
    });
  }

  bytes(...pieces) {
    this.socket.write(joined(...pieces));
    return this;
  }

  /** The greeting and READY of a ZMTP 3.1 socket. */
  welcome(type = "ROUTER", minor = 1) {
    return this.bytes(greeting("NULL", minor)).command(joined(named("READY"), writeMetadata({ "Socket-Type": ascii(type) })));
  }

  frame(flags, body) {
    return this.bytes(frameHead(flags, body.length), body);
  }

  command(body) {
    return this.frame(4, body);
  }

  message(...parts) {
    parts.forEach((part, at) => this.frame(at < parts.length - 1 ? 1 : 0, typeof part === "string" ? ascii(part) : part));
    return this;
  }

  /** The first frame heard that `wanted` takes; waits for it. */
  async heard(wanted) {
    for (;;) {
      const found = this.frames.find(wanted);
      if (found) return found;
      await new Promise((resolve) => this._waiting.push(resolve));
    }
  }
}

/** A record of what a Dealer tells: `states` and `messages`, and promises for what is still to come. */
export function recorder() {
  const told = { states: [], messages: [], faults: [] };
  const waiting = [];
  const wake = () => waiting.splice(0).forEach((each) => each());
  return {
    ...told,
    onState({ state, fault }) {
      told.states.push(state);
      if (fault && state !== "connecting") told.faults.push(fault);
      wake();
    },
    onMessage(parts) {
      told.messages.push(parts.map((part) => Buffer.from(part).toString()));
      wake();
    },
    async until(condition) {
      while (!condition(told)) await new Promise((resolve) => waiting.push(resolve));
      return told;
    },
  };
}
