// The DEALER against a peer that does what a test says, good and bad, with the mechanism NULL.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Dealer } from "../../../hosts/aftereffects_cep/client/zmtp/index.js";
import { ascii, joined, named } from "../../../hosts/aftereffects_cep/client/zmtp/bytes.js";
import { frameHead } from "../../../hosts/aftereffects_cep/client/zmtp/frames.js";
import { greeting } from "../../../hosts/aftereffects_cep/client/zmtp/greeting.js";
import { peer, recorder } from "./zmtp_peer.mjs";

const LIMIT = { timeout: 10_000 };

/** A Dealer that calls a scripted peer; both are ended after the test. */
async function met(t, script, options = {}) {
  const there = await peer(script);
  const told = recorder();
  const dealer = new Dealer({ address: there.address }, { heartbeatMs: 0, reconnectMs: 0, ...options, ...told });
  t.after(() => {
    dealer.close();
    there.close();
  });
  dealer.open();
  return { dealer, there, told };
}

test("messages go both ways, in order, with all their parts", LIMIT, async (t) => {
  const { dealer, there, told } = await met(t, (call) => call.welcome().message("one", "", "three").message("x".repeat(300)));
  assert.equal(dealer.send([ascii("a"), ascii("b".repeat(256))]), true);
  await told.until(({ messages }) => messages.length === 2);
  assert.deepEqual(told.messages, [["one", "", "three"], ["x".repeat(300)]]);
  await there.calls[0].heard((frame) => frame.text[0] === "b");
  const [ready, first, second] = there.calls[0].frames;
  assert.match(ready.text, /^\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0$/);
  assert.deepEqual([ready.command, first.more, first.text, second.more, second.text.length], [true, true, "a", false, 256]);
  assert.deepEqual(told.states, ["connecting", "ready"]);
});

