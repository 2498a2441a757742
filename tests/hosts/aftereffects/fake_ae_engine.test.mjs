import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { start, Unmodelled } from "./fake_ae/index.mjs";
import { folderFor, open, throws } from "./fake_ae_scene.mjs";

test("evalScript answers strings, whatever the script gives", () => {
  const ae = start();
  assert.equal(ae.evalScript("1 + 1"), "2");
  assert.equal(ae.evalScript("undefined"), "undefined");
  assert.equal(ae.evalScript("null"), "null");
  assert.equal(ae.evalScript("[1, [2, 3]]"), "1,2,3");
  assert.equal(ae.evalScript("app"), "[object Application]");
  assert.throws(() => ae.evalScript(7), TypeError);
});

test("a script that throws or does not parse answers EvalScript error.", () => {
  const ae = start();
  for (const source of ["throw new Error('x')", "nowhere.at", "(", "let a = 1", "var f = () => 1", "a.class", "var o = {a: 1,}", "`x`"])
    assert.equal(ae.evalScript(source), "EvalScript error.", source);
});

test("what came after ECMAScript 3 is not there", () => {
  const ae = start();
  const gone = ["[].indexOf", "[].forEach", "[].map", "[].filter", "Array.isArray", "''.trim", "Object.keys", "Object.create", "Date.now",
    "Object.defineProperty", "(function () {}).bind", "new Date().toISOString", "Math.sign", "Number.isInteger", "''.includes", "''.repeat"];
  for (const name of gone) assert.equal(ae.evalScript(`typeof ${name}`), "undefined", name);
  for (const name of ["JSON", "Map", "Set", "Promise", "Symbol", "Proxy", "Reflect", "globalThis", "console", "setTimeout", "require", "process", "Int8Array", "WebAssembly"])
    assert.equal(ae.evalScript(`typeof ${name}`), "undefined", name);
  assert.equal(ae.evalScript("[3, 1, 2].sort().join('') + 'abc'.substr(1) + [1].concat([2]).length + /b/.test('b') + (5).toFixed(1)"), "123bc2true5.0");
});

test("lists that After Effects gives are arrays of the script's engine", () => {
  const ae = open();
  assert.equal(ae.evalScript("c.selectedLayers instanceof Array && app.project.selection instanceof Array"), "true");
  assert.equal(ae.evalScript("var n = c.layers.addNull(); n.position.value instanceof Array && typeof n.position.value.indexOf"), "undefined");
});

test("a name that is not modelled throws, also past a script's own try and catch", () => {
  const ae = open();
  for (const source of ["c.layers.addNull().setTrackMat(null)", "app.projekt", "c.frameRat = 3", "TrackMatteType.ALFA", "app.project.item(1).mainSource"]) {
    assert.throws(() => ae.evalScript(`try { ${source} } catch (e) {}`), Unmodelled, source);
    assert.throws(() => ae.run(source), Unmodelled, source);
  }
  assert.equal(ae.evalScript("1"), "1", "and is forgotten after it was told");
});

test("read-only members, wrong types and wrong numbers of arguments throw as errors of the script's engine", () => {
  const ae = open();
  throws(ae, "c.numLayers = 3", /Unable to set "numLayers".*readOnly/);
  throws(ae, "c.width = '3'", /Unable to set "width".*finite number/);
  throws(ae, "c.workAreaStart = NaN", /workAreaStart/);
  throws(ae, "app.project.bitsPerChannel = 12", /8, 16, 32/);
  throws(ae, "app.project.importFile()", /0 parameters: it takes 1 to 1/);
  throws(ae, "app.project.importFile('a.png')", /ImportOptions is needed/);
  throws(ae, "new CompItem()", /cannot be made by a script/);
  throws(ae, "c.layer(1)", /out of range 1 to 0/);
});

test("one object stays one object, and is known by its class", () => {
  const ae = open();
  assert.equal(ae.evalScript("var n = c.layers.addNull(); c.layer(1) === n && c.layers[1] === n && n.containingComp === c"), "true");
  assert.equal(
    ae.evalScript("[c instanceof CompItem, c instanceof AVItem, n instanceof AVLayer, n instanceof Layer, n instanceof CompItem, n.source instanceof FootageItem, n.source.mainSource instanceof SolidSource].join()"),
    "true,true,true,true,false,true,true",
  );
  ae.run("var gone = n; n.remove()");
  throws(ae, "gone.name", /Object is invalid/);
  assert.equal(ae.evalScript("isValid(gone) + ' ' + isValid(c)"), "false true");
});

