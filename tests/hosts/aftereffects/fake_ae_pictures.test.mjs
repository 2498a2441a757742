import assert from "node:assert/strict";
import path from "node:path";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { readPng, start, Unmodelled, writePng } from "./fake_ae/index.mjs";
import { folderFor, frames, open, pixel } from "./fake_ae_scene.mjs";

const quoted = JSON.stringify;
const VENV = path.resolve(import.meta.dirname, "../../../.venv/bin/python");
const PYTHON = process.env.MATTEWIRE_PICTURES_PYTHON ?? (fs.existsSync(VENV) ? VENV : "python3");

/** The comp "C" of 16 × 8 with solids: name → [color, size]; scripts see them by name. */
function solids(layers, more = "", settings = {}) {
  const ae = open(settings);
  for (const [name, [color, width, height]] of Object.entries(layers))
    ae.run(`var ${name} = c.layers.addSolid(${quoted(color)}, ${quoted(name)}, ${width}, ${height}, 1)`);
  ae.run(more || "0");
  return ae;
}
const alphas = (picture) => Array.from({ length: picture.height }, (_, y) => Array.from({ length: picture.width }, (__, x) => pixel(picture, x, y)[3]));

test("an empty comp is transparent; layers lie over each other by their alpha", () => {
  const ae = solids({ red: [[1, 0, 0], 16, 8], green: [[0, 1, 0], 8, 8] }, "green.position.setValue([4, 4]); green.opacity.setValue(50)");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [0.5, 0.5, 0, 1]);
  assert.deepEqual(pixel(ae.picture("C", 0), 12, 2), [1, 0, 0, 1]);
  ae.run("red.enabled = false");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [0, 1, 0, 0.5]);
  assert.deepEqual(pixel(ae.picture("C", 0), 12, 2), [0, 0, 0, 0]);
  ae.run("red.enabled = true; green.solo = true");
  assert.deepEqual(pixel(ae.picture("C", 0), 12, 2), [0, 0, 0, 0]);
});

test("transform: whole pixels are exact, half a pixel is the mean of two, turns and sizes land where they should", () => {
  const ae = solids({ s: [[1, 1, 1], 4, 4] }, "s.anchorPoint.setValue([0, 0]); s.position.setValue([2, 1])");
  const rows = alphas(ae.picture("C", 0));
  assert.deepEqual(rows[1].slice(0, 8), [0, 0, 1, 1, 1, 1, 0, 0]);
  assert.deepEqual(rows.map((row) => row[3]), [0, 1, 1, 1, 1, 0, 0, 0]);
  ae.run("s.position.setValue([2.5, 1])");
  assert.deepEqual(alphas(ae.picture("C", 0))[1].slice(0, 8), [0, 0, 0.5, 1, 1, 1, 0.5, 0]);
  ae.run("s.position.setValue([8, 1]); s.rotation.setValue(90); s.scale.setValue([50, 100])");
  // Clockwise, as y is down: 2 high, and 4 to the left of its anchor.
  const turned = alphas(ae.picture("C", 0));
  assert.deepEqual(turned[1].slice(2, 10), [0, 0, 1, 1, 1, 1, 0, 0]);
  assert.deepEqual(turned.map((row) => row[6] > 0.99), [false, true, true, false, false, false, false, false]);
});

test("pixel aspect: a square comp shows anamorphic pixels twice as wide", (t) => {
  const file = frames(folderFor(t), 1, 1, { width: 8, pixelAspect: 2, pixel: (x) => [x / 8, 0, 0, 1] });
  const ae = open();
  ae.run(`var l = c.layers.add(load(${quoted(file)}, 25))`);
  assert.equal(ae.run("l.source.pixelAspect"), 2);
  const row = Array.from({ length: 16 }, (_, x) => pixel(ae.picture("C", 0), x, 4)[0]);
  assert.equal(row[5] > row[4] && row[4] > row[3], true);
  assert.ok(Math.abs(row[8] + row[7] - 2 * 3.5 / 8) < 1e-3, "the middle stays the middle");
  ae.run("l.source.pixelAspect = 1");
  assert.equal(pixel(ae.picture("C", 0), 2, 4)[3], 0);
});

test("parents: a child is placed in its parent's pixels and turns with it", () => {
  const ae = solids({ s: [[1, 1, 1], 2, 2] }, `s.anchorPoint.setValue([0, 0]); s.position.setValue([1, 0]);
    var n = c.layers.addNull(); n.position.setValue([4, 2]); n.scale.setValue([200, 200]); s.setParentWithJump(n)`);
  assert.deepEqual(alphas(ae.picture("C", 0))[2].map(Boolean).indexOf(true), 5, "half of the soft edge begins a pixel early");
  assert.equal(pixel(ae.picture("C", 0), 7, 3)[3], 1);
});

