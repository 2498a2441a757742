/** The thin layer around CEP: one call at a time, text that crosses evalScript whole, colors that can be read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";

import { EvalQueue, FAILED } from "../../../hosts/aftereffects_cep/cep/evalqueue.js";
import { AfterEffects, script, value } from "../../../hosts/aftereffects_cep/cep/host.js";
import { contrast, variables } from "../../../hosts/aftereffects_cep/cep/skin.js";
import { SKINS } from "./panel_bridge/server.mjs";

/** Answers when the test says so. */
function slowHost() {
  const calls = [];
  return { calls, evalScript: (text, done) => calls.push({ text, done }) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("calls wait for each other, in order, and each gets its own answer", async () => {
  const { calls, evalScript } = slowHost();
  const queue = new EvalQueue(evalScript);
  const answers = [queue.call("a"), queue.call("b"), queue.call("c")];
  assert.deepEqual(calls.map((call) => call.text), ["a"]);
  assert.equal(queue.active, true);
  for (const answer of ["1", "2", "3"]) {
    calls[calls.length - 1].done(answer);
    await turn();
  }
  assert.deepEqual(await Promise.all(answers), ["1", "2", "3"]);
  assert.deepEqual(calls.map((call) => call.text), ["a", "b", "c"]);
  assert.equal(queue.active, false);
});

test("questions of the same key that wait are one; one that is under way is not", async () => {
  const { calls, evalScript } = slowHost();
  const queue = new EvalQueue(evalScript);
  const all = [queue.call("state", "state"), queue.call("state", "state"), queue.call("state", "state")];
  calls[0].done("old");
  await turn();
  calls[1].done("new");
  assert.deepEqual(await Promise.all(all), ["old", "new", "new"]);
  assert.equal(calls.length, 2);
});

test("busy is told when a call takes long and when it has ended, once each", async () => {
  const { calls, evalScript } = slowHost();
  const told = [];
  const queue = new EvalQueue(evalScript, { busyMs: 20, onBusy: (busy) => told.push(busy) });
  const wait = queue.call("a");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual([told, queue.busy], [[true], true]);
  calls[0].done("1");
  calls[0].done("2");
  assert.equal(await wait, "1", "a second answer is none");
  assert.deepEqual([told, queue.busy], [[true, false], false]);
  const quick = queue.call("b");
  calls[1].done("3");
  await quick;
  assert.deepEqual(told, [true, false]);
});

test("a CEP that throws is an answer, too, and the next call goes on", async () => {
  let calls = 0;
  const queue = new EvalQueue((_, done) => {
    calls += 1;
    if (calls === 1) throw new Error("gone");
    done("fine");
  });
  assert.equal(await queue.call("a"), FAILED);
  assert.equal(await queue.call("b"), "fine");
});

test("every text crosses as it is, in printable ASCII on one line", () => {
  const texts = ['quote " and \\ backslash', "line\nends\r\u2028\u2029", "C:\\Filme\\größe\\東京 1.####.exr", "'; alert(1) //", "\u0000\u007f\ud83c\udfac"];
  for (const text of texts) {
    const source = script("look", { path: text });
    assert.match(source, /^[ -~]*$/);
    const got = vm.runInNewContext(`var mattewire = { call: function (name, question) { return name + question; } }; ${source}`);
    assert.deepEqual(JSON.parse(got.slice("look".length)), { path: text });
  }
});

test("values come back, faults are thrown as they are, and anything else says what to do", async () => {
  assert.deepEqual(value("look", '{"ok":true,"value":{"a":[1]}}'), { a: [1] });
  const fault = { code: "bad_field", message: "No comp is open.", field: "comp", advice: "Open one.", render: false, keep: "" };
  const answer = JSON.stringify({ ok: false, error: fault });
  const host = new AfterEffects((_, done) => done(answer), () => {});
  await assert.rejects(host.call("look", {}), fault);
  for (const text of [FAILED, "", "undefined", '{"value":1}', "null"]) {
    assert.throws(() => value("look", text), (problem) => problem.code === "internal_error" && /\(look\)/.test(problem.message) && /open it again/.test(problem.advice));
  }
});

test("text stands out from every ground that After Effects can have", () => {
  const parts = (text) => text.match(/\d+/g).map(Number);
  const grounds = [...Object.values(SKINS), [0, 0, 0], [127, 127, 127], [128, 128, 128], [255, 255, 255], [200, 180, 40]];
  for (const [red, green, blue] of grounds) {
    const made = variables({ panelBackgroundColorSRGB: { color: { red, green, blue } }, systemHighlightColor: { red, green, blue } });
    const against = (name, other) => contrast(parts(made[name]), parts(made[other]));
    const where = `on ${red}, ${green}, ${blue}`;
    assert.ok(against("--dim", "--ground") >= 4.5 || isMiddle([red, green, blue]), `dim ${against("--dim", "--ground")} ${where}`);
    assert.ok(against("--ink", "--ground") >= 4.5, `ink ${against("--ink", "--ground")} ${where}`);
    assert.ok(against("--on-accent", "--accent") >= 4.5, `button ${where}`);
    assert.ok(against("--accent", "--ground") >= 2.9, `accent ${against("--accent", "--ground")} ${where}`);
  }
});

/** Grounds on which not even black or white reaches 5.3 to 1: 4.5 is out of reach for a dimmer text. */
function isMiddle(ground) {
  return Math.max(contrast(ground, [0, 0, 0]), contrast(ground, [255, 255, 255])) < 5.4;
}

test("a host that says nothing of its colors gets the dark ones", () => {
  for (const skin of [undefined, null, {}, { panelBackgroundColor: { color: { red: "x" } } }]) {
    assert.equal(variables(skin)["--ground"], "rgb(35, 35, 35)");
    assert.equal(variables(skin)["--size"], "12px");
  }
  assert.equal(variables({ baseFontSize: 14, baseFontFamily: 'A"b' })["--family"].startsWith('"A\\"b"'), true);
  assert.equal(variables({ baseFontSize: 14 })["--size"], "14px");
});
