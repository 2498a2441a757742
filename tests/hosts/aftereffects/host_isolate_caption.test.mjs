/** The caption isolate: captions between background and subject, in step with the plate, taken out without a trace. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { assertExpressions, assertLayered, CAPTIONS, drawn, FIRST, LAST, over, parts, stack, stage, assertSame, TIMES, write } from "./isolate_stage.mjs";

const TINT = `var tint = layer.property("ADBE Effect Parade").addProperty("ADBE Tint");
  tint.property(2).setValue([1, 0.8, 0.5]); tint.property(3).setValueAtTime(0, 20); tint.property(3).setValueAtTime(0.2, 80);`;
const KEYS = `t.property('ADBE Position').setValueAtTime(0, [20, 10]); t.property('ADBE Position').setValueAtTime(0.2, [45, 25]);
  t.property('ADBE Scale').setValueAtTime(0, [100, 100]); t.property('ADBE Scale').setValueAtTime(0.2, [60, 40]);
  t.property('ADBE Rotate Z').setValueAtTime(0, 0); t.property('ADBE Rotate Z').setValueAtTime(0.2, 90);`;
const RIG = `var rig = comp.layers.addNull(); var r = rig.property('ADBE Transform Group');
  r.property('ADBE Rotate Z').setValueAtTime(0, 0); r.property('ADBE Rotate Z').setValueAtTime(0.2, 40); r.property('ADBE Scale').setValue([120, 60]);`;

/** Where the plate is and how it runs. */
const CASES = {
  "as it came": {},
  "scaled, turned about an anchor off center": {
    more: "t.property('ADBE Anchor Point').setValue([3, 30]); t.property('ADBE Scale').setValue([70, 130]); t.property('ADBE Rotate Z').setValue(25);",
  },
  "keyframed, with an effect that is": { more: KEYS + TINT },
  "parented to a null": { more: `${RIG} layer.parent = rig;` },
  "X and Y separated": {
    more: "t.property('ADBE Position').dimensionsSeparated = true; t.property('ADBE Position_0').setValueAtTime(0, 10); t.property('ADBE Position_0').setValueAtTime(0.2, 50);",
  },
  "stretched and offset": { layer: { stretch: 150, startTime: -0.08 } },
  "backward": { layer: { stretch: -100, startTime: 0.24 } },
  "trimmed": { layer: { inPoint: 0.04, outPoint: 0.16 } },
  "in space": { more: "layer.threeDLayer = true; t.property('ADBE Position').setValue([30, 20, 15]); t.property('ADBE Rotate Y').setValue(20);" },
  "moved by an expression": { more: "t.property('ADBE Position').expression = '[30 + time * 50, 18]';" },
  "with a garbage mask": {
    keep: ["masks"],
    more: `var mask = layer.property('ADBE Mask Parade').addProperty('ADBE Mask Atom'); var shape = new Shape();
      shape.vertices = [[-9, -9], [40, -9], [40, 300], [-9, 300]]; mask.property('ADBE Mask Shape').setValue(shape);`,
  },
  "anamorphic, keyframed, with an effect": { pixelAspect: 2, comp: { width: 140 }, more: KEYS + TINT },
  "caption with a parent of its own that moves": { captions: `${CAPTIONS} ${RIG} caption.parent = rig;` },
};

for (const [name, { keep = [], ...settings }] of Object.entries(CASES))
  test(`captions between background and subject: plate ${name}`, (t) => {
    const held = stage(t, settings);
    const { ae, ask, job } = held;
    const before = ae.state();
    const made = ask("isolate", { ...job, kind: "caption", keep });
    assert.deepEqual([made.kind, made.captions], ["caption", ["caption"]]);
    assertExpressions(ae, made.front_layer_id);
    assertExpressions(ae, made.layer_id);
    assertLayered(ae, parts(held, { pixelAspect: settings.pixelAspect }), name);
    ae.undo();
    assert.deepEqual(ae.state(), before, "one step of undo");
    ask("isolate", { ...job, kind: "caption", keep });
    ask("isolate_remove", { layer_id: job.layer_id });
    assert.deepEqual(ae.state(), before, "taken out");
  });