test("3D: the default view shows z = 0 as 2D does, further is smaller, and depth decides who is in front", () => {
  const ae = solids({ s: [[1, 0, 0], 8, 4], f: [[0, 0, 1], 8, 4] }, "s.position.setValue([8, 4]); f.position.setValue([8, 4]); f.enabled = false");
  const flat = ae.picture("C", 0);
  ae.run("s.threeDLayer = true");
  ae.picture("C", 0).data.forEach((value, at) => assert.ok(Math.abs(value - flat.data[at]) < 1e-5));
  // The default camera of a comp 16 wide stands 16 × 50 / 36 away: as far again is half the size.
  ae.run(`s.position.setValue([8, 4, ${(16 * 50) / 36}])`);
  const far = alphas(ae.picture("C", 0));
  assert.deepEqual(far[4].map((one) => one > 0.99), Array.from({ length: 16 }, (_, x) => x >= 6 && x < 10));
  ae.run("f.enabled = true; f.threeDLayer = true; f.position.setValue([8, 4, 40]); s.position.setValue([8, 4, 0])");
  assert.deepEqual(pixel(ae.picture("C", 0), 8, 4), [1, 0, 0, 1], "the near one, though the other is above it in the stack");
});

test("track mattes: alpha, luma and both inverted, also of a matte that is off and of one out of its time", () => {
  const ae = solids({ s: [[1, 0, 0], 16, 8], m: [[0, 1, 0], 8, 8] }, "m.position.setValue([4, 4]); m.opacity.setValue(50)");
  const seen = (type) => {
    ae.run(`s.setTrackMatte(m, TrackMatteType.${type})`);
    return [2, 12].map((x) => pixel(ae.picture("C", 0), x, 4)[3]);
  };
  assert.deepEqual(seen("ALPHA"), [0.5, 0]);
  assert.deepEqual(seen("ALPHA_INVERTED"), [0.5, 1]);
  assert.deepEqual(seen("LUMA"), [0.358, 0]);
  assert.deepEqual(seen("LUMA_INVERTED"), [0.642, 1]);
  ae.run("m.inPoint = 1; s.setTrackMatte(m, TrackMatteType.ALPHA)");
  assert.equal(pixel(ae.picture("C", 0), 2, 4)[3], 0);
  assert.equal(pixel(ae.picture("C", 1), 2, 4)[3], 0.5);
});

test("masks: add, subtract, intersect, inverted, curved", () => {
  const ae = solids({ s: [[1, 1, 1], 16, 8] }, `
    function mask(x, y, w, h) { var m = s.mask.addProperty("ADBE Mask Atom"), p = new Shape(); p.vertices = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]]; m.maskPath.setValue(p); return s.mask.numProperties; }
    mask(2, 2, 8, 4)`);
  const row = () => alphas(ae.picture("C", 0))[3].map((one) => (one ? 1 : 0)).join("");
  assert.equal(row(), "0011111111000000");
  ae.run("mask(4, 2, 2, 4); s.mask.property(2).maskMode = MaskMode.SUBTRACT");
  assert.equal(row(), "0011001111000000");
  ae.run("s.mask.property(2).maskMode = MaskMode.INTERSECT");
  assert.equal(row(), "0000110000000000");
  ae.run("s.mask.property(2).inverted = true");
  assert.equal(row(), "0011001111000000");
  ae.run("s.mask.property(2).remove(); var k = 2.2091; var o = new Shape(); o.vertices = [[8, 0], [12, 4], [8, 8], [4, 4]]; o.inTangents = [[-k, 0], [0, -k], [k, 0], [0, k]]; o.outTangents = [[k, 0], [0, k], [-k, 0], [0, -k]]; s.mask.property(1).maskPath.setValue(o)");
  const area = alphas(ae.picture("C", 0)).flat().reduce((sum, one) => sum + one, 0);
  assert.ok(Math.abs(area - Math.PI * 16) < 1, `a circle of radius 4 covers ${area}`);
});

