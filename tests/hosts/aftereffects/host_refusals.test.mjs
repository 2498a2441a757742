/** What the panel is told when the selection is no plate: each its sentence and its way out. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileOf, folderFor, jobFor, literal, open, scene, sequence } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1004;

/** Script that leaves one thing selected in `comp`; what `look` then says. */
const SELECTIONS = {
  "nothing": ["", /No layer is selected/, /Select the layer with the plate/],
  "two layers": ["comp.layers.addNull().selected = true; layer.selected = true;", /2 layers are selected/, /only the layer/],
  "a null": ["comp.layers.addNull().selected = true;", /is a null/, /Select the layer/],
  "a solid": ["comp.layers.addSolid([1, 0, 0], 'Red', 64, 36, 1).selected = true;", /"Red" is a solid/, /Select the layer/],
  "an adjustment layer": [
    "var grade = comp.layers.addSolid([1, 1, 1], 'Grade', 64, 36, 1); grade.adjustmentLayer = true; grade.selected = true;",
    /"Grade" is an adjustment layer/, /Select the layer/,
  ],
  "text": ["comp.layers.addText('hello').selected = true;", /is text, which has no footage/, /Select the layer/],
  "a shape layer": ["comp.layers.addShape().selected = true;", /is a shape layer/, /Select the layer/],
  "a camera": ["comp.layers.addCamera('Cam', [32, 18]).selected = true;", /"Cam" is a camera/, /Select the layer/],
  "a precomp": [
    "comp.layers.add(app.project.items.addComp('inner', 64, 36, 1, 1, 25)).selected = true;",
    /"inner" is a precomp/,
    /inside the precomp.*Render first/,
    { render: true },
  ],
  "a placeholder": [
    "comp.layers.add(app.project.importPlaceholder('later', 64, 36, 25, 1)).selected = true;",
    /"later" is a placeholder/,
    /Replace it/,
    { code: "plate_not_found" },
  ],
  "a time-remapped layer": ["layer.timeRemapEnabled = true; layer.selected = true;", /time-remapped/, /Render first.*Time Stretch/, { render: true }],
  "masks": [
    "layer.property('ADBE Mask Parade').addProperty('ADBE Mask Atom').name = 'Roto'; layer.selected = true;",
    /has masks: Roto/,
    /garbage mattes/,
    { render: true, keep: "masks" },
  ],
  "an effect that may move pixels": [
    "layer.property('ADBE Effect Parade').addProperty('ADBE Set Matte3'); layer.selected = true;",
    /may move pixels: Set Matte/,
    /adjustment layer/,
    { render: true, keep: "effects" },
  ],
  "footage with fields": [
    "item.mainSource.fieldSeparationType = FieldSeparationType.UPPER_FIELD_FIRST; layer.selected = true;",
    /read as fields/,
    /Interpret Footage/,
    { render: true },
  ],
};

for (const [name, [more, message, advice, wanted = {}]] of Object.entries(SELECTIONS))
  test(`selected: ${name}`, (t) => {
    const plate = sequence(path.join(folderFor(t), "plate"), "plate", FIRST, LAST);
    const { ae, ask, fault } = open();
    const made = scene(ae, plate, { first: FIRST });
    ae.run(`(function () { var comp = app.project.activeItem, layer = comp.layer(1), item = layer.source; layer.selected = false; ${more} }())`);
    const before = ae.state();
    const found = fault("look");
    assert.match(found.message, message);
    assert.match(found.advice, advice);
    assert.equal(found.code, wanted.code ?? "bad_field");
    assert.equal(found.render, wanted.render ?? false);
    assert.equal(found.keep, wanted.keep ?? "");
    assert.deepEqual(ae.state(), before, "looking changes nothing");
    const state = ask("state");
    assert.equal(state.comp.name, "shot");
    if (name === "two layers") assert.deepEqual([state.selected, state.layer], [2, null]);
    if (found.keep) {
      assert.equal(ask("look", { keep: [found.keep] }).notes.length, 1);
      assert.equal(fault("place", jobFor(made.layer, plate, FIRST, LAST)).keep, found.keep);
    }
  });

