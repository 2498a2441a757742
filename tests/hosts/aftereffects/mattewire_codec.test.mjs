// The codec's own promises. What it makes of messages, good and bad, is held against the Python client in
// test_client_verdicts.py.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";

import { MattewireError, checked, newId } from "../../../hosts/aftereffects_cep/client/mattewire/index.js";
import { decode, encode } from "../../../hosts/aftereffects_cep/client/mattewire/codec.js";
import { errorOf } from "../../../hosts/aftereffects_cep/client/mattewire/errors.js";
import { Float, pack, unpack } from "../../../hosts/aftereffects_cep/client/mattewire/msgpack.js";

const general = createRequire(new URL("../../../hosts/aftereffects_cep/package.json", import.meta.url))("@msgpack/msgpack");
const bad = (code, field) => (problem) => {
  assert.ok(problem instanceof MattewireError, problem.stack);
  assert.deepEqual([problem.code, problem.field], [code, field]);
  return true;
};
const REQUEST = { plate: { path: "/p/plate.####.exr" }, out: [{ path: "/m/matte.####.exr" }], prompts: ["red ball"] };

/** Trees of what the protocol has, from a small generator with a seed. */
function* trees(count) {
  let seed = 7;
  const dice = (most) => (seed = (seed * 48271) % 2147483647) % most;
  const edges = [0, 1, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const texts = [0, 1, 31, 32, 255, 256, 65535, 65536];
  const tree = (depth) => {
    const what = dice(depth > 4 ? 5 : 7);
    if (what === 0) return edges[dice(edges.length)] * (dice(2) ? 1 : -1) || 0;
    if (what === 1) return new Float([0.5, 3, -1e300, 1 / 3][dice(4)]);
    if (what === 2) return "é🎬x".repeat(dice(9)) + "x".repeat(dice(40) ? 0 : texts[dice(texts.length)]);
    if (what === 3) return [true, false, null][dice(3)];
    if (what === 4) return "__proto__";
    if (what === 5) return Array.from({ length: dice(20) }, () => tree(depth + 1));
    return map(depth);
  };
  const map = (depth) => {
    const made = Object.create(null);
    for (let at = dice(20); at > 0; at--) made[`key ${at}`] = tree(depth + 1);
    return made;
  };
  for (let at = 0; at < count; at++) yield map(0);
}

/** As a general decoder sees it: floats and whole numbers alike. */
const flat = (tree) => {
  if (tree instanceof Float) return tree.value;
  if (Array.isArray(tree)) return tree.map(flat);
  if (tree && typeof tree === "object") return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, flat(value)]));
  return tree;
};

test("a general msgpack reads what is written here, and the other way round", () => {
  for (const tree of trees(200)) {
    const plain = flat(tree);
    const written = pack(tree);
    assert.deepEqual(general.decode(written), plain);
    assert.deepEqual(unpack(written), tree, "floats stay floats");
    assert.deepEqual(flat(unpack(general.encode(plain))), plain);
  }
});

test("lists that claim more than they hold take no memory", () => {
  const claims = new Uint8Array(1_000_000);
  for (let at = 3; at + 3 < claims.length; at += 3) claims.set([0xdc, 0x4e, 0x20], at); // 20,000 entries, each a list
  claims.set([0x81, 0xa1, 0x61]);
  const before = process.memoryUsage().heapUsed;
  assert.throws(() => unpack(claims), bad("bad_message", ""));
  assert.ok(process.memoryUsage().heapUsed - before < 20_000_000);
});

test("what the machine's own msgpack would let pass is refused", () => {
  assert.throws(() => unpack(new Uint8Array([0x81, 0xa1, 0x61, 0xa2, 0xc3, 0x28])), bad("bad_message", ""), "not UTF-8");
  assert.throws(() => unpack(new Uint8Array([0x81, 0x01, 0xc0])), bad("bad_message", ""), "a key that is a number");
});

test("defaults are filled in, fresh each time", () => {
  const one = checked("submit", { job_id: "job-00000001", request: REQUEST });
  assert.deepEqual([one.request.pick, one.request.first, one.request.reuse, one.request.out[0].format], ["best", null, true, "exr"]);
  one.request.points.push({ frame: 1, x: 0, y: 0, keep: true, object: 1 });
  assert.deepEqual(checked("submit", { job_id: "job-00000001", request: REQUEST }).request.points, []);
  assert.equal(checked("welcome", { protocol: 1, server: "x" }).limits.silence_s, 20);
});