test("effects work on straight color and stop where they are not modelled", () => {
  const ae = solids({ s: [[1, 0, 0], 16, 8] }, "s.opacity.setValue(50); s.effect.addProperty('ADBE Tint')");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [0.299, 0.299, 0.299, 0.5]);
  ae.run("s.effect.property(1).property('Amount to Tint').setValue(0); s.effect.addProperty('ADBE HUE SATURATION').property('Master Saturation').setValue(-100)");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [0.5, 0.5, 0.5, 0.5]);
  ae.run("s.effect.property(2).enabled = false; var fill = s.effect.addProperty('ADBE Fill'); fill.property('Color').setValue([0, 0, 1])");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [0, 0, 1, 0.5]);
  ae.run("s.effect.property(3).remove(); var levels = s.effect.addProperty('ADBE Easy Levels2'); levels.property('Output White').setValue(0.5)");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [0.5, 0, 0, 0.5]);
  ae.run("s.effect.addProperty('ADBE Corner Pin')");
  assert.throws(() => ae.picture("C", 0), Unmodelled);
  ae.run("s.effectsActive = false");
  assert.deepEqual(pixel(ae.picture("C", 0), 2, 2), [1, 0, 0, 0.5]);
});

test("a hue turned by 120 degrees, and a blur that keeps what it spreads", () => {
  const ae = solids({ s: [[1, 0, 0], 4, 4] }, "s.effect.addProperty('ADBE HUE SATURATION').property('Master Hue').setValue(120)");
  assert.deepEqual(pixel(ae.picture("C", 0), 8, 4), [0, 1, 0, 1]);
  const wide = solids({ s: [[1, 1, 1], 16, 8] }, "var m = s.mask.addProperty('ADBE Mask Atom'), p = new Shape(); p.vertices = [[6, 2], [10, 2], [10, 6], [6, 6]]; m.maskPath.setValue(p); s.effect.addProperty('ADBE Gaussian Blur 2').property(1).setValue(1)");
  const rows = alphas(wide.picture("C", 0));
  assert.ok(rows[4][5] > 0.01 && rows[4][5] < 0.5);
  assert.ok(Math.abs(rows.flat().reduce((a, b) => a + b, 0) - 16) < 0.05);
});

test("an adjustment layer changes what is below it, where it is, by its opacity and matte", () => {
  const ae = solids({ s: [[1, 0, 0], 16, 8], a: [[1, 1, 1], 8, 8], top: [[1, 0, 0], 2, 8] },
    "a.adjustmentLayer = true; a.position.setValue([4, 4]); a.opacity.setValue(50); a.effect.addProperty('ADBE Fill').property('Color').setValue([0, 0, 1]); top.position.setValue([1, 4])");
  assert.deepEqual(pixel(ae.picture("C", 0), 4, 4), [0.5, 0, 0.5, 1]);
  assert.deepEqual(pixel(ae.picture("C", 0), 12, 4), [1, 0, 0, 1]);
  assert.deepEqual(pixel(ae.picture("C", 0), 1, 4), [1, 0, 0, 1]);
});

test("blending modes", () => {
  const ae = solids({ s: [[0.5, 0.5, 0.5], 16, 8], b: [[0.4, 0.8, 0], 16, 8] });
  for (const [mode, wanted] of [["ADD", [0.9, 1.3, 0.5, 1]], ["MULTIPLY", [0.2, 0.4, 0, 1]], ["SCREEN", [0.7, 0.9, 0.5, 1]]]) {
    ae.run(`b.blendingMode = BlendingMode.${mode}`);
    assert.deepEqual(pixel(ae.picture("C", 0), 4, 4), wanted, mode);
  }
});

test("text is a block of its color that starts on its baseline", () => {
  const ae = open();
  ae.run("var l = c.layers.addText('ab'), d = l.sourceText.value; d.fontSize = 5; d.fillColor = [0, 1, 0]; l.sourceText.setValue(d); l.position.setValue([3, 6])");
  assert.equal(ae.run("var r = l.sourceRectAtTime(0, false); [r.left, r.top, r.width, r.height].join()"), "0,-4,6,5");
  const rows = alphas(ae.picture("C", 0));
  assert.deepEqual(rows[4].map(Boolean).map(Number).join(""), "0001111110000000");
  assert.deepEqual(rows.map((row) => Number(Boolean(row[4]))).join(""), "00111110");
});

test("a precomp is a picture with its own time", (t) => {
  const ae = open();
  ae.run(`var inner = app.project.items.addComp("inner", 16, 8, 1, 2, 25); inner.layers.add(load(${quoted(frames(folderFor(t), 1, 10))}, 25));
    var l = c.layers.add(inner); l.startTime = 0.4`);
  assert.equal(pixel(ae.picture("C", 0.48), 0, 0)[0], 0.03);
  assert.equal(pixel(ae.picture("C", 0.2), 0, 0)[3], 0);
});

