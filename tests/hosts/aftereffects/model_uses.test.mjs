/** "Use matte as": what each use asks of After Effects, and what stays when mattes are pulled again. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Controls } from "../../../hosts/aftereffects_cep/model/controls.js";
import { Jobs } from "../../../hosts/aftereffects_cep/model/jobs.js";
import { jobOn, USES, useAgain, useOf } from "../../../hosts/aftereffects_cep/model/uses.js";
import { splinesBeside } from "../../../hosts/aftereffects_cep/model/wish.js";
import { HEIGHT, WIDTH } from "./host_stage.mjs";
import { FIRST, LAST, stack, stage } from "./isolate_stage.mjs";

/** After Effects as the model calls it. */
const hostOf = (held) => ({ active: false, call: async (name, question) => held.ask(name, question) });
const noSplines = () => assert.fail("no document was asked for");

test("every use has a name of its own, a hint, and fields that begin with a choice they have", () => {
  assert.equal(new Set(USES.map((use) => use.name)).size, USES.length);
  for (const use of USES) {
    assert.match(use.hint, /^[A-Z].*[.]$/);
    for (const field of use.fields) {
      assert.ok(field.label && field.hint, field.name);
      if (field.kind === "choice") assert.ok(field.choices.some((one) => one.value === field.value), field.name);
    }
  }
  assert.equal(useOf("of a later version").name, "track matte");
});

test("each isolate from the panel, with what was typed", async (t) => {
  const held = stage(t, { captions: `var wall = comp.layers.addSolid([0, 1, 0], "wall", 64, 36, 1); var caption = comp.layers.addText("ON AIR"); caption.selected = false;` });
  const { ae, job } = held;
  const place = (name, options) => useOf(name).place(hostOf(held), job, "", options, noSplines);
  const rest = await place("color isolate", { gray: " 40 ", darker: "200" });
  const effect = (name) => ae.app.project.layerByID(rest.front_layer_id).property("ADBE Effect Parade").property(`Mattewire ${name}`);
  assert.deepEqual([effect("Gray").property(3).value, effect("Light").property(7).value], [40, 0]);
  await place("color isolate", { gray: "", darker: "much" });
  assert.equal(effect("Gray").property(3).value, 40, "an empty field leaves it as it is");
  assert.deepEqual((await place("caption isolate", {})).captions, ["ON AIR"]);
  ae.undo();
  await place("background swap", { background: " wall " });
  assert.deepEqual(stack(ae, "shot").map((one) => one.name).slice(-2), ["plate", "wall"]);
  await assert.rejects(place("background swap", { background: "nowhere" }), /nowhere is not there/);
  const { layer } = held.ask("look");
  assert.deepEqual(layer.isolates.map((one) => one.kind).sort(), ["background", "color"]);
});

test("the isolate that is there is brought up to date, not left behind for a track matte", async (t) => {
  const held = stage(t);
  await useOf("caption isolate").place(hostOf(held), held.job, "", {}, noSplines);
  const { layer } = held.ask("look");
  assert.equal(jobOn(layer), held.job.job_id);
  assert.equal(useAgain(layer, "track matte"), "caption isolate");
  assert.equal(useAgain(layer, "color isolate"), "color isolate");
  assert.equal(useAgain({ ...layer, job_id: "x" }, "track matte"), "track matte");
  assert.equal(useAgain({ ...layer, isolates: [] }, "track matte"), "track matte");
  assert.equal(jobOn({ ...layer, isolates: [] }), "");
});

test("mask paths: the job makes a document beside the mattes, and its masks come in pieces", async (t) => {
  const held = stage(t);
  const controls = new Controls({ quality: "final", engine: "preview" });
  const marks = { droppedAll: false, own: [], choice: [], boxes: [], points: [] };
  controls.values.prompt = "ball";
  const look = held.ask("look");
  const before = controls.request(look, marks, null, "png", "/mattes/ball_{version}.####.png").out;
  assert.equal(before.length, 1);
  controls.values.use = "mask paths";
  const { out } = controls.request(look, marks, null, "png", "/mattes/ball_{version}.####.png");
  assert.deepEqual(out.slice(1), [{ path: "/mattes/ball_{version}.splines.json", format: "splines", content: "matte", channels: "" }]);
  assert.equal(splinesBeside("C:\\mattes\\ball.mov").path, "C:\\mattes\\ball.splines.json");

  const file = path.join(held.folder, "ball.splines.json");
  const points = [[5, 5, 0, 0, 0, 0], [40, 5, 0, 0, 0, 0], [20, 30, 0, 0, 0, 0]];
  fs.writeFileSync(file, JSON.stringify({
    schema: "mattewire.splines.1", width: WIDTH, height: HEIGHT, pixel_aspect: 1, first: FIRST, last: LAST, objects: [{ object: 1, name: "ball", layer: "ball" }],
    splines: [{ object: 1, hole: false, first: FIRST, last: LAST, keys: [{ frame: FIRST, points }, { frame: LAST, points }] }],
  }));
  const view = { state: "done", first: FIRST, last: LAST, version: 1, outputs: [file, held.matte], frames: new Map() };
  const { job_id, layer_id, label } = held.job;
  const task = { jobId: job_id, doing: "Mask subject", request: {}, trackedBy: job_id, was: "", range: "layer", use: "mask paths", options: { on: "plate" }, pattern: "", project: "", place: { job_id, layer_id, label } };
  const failed = [];
  const jobs = (readText) => new Jobs({
    shown: { said: "", placing: "" }, host: hostOf(held), use: useOf, readText, changed() {}, failed: (problem) => failed.push(problem), placed: async () => {},
    memory: { get: () => null, set() {} }, client: () => assert.fail("no daemon is needed"), resumed() {},
  });
  await jobs((name) => fs.readFileSync(name, "utf8")).placeEnded(task, view);
  assert.deepEqual(failed, []);
  assert.equal(held.ae.app.project.layerByID(layer_id).property("ADBE Mask Parade").property(1).name, `Mattewire ball ${FIRST}-${LAST}`);
  await jobs(noSplines).placeEnded(task, { ...view, outputs: [held.matte] });
  assert.match(failed[0].message, /made no mask paths/);
});