test("messages wait for the connection, as many as may", LIMIT, async (t) => {
  const { dealer, there } = await met(t, (call) => setTimeout(() => call.welcome(), 100), { maxQueued: 3, maxQueuedBytes: 100 });
  const sent = ["1", "2", "3", "4"].map((text) => dealer.send([ascii(text)]));
  assert.deepEqual([sent, dealer.queued], [[true, true, true, false], 3]);
  await there.calls[0]?.heard(() => true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  while (there.calls.length === 0 || there.calls[0].frames.length < 4) await pause(10);
  assert.deepEqual(there.calls[0].frames.slice(1).map((frame) => frame.text), ["1", "2", "3"]);
  assert.equal(dealer.queued, 0);
});

test("their bytes are bounded too, and without queueWhileAway none wait", LIMIT, async (t) => {
  const { dealer } = await met(t, () => {}, { maxQueuedBytes: 100 });
  assert.equal(dealer.send([new Uint8Array(90)]), true);
  assert.equal(dealer.send([new Uint8Array(11)]), false);
  assert.equal(dealer.send([]), false, "a message has a part");
  const { dealer: strict } = await met(t, () => {}, { queueWhileAway: false });
  assert.equal(strict.send([ascii("x")]), false);
});

test("a peer that does not read: memory is bounded, and what was taken arrives in order", { timeout: 20_000 }, async (t) => {
  const { dealer, there, told } = await met(
    t,
    (call) => {
      call.welcome();
      call.socket.pause();
    },
    { maxQueued: 50, maxUnsentBytes: 1_000_000 },
  );
  await told.until(({ states }) => states.includes("ready"));
  let taken = 0;
  while (taken < 10_000 && dealer.send([new Uint8Array(100_000).fill(taken % 256)])) taken += 1;
  assert.ok(taken > 50 && taken < 500, `${taken} messages of 100 kB were taken`);
  assert.equal(dealer.queued, 50);
  there.calls[0].socket.resume();
  while (there.calls[0].frames.length < taken + 1) await pause(10);
  assert.deepEqual(there.calls[0].frames.slice(1).map((frame) => frame.body[0]), Array.from({ length: taken }, (_, at) => at % 256));
  assert.equal(dealer.queued, 0);
});

test("it calls again, with longer and longer pauses", LIMIT, async (t) => {
  const { there, told } = await met(t, (call) => call.socket.destroy(), { reconnectMs: 40, reconnectMostMs: 160 });
  await told.until(({ states }) => states.filter((state) => state === "waiting").length >= 5);
  const pauses = there.calls.slice(1).map((call, at) => call.at - there.calls[at].at);
  [30, 60, 120, 120].forEach((least, at) => assert.ok(pauses[at] >= least - 2, `pause ${at} was ${pauses[at]} ms`));
  assert.ok(pauses[3] < 3000, "and never longer than the longest");
  assert.equal(told.faults[0].kind, "lost");
});

test("a peer that shakes hands and then breaks the line is not called without end", LIMIT, async (t) => {
  const { there, told } = await met(
    t,
    (call) => call.welcome().frame(8, ascii("x")),
    { reconnectMs: 40, reconnectMostMs: 5000 },
  );
  await told.until(({ states }) => states.filter((state) => state === "waiting").length >= 3);
  assert.deepEqual(told.faults.map((fault) => fault.kind), ["protocol", "protocol", "protocol"]);
  assert.ok(there.calls[2].at - there.calls[1].at >= 58, "the pauses grow although the handshakes went well");
});

test("reconnect() tries at once; where to is asked again", LIMIT, async (t) => {
  const first = await peer((call) => call.welcome());
  const second = await peer((call) => call.welcome().message("second"));
  const told = recorder();
  let asked = 0;
  const dealer = new Dealer(() => ({ address: (asked++ ? second : first).address }), { heartbeatMs: 0, ...told });
  t.after(() => [dealer, first, second].forEach((each) => each.close()));
  dealer.open();
  await told.until(({ states }) => states.includes("ready"));
  dealer.reconnect();
  await told.until(({ messages }) => messages.length);
  await first.calls[0].ended;
  assert.deepEqual(told.states, ["connecting", "ready", "connecting", "ready"]);
});

test("a place that cannot be told is a failed attempt", LIMIT, async (t) => {
  const told = recorder();
  const dealer = new Dealer(() => { throw new Error("no file"); }, { reconnectMs: 0, ...told });
  t.after(() => dealer.close());
  dealer.open();
  await told.until(({ states }) => states.includes("closed"));
  assert.equal(told.faults[0].kind, "unreachable");
  assert.match(told.faults[0].message, /no file/);
});

test("nobody there", LIMIT, async (t) => {
  const gone = await peer(() => {});
  gone.close();
  const told = recorder();
  const dealer = new Dealer({ address: gone.address }, { reconnectMs: 0, ...told });
  t.after(() => dealer.close());
  dealer.open();
  await told.until(({ states }) => states.includes("closed"));
  assert.equal(told.faults[0].kind, "unreachable");
});

test("close() ends it for good; open() begins again", LIMIT, async (t) => {
  const { dealer, there, told } = await met(t, (call) => call.welcome());
  await told.until(({ states }) => states.includes("ready"));
  dealer.send([ascii("x")]);
  dealer.close();
  assert.equal(dealer.send([ascii("y")]), false);
  dealer.reconnect();
  await there.calls[0].ended;
  await pause(30);
  assert.deepEqual([told.states.slice(-1), there.calls.length], [["closed"], 1]);
  dealer.open();
  await told.until(({ states }) => states.filter((state) => state === "ready").length === 2);
});

// --- peers that are not what they should be -----------------------------------------------------------------

const BROKEN = {
  "a web server": [(call) => call.bytes(ascii("HTTP/1.1 400 Bad Request\r\n\r\n")), "protocol"],
  "ZMTP 2": [(call) => call.bytes([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5]), "protocol"],
  "another mechanism": [(call) => call.bytes(greeting("CURVE")), "refused"],
  "a PUB socket": [(call) => call.welcome("PUB"), "refused"],
  "READY cut short": [(call) => call.bytes(greeting("NULL")).command(joined(named("READY"), [11, 83])), "protocol"],
  "another command": [(call) => call.bytes(greeting("NULL")).command(named("HELLO")), "protocol"],
  "a message before READY": [(call) => call.bytes(greeting("NULL")).message("x"), "protocol"],
  "ERROR in the handshake": [(call) => call.bytes(greeting("NULL")).command(joined(named("ERROR"), [3], ascii("400"))), "refused"],
  "the end in the handshake": [(call) => call.bytes(greeting("NULL")).socket.end(), "refused"],
  "ERROR afterwards": [(call) => call.welcome().command(joined(named("ERROR"), [0])), "refused"],
  "a command without a name": [(call) => call.welcome().command(new Uint8Array(0)), "protocol"],
  "a PING without its TTL": [(call) => call.welcome().command(named("PING")), "protocol"],
  "a PING with a long context": [(call) => call.welcome().command(joined(named("PING"), new Uint8Array(19))), "protocol"],
  "unknown flags": [(call) => call.welcome().bytes([0x40, 1, 1]), "protocol"],
  "a part too large": [(call) => call.welcome().bytes(frameHead(0, 1001)), "too_large"],
  "parts too many": [(call) => call.welcome().message(...Array(9).fill("x")), "too_large"],
  "parts too large together": [(call) => call.welcome().message(...Array(4).fill("x".repeat(600))), "too_large"],
  "parts without end": [(call) => Array(9).fill(0).reduce((made) => made.frame(1, ascii("x")), call.welcome()), "too_large"],
  "the end afterwards": [(call) => call.welcome().socket.end(), "lost"],
};

for (const [what, [script, kind]] of Object.entries(BROKEN)) {
  test(`broken peer: ${what}`, LIMIT, async (t) => {
    const limits = { maxPartBytes: 1000, maxMessageBytes: 2000, maxParts: 8 };
    const { told, there } = await met(t, script, limits);
    await told.until(({ states }) => states.includes("closed"));
    assert.equal(told.faults[0].kind, kind, told.faults[0].message);
    assert.equal(told.faults[0].status, what === "ERROR in the handshake" ? "400" : "");
    assert.deepEqual(told.messages, []);
    await there.calls[0].ended;
  });
}

test("a peer that never speaks is given up", LIMIT, async (t) => {
  for (const script of [() => {}, (call) => call.bytes(greeting("NULL"))]) {
    const began = performance.now();
    const { told } = await met(t, script, { handshakeTimeoutMs: 120 });
    await told.until(({ states }) => states.includes("closed"));
    assert.equal(told.faults[0].kind, "timed_out");
    assert.ok(performance.now() - began >= 115);
  }
});

// --- heartbeats ---------------------------------------------------------------------------------------------

test("PING goes out with its TTL; a peer that answers is kept", LIMIT, async (t) => {
  const beats = { heartbeatMs: 30, heartbeatTimeoutMs: 90, heartbeatTtlMs: 250 };
  const { told, there } = await met(t, (call) => {
    call.welcome();
    call.socket.on("data", () => call.command(named("PONG")));
  }, beats);
  await told.until(({ states }) => states.includes("ready"));
  await pause(300);
  assert.deepEqual(told.states, ["connecting", "ready"]);
  const ping = await there.calls[0].heard((frame) => frame.text.startsWith("\x04PING"));
  assert.deepEqual([ping.command, ...ping.body.subarray(5)], [true, 0, 3], "tenths of a second, rounded up");
});

test("a peer that is silent is given up", LIMIT, async (t) => {
  const { told } = await met(t, (call) => call.welcome(), { heartbeatMs: 30, heartbeatTimeoutMs: 90 });
  await told.until(({ states }) => states.includes("closed"));
  assert.equal(told.faults[0].kind, "silent");
});

test("ZMTP 3.0 knows no PING, and none is sent", LIMIT, async (t) => {
  const { told, there } = await met(t, (call) => call.welcome("ROUTER", 0), { heartbeatMs: 10, heartbeatTimeoutMs: 20 });
  await told.until(({ states }) => states.includes("ready"));
  await pause(100);
  assert.deepEqual([told.states.slice(-1)[0], there.calls[0].frames.length], ["ready", 1]);
});

test("PING is answered with its context, and the silence it promised is held", LIMIT, async (t) => {
  const ping = (call) => call.command(joined(named("PING"), [0, 1], ascii("ctx")));
  const { told, there } = await met(t, (call) => ping(call.welcome()));
  const pong = await there.calls[0]?.heard((frame) => frame.text.startsWith("\x04PONG")) ?? null;
  await told.until(({ states }) => states.includes("closed"));
  assert.equal(told.faults[0].kind, "silent", "nothing came within the tenth of a second");
  const said = pong ?? there.calls[0].frames.find((frame) => frame.text.startsWith("\x04PONG"));
  assert.equal(said.text, "\x04PONGctx");
});

test("a flood of PINGs from a peer that does not read takes no memory", LIMIT, async (t) => {
  const flood = joined(...Array(20_000).fill(joined([4, 23], named("PING"), [0, 0], new Uint8Array(16))));
  const { dealer, told, there } = await met(t, (call) => {
    call.welcome();
    call.socket.pause();
    call.bytes(flood).message("after");
  }, { maxUnsentBytes: 10_000 });
  await told.until(({ messages }) => messages.length === 1);
  assert.ok(dealer._link.unsentBytes < 11_000);
  assert.equal(there.calls.length, 1);
});

test("what the user's own code throws is not taken for the peer's fault", LIMIT, async (t) => {
  const { dealer, told } = await met(t, (call) => call.welcome());
  await told.until(({ states }) => states.includes("ready"));
  assert.throws(() => dealer._link._guarded(() => { throw new TypeError("mine"); }), TypeError);
  assert.equal(told.states.slice(-1)[0], "ready");
});
