// The mechanism CURVE against a server written here from RFC 26, so that every step can go wrong on purpose. The same
// handshake with libzmq's own server is in test_client_daemon.py.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";

import { ascii, bigEndian, joined, named, readCommand, writeMetadata } from "../../../hosts/aftereffects_cep/client/zmtp/bytes.js";
import { CurveMechanism, SEALED_BYTES } from "../../../hosts/aftereffects_cep/client/zmtp/curve.js";
import { encodeZ85 } from "../../../hosts/aftereffects_cep/client/zmtp/index.js";

const nacl = createRequire(new URL("../../../hosts/aftereffects_cep/package.json", import.meta.url))("tweetnacl");
const fault = (kind) => (problem) => problem.name === "ZmtpFault" && problem.kind === kind;
const FRAME = { more: false, command: false };

/** The server's half of RFC 26, one connection. */
class Server {
  constructor() {
    this.long = nacl.box.keyPair();
    this.short = nacl.box.keyPair();
    this.cookie = nacl.randomBytes(96);
    this.sent = 0;
  }

  welcome(hello) {
    const { name, body } = readCommand(hello);
    assert.deepEqual([name, hello.length, body[0], body[1]], ["HELLO", 200, 1, 0]);
    this.clientShort = body.slice(74, 106);
    const nonce = joined(ascii("CurveZMQHELLO---"), body.subarray(106, 114));
    assert.deepEqual(nacl.box.open(body.slice(114), nonce, this.clientShort, this.long.secretKey), new Uint8Array(64));
    const random = nacl.randomBytes(16);
    const content = joined(this.short.publicKey, this.cookie);
    return joined(random, nacl.box(content, joined(ascii("WELCOME-"), random), this.clientShort, this.long.secretKey));
  }

  ready(initiate) {
    const { name, body } = readCommand(initiate);
    assert.equal(name, "INITIATE");
    assert.deepEqual(body.slice(0, 96), this.cookie);
    this.shared = nacl.box.before(this.clientShort, this.short.secretKey);
    const nonce = joined(ascii("CurveZMQINITIATE"), body.subarray(96, 104));
    const content = nacl.box.open.after(body.slice(104), nonce, this.shared);
    this.client = content.slice(0, 32);
    const vouch = nacl.box.open(content.slice(48, 128), joined(ascii("VOUCH---"), content.subarray(32, 48)), this.client, this.short.secretKey);
    assert.deepEqual(vouch, joined(this.clientShort, this.long.publicKey), "the client vouches for its short-term key");
    return this.boxed("CurveZMQREADY---", writeMetadata({ "Socket-Type": ascii("ROUTER") }));
  }

  boxed(purpose, content, counter = ++this.sent) {
    const short = bigEndian(counter, 8);
    return joined(short, nacl.box.after(content, joined(ascii(purpose), short), this.shared));
  }

  message(flags, body, counter) {
    return { ...FRAME, body: joined(named("MESSAGE"), this.boxed("CurveZMQMESSAGES", joined([flags], body), counter)) };
  }

  open(frame) {
    const nonce = joined(ascii("CurveZMQMESSAGEC"), frame.body.subarray(8, 16));
    return nacl.box.open.after(frame.body.slice(16), nonce, this.shared);
  }
}

function pair() {
  const server = new Server();
  const own = nacl.box.keyPair();
  const keys = {
    serverKey: encodeZ85(server.long.publicKey),
    publicKey: encodeZ85(own.publicKey),
    secretKey: encodeZ85(own.secretKey),
  };
  return { server, own, keys, client: new CurveMechanism(keys, { "Socket-Type": ascii("DEALER") }) };
}

function shaken() {
  const made = pair();
  const { say } = made.client.take("WELCOME", made.server.welcome(made.client.begin()));
  const { ready } = made.client.take("READY", made.server.ready(say));
  return { ...made, ready };
}

test("the handshake of RFC 26, and messages both ways", () => {
  const { server, own, client, ready } = shaken();
  assert.deepEqual(server.client, own.publicKey);
  assert.equal(Buffer.from(ready.get("socket-type")).toString(), "ROUTER");
  for (const [more, command, flags] of [[false, false, 0], [true, false, 1], [false, true, 2]]) {
    const sealed = client.seal({ more, command, body: ascii("matte") });
    assert.deepEqual([sealed.more, sealed.command, sealed.body.length], [false, false, 5 + SEALED_BYTES]);
    assert.deepEqual(server.open(sealed), joined([flags], ascii("matte")));
    assert.deepEqual(client.open(server.message(flags, ascii("x"))), { more, command, body: ascii("x") });
  }
  assert.deepEqual(client.open({ ...server.message(0, ascii("y")), command: true }).body, ascii("y"), "as RFC 25 frames it");
});

test("every connection has a short-term key of its own", () => {
  const { keys, client } = pair();
  const other = new CurveMechanism(keys, {});
  assert.notDeepEqual(client.begin().subarray(80, 112), other.begin().subarray(80, 112));
});

test("a server without the expected key is refused", () => {
  const { client } = pair();
  const { server: another, client: itsClient } = pair();
  const welcome = another.welcome(itsClient.begin());
  client.begin();
  assert.throws(() => client.take("WELCOME", welcome), fault("refused"));
  for (const length of [0, 15, 16, 100, 159, 161]) {
    assert.throws(() => pair().client.take("WELCOME", new Uint8Array(length)), fault("refused"));
  }
});

test("a READY that is not the server's ends it", () => {
  const { server, client } = pair();
  const { say } = client.take("WELCOME", server.welcome(client.begin()));
  const ready = server.ready(say);
  ready[ready.length - 1] ^= 1;
  assert.throws(() => client.take("READY", ready), fault("protocol"));
  assert.throws(() => client.take("READY", new Uint8Array(3)), fault("protocol"));
});

test("steps out of order end it", () => {
  const { client } = pair();
  client.begin();
  assert.throws(() => client.take("READY", new Uint8Array(100)), fault("protocol"));
  const { client: done, server } = shaken();
  assert.throws(() => done.take("READY", server.boxed("CurveZMQREADY---", new Uint8Array(0))), fault("protocol"));
});

test("what was changed, repeated, cut or never encrypted is refused", () => {
  const { server, client } = shaken();
  const good = server.message(0, ascii("matte"));
  const changed = { ...good, body: good.body.slice() };
  changed.body[20] ^= 1;
  assert.throws(() => client.open(changed), fault("protocol"));
  assert.equal(client.open(good).body.length, 5, "a forged one before it did no harm");
  assert.throws(() => client.open(good), fault("protocol"), "a second time");
  assert.throws(() => client.open(server.message(0, ascii("x"), 1)), fault("protocol"), "an older counter");
  assert.throws(() => client.open({ ...FRAME, body: good.body.subarray(0, SEALED_BYTES - 1) }), fault("protocol"));
  assert.throws(() => client.open({ ...FRAME, body: ascii("plain text that is long enough to be one") }), fault("protocol"));
  assert.throws(() => client.open({ ...FRAME, body: server.message(0, ascii("x"), 2 ** 60).body }), fault("protocol"));
});

test("keys are 40 characters of Z85", () => {
  const { keys } = pair();
  for (const bad of ["", "short", keys.publicKey.slice(5), `${keys.publicKey}00000`, "~".repeat(40)]) {
    assert.throws(() => new CurveMechanism({ ...keys, serverKey: bad }, {}), RangeError);
  }
});