test("EXR: what the file says, as float, its window within its canvas", (t) => {
  const file = path.join(folderFor(t), "a.exr");
  const done = spawnSync(PYTHON, ["-c", `
import numpy as np, OpenImageIO as oiio
spec = oiio.ImageSpec(4, 2, 4, "float"); spec.x, spec.y = 2, 1; spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, 16, 8
spec.attribute("PixelAspectRatio", 2.0)
out = oiio.ImageOutput.create(${quoted(file)}); out.open(${quoted(file)}, spec)
out.write_image(np.full((2, 4, 4), (2.5, 0.25, 0.0, 0.5), np.float32)); out.close()`]);
  assert.equal(done.status, 0, String(done.stderr));
  const ae = open();
  ae.run(`var f = app.project.importFile(new ImportOptions(new File(${quoted(file)})))`);
  assert.equal(ae.run("[f.width, f.height, f.pixelAspect, f.mainSource.alphaMode === AlphaMode.PREMULTIPLIED].join()"), "16,8,2,true");
  const seen = ae.footagePicture(ae.run("f"), 0);
  assert.deepEqual(pixel(seen, 2, 1), [5, 0.5, 0, 0.5]);
  assert.deepEqual(pixel(seen, 1, 1), [0, 0, 0, 0]);
});

test("PNG: 16 bits there and back, and its own pixel aspect", (t) => {
  const file = path.join(folderFor(t), "a.png");
  const data = Float32Array.from({ length: 5 * 3 * 4 }, (_, at) => Math.round((at / 60) * 65535) / 65535);
  writePng(file, { width: 5, height: 3, data, pixelAspect: 1.5 });
  readPng(file).data.forEach((value, at) => assert.ok(Math.abs(value - data[at]) < 1e-7));
  assert.equal(readPng(file, { header: true }).pixelAspect, 1.5);
});

test("the render queue writes what the comp shows: TIFF, a studio's PNG, a movie with alpha, and reads them again", (t) => {
  const folder = folderFor(t);
  const ae = start({ home: folder, templates: { Studio: { ending: "png", straight: true } } });
  const run = (template) =>
    ae.run(`var c = app.project.items.addComp("R", 16, 8, 1, 0.12, 25), s = c.layers.addSolid([1, 0.5, 0], "s", 16, 8, 1);
      s.opacity.setValueAtTime(0, 25); s.opacity.setValueAtTime(0.04, 50); c.displayStartFrame = 10;
      var q = app.project.renderQueue.items.add(c), m = q.outputModule(1), needed = q.status === RQItemStatus.NEEDS_OUTPUT;
      m.applyTemplate(${quoted(template)}); app.project.renderQueue.render(); needed + (q.status === RQItemStatus.DONE) + m.file.displayName`);
  assert.equal(run("Studio"), "truetrueR_[#####].png".replace("truetrue", "2"));
  assert.deepEqual(pixel(readPng(path.join(folder, "R_00011.png")), 3, 3), [1, 0.5, 0, 0.5]);
  run("TIFF Sequence with Alpha");
  run("High Quality with Alpha");
  for (const [file, sequence] of [["R_00010.tif", true], ["R.mov", false]]) {
    ae.run(`var io = new ImportOptions(new File(${quoted(path.join(folder, file))})); io.sequence = ${sequence}; var f = app.project.importFile(io);
      f.mainSource.conformFrameRate = 25; f.mainSource.alphaMode = AlphaMode.PREMULTIPLIED`);
    assert.equal(ae.run("f.duration.toFixed(6) + f.mainSource.hasAlpha"), "0.120000true", file);
    assert.deepEqual(pixel(ae.footagePicture(ae.run("f"), 0.04), 3, 3), [1, 0.5, 0, 0.5], file);
  }
  assert.throws(() => ae.run("m.applyTemplate('Lossless'); m.file = new File('x.avi'); q.render = true; app.project.renderQueue.render()"), Unmodelled);
});

test("saveFrameToPng writes after the script has ended", (t) => {
  const file = path.join(folderFor(t), "frame.png");
  const ae = solids({ s: [[1, 0.5, 0], 16, 8] });
  assert.equal(ae.evalScript(`var f = new File(${quoted(file)}); c.saveFrameToPng(0, f); f.exists`), "false");
  assert.equal(ae.evalScript("f.exists"), "true");
  assert.deepEqual(pixel(readPng(file), 3, 3), [1, 0.5, 0, 1]);
});