test("a still, missing footage, a file that is gone, no comp", (t) => {
  const folder = path.join(folderFor(t), "plate");
  const plate = sequence(folder, "plate", FIRST, LAST);
  const { ae, ask, fault } = open();
  assert.match(fault("look").message, /No comp is open/);
  assert.deepEqual([ask("state").comp, ask("state").supported], [null, true]);
  const made = scene(ae, plate, { first: FIRST });
  ae.run(`(function () {
    var comp = app.project.activeItem, still = comp.layers.add(app.project.importFile(new ImportOptions(new File(${literal(fileOf(plate, FIRST))}))));
    comp.layer(2).selected = false;
    still.selected = true;
  }())`);
  assert.match(fault("look").message, /is a still/);
  fs.rmSync(fileOf(plate, LAST));
  assert.equal(fault("look", { layer_id: made.layer }).code, "frame_missing");
  fs.rmSync(folder, { recursive: true });
  const missing = fault("look", { layer_id: made.layer });
  assert.equal(missing.code, "plate_not_found");
  assert.match(missing.message, /plate\.1001\.png/);
  assert.match(missing.advice, /Replace Footage/);
});

test("effects and masks that leave the plate's pixels where they are do not count", (t) => {
  const plate = sequence(path.join(folderFor(t), "plate"), "plate", FIRST, LAST);
  const { ae, ask } = open();
  scene(ae, plate, {
    first: FIRST,
    more: `var effects = layer.property("ADBE Effect Parade"), masks = layer.property("ADBE Mask Parade");
      effects.addProperty("ADBE Tint"); effects.addProperty("ADBE Slider Control"); effects.addProperty("ADBE Gaussian Blur 2");
      effects.addProperty("ADBE Set Matte3").enabled = false;
      masks.addProperty("ADBE Mask Atom").maskMode = MaskMode.NONE; masks.addProperty("ADBE Mask Atom").name = "Mattewire founder";`,
  });
  assert.deepEqual(ask("look").notes, []);
  ae.run(`var fx = app.project.activeItem.layer(1); fx.property("ADBE Effect Parade").addProperty("ADBE Set Matte3"); fx.effectsActive = false;`);
  assert.deepEqual(ask("look").notes, []);
});

test("After Effects 22 is told what it lacks", (t) => {
  const plate = sequence(path.join(folderFor(t), "plate"), "plate", FIRST, LAST);
  const { ae, ask, fault } = open({ version: "22.0" });
  const made = scene(ae, plate, { first: FIRST });
  for (const name of ["look", "place", "check"]) {
    const found = fault(name, jobFor(made.layer, plate, FIRST, LAST));
    assert.equal(found.code, "install_incomplete");
    assert.match(found.message, /After Effects 22\.0/);
    assert.match(found.advice, /2023/);
  }
  assert.equal(ask("state").supported, false);
});

test("After Effects 23.0 places mattes", (t) => {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const matte = sequence(path.join(folder, "matte"), "matte", FIRST, LAST);
  const { ae, ask } = open({ version: "23.0" });
  const made = scene(ae, plate, { first: FIRST });
  assert.equal(ask("place", jobFor(made.layer, matte, FIRST, LAST)).linked, true);
});

test("a sequence that was brought in from its middle counts from there", (t) => {
  const plate = sequence(path.join(folderFor(t), "plate"), "plate", 1, 30);
  const { ae, ask } = open();
  ae.run(`(function () {
    var options = new ImportOptions(new File(${literal(fileOf(plate, 1))})), comp;
    options.sequence = true;
    options.rangeEnd = 20;
    options.rangeStart = 11;
    comp = app.project.items.addComp("shot", 64, 36, 1, 1, 30);
    comp.openInViewer();
    comp.layers.add(app.project.importFile(options)).selected = true;
  }())`);
  const look = ask("look");
  assert.deepEqual([look.plate.first, look.plate.last, look.runs[0].plate], [11, 20, 11]);
  ae.run('app.project.activeItem.layer(1).source.name = "my plate";');
  assert.deepEqual([ask("look").plate.first, ask("look").plate.last], [11, 20]);
});

test("ExtendScript busy: the answer comes when it is free", async (t) => {
  const { ae } = open();
  ae.busy(0.2);
  const from = performance.now();
  const text = await new Promise((done) => ae.evalScript('mattewire.call("state", "")', done));
  assert.equal(JSON.parse(text).ok, true);
  assert.ok(performance.now() - from >= 190);
  assert.ok(t);
});
