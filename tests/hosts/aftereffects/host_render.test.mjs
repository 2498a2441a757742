/** Render first: layers whose picture is not that of a file become plates. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileOf, folderFor, jobFor, open, read, scene, sequence } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1012;

/** The studio has a template of its own, for PNG; `stock`: After Effects as it comes, which writes TIFF. */
function stage(t, more, { stock = false, ...settings } = {}) {
  const folder = folderFor(t, "my shots");
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const host = open(stock ? {} : { templates: { Mattewire: { ending: "png" } } });
  const made = scene(host.ae, plate, { first: FIRST, seconds: 0.4, more, ...settings });
  return { ...host, folder, plate, made };
}

test("a time-remapped layer is rendered, takes its layer's place and can be matted", (t) => {
  const { ae, ask, fault, folder, made } = stage(
    t,
    `layer.timeRemapEnabled = true; var remap = layer.property("ADBE Time Remapping");
     remap.setValueAtTime(0, 0.4); remap.setValueAtTime(0.4, 0);`,
    { comp: { displayStartFrame: 100 } },
  );
  assert.equal(fault("look").render, true);
  const seen = Array.from({ length: 10 }, (_, k) => read(ae.picture("shot", k / 25)).plate);
  const before = ae.state();
  const plan = ask("render_plan", { folder: path.join(folder, "renders"), name: "founder" });
  assert.deepEqual([plan.kind, plan.template, plan.frames], ["sequence", "Mattewire", { first: 100, last: 109 }]);
  ae.undo();
  assert.deepEqual(ae.state(), before);

  const again = ask("render_plan", { folder: path.join(folder, "renders"), name: "founder" });
  ask("render", again);
  const taken = ask("render_take", again);
  const comp = ae.app.project.itemByID(made.comp);
  assert.deepEqual(Array.from(comp.selectedLayers, (one) => one.id), [taken.layer_id]);
  assert.deepEqual([comp.numLayers, comp.layer(1).id, comp.layer(2).enabled], [2, taken.layer_id, false]);
  assert.equal(ae.app.project.renderQueue.numItems, 0);
  const look = ask("look");
  assert.equal(look.plate.fps, 25);
  assert.equal(look.plate.last - look.plate.first, 9);
  seen.forEach((number, k) => assert.equal(read(ae.picture("shot", k / 25)).plate, number, `comp frame ${k}`));

  const { first, last } = look.ranges.comp.plate;
  const matte = sequence(path.join(folder, "matte"), "matte", first, last);
  ask("place", jobFor(taken.layer_id, matte, first, last));
  for (const k of [0, 3, 9]) {
    const pixels = read(ae.picture("shot", k / 25));
    assert.deepEqual([pixels.plate, pixels.matte], [seen[k], first + k]);
  }
});

test("only the layer is rendered, and nothing else that waits in the queue", (t) => {
  const { ae, ask, folder, made } = stage(
    t,
    `var mask = layer.property("ADBE Mask Parade").addProperty("ADBE Mask Atom"), whole = new Shape();
     whole.vertices = [[0, 0], [64, 0], [64, 36], [0, 36]]; mask.property("ADBE Mask Shape").setValue(whole);
     comp.layers.addSolid([0, 1, 0], "cover", 64, 36, 1).solo = true;
     app.project.renderQueue.items.add(comp).outputModule(1).file = new File("${folderFor(t)}/other.mov");`,
  );
  const plan = ask("render_plan", { folder, name: "alone", layer_id: made.layer });
  ask("render", plan);
  assert.equal(ae.app.project.renderQueue.item(1).status, ae.run("RQItemStatus.QUEUED"));
  assert.equal(ae.app.project.renderQueue.item(1).render, true);
  ask("render_take", plan);
  ae.run('app.project.activeItem.layer("cover").enabled = false; app.project.activeItem.layer("cover").solo = false;');
  assert.equal(read(ae.picture("shot", 0.2)).plate, 1006);
});

test("a plan that is dropped leaves nothing", (t) => {
  const { ae, ask, fault, folder } = stage(t, "layer.timeRemapEnabled = true;");
  const before = ae.state();
  const plan = ask("render_plan", { folder, name: "dropped" });
  ask("render_drop", plan);
  assert.deepEqual(ae.state(), before);
  assert.match(fault("render", plan).message, /no longer in the render queue/);
});

test("what stands in the way of a render is said", (t) => {
  const { ae, ask, fault, folder, made } = stage(t, "layer.timeRemapEnabled = true;");
  fs.writeFileSync(path.join(folder, "file"), "");
  const before = ae.state();
  assert.equal(fault("render_plan", { folder: path.join(folder, "file", "in it"), name: "x" }).code, "not_writable");
  ae.run("var kept = mattewire.TEMPLATES; mattewire.TEMPLATES = ['none of these'];");
  assert.match(fault("render_plan", { folder, name: "x" }).advice, /Output Module/);
  ae.run("mattewire.TEMPLATES = kept;");
  assert.deepEqual(ae.state(), before);

  const plan = ask("render_plan", { folder, name: "cut short" });
  assert.match(fault("render_take", plan).message, /no rendered frame/);
  ask("render", plan);
  const files = fs.readdirSync(folder).filter((name) => name.startsWith("cut short"));
  assert.equal(files.length, 10);
  fs.rmSync(path.join(folder, files.sort()[9]));
  const there = ae.state();
  assert.equal(fault("render_take", plan).code, "frame_missing");
  assert.deepEqual(ae.state(), there);
  ae.run(`app.project.layerByID(${made.layer}).containingComp.layers.addNull().selected = true; app.project.layerByID(${made.layer}).selected = false;`);
  assert.match(fault("render_plan", { folder, name: "x" }).message, /has no picture/);
});

test("a precomp becomes a plate", (t) => {
  const { ae, ask, folder } = stage(
    t,
    `layer.selected = false; var outer = app.project.items.addComp("outer", 64, 36, 1, 0.16, 25); outer.openInViewer();
     layer = outer.layers.add(comp);`,
    { stock: true, seconds: 0.16 },
  );
  const plan = ask("render_plan", { folder, name: "inner" });
  assert.equal(plan.template, "TIFF Sequence with Alpha");
  ask("render", plan);
  ask("render_take", plan);
  assert.equal(ask("look").plate.path, path.join(folder, "inner_#####.tif"));
  assert.equal(read(ae.picture("outer", 0.08)).plate, 1003);
});
