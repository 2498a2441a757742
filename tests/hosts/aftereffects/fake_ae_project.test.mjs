import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { folderFor, frames, open, pixel, throws } from "./fake_ae_scene.mjs";

const quoted = JSON.stringify;

test("a sequence: its range of numbers, its name, its own rate of 30 until it is conformed", (t) => {
  const first = frames(folderFor(t, "a b é"), 1001, 1010);
  const ae = open();
  ae.run(`var io = new ImportOptions(new File(${quoted(first)})); io.sequence = true; io.rangeEnd = 1008; io.rangeStart = 1003; var item = app.project.importFile(io)`);
  assert.equal(ae.run("item.name"), "plate.[1003-1008].png");
  assert.equal(ae.run("item.mainSource.file.fsName"), first.replace("1001", "1003"));
  assert.equal(ae.run("item.mainSource.nativeFrameRate + ' ' + item.duration + ' ' + item.mainSource.isStill"), "30 0.2 false");
  ae.run("item.mainSource.conformFrameRate = 24");
  assert.equal(ae.run("item.duration"), 0.25);
  assert.equal(ae.run("item.mainSource.conformFrameRate = 0; item.frameRate"), 30);
});

test("a range: the end first; upside down or alphabetical it throws and is all files again", (t) => {
  const first = frames(folderFor(t), 1, 5);
  const ae = open();
  ae.run(`var io = new ImportOptions(new File(${quoted(first)})); io.sequence = true`);
  throws(ae, "io.rangeStart = 2", /rangeEnd is 0/);
  ae.run("io.rangeEnd = 4; io.rangeStart = 3");
  throws(ae, "io.rangeEnd = 2", /greater than rangeEnd/);
  assert.equal(ae.run("app.project.importFile(io).name"), "plate.[0001-0005].png");
  throws(ae, "io.forceAlphabetical = true; io.rangeEnd = 3", /forceAlphabetical/);
});

test("frames that a range says and the disk lacks are color bars", (t) => {
  const first = frames(folderFor(t), 1, 3);
  const ae = open();
  ae.run(`var io = new ImportOptions(new File(${quoted(first)})); io.sequence = true; io.rangeEnd = 4; io.rangeStart = 1; var item = app.project.importFile(io); item.mainSource.conformFrameRate = 25`);
  const item = ae.run("item");
  assert.deepEqual(pixel(ae.footagePicture(item, 2 / 25), 0, 0), [0.03, 0.25, 0.5, 1]);
  assert.deepEqual(pixel(ae.footagePicture(item, 3 / 25), 0, 0), [1, 1, 1, 1]);
  assert.deepEqual(pixel(ae.footagePicture(item, 3 / 25), 15, 0), [0, 0, 0, 1]);
});

test("stills, files that are not there, and what is no picture", (t) => {
  const folder = folderFor(t);
  const still = frames(folder, 7, 7);
  fs.writeFileSync(path.join(folder, "note.txt"), "x");
  const ae = open();
  ae.run(`var still = app.project.importFile(new ImportOptions(new File(${quoted(still)})))`);
  assert.equal(ae.run("still.name + still.mainSource.isStill + still.duration"), "plate.0007.pngtrue0");
  throws(ae, "still.mainSource.conformFrameRate = 24", /still/);
  throws(ae, `app.project.importFile(new ImportOptions(new File(${quoted(path.join(folder, "none.png"))})))`, /could not be found/);
  throws(ae, `app.project.importFile(new ImportOptions(new File(${quoted(path.join(folder, "note.txt"))})))`, /unsupported/);
  throws(ae, "app.project.importFile(new ImportOptions())", /no file/);
  assert.equal(ae.run("still.footageMissing"), false);
  fs.unlinkSync(still);
  assert.equal(ae.run("still.footageMissing + ' ' + still.mainSource.missingFootagePath"), `true ${still}`);
});

test("alpha: straight, premultiplied, ignored, inverted; footage without alpha takes none of it", (t) => {
  const folder = folderFor(t);
  const file = frames(folder, 1, 1, { pixel: () => [0.4, 0.2, 0, 0.5] });
  const ae = open();
  ae.run(`var item = app.project.importFile(new ImportOptions(new File(${quoted(file)}))), source = item.mainSource`);
  const see = () => pixel(ae.footagePicture(ae.run("item"), 0), 0, 0);
  assert.equal(ae.run("source.hasAlpha && source.alphaMode === AlphaMode.STRAIGHT"), true);
  assert.deepEqual(see(), [0.4, 0.2, 0, 0.5]);
  ae.run("source.alphaMode = AlphaMode.PREMULTIPLIED");
  assert.deepEqual(see(), [0.8, 0.4, 0, 0.5]);
  ae.run("source.alphaMode = AlphaMode.IGNORE");
  assert.deepEqual(see(), [0.4, 0.2, 0, 1]);
  ae.run("source.alphaMode = AlphaMode.STRAIGHT; source.invertAlpha = true");
  assert.deepEqual(see(), [0.4, 0.2, 0, 0.5]);
  ae.run("var solid = c.layers.addSolid([1, 0, 0], 's', 4, 4, 1).source");
  throws(ae, "solid.mainSource.alphaMode = AlphaMode.STRAIGHT", /no alpha/);
});