test("the layers as data, before and after", (t) => {
  const { ae, ask, job } = stage(t);
  const seen = { start: 0, from: 0, to: 0.24, stretch: 100 };
  const [caption, plate] = stack(ae, "shot");
  assert.deepEqual([caption.name, plate.name], ["caption", "plate"]);
  const steps = ae.history.length;
  const made = ask("isolate", { ...job, kind: "caption" });
  assert.deepEqual(ae.history.slice(steps), ["Mattewire: caption isolate of founder speaking"]);
  const name = "Subject: founder speaking v001";
  assert.deepEqual(stack(ae, "shot"), [
    { name: "Matte: founder speaking v001", parent: name, matte: null, enabled: false, ...seen },
    { name, parent: "plate", matte: "Matte: founder speaking v001", enabled: true, ...seen },
    caption,
    plate,
  ]);
  assert.deepEqual([made.name, made.linked, made.frames], [name, true, { first: 0, last: 5 }]);
  const { layer } = ask("look");
  assert.deepEqual([layer.job_id, layer.isolates], ["", [{ kind: "caption", job_id: job.job_id }]]);
  const [found] = ask("find", {});
  assert.deepEqual(found.uses.map((use) => use.plate), [name]);
});

/** What an artist does to the plate afterwards; `t` is its transform. */
const LATER = {
  "moved and keyframed": KEYS,
  "graded otherwise": "var tint = layer.property('ADBE Effect Parade').property(1); tint.property(3).setValue(100); tint.property(2).setValue([0, 1, 0]);",
  "parented": `${RIG} layer.parent = rig;`,
};

for (const pixelAspect of [1, 2])
  for (const [name, change] of Object.entries(LATER))
    test(`the subject goes along when the plate is ${name} afterwards, pixels ${pixelAspect} wide`, (t) => {
      if (pixelAspect === 2 && name === "parented") return assert.ok(true, "a copy's parent does not follow: see the next test");
      const held = stage(t, { pixelAspect, comp: { width: WIDE[pixelAspect] }, more: "var tint = layer.property('ADBE Effect Parade').addProperty('ADBE Tint'); tint.property(3).setValue(10);" });
      const { ae, ask, job, made } = held;
      const isolate = ask("isolate", { ...job, kind: "caption" });
      ae.run(`(function () { var layer = app.project.layerByID(${made.layer}), comp = layer.containingComp, t = layer.property("ADBE Transform Group"); ${change} }())`);
      assertLayered(ae, parts(held, { change, pixelAspect }), name);
      assertExpressions(ae, isolate.front_layer_id);
    });
const WIDE = { 1: 64, 2: 140 };

test("text that is the matte of a fill: the subject goes above the fill", (t) => {
  const held = stage(t, {
    captions: `${CAPTIONS} var fill = comp.layers.addSolid([1, 1, 0], "fill", 64, 36, 1); fill.setTrackMatte(caption, TrackMatteType.ALPHA);`,
  });
  const { ae, ask, job } = held;
  const made = ask("isolate", { ...job, kind: "caption" });
  assert.deepEqual(made.captions, ["fill"]);
  assert.deepEqual(stack(ae, "shot").map((one) => one.name).slice(1), ["Subject: founder speaking v001", "fill", "caption", "plate"]);
  assertLayered(ae, parts(held), "fill");
});

test("selected layers, also from below the plate, and back to their places", (t) => {
  const held = stage(t, {
    captions: `var logo = comp.layers.addSolid([1, 0, 1], "logo", 20, 30, 1); ${CAPTIONS}
      var other = comp.layers.addText("other"); other.name = "other"; other.selected = false; caption.moveToEnd(); caption.locked = true; logo.moveToEnd();`,
  });
  const { ae, ask, job, fault } = held;
  assert.deepEqual(stack(ae, "shot").map((one) => one.name), ["other", "plate", "caption", "logo"]);
  assert.match(fault("isolate", { ...job, kind: "caption", captions: "selected" }).message, /No caption is selected/);
  ae.run(`(function () { var comp = app.project.layerByID(${job.layer_id}).containingComp; comp.layer("logo").selected = true; }())`);
  const before = ae.state();
  const id = ae.run(`app.project.layerByID(${job.layer_id}).containingComp.layer("caption").id`);
  const both = [id, ae.run(`app.project.layerByID(${job.layer_id}).containingComp.layer("logo").id`)];
  const made = ask("isolate", { ...job, kind: "caption", caption_layer_ids: both });
  assert.deepEqual(made.captions, ["caption", "logo"]);
  assert.deepEqual(stack(ae, "shot").map((one) => one.name), ["other", "Matte: founder speaking v001", "Subject: founder speaking v001", "caption", "logo", "plate"]);
  ask("isolate_remove", { layer_id: made.front_layer_id });
  assert.deepEqual(ae.state(), before);
  const selected = ask("isolate", { ...job, kind: "caption", captions: "selected" });
  assert.deepEqual(selected.captions, ["logo"]);
  ask("remove", { job_id: job.job_id });
  assert.deepEqual(ae.state(), before, "removing the job takes its isolates along");
});

test("layers between that are no captions: said", (t) => {
  const { ask, job } = stage(t, { captions: `var logo = comp.layers.addSolid([1, 0, 1], "logo", 20, 30, 1); ${CAPTIONS}` });
  assert.match(ask("isolate", { ...job, kind: "caption" }).notes.join(" "), /Also behind the subject.*logo/);
});

