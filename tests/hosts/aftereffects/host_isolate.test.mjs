/** Color isolate and background swap: the picture by hand, one step, in place again, and out without a trace. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { writePng } from "./fake_ae/index.mjs";
import { assertExpressions, assertLayered, assertSame, CAPTIONS, drawn, FIRST, LAST, over, parts, stack, stage, TIMES, write } from "./isolate_stage.mjs";
import { HEIGHT, WIDTH } from "./host_stage.mjs";

const LUMA = [0.299, 0.587, 0.114];
const TURNED = "t.property('ADBE Scale').setValue([70, 90]); t.property('ADBE Rotate Z').setValueAtTime(0, 0); t.property('ADBE Rotate Z').setValueAtTime(0.2, 40);";
const FLOOR = 'var floor = comp.layers.addSolid([0.9, 0.1, 0.4], "floor", 140, 36, 1); floor.moveToEnd();';

/** `whole` with its color taken away by `gray` percent, and dimmed by `darker`, wherever the plate shows no subject. */
function isolated(whole, back, front, gray = 100, darker = 0) {
  const out = Float32Array.from(whole.data);
  for (let at = 0; at < out.length; at += 4) {
    const weight = back.data[at + 3] - front.data[at + 3];
    const luma = LUMA.reduce((sum, one, channel) => sum + one * whole.data[at + channel], 0);
    for (let channel = 0; channel < 3; channel += 1) {
      const color = whole.data[at + channel];
      const changed = (color + (luma - color) * (gray / 100)) * (1 - darker / 100);
      out[at + channel] = color + (changed - color) * weight;
    }
  }
  return { ...whole, data: out };
}

function assertIsolated(held, { back, front }, wholes, words, gray, darker) {
  TIMES.forEach((time, at) => assertSame(drawn(held.ae, time), isolated(wholes[at], back[at], front[at], gray, darker), `${words} at ${time}`));
}

const COLOR = {
  "as it came": {},
  "turning, above another layer": { more: TURNED, captions: FLOOR },
  "stretched": { layer: { stretch: 200, startTime: -0.12 } },
  "backward, in space": { layer: { stretch: -100, startTime: 0.24 }, more: "layer.threeDLayer = true; t.property('ADBE Rotate Y').setValue(30);" },
  "anamorphic, turning": { pixelAspect: 2, comp: { width: 140 }, more: TURNED },
};

for (const [name, settings] of Object.entries(COLOR))
  test(`color isolate: the subject keeps its color, the rest of the plate is gray: ${name}`, (t) => {
    const held = stage(t, { captions: "", ...settings });
    const { ae, ask, job } = held;
    const before = ae.state();
    const wholes = TIMES.map((time) => drawn(ae, time));
    const made = ask("isolate", { ...job, kind: "color" });
    assert.equal(made.name, "Rest: founder speaking v001");
    assertExpressions(ae, made.front_layer_id);
    assertExpressions(ae, made.layer_id);
    const alone = parts(held, { pixelAspect: settings.pixelAspect });
    assertIsolated(held, alone, wholes, name);
    ae.undo();
    assert.deepEqual(ae.state(), before);
    ask("isolate", { ...job, kind: "color", gray: 60, darker: 50 });
    assertIsolated(held, alone, wholes, `${name}, half`, 60, 50);
    ask("isolate_remove", { layer_id: job.layer_id });
    assert.deepEqual(ae.state(), before);
  });

test("color isolate as data: an adjustment layer right above the plate, as long as there are mattes", (t) => {
  const { ae, ask, job, folder } = stage(t);
  const some = write(path.join(folder, "some"), "matte", { first: FIRST + 1, last: LAST - 2 });
  const steps = ae.history.length;
  const made = ask("isolate", { ...job, kind: "color", path: some, first: FIRST + 1, last: LAST - 2 });
  assert.deepEqual(ae.history.slice(steps), ["Mattewire: color isolate of founder speaking"]);
  const layers = stack(ae, "shot");
  assert.deepEqual(layers.map((one) => one.name), ["caption", "Matte: founder speaking v001", made.name, "plate"]);
  assert.deepEqual([layers[2].from, layers[2].to, layers[2].matte], [0.04, 0.16, layers[1].name]);
  assert.equal(layers[3].matte, null);
  const rest = ae.app.project.layerByID(made.front_layer_id);
  assert.equal(rest.adjustmentLayer, true);
  assert.equal(rest.trackMatteType, ae.run("TrackMatteType.ALPHA_INVERTED"));
});