test("footage is replaced in place: layers and an own name stay, the interpretation is set anew", (t) => {
  const folder = folderFor(t);
  const [one, two] = [frames(folder, 1, 4), frames(folder, 11, 16, { name: "other" })];
  const ae = open();
  ae.run(`var item = load(${quoted(one)}, 25), layer = c.layers.add(item); item.replaceWithSequence(new File(${quoted(two)}), false)`);
  assert.equal(ae.run("item.name + (layer.source === item)"), "other.[0011-0016].pngtrue");
  assert.equal(ae.run("item.mainSource.conformFrameRate"), 0);
  ae.run(`item.name = "Matte"; item.replaceWithSequence(new File(${quoted(one)}), false)`);
  assert.equal(ae.run("item.name"), "Matte");
  assert.equal(ae.undo(), "FootageItem.replaceWithSequence");
  assert.equal(ae.run("item.mainSource.file.displayName"), "other.0011.png");
});

test("folders hold items; a folder goes with what is in it, and its layers", () => {
  const ae = open();
  ae.run("var f = app.project.items.addFolder('Mattes'), g = f.items.addFolder('Inner'), s = c.layers.addSolid([1, 1, 1], 's', 4, 4, 1); s.source.parentFolder = g");
  assert.equal(ae.run("f.numItems + g.item(1).name + s.source.parentFolder.parentFolder.name + app.project.rootFolder.numItems"), "1sMattes3");
  throws(ae, "f.parentFolder = g", /inside itself/);
  throws(ae, "app.project.rootFolder.remove()", /root folder/);
  ae.run("f.remove()");
  assert.equal(ae.run("c.numLayers"), 0);
});

test("rates read as After Effects keeps them: the rate in 1/65536, the duration of a frame exact", () => {
  for (const [given, read] of [[23.976, 23.9759979248047], [29.97, 29.9700012207031], [24000 / 1001, 23.9759979248047], [25, 25], [60, 60]]) {
    const ae = open({ fps: given });
    assert.ok(Math.abs(ae.run("c.frameRate") - read) < 1e-12, `${given}`);
    const rate = Math.round(given * 1000) / 1000;
    assert.equal(ae.run("c.frameDuration"), 1 / rate);
    assert.equal(ae.run("Math.round(c.duration / c.frameDuration)"), Math.round(2 * rate));
  }
});

test("frames before 0: the comp's start is a frame and a time", () => {
  const ae = open();
  ae.run("c.displayStartTime = -0.4");
  assert.equal(ae.run("c.displayStartFrame + ' ' + c.displayStartTime"), "-10 -0.4");
  ae.run("c.displayStartFrame = 1001; c.workAreaStart = 0.4; c.workAreaDuration = 0.8");
  assert.equal(ae.run("c.displayStartTime"), 1001 / 25);
  throws(ae, "c.workAreaDuration = 3", /out of range/);
});

test("undo: one step for a group, an exact return, nesting, and a group left open", () => {
  const ae = open();
  const before = ae.state();
  ae.run("app.beginUndoGroup('Outer'); c.layers.addNull(); app.beginUndoGroup('Inner'); c.name = 'D'; app.endUndoGroup(); c.bgColor = [1, 0, 0]; app.endUndoGroup()");
  assert.equal(ae.undoDepth, 0);
  const after = ae.state();
  assert.equal(ae.undo(), "Outer");
  assert.deepEqual(ae.state(), before);
  assert.equal(ae.redo(), "Outer");
  assert.deepEqual(ae.state(), after);
  ae.evalScript("app.beginUndoGroup('Open'); c.name = 'E'; throw new Error('x')");
  assert.equal(ae.undoDepth, 1);
  assert.match(ae.dialogs.at(-1).message, /Undo group mismatch.*Open not closed/);
  assert.equal(ae.undo(), "Open");
  assert.deepEqual(ae.state(), after);
  ae.run("app.endUndoGroup()");
  assert.match(ae.dialogs.at(-1).message, /without beginUndoGroup/);
});

test("undo: a refused change changes nothing and makes no step; objects of undone things are invalid", () => {
  const ae = open();
  const steps = ae.history.length;
  const before = ae.state();
  throws(ae, "c.layers.addSolid([1, 0], 's', 4, 4, 1)", /addSolid/);
  throws(ae, "c.layers.precompose([1], 'p')", /No such layer/);
  assert.deepEqual(ae.state(), before);
  assert.equal(ae.history.length, steps);
  ae.run("var n = c.layers.addNull()");
  ae.undo();
  throws(ae, "n.name", /Object is invalid/);
});
