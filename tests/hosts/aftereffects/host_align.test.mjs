/**
 * Matte and plate coincide wherever the artist put the plate. The plate is of one color and the matte is not, so that the
 * plate seen through the matte equals a cut-out in the plate's place, which is what each case is compared with.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { writePng } from "./fake_ae/index.mjs";
import { fileOf, folderFor, HEIGHT, jobFor, literal, open, scene, WIDTH } from "./host_stage.mjs";

const FIRST = 11;
const LAST = 14;
const COLOR = [0.8, 0.3, 0.1];
const STEP = 1 / 255;

/**
 * A soft matte that differs in every pixel and on every frame, and is 0 along the border: there the edges of both layers
 * are soft where they are resampled, and a track matte multiplies them, wherever it lies.
 */
function alphaAt(frame, x, y) {
  if (Math.min(x, y, WIDTH - 1 - x, HEIGHT - 1 - y) < 2) return 0;
  return 0.5 + 0.5 * Math.sin(x * 0.9 + frame) * Math.cos(y * 0.7 - frame);
}

function write(folder, kind, pixelAspect) {
  fs.mkdirSync(folder, { recursive: true });
  const pattern = path.join(folder, `${kind}.####.png`);
  for (let frame = FIRST; frame <= LAST; frame += 1) {
    const data = new Float32Array(WIDTH * HEIGHT * 4);
    for (let y = 0; y < HEIGHT; y += 1)
      for (let x = 0; x < WIDTH; x += 1) {
        const color = kind === "matte" ? [1, 1, 1] : COLOR;
        data.set([...color, kind === "plate" ? 1 : alphaAt(frame, x, y)], (y * WIDTH + x) * 4);
      }
    writePng(fileOf(pattern, frame), { width: WIDTH, height: HEIGHT, data, pixelAspect });
  }
  return pattern;
}

/** Where the plate is: script with `comp`, `layer` and its transform `t`; `linked` says how the matte must follow. */
const CASES = {
  "as it came": { more: "" },
  "scaled, not evenly": { more: "t.property('ADBE Scale').setValue([70, 130]);" },
  "turned about an anchor off center": {
    more: "t.property('ADBE Anchor Point').setValue([3, 30]); t.property('ADBE Rotate Z').setValue(25);",
  },
  "keyframed": {
    more: `t.property('ADBE Position').setValueAtTime(0, [20, 10]); t.property('ADBE Position').setValueAtTime(0.12, [45, 25]);
      t.property('ADBE Scale').setValueAtTime(0, [100, 100]); t.property('ADBE Scale').setValueAtTime(0.12, [60, 40]);
      t.property('ADBE Rotate Z').setValueAtTime(0, 0); t.property('ADBE Rotate Z').setValueAtTime(0.12, 90);`,
  },
  "half transparent": { more: "t.property('ADBE Opacity').setValue(50);" },
  "parented to a null that turns and scales": {
    more: `var rig = comp.layers.addNull(); var r = rig.property('ADBE Transform Group');
      r.property('ADBE Rotate Z').setValueAtTime(0, 0); r.property('ADBE Rotate Z').setValueAtTime(0.12, 40);
      r.property('ADBE Scale').setValue([120, 60]); layer.parent = rig; t.property('ADBE Rotate Z').setValue(-15);`,
  },
  "in space": {
    more: `layer.threeDLayer = true; t.property('ADBE Position').setValue([30, 20, 15]); t.property('ADBE Rotate Y').setValue(20);
      t.property('ADBE Rotate X').setValue(-10); t.property('ADBE Anchor Point').setValue([10, 5, 4]);`,
  },
  "in space, parented": {
    more: `var rig = comp.layers.addNull(); rig.threeDLayer = true; layer.threeDLayer = true; layer.setParentWithJump(rig);
      rig.property('ADBE Transform Group').property('ADBE Rotate Y').setValue(25); t.property('ADBE Orientation').setValue([0, 10, 20]);`,
  },
  "in a larger comp": { comp: { width: 100, height: 80 }, more: "t.property('ADBE Position').setValue([70, 30]);" },
  "anamorphic in a square comp": { pixelAspect: 2, linked: false, comp: { width: 140 }, more: "t.property('ADBE Rotate Z').setValue(20);" },
  "anamorphic in an anamorphic comp": {
    pixelAspect: 2, linked: false, comp: { pixelAspect: 2 },
    more: "t.property('ADBE Scale').setValueAtTime(0, [90, 90]); t.property('ADBE Scale').setValueAtTime(0.12, [50, 70]);",
  },
  "anamorphic, parented, with effects, masks and a marker": {
    pixelAspect: 2, linked: false, comp: { width: 140 }, keep: ["masks"],
    more: `var rig = comp.layers.addNull(); layer.parent = rig; rig.property('ADBE Transform Group').property('ADBE Rotate Z').setValue(30);
      layer.property('ADBE Effect Parade').addProperty('ADBE Tint').property(3).setValue(0);
      var mask = layer.property('ADBE Mask Parade').addProperty('ADBE Mask Atom'); var shape = new Shape();
      shape.vertices = [[-9, -9], [300, -9], [300, 300], [-9, 300]]; shape.closed = true; mask.property('ADBE Mask Shape').setValue(shape);
      layer.property('ADBE Marker').setValueAtTime(0, new MarkerValue('here'));
      t.property('ADBE Opacity').setValueAtTime(0, 20); t.property('ADBE Opacity').setValueAtTime(0.12, 90);`,
  },
  "anamorphic, moved by an expression": {
    pixelAspect: 2, linked: false, comp: { width: 140 },
    more: `layer.property("ADBE Effect Parade").addProperty("ADBE Slider Control").property(1).setValue(55);
      t.property("ADBE Position").expression = "[effect('Slider Control')('Slider') + time * 50, 18]";`,
  },
};