const GRADE = `var grade = comp.layers.addSolid([1, 1, 1], "grade", 64, 36, 1); grade.adjustmentLayer = true;
  var gray = grade.property("ADBE Effect Parade").addProperty("ADBE Tint"); gray.property(3).setValueAtTime(0, 100); gray.property(3).setValueAtTime(0.2, 30);
  var level = grade.property("ADBE Effect Parade").addProperty("ADBE Easy Levels2"); level.property(7).setValue(0.6);`;

test("an adjustment layer between plate and captions grades the subject, too, also when it is changed later", (t) => {
  const held = stage(t, { captions: GRADE + CAPTIONS });
  const { ae, ask, job, made } = held;
  const isolate = ask("isolate", { ...job, kind: "caption" });
  assertExpressions(ae, isolate.front_layer_id);
  assertLayered(ae, parts(held), "graded");
  const change = "comp.layer('grade').property('ADBE Effect Parade').property(2).property(7).setValue(0.2);";
  ae.run(`(function () { var comp = app.project.layerByID(${made.layer}).containingComp; ${change} }())`);
  assertLayered(ae, parts(held, { change }), "graded later");
});

const REFUSED = {
  "an adjustment layer that is see-through": [`${GRADE} grade.property("ADBE Transform Group").property("ADBE Opacity").setValue(40); ${CAPTIONS}`, /"grade" lies between.*see-through/],
  "an adjustment layer that does not cover the comp": [`${GRADE} grade.property("ADBE Transform Group").property("ADBE Scale").setValue([50, 100]); ${CAPTIONS}`, /does not cover the whole comp/],
  "an adjustment layer that turns": [`${GRADE} grade.property("ADBE Transform Group").property("ADBE Rotate Z").setValueAtTime(0, 0); ${CAPTIONS}`, /does not cover/],
  "an adjustment layer that is shorter": [`${GRADE} grade.outPoint = 0.1; ${CAPTIONS}`, /shorter than the plate/],
  "an adjustment layer that blurs": [`${GRADE} grade.property("ADBE Effect Parade").addProperty("ADBE Gaussian Blur 2"); ${CAPTIONS}`, /Gaussian Blur, which is more than a change of color/],
  "no text": ["", /No text lies above/],
  "text that ends before": [`${CAPTIONS} caption.outPoint = 0.1; layer.inPoint = 0.16;`, /No text lies above/],
  "text that is off": [`${CAPTIONS} caption.enabled = false;`, /No text lies above/],
  "a plate that is blended": [`${CAPTIONS} layer.blendingMode = BlendingMode.SCREEN;`, /blended twice/],
  "plate and caption both in space": [`${CAPTIONS} caption.threeDLayer = true; layer.threeDLayer = true;`, /both 3D layers.*precompose/],
};

for (const [name, [captions, words]] of Object.entries(REFUSED))
  test(`refused with the reason, and nothing changed: ${name}`, (t) => {
    const { ae, fault, job } = stage(t, { captions });
    const before = ae.state();
    const { message, advice, code } = fault("isolate", { ...job, kind: "caption" });
    assert.equal(code, "bad_field");
    assert.match(`${message} ${advice}`, words);
    assert.deepEqual(ae.state(), before);
  });

test("3D captions above a plate that is not", (t) => {
  const held = stage(t, { captions: `${CAPTIONS} caption.threeDLayer = true; caption.property("ADBE Transform Group").property("ADBE Rotate Y").setValue(20);` });
  const { ae, ask, job } = held;
  ask("isolate", { ...job, kind: "caption" });
  assertLayered(ae, parts(held), "caption in space");
});

test("a plate with sound: the copy is silent, the plate is not", (t) => {
  const { ae, ask, job, made } = stage(t);
  ae.world.item(made.item).source.audio = true;
  const isolate = ask("isolate", { ...job, kind: "caption" });
  const sounds = [made.layer, isolate.front_layer_id].map((id) => ae.app.project.layerByID(id).audioEnabled);
  assert.deepEqual(sounds, [true, false]);
});

test("markers stay the plate's; see-through plates and curves are spoken of", (t) => {
  const { ae, ask, job } = stage(t, {
    more: "layer.property('ADBE Marker').setValueAtTime(0, new MarkerValue('here')); t.property('ADBE Opacity').setValueAtTime(0, 0); t.property('ADBE Opacity').setValueAtTime(0.1, 100);",
  });
  const made = ask("isolate", { ...job, kind: "caption" });
  const front = ae.app.project.layerByID(made.front_layer_id);
  assert.equal(front.property("ADBE Marker").numKeys, 0);
  assert.match(made.notes.join(" "), /see-through at times/);
  assert.equal(front.property("ADBE Transform Group").property("ADBE Opacity").valueAtTime(0.05, false), 50);
});

