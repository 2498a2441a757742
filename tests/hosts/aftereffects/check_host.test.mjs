import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFolder, checkText, checkTypes, VERSIONS } from "../../../hosts/aftereffects_cep/tools/check_host.mjs";

test("the panel's scripts pass: ASCII, ECMAScript 3, and names of the oldest and newest After Effects", () => {
  assert.deepEqual(checkFolder(), []);
});

const SLIPS = {
  "a character beyond ASCII": ["var a = 1;\nvar b = 'é';", /^x\.jsx:2: .*not ASCII/],
  "a line separator": ["var b = '\\\u2028';", /not ASCII/],
  "a let": ["var a;\nlet b = 1;", /^x\.jsx:2: no ECMAScript 3/],
  "an arrow": ["var f = () => 1;", /no ECMAScript 3/],
  "a comma at the end of an object": ["var o = {a: 1,};", /no ECMAScript 3/],
  "a reserved word as a name": ["o.class = 1;", /no ECMAScript 3/],
  "a getter": ["var o = {get a() { return 1; }};", /no ECMAScript 3/],
  "a chain of ?:": ["var a = b ? 1 : c ? 2 : 3;", /nested \?:/],
  "&& beside ||": ["var a = b || c && d;", /one rank/],
};
for (const [name, [text, message]] of Object.entries(SLIPS))
  test(`refused: ${name}`, () => {
    const slips = checkText("x.jsx", text);
    assert.equal(slips.length, 1, slips.join("\n"));
    assert.match(slips[0], message);
  });

test("parentheses make them right", () => {
  assert.deepEqual(checkText("x.jsx", "var a = b ? 1 : (c ? 2 : 3); var d = b || (c && a); var e = a || b || c;"), []);
});

test("types: slips are told with the part and its own line", () => {
  const parts = [
    { name: "one.jsx", text: "/** @param {AVLayer} layer */\nfunction one(layer) { return layer.hasTrackMatte; }" },
    { name: "two.jsx", text: "/** @param {AVLayer} layer */\nfunction two(layer) {\n  layer.setTrackMat(layer, TrackMatteType.ALPHA);\n  [1].indexOf(1);\n}\n" },
  ];
  for (const version of VERSIONS) {
    const slips = checkTypes(parts, version);
    assert.equal(slips.length, 2, slips.join("\n"));
    assert.match(slips[0], /^two\.jsx:3: .*setTrackMat.*After Effects/);
    assert.match(slips[1], /^two\.jsx:4: .*indexOf/);
  }
});

test("types: a name that came after the oldest version is refused there only", () => {
  const parts = [{ name: "new.jsx", text: "var dirty = app.project.dirty;\n" }];
  assert.match(checkTypes(parts, "23.0").join(), /new\.jsx:1: .*dirty/);
  assert.deepEqual(checkTypes(parts, "26.0"), []);
});