function assertSame(one, other, words) {
  assert.deepEqual([one.width, one.height], [other.width, other.height]);
  let worst = 0;
  let seen = 0;
  for (let at = 0; at < one.data.length; at += 4) {
    const [a, b] = [one.data[at + 3], other.data[at + 3]];
    seen = Math.max(seen, b);
    worst = Math.max(worst, Math.abs(a - b));
    for (let channel = 0; channel < 3; channel += 1)
      worst = Math.max(worst, Math.abs(one.data[at + channel] * a - other.data[at + channel] * b));
  }
  assert.ok(seen > 0.1, `${words}: something is seen`);
  assert.ok(worst <= STEP, `${words}: off by ${worst}`);
}

for (const [name, { more, comp = {}, pixelAspect = 1, linked = true, keep = [] }] of Object.entries(CASES))
  test(`matte and plate coincide: ${name}`, (t) => {
    const folder = folderFor(t);
    const plate = write(path.join(folder, "plate"), "plate", pixelAspect);
    const cutout = write(path.join(folder, "cutout"), "cutout", pixelAspect);
    const matte = write(path.join(folder, "matte"), "matte", 1);
    const { ae, ask } = open();
    const made = scene(ae, plate, {
      first: FIRST, seconds: 0.16, comp: { bgColor: [0, 0, 0], ...comp }, more: `var t = layer.property("ADBE Transform Group"); ${more}`,
    });
    const placed = ask("place", jobFor(made.layer, matte, FIRST, LAST, { keep }));
    assert.equal(placed.linked, linked);
    for (const property of ["Anchor Point", "Position", "Scale", "Rotate Z", "Opacity"]) {
      const own = ae.app.project.layerByID(placed.layer_id).property("ADBE Transform Group").property(`ADBE ${property}`);
      assert.equal(own.expressionError, "", property);
    }
    const times = [0, 0.04, 0.08, 0.12];
    const matted = times.map((time) => ae.picture("shot", time));
    ae.run(`(function () {
      var options = new ImportOptions(new File(${literal(fileOf(cutout, FIRST))}));
      options.sequence = true;
      var item = app.project.importFile(options), layer = app.project.layerByID(${made.layer});
      item.mainSource.conformFrameRate = 25;
      item.mainSource.alphaMode = AlphaMode.STRAIGHT;
      item.pixelAspect = ${pixelAspect};
      layer.removeTrackMatte();
      layer.replaceSource(item, false);
    }())`);
    times.forEach((time, at) => assertSame(matted[at], ae.picture("shot", time), `${name} at ${time}`));
  });

test("a linked matte goes along when the plate is animated afterwards", (t) => {
  const folder = folderFor(t);
  const [plate, matte] = ["plate", "matte"].map((kind) => write(path.join(folder, kind), kind, 1));
  const { ae, ask } = open();
  const made = scene(ae, plate, { first: FIRST, seconds: 0.16 });
  ask("place", jobFor(made.layer, matte, FIRST, LAST));
  const still = ae.picture("shot", 0.04);
  ae.run(`app.project.layerByID(${made.layer}).property("ADBE Transform Group").property("ADBE Position").setValue([${WIDTH / 2 + 10}, ${HEIGHT / 2 + 4}])`);
  const moved = ae.picture("shot", 0.04);
  for (let y = 0; y < HEIGHT - 4; y += 1)
    for (let x = 0; x < WIDTH - 10; x += 1) {
      const [from, to] = [(y * WIDTH + x) * 4 + 3, ((y + 4) * WIDTH + x + 10) * 4 + 3];
      assert.ok(Math.abs(still.data[from] - moved.data[to]) <= STEP, `pixel ${x}, ${y}`);
    }
});

test("a copy of the plate's movement keeps nothing of the plate but where it is", (t) => {
  const folder = folderFor(t);
  const plate = write(path.join(folder, "plate"), "plate", 2);
  const matte = write(path.join(folder, "matte"), "matte", 2);
  const { ae, ask } = open();
  const { more } = CASES["anamorphic, parented, with effects, masks and a marker"];
  const made = scene(ae, plate, { first: FIRST, more: `var t = layer.property("ADBE Transform Group"); ${more}` });
  const placed = ask("place", jobFor(made.layer, matte, FIRST, LAST, { keep: ["masks"] }));
  assert.match(placed.notes.join(" "), /copy of the movement/);
  const layer = ae.app.project.layerByID(placed.layer_id);
  for (const group of ["ADBE Mask Parade", "ADBE Effect Parade"]) assert.equal(layer.property(group).numProperties, 0);
  assert.equal(layer.property("ADBE Marker").numKeys, 0);
  assert.equal(layer.property("ADBE Transform Group").property("ADBE Opacity").numKeys, 0);
  assert.equal(layer.property("ADBE Transform Group").property("ADBE Opacity").value, 100);
  assert.equal(layer.enabled, false);
});

test("an expression on a layer whose name is not its own: said, and nothing changed", (t) => {
  const folder = folderFor(t);
  const plate = write(path.join(folder, "plate"), "plate", 2);
  const matte = write(path.join(folder, "matte"), "matte", 2);
  const { ae, fault } = open();
  const made = scene(ae, plate, {
    first: FIRST, more: "layer.duplicate(); layer.property('ADBE Transform Group').property('ADBE Position').expression = '[time, 5]';",
  });
  const before = ae.state();
  assert.match(fault("place", jobFor(made.layer, matte, FIRST, LAST)).advice, /name of its own/);
  assert.deepEqual(ae.state(), before);
});