test("a matte that was placed before is taken over, and given back", (t) => {
  const held = stage(t);
  const { ae, ask, job } = held;
  ask("place", job);
  const before = ae.state();
  const made = ask("isolate", { ...job, kind: "caption" });
  assertLayered(ae, parts(held), "taken over");
  assert.equal(Object.values(ae.state().items).filter((one) => one.name.startsWith("Matte: ")).length, 1, "the footage is shared");
  ask("isolate_remove", { layer_id: made.plate_layer_id });
  assert.deepEqual(ae.state(), before);
});

test("made again: the same layers with new mattes and timing, and what the artist did stays", (t) => {
  const held = stage(t);
  const { ae, ask, job, folder, made } = held;
  const first = ask("isolate", { ...job, kind: "caption" });
  const shorter = write(path.join(folder, "v002"), "matte", { first: FIRST + 1, last: LAST });
  ae.run(`(function () {
    var front = app.project.layerByID(${first.front_layer_id}), plate = app.project.layerByID(${made.layer});
    front.property("ADBE Effect Parade").addProperty("ADBE Slider Control").name = "glow"; plate.startTime = -0.04;
  }())`);
  const steps = ae.history.length;
  const before = ae.state();
  const next = { ...job, job_id: "fedcba9876543210", path: shorter, first: FIRST + 1, version: "v002" };
  const again = ask("isolate", { ...next, kind: "caption" });
  assert.equal(ae.history.length, steps + 1);
  assert.deepEqual([again.front_layer_id, again.layer_id, again.item_id], [first.front_layer_id, first.layer_id, first.item_id]);
  const [matte, front] = stack(ae, "shot");
  assert.deepEqual([front.name, front.start, matte.name], ["Subject: founder speaking v002", -0.04, "Matte: founder speaking v002"]);
  assert.ok(ae.app.project.layerByID(first.front_layer_id).property("ADBE Effect Parade").property("glow"));
  assertLayered(ae, parts(held, { change: "layer.startTime = -0.04;" }), "again");
  assert.deepEqual(ask("look").layer.isolates, [{ kind: "caption", job_id: "fedcba9876543210" }]);
  ae.undo();
  assert.deepEqual(ae.state(), before);
});

for (const after of ["copyOf", "follow", "subjectOf", "layFollower", "keepTime", "seeThrough", "dress", "putBehind", "remember", "isolated"])
  test(`After Effects fails right after ${after}: said, and the project as before`, (t) => {
    const { ae, ask, fault, job } = stage(t, { captions: `${CAPTIONS} caption.moveToEnd(); caption.selected = true;` });
    ask("place", job);
    const before = ae.state();
    ae.run(`var kept = mattewire.${after}; mattewire.${after} = function (a, b, c, d, e, f) { kept(a, b, c, d, e, f); throw new Error("out of memory"); };`);
    assert.match(fault("isolate", { ...job, kind: "caption", captions: "selected" }).message, /out of memory/);
    assert.deepEqual(ae.state(), before);
    ae.run(`mattewire.${after} = kept;`);
    ask("isolate", { ...job, kind: "caption", captions: "selected" });
    const made = ae.state();
    ae.run(`mattewire.isolated = function () { throw new Error("out of memory"); };`);
    fault("isolate", { ...job, kind: "caption" });
    assert.deepEqual(ae.state(), made, "also when it is made again");
  });

test("in a copy of the comp the isolate is taken out of the copy only", (t) => {
  const { ae, ask, job } = stage(t);
  const made = ask("isolate", { ...job, kind: "caption" });
  const before = ae.state("shot");
  const twin = ae.run(`(function () { var comp = app.project.layerByID(${made.front_layer_id}).containingComp.duplicate(); comp.name = "twin"; return comp.layer(2).id; }())`);
  ask("isolate_remove", { layer_id: twin });
  assert.deepEqual(stack(ae, "twin").map((one) => one.name), ["caption", "plate"]);
  assert.deepEqual(ae.state("shot"), before);
});

test("layers beneath the plate are seen as before", (t) => {
  const settings = { captions: `${CAPTIONS} var floor = comp.layers.addSolid([0, 0.5, 0.5], "floor", 64, 36, 1); floor.moveToEnd(); t.property("ADBE Scale").setValue([50, 50]);` };
  const held = stage(t, settings);
  const before = TIMES.map((time) => drawn(held.ae, time));
  held.ask("isolate", { ...held.job, kind: "caption" });
  const { front } = parts(held);
  TIMES.forEach((time, at) => assertSame(drawn(held.ae, time), over(front[at], before[at]), `at ${time}`));
});