test("a later grade of the plate reaches subject and rest; effects on the rest stay when it is made again", (t) => {
  const held = stage(t, { captions: "" });
  const { ae, ask, job, made } = held;
  const isolate = ask("isolate", { ...job, kind: "color" });
  const change = "layer.property('ADBE Effect Parade').addProperty('ADBE Easy Levels2').property(7).setValue(0.5);";
  ae.run(`(function () { var layer = app.project.layerByID(${made.layer}); ${change} }())`);
  const alone = parts(held, { change });
  assertIsolated(held, alone, alone.back, "graded");
  ae.run(`app.project.layerByID(${isolate.front_layer_id}).property("ADBE Effect Parade").property("Mattewire Gray").property(3).setValue(30)`);
  ask("isolate", { ...job, kind: "color" });
  assertIsolated(held, alone, alone.back, "as the artist left it", 30);
  const before = ae.state();
  ask("isolate", { ...job, kind: "color", gray: 80 });
  assertIsolated(held, alone, alone.back, "grayer", 80);
  ae.undo();
  assert.deepEqual(ae.state(), before);
  ae.run(`mattewire.isolated = function () { throw new Error("out of memory"); };`);
  assert.equal(ask("look").layer.isolates.length, 1);
});

test("color and caption isolate on one plate", (t) => {
  const held = stage(t);
  const { ae, ask, job } = held;
  const { back, front, caption } = parts(held);
  const before = ae.state();
  for (const kinds of [["color", "caption"], ["caption", "color"]]) {
    for (const kind of kinds) ask("isolate", { ...job, kind });
    TIMES.forEach((time, at) => {
      const wanted = over(front[at], over(caption[at], isolated(back[at], back[at], front[at])));
      assertSame(drawn(ae, time), wanted, `${kinds} at ${time}`);
    });
    ask("isolate_remove", { layer_id: job.layer_id, kind: kinds[0] });
    assert.deepEqual(ask("look").layer.isolates.map((one) => one.kind), [kinds[1]]);
    ask("isolate_remove", { layer_id: job.layer_id });
    assert.deepEqual(ae.state(), before);
  }
});

function picture(folder, name, color) {
  const file = path.join(folder, name);
  const data = new Float32Array(20 * 10 * 4);
  for (let at = 0; at < data.length; at += 4) data.set([...color, 1], at);
  writePng(file, { width: 20, height: 10, data });
  return file;
}

const flat = (color) => {
  const data = new Float32Array(WIDTH * HEIGHT * 4);
  for (let at = 0; at < data.length; at += 4) data.set([...color, 1], at);
  return { width: WIDTH, height: HEIGHT, data };
};

function assertSwapped(ae, front, color, words) {
  TIMES.forEach((time, at) => {
    // A hair inside: a picture that is laid over the whole comp is soft along its own border.
    const [seen, wanted] = [drawn(ae, time), over(front[at], flat(color))];
    for (let y = 2; y < HEIGHT - 2; y += 1)
      for (let x = 8; x < WIDTH - 8; x += 1)
        for (let channel = 0; channel < 4; channel += 1) {
          const one = (y * WIDTH + x) * 4 + channel;
          assert.ok(Math.abs(seen.data[one] - wanted.data[one]) <= 1 / 255, `${words} at ${time}: ${x}, ${y}`);
        }
  });
}

test("background swap with a picture from disk, then with another one, and back", (t) => {
  const held = stage(t, { captions: "", more: TURNED });
  const { ae, ask, fault, job, folder } = held;
  const before = ae.state();
  const { front } = parts(held);
  const [blue, red] = [picture(folder, "blue.png", [0, 0.2, 1]), picture(folder, "red.png", [1, 0.2, 0])];
  assert.match(fault("isolate", { ...job, kind: "background" }).message, /No background is chosen/);
  const made = ask("isolate", { ...job, kind: "background", background: blue });
  assert.equal(made.front_layer_id, made.plate_layer_id);
  assertSwapped(ae, front, [0, 0.2, 1], "blue");
  ask("isolate", { ...job, kind: "background", background: red });
  assertSwapped(ae, front, [1, 0.2, 0], "red");
  assert.deepEqual(stack(ae, "shot").map((one) => one.name), ["Matte: founder speaking v001", "plate", "red.png"]);
  ask("isolate", { ...job, kind: "background" });
  assertSwapped(ae, front, [1, 0.2, 0], "still red");
  ask("isolate_remove", { layer_id: job.layer_id });
  assert.deepEqual(ae.state(), before);
});

test("background swap with a layer, which goes back to its place", (t) => {
  const settings = { captions: 'var wall = comp.layers.addSolid([0, 1, 0], "wall", 64, 36, 1); wall.enabled = false; wall.comment = "mine"; comp.layers.addNull().selected = false;' };
  const held = stage(t, settings);
  const { ae, ask, job } = held;
  const before = ae.state();
  const id = ae.run(`app.project.layerByID(${job.layer_id}).containingComp.layer("wall").id`);
  ask("isolate", { ...job, kind: "background", background_layer_id: id });
  const { front } = parts(held);
  assertSwapped(ae, front, [0, 1, 0], "wall");
  assert.deepEqual(stack(ae, "shot").map((one) => one.name), ["Null 1", "Matte: founder speaking v001", "plate", "wall"]);
  ae.undo();
  assert.deepEqual(ae.state(), before);
  ask("isolate", { ...job, kind: "background", background_layer_id: id });
  ask("isolate_remove", { layer_id: id });
  assert.deepEqual(ae.state(), before);
});