test("After Effects 22 lacks what 23 brought: it reads as undefined, and `in` says so", () => {
  const [old, fresh] = [open({ version: "22.0" }), open({ version: "23.0" })];
  const source = "var n = c.layers.addNull(); typeof n.setTrackMatte + ' ' + ('setTrackMatte' in n) + ' ' + ('trackMatteType' in n)";
  assert.equal(old.evalScript(source), "undefined false true");
  assert.equal(fresh.evalScript(source), "function true true");
  assert.equal(old.evalScript("app.version"), "22.0x64");
  assert.throws(() => start({ version: "12.0" }));
});

test("dialogs are kept for the test to see, and nothing waits for them", () => {
  const ae = start();
  assert.equal(ae.evalScript("alert('Hello'); confirm('Sure?')"), "false");
  assert.deepEqual(ae.dialogs.map((one) => [one.kind, one.message]), [["alert", "Hello"], ["confirm", "Sure?"]]);
});

test("settings: what is not there throws", () => {
  const ae = start();
  assert.equal(ae.evalScript("app.settings.saveSetting('M', 'k', 'v'); app.settings.haveSetting('M', 'k') + app.settings.getSetting('M', 'k')"), "truev");
  throws(ae, "app.settings.getSetting('M', 'other')", /does not exist/);
});

test("callbacks of evalScript wait while ExtendScript is busy, and come in order", async () => {
  const ae = start();
  const seen = [];
  const begun = Date.now();
  ae.busy(0.15);
  const done = [ae.evalScript("'a'", (text) => seen.push(text)), ae.evalScript("'b'", (text) => seen.push(text))];
  assert.deepEqual(seen, []);
  await Promise.all(done);
  assert.deepEqual(seen, ["a", "b"]);
  assert.ok(Date.now() - begun >= 140);
});

test("files: written, read, encoded and decoded on the real disk", (t) => {
  const folder = folderFor(t, 'a "quoted" é # folder');
  const ae = start();
  ae.run(`var f = new File(${JSON.stringify(path.join(folder, "note 1.txt"))}); f.encoding = "UTF-8"; f.open("w"); f.write("na\\u00efve"); f.writeln("!"); f.close();`);
  assert.equal(fs.readFileSync(path.join(folder, "note 1.txt"), "utf8"), "naïve!\n");
  assert.equal(ae.run("f.fsName"), path.join(folder, "note 1.txt"));
  assert.equal(ae.run("f.name"), "note%201.txt");
  assert.match(ae.run("f.absoluteURI"), /a%20%22quoted%22%20%C3%A9%20%23%20folder\/note%201\.txt$/);
  assert.equal(ae.evalScript("new File(f.absoluteURI).fsName === f.fsName && File(f.parent.fsName) instanceof Folder"), "true");
  assert.equal(ae.run("var g = new File(f.absoluteURI); g.encoding = 'UTF-8'; g.open('r'); var line = g.readln() + g.eof; g.close(); line"), "naïve!true");
  assert.equal(ae.evalScript("new File(f.fsName + 'x').open('r') + ' ' + f.exists + ' ' + f.parent.getFiles('*.txt').length"), "false true 1");
  assert.equal(ae.evalScript("f.rename('b.txt') + ' ' + f.displayName + ' ' + f.remove() + ' ' + f.exists"), "true b.txt true false");
});

test("a file without UTF-8 said writes single bytes", (t) => {
  const file = path.join(folderFor(t), "plain.txt");
  start().run(`var f = new File(${JSON.stringify(file)}); f.open("w"); f.write("\\u00e9"); f.close();`);
  assert.deepEqual([...fs.readFileSync(file)], [0xe9]);
});

test("a % in a path is read as an escape, so it must be encoded", (t) => {
  const folder = folderFor(t, "50%20off");
  const ae = start();
  assert.equal(ae.evalScript(`new Folder(${JSON.stringify(folder)}).exists`), "false");
  assert.equal(ae.evalScript(`new Folder(encodeURI(${JSON.stringify(folder)})).exists`), "true");
});
