import assert from "node:assert/strict";
import { test } from "node:test";
import { literal, open } from "./host_stage.mjs";

const AWKWARD = [
  'quotes " and \' and `', "back\\slashes \\\\ and \\n that is none", "line\nbreaks\r\nand\ttabs", "\u2028 and \u2029",
  "Gr\u00fc\u00dfe \u65e5\u672c\u8a9e \ud83c\udfac", "nul \u0000 bell \u0007 delete \u007f", "</script>", "", "C:\\shots\\new\\ufo\\x41",
];
const VALUES = [
  null, true, false, 0, -0.5, 1e21, 1e-7, 1001, [], {}, [[], [{}]], { a: { b: [1, "2", null] } }, AWKWARD,
  Object.fromEntries(AWKWARD.map((text, at) => [text, at])),
];

test("values cross and come back the same", () => {
  const { ae } = open();
  for (const value of VALUES) {
    const text = ae.evalScript(`mattewire.json.write(mattewire.json.read(${literal(JSON.stringify(value))}))`);
    assert.deepEqual(JSON.parse(text), value);
    assert.match(text, /^[\x20-\x7e]*$/);
  }
});

test("what is read is what JSON.parse reads, also with spaces and escapes", () => {
  const { ae } = open();
  for (const text of [' { "a" : [ 1 , 2.50 , -3e2 ] }\n', '"\\u0041\\b\\f\\n\\r\\t\\/\\\\\\""', "[true,false,null]", '{"toString":2}']) {
    const answer = ae.evalScript(`mattewire.json.write(mattewire.json.read(${literal(text)}))`);
    assert.deepEqual(JSON.parse(answer), JSON.parse(text));
  }
});

test("what is no JSON is refused and never run", () => {
  const { ae, call } = open();
  for (const text of ["{", '{"a":1,}', "[1,]", "01", "+1", "NaN", "'a'", '"\n"', '"\\x41"', '"\\u12"', '{"a" 1}', "1 2", "app.newProject()"]) {
    assert.throws(() => JSON.parse(text), text);
    assert.equal(ae.evalScript(`mattewire.json.read(${literal(text)})`), "EvalScript error.", text);
    const answer = JSON.parse(ae.evalScript(`mattewire.call("state", ${literal(text)})`));
    assert.equal(answer.ok, false);
    assert.equal(answer.error.code, "internal_error");
  }
  assert.equal(call("state").ok, true);
});

test("what is nested without end is refused", () => {
  const { ae } = open();
  assert.equal(ae.evalScript(`mattewire.json.read("${"[".repeat(5000)}")`), "EvalScript error.");
  assert.equal(ae.run(`mattewire.json.read("${"[".repeat(60)}${"]".repeat(60)}").length`), 1);
});

test("functions and undefined are left out, infinity is refused", () => {
  const { ae } = open();
  assert.equal(ae.run("mattewire.json.write({a: undefined, b: function () {}, c: [undefined]})"), '{"c":[null]}');
  assert.equal(ae.evalScript("mattewire.json.write([1 / 0])"), "EvalScript error.");
});

test("a long text is read and written in no time", () => {
  const { ae } = open();
  const text = "ab\"c\\d\u2028\u65e5".repeat(20000);
  const from = performance.now();
  assert.equal(JSON.parse(ae.evalScript(`mattewire.json.write(mattewire.json.read(${literal(JSON.stringify(text))}))`)), text);
  assert.ok(performance.now() - from < 2000);
});

test("an unknown command is an error in words", () => {
  const { fault } = open();
  for (const name of ["nothing", "toString", "hasOwnProperty", "__proto__"]) assert.equal(fault(name).code, "bad_field");
});