test("background swap of a plate that is matted already: only the background comes and goes", (t) => {
  const held = stage(t, { captions: "" });
  const { ae, ask, job, folder } = held;
  const placed = ask("place", job);
  const before = ae.state();
  const made = ask("isolate", { ...job, kind: "background", background: picture(folder, "blue.png", [0, 0.2, 1]) });
  assert.equal(made.layer_id, placed.layer_id);
  assertSwapped(ae, parts(held).front, [0, 0.2, 1], "placed");
  const next = { ...job, job_id: "fedcba9876543210", path: write(path.join(folder, "v002"), "matte"), version: "v002" };
  ask("update", { ...next, was: job.job_id });
  assert.deepEqual(ask("look").layer.isolates, [{ kind: "background", job_id: next.job_id }], "an update does not forget it");
  ae.undo();
  ask("isolate_remove", { layer_id: job.layer_id });
  assert.deepEqual(ae.state(), before);
});

test("captions behind the subject of a swapped background: the artist is told how", (t) => {
  const { ask, fault, job, folder } = stage(t, { captions: CAPTIONS });
  ask("isolate", { ...job, kind: "background", background: picture(folder, "blue.png", [0, 0.2, 1]) });
  assert.match(fault("isolate", { ...job, kind: "caption" }).advice, /Drag the captions below it/);
  const made = ask("isolate", { ...job, kind: "color" });
  assert.equal(ask("look").layer.job_id, job.job_id, "the plate keeps its matte");
  assert.equal(made.kind, "color");
});

test("what cannot be a background, or no isolate at all", (t) => {
  const { ae, fault, job, folder } = stage(t, { captions: "comp.layers.addNull().selected = false; comp.layers.addCamera('camera', [5, 5]).selected = false;" });
  const before = ae.state();
  const refused = (changes, code, words, command = "isolate") => {
    const found = fault(command, { ...job, kind: "background", ...changes });
    assert.equal(found.code, code);
    assert.match(`${found.message} ${found.advice}`, words);
    assert.deepEqual(ae.state(), before);
  };
  const id = (name) => ae.run(`app.project.layerByID(${job.layer_id}).containingComp.layer("${name}").id`);
  refused({ background: path.join(folder, "none.png") }, "frame_missing", /none.png is not there/);
  refused({ background: path.join(folder, "wall.####.png") }, "bad_field", /sequence/);
  refused({ background_layer_id: 9999 }, "bad_field", /no layer of this comp/);
  refused({ background_layer_id: job.layer_id }, "bad_field", /is the plate/);
  refused({ background_layer_id: id("Null 1") }, "bad_field", /has no picture/);
  refused({ background_layer_id: id("camera") }, "bad_field", /has no picture/);
  refused({ kind: "sepia" }, "bad_field", /no isolate "sepia"/);
  refused({ kind: "color", path: path.join(folder, "none.####.png") }, "frame_missing", /none.0011.png is not there/);
  refused({ layer_id: job.layer_id }, "unknown_job", /has no isolate/, "isolate_remove");
});

for (const after of ["restOf", "grade", "layFollower", "dress", "remember", "putBackground", "bringBackground"])
  test(`After Effects fails right after ${after}: the project as before`, (t) => {
    const { ae, fault, job, folder } = stage(t);
    const before = ae.state();
    const kind = after.includes("Background") ? "background" : "color";
    ae.run(`var kept = mattewire.${after}; mattewire.${after} = function (a, b, c, d, e, f) { kept(a, b, c, d, e, f); throw new Error("out of memory"); };`);
    assert.match(fault("isolate", { ...job, kind, background: picture(folder, "blue.png", [0, 0, 1]) }).message, /out of memory/);
    assert.deepEqual(ae.state(), before);
  });

test("a background of another comp is left alone when the isolate of a copied comp is taken out", (t) => {
  const { ae, ask, job, folder } = stage(t);
  ask("isolate", { ...job, kind: "background", background: picture(folder, "blue.png", [0, 0, 1]) });
  const before = ae.state("shot");
  const twin = ae.run(`(function () { var comp = app.project.layerByID(${job.layer_id}).containingComp.duplicate(); comp.name = "twin"; return comp.layer(2).id; }())`);
  ask("isolate_remove", { layer_id: twin });
  assert.deepEqual(ae.state("shot"), before);
  assert.ok(!stack(ae, "twin").some((one) => one.name.startsWith("Matte")));
});
