/** Jobs in the project: found, brought up to date in place, reloaded, shown, taken out; and settings. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { fileOf, folderFor, jobFor, open, read, scene, sequence } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1010;

function stage(t, settings = {}) {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const matte = sequence(path.join(folder, "v001"), "matte", FIRST, LAST);
  const host = open();
  const made = scene(host.ae, plate, { first: FIRST, ...settings });
  const job = jobFor(made.layer, matte, FIRST, LAST);
  return { ...host, folder, made, job, before: host.ae.state(), placed: host.ask("place", job) };
}

test("a job is found by its id, with its ticket and its layers", (t) => {
  const { ask, job, placed, made, fault } = stage(t);
  const wanted = {
    job_id: job.job_id, ticket: job.ticket, item_id: placed.item_id, name: placed.name, path: fileOf(job.path, FIRST), missing: false,
    uses: [{ comp_id: made.comp, comp: "shot", layer_id: placed.layer_id, plate_layer_id: made.layer, plate: "plate.[1001-1010].png" }],
  };
  assert.deepEqual(ask("find", { job_id: job.job_id }), [wanted]);
  assert.deepEqual(ask("find", {}), [wanted]);
  assert.deepEqual(ask("find", { job_id: "other" }), []);
  for (const name of ["update", "reload", "remove", "show"]) assert.equal(fault(name, { ...job, job_id: "other" }).code, "unknown_job");
});

test("an update puts new files behind the same item and layer, in one undo step", (t) => {
  const { ae, ask, folder, job, placed } = stage(t);
  ae.run(`app.project.layerByID(${placed.layer_id}).property("ADBE Effect Parade").addProperty("ADBE Gaussian Blur 2");`);
  const before = ae.state();
  const next = sequence(path.join(folder, "v002"), "matte", 1003, 1008, { name: "again" });
  const updated = ask("update", { ...job, job_id: "fedcba9876543210", was: job.job_id, path: next, first: 1003, last: 1008, version: "v002", ticket: "{}" });
  assert.deepEqual([updated.item_id, updated.layer_id, updated.linked], [placed.item_id, placed.layer_id, true]);
  assert.deepEqual(updated.frames, { first: 2, last: 7 });
  assert.equal(ae.app.project.layerByID(placed.layer_id).name, "Matte: founder speaking v002");
  assert.equal(ae.app.project.layerByID(placed.layer_id).property("ADBE Effect Parade").numProperties, 1);
  assert.deepEqual(ask("find", { job_id: "fedcba9876543210" })[0].ticket, "{}");
  ae.run(`app.project.layerByID(${placed.layer_id}).property("ADBE Effect Parade").property(1).enabled = false;`);
  for (const k of [2, 5, 7]) assert.deepEqual(read(ae.picture("shot", k / 25)), { seen: true, plate: FIRST + k, matte: FIRST + k });
  assert.equal(read(ae.picture("shot", 0.04)).seen, false);
  ae.undo();
  ae.undo();
  assert.deepEqual(ae.state(), before);
});

test("an update whose folder holds more files than the job takes only the job's", (t) => {
  const { ae, ask, folder, job, placed } = stage(t);
  const wide = sequence(path.join(folder, "wide"), "matte", 990, 1020);
  const updated = ask("update", { ...job, path: wide, first: 1002, last: 1009 });
  assert.equal(updated.layer_id, placed.layer_id);
  assert.equal(ask("find", {}).length, 1);
  assert.equal(Math.round(ae.app.project.itemByID(updated.item_id).duration * 25), 8);
  assert.deepEqual(read(ae.picture("shot", 0.2)), { seen: true, plate: 1006, matte: 1006 });
});

for (const after of ["showFiles", "exchange", "retime", "placed"])
  test(`an update that fails after ${after} leaves the mattes as they were`, (t) => {
    const { ae, fault, folder, job } = stage(t);
    const next = sequence(path.join(folder, "v002"), "matte", 1003, 1008);
    const before = ae.state();
    ae.run(`var kept = mattewire.${after}, done = false;
      mattewire.${after} = function (a, b, c, d, e, f) { kept(a, b, c, d, e, f); if (!done) { done = true; throw new Error("the disk is gone"); } };`);
    assert.match(fault("update", { ...job, path: next, first: 1003, last: 1008 }).message, /the disk is gone/);
    assert.deepEqual(ae.state(), before);
  });

test("an update with files of another size is refused and changes nothing", (t) => {
  const { ae, fault, folder, job } = stage(t);
  const before = ae.state();
  const small = sequence(path.join(folder, "small"), "matte", FIRST, LAST, { width: 32, height: 18 });
  assert.match(fault("update", { ...job, path: small }).message, /32 x 18/);
  assert.deepEqual(ae.state(), before);
});

test("an update of mattes that are no track matte any more says so", (t) => {
  const { ae, fault, job, made } = stage(t);
  ae.run(`app.project.layerByID(${made.layer}).removeTrackMatte()`);
  assert.match(fault("update", job).advice, /Place the mattes anew/);
});

test("files written again under the same names are read anew", (t) => {
  const { ae, ask, job } = stage(t);
  assert.equal(read(ae.picture("shot", 0.2)).matte, 1006);
  sequence(path.dirname(job.path), "plate", FIRST, LAST, { name: "matte" });
  assert.deepEqual(ask("reload", { job_id: job.job_id }), { items: 1 });
  const pixels = read(ae.picture("shot", 0.2));
  assert.deepEqual([pixels.seen, pixels.plate, pixels.matte], [true, 1006, 65535], "an alpha of 1 everywhere");
});

test("removing takes everything of the job out, in one undo step", (t) => {
  const { ae, ask, job, placed, before } = stage(t);
  const there = ae.state();
  ae.run(`app.project.layerByID(${placed.layer_id}).locked = true`);
  const locked = ae.state();
  assert.deepEqual(ask("remove", { job_id: job.job_id }), { layers: 1, items: 1 });
  assert.deepEqual(ae.state(), before);
  ae.undo();
  assert.deepEqual(ae.state(), locked);
  ae.undo();
  assert.deepEqual(ae.state(), there);
});

test("mattes in a copy of the comp are found, updated and removed too", (t) => {
  const { ae, ask, folder, job, made } = stage(t);
  ae.run(`app.project.itemByID(${made.comp}).duplicate().name = "copy"`);
  assert.deepEqual(ask("find", {})[0].uses.map((use) => use.comp).sort(), ["copy", "shot"]);
  const next = sequence(path.join(folder, "v002"), "matte", 1003, 1008);
  ask("update", { ...job, path: next, first: 1003, last: 1008 });
  for (const comp of ["shot", "copy"]) assert.deepEqual(read(ae.picture(comp, 0.2)), { seen: true, plate: 1006, matte: 1006 });
  assert.equal(ask("remove", { job_id: job.job_id }).layers, 2);
  assert.deepEqual(ask("find", {}), []);
});

test("show selects the matte layers of a job", (t) => {
  const { ae, ask, job, placed, made } = stage(t);
  assert.deepEqual(ask("show", { job_id: job.job_id }), { layers: 1 });
  assert.deepEqual(Array.from(ae.app.project.itemByID(made.comp).selectedLayers, (one) => one.id), [placed.layer_id]);
});

test("settings are kept by After Effects", () => {
  const { ask, fault } = open();
  assert.deepEqual(ask("setting_get", { name: "folder" }), { value: "" });
  ask("setting_set", { name: "folder", value: "/mattes/\u65e5\u672c" });
  assert.deepEqual(ask("setting_get", { name: "folder" }), { value: "/mattes/\u65e5\u672c" });
  assert.equal(fault("setting_set", { name: "folder", value: "x".repeat(2000) }).field, "folder");
});
