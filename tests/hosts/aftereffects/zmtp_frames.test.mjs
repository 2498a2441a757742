// Frames, greeting, commands, metadata and Z85, against the RFCs' own examples and against bytes that break them.

import assert from "node:assert/strict";
import test from "node:test";

import * as bytes from "../../../hosts/aftereffects_cep/client/zmtp/bytes.js";
import { FrameReader, frameHead } from "../../../hosts/aftereffects_cep/client/zmtp/frames.js";
import { greeting, readGreeting } from "../../../hosts/aftereffects_cep/client/zmtp/greeting.js";
import { decodeZ85, encodeZ85, parseAddress } from "../../../hosts/aftereffects_cep/client/zmtp/index.js";

const fault = (kind) => (problem) => problem.name === "ZmtpFault" && problem.kind === kind;

test("frames come out whole, however their bytes are cut", () => {
  const long = new Uint8Array(70_000).map((_, at) => at % 251);
  const wire = bytes.joined(frameHead(1, 3), [1, 2, 3], frameHead(0, 0), frameHead(4, 2), [9, 9], frameHead(0, 70_000), long);
  for (const cut of [1, 2, 3, 7, 64, 65_536, wire.length]) {
    const got = [];
    const reader = new FrameReader(70_000);
    for (let at = 0; at < wire.length; at += cut) {
      reader.feed(wire.subarray(at, at + cut), (frame) => got.push(frame) > 0);
    }
    assert.deepEqual(got.map(({ more, command, body }) => [more, command, body.length]),
      [[true, false, 3], [false, false, 0], [false, true, 2], [false, false, 70_000]]);
    assert.deepEqual(got[3].body, long);
  }
});

test("a length is one byte up to 255 and eight from 256", () => {
  assert.deepEqual([...frameHead(0, 255)], [0, 255]);
  assert.deepEqual([...frameHead(5, 256)], [7, 0, 0, 0, 0, 0, 0, 1, 0]);
});

test("a frame that is too large is refused at its head, before anything is kept", () => {
  const reader = new FrameReader(1000);
  assert.throws(() => reader.feed(frameHead(0, 1001), () => true), fault("too_large"));
  const claims = new Uint8Array([2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  assert.throws(() => new FrameReader(1000).feed(claims, () => true), fault("too_large"));
});

test("flags that ZMTP does not have, and commands of several frames, are refused", () => {
  for (const flags of [8, 0x80, 0xff, 5]) {
    assert.throws(() => new FrameReader(10).feed(new Uint8Array([flags, 1, 0]), () => true), fault("protocol"));
  }
});

test("nothing more is read when no more is wanted", () => {
  let count = 0;
  new FrameReader(10).feed(new Uint8Array([0, 1, 7, 0, 1, 8]), () => (count += 1) < 1);
  assert.equal(count, 1);
});

test("the greeting has 64 bytes in the places of RFC 23", () => {
  const made = greeting("CURVE");
  assert.equal(made.length, 64);
  assert.deepEqual([made[0], made[9], made[10], made[11], made[32]], [0xff, 0x7f, 3, 1, 0]);
  assert.equal(Buffer.from(made.subarray(12, 32)).toString(), "CURVE" + "\0".repeat(15));
  assert.equal(readGreeting(made, "CURVE"), 1);
  assert.equal(readGreeting(greeting("NULL", 0), "NULL"), 0);
});

test("what is no ZMTP 3 is noticed as early as its bytes allow", () => {
  assert.throws(() => readGreeting(bytes.ascii("H"), "NULL"), fault("protocol"));
  assert.equal(readGreeting(new Uint8Array(0), "NULL"), 0);
  const unsigned = greeting("NULL").slice(0, 10);
  unsigned[9] = 0;
  assert.throws(() => readGreeting(unsigned, "NULL"), fault("protocol"));
  const old = greeting("NULL").slice(0, 11);
  old[10] = 2;
  assert.throws(() => readGreeting(old, "NULL"), fault("protocol"));
  assert.throws(() => readGreeting(greeting("NULL"), "CURVE"), fault("refused"));
});

test("metadata comes back, names in lower case; cut short it is refused", () => {
  const made = bytes.writeMetadata({ "Socket-Type": bytes.ascii("DEALER"), Identity: new Uint8Array(0) });
  const read = bytes.readMetadata(made);
  assert.equal(Buffer.from(read.get("socket-type")).toString(), "DEALER");
  assert.equal(read.get("identity").length, 0);
  for (let length = 1; length < made.length; length++) {
    if (length === 1 + 11 + 4 + 6) continue; // exactly one property
    assert.throws(() => bytes.readMetadata(made.subarray(0, length)), fault("protocol"), `${length}`);
  }
});

test("commands have a name", () => {
  const { name, body } = bytes.readCommand(bytes.joined(bytes.named("PING"), [0, 10]));
  assert.deepEqual([name, ...body], ["PING", 0, 10]);
  assert.throws(() => bytes.readCommand(new Uint8Array(0)), fault("protocol"));
  assert.throws(() => bytes.readCommand(new Uint8Array([0])), fault("protocol"));
  assert.throws(() => bytes.readCommand(new Uint8Array([5, 65])), fault("protocol"));
});

test("Z85 as in RFC 32", () => {
  const example = new Uint8Array([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]);
  assert.equal(encodeZ85(example), "HelloWorld");
  assert.deepEqual(decodeZ85("HelloWorld"), example);
  const every = new Uint8Array(256).map((_, at) => at);
  assert.deepEqual(decodeZ85(encodeZ85(every)), every);
  assert.deepEqual(decodeZ85("%nSc0"), new Uint8Array([255, 255, 255, 255]), "the largest");
  for (const bad of ["Hell", "Hello World", "Hell ", "%nSc1", "#####"]) assert.throws(() => decodeZ85(bad), RangeError);
  assert.throws(() => encodeZ85(new Uint8Array(5)), RangeError);
});

test("addresses", () => {
  assert.deepEqual(parseAddress("tcp://127.0.0.1:5555"), { host: "127.0.0.1", port: 5555 });
  assert.deepEqual(parseAddress("tcp://[::1]:80"), { host: "::1", port: 80 });
  assert.deepEqual(parseAddress("tcp://render-07.studio:65535"), { host: "render-07.studio", port: 65535 });
  for (const bad of ["", "ipc://x", "tcp://host", "tcp://host:0", "tcp://host:65536", "tcp://:5", "tcp://a b:5", "tcp://::1:5"]) {
    assert.throws(() => parseAddress(bad), RangeError, bad);
  }
});