test("what a sender gets wrong is told before it is sent, with the field's path", () => {
  const asked = (changes) => () => checked("submit", { job_id: "job-00000001", request: { ...REQUEST, ...changes } });
  assert.throws(asked({ promts: ["x"] }), bad("bad_field", "request.promts"), "misspelt");
  assert.throws(asked({ plate: { path: "/p/\ud800.exr" } }), bad("bad_field", "request.plate.path"), "no Unicode");
  assert.throws(asked({ box_threshold: NaN }), bad("bad_field", "request.box_threshold"));
  assert.throws(asked({ first: 1.5 }), bad("bad_field", "request.first"));
  assert.throws(asked({ max_objects: 2 ** 60 }), bad("bad_field", "request.max_objects"));
  assert.throws(asked({ plate: undefined }), bad("bad_field", "request.plate"), "missing");
  assert.throws(asked({ plate: "/p/plate.exr" }), bad("bad_field", "request.plate"));
  assert.throws(asked({ prompts: "red ball" }), bad("bad_field", "request.prompts"));
  assert.throws(asked({ points: [{ frame: 1, x: "1", y: 2 }] }), bad("bad_field", "request.points[0].x"));
  assert.throws(asked({ points: Array(20_001).fill({ frame: 1, x: 1, y: 2 }) }), bad("too_large", ""));
  assert.throws(() => checked("submit", null), bad("bad_field", ""));
  assert.throws(() => checked("nonsense", {}), bad("unknown_message", ""));
  assert.throws(() => checked("toString", {}), bad("unknown_message", ""));
});

test("sizes are checked before anything is sent", () => {
  const named = Array.from({ length: 999 }, (_, at) => ({ object: at + 1, name: `${at} `.padEnd(256, "é") }));
  const shapes = Array(64).fill({ use: "garbage", polygon: Array(2000).fill({ x: 0.5, y: 0.5 }) });
  const body = { job_id: "job-00000001", request: { ...REQUEST, names: named, shapes } };
  assert.throws(() => encode("submit", body), bad("too_large", ""));
  assert.throws(() => encode("ping", {}, { binary: [new Uint8Array(1_000_001)] }), bad("too_large", ""));
  assert.throws(() => encode("ping", {}, { binary: Array(5).fill(new Uint8Array(1)) }), bad("too_large", ""));
});

test("a message comes back with its binary parts", () => {
  const preview = new Uint8Array([0xff, 0xd8, 1, 2]);
  const parts = encode("detected", { frame: 7, width: 1920, height: 1080, preview: "image/jpeg" }, { answers: "abc", binary: [preview] });
  const { header, body, binary } = decode(parts);
  assert.deepEqual([header.type, header.answers, body.width, binary], ["detected", "abc", 1920, [preview]]);
  assert.match(header.id, /^[0-9a-f]{16}$/);
  assert.notEqual(newId(), newId());
});

test("errors go out and come back as what they are", () => {
  const lost = new MattewireError("disk_full", "There is no room on /mattes.", { field: "out[0].path" });
  const { body } = decode(encode("error", lost.body));
  const again = errorOf(body);
  assert.deepEqual([again.code, again.message, again.field, again.retryable, again.family], [
    "disk_full", "There is no room on /mattes.", "out[0].path", true, "OutputError",
  ]);
  assert.equal(again.advice, "The disk is full. Free space and submit again; finished frames are kept.");
  assert.equal(new MattewireError("nothing_found").message, "Nothing on the keyframe matches. Choose another keyframe or other words, or draw a box.");
  const later = errorOf({ code: "made_later", message: "New.", field: "", advice: "Wait.", retryable: true });
  assert.deepEqual([later.code, later.advice, later.retryable, later.family], ["made_later", "Wait.", true, "MattewireError"]);
  assert.equal(errorOf({ code: "constructor", message: "x", field: "", advice: "", retryable: false }).family, "MattewireError");
});
