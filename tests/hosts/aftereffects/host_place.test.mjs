/** Placing mattes: what is made, one undo step, the artist's place kept, and nothing left behind when something fails. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { writePng } from "./fake_ae/index.mjs";
import { fileOf, folderFor, jobFor, numbered, open, read, scene, sequence } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1010;

function stage(t, settings = {}) {
  const folder = folderFor(t, "shots");
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const matte = sequence(path.join(folder, "matte"), "matte", FIRST, LAST);
  const host = open(settings.host);
  const made = scene(host.ae, plate, { first: FIRST, ...settings.scene });
  return { ...host, folder, plate, matte, made, job: jobFor(made.layer, matte, FIRST, LAST, settings.job) };
}

test("the mattes as they are in the project", (t) => {
  const { ae, ask, made, job } = stage(t, {
    scene: {
      plateFps: 23.976,
      more: `layer.quality = LayerQuality.DRAFT; layer.motionBlur = true;
        layer.samplingQuality = LayerSamplingQuality.BICUBIC;`,
    },
  });
  assert.deepEqual(ask("check", job), { frames: 10 });
  const placed = ask("place", job);
  const project = ae.app.project;
  const item = project.itemByID(placed.item_id);
  const [matte, plate] = [placed.layer_id, made.layer].map((id) => project.layerByID(id));
  assert.equal(item.parentFolder.name, "Mattewire");
  assert.equal(item.name, "Matte: founder speaking v001");
  assert.equal(item.comment, `Mattewire job ${job.job_id}\n${job.ticket}`);
  assert.ok(Math.abs(item.frameDuration - 1 / 23.976) < 1e-9);
  assert.equal(item.mainSource.alphaMode, ae.run("AlphaMode.STRAIGHT"));
  assert.equal(item.mainSource.invertAlpha, false);
  assert.equal(item.mainSource.fieldSeparationType, ae.run("FieldSeparationType.OFF"));
  assert.deepEqual([matte.index, plate.index], [1, 2]);
  assert.deepEqual([matte.name, matte.enabled, matte.label], ["Matte: founder speaking v001", false, item.label]);
  assert.equal(matte.parent.id, plate.id);
  for (const member of ["quality", "motionBlur", "samplingQuality", "frameBlendingType", "threeDLayer", "stretch"])
    assert.equal(matte[member], plate[member], member);
  assert.equal(plate.trackMatteLayer.id, matte.id);
  assert.equal(plate.trackMatteType, ae.run("TrackMatteType.ALPHA"));
  assert.equal(plate.selected && !matte.selected && !item.selected, true);
});

test("one undo step brings back exactly what was there", (t) => {
  const { ae, ask, job } = stage(t, { scene: { comp: { time: 0.2 } } });
  const before = ae.state();
  const steps = ae.history.length;
  ask("place", job);
  assert.notDeepEqual(ae.state(), before);
  assert.deepEqual(ae.history.slice(steps), ["Mattewire: matte of founder speaking"]);
  ae.undo();
  assert.deepEqual(ae.state(), before);
});

test("selection and current time stay, also of items of the project", (t) => {
  const { ae, ask, job, made } = stage(t, {
    scene: { comp: { time: 0.16 }, more: "comp.layers.addNull().selected = true; item.selected = true;" },
  });
  ask("place", job);
  const comp = ae.app.project.itemByID(made.comp);
  assert.deepEqual(Array.from(comp.selectedLayers, (one) => one.name).sort(), [ae.app.project.layerByID(made.layer).name, "Null 1"].sort());
  assert.deepEqual(Array.from(ae.app.project.selection, (one) => one.id), [made.item]);
  assert.equal(comp.time, 0.16);
});

const STEPS = ["folder", "bringIn", "interpret", "bringFor", "layFollower", "parentInPlace", "keepTime", "mark", "seeThrough", "placed"];

for (const after of STEPS)
  test(`After Effects fails right after ${after}: said, no group open, the project as before`, (t) => {
    const { ae, fault, job } = stage(t);
    const before = ae.state();
    ae.run(`var kept = mattewire.${after};
      mattewire.${after} = function (a, b, c, d, e, f) { kept(a, b, c, d, e, f); throw new Error("out of memory"); };`);
    const { code, message } = fault("place", job);
    assert.equal(code, "internal_error");
    assert.match(message, /out of memory/);
    assert.deepEqual(ae.state(), before);
  });

test("a failure while an earlier job's mattes are being replaced keeps these", (t) => {
  const { ae, ask, fault, folder, job } = stage(t);
  ask("place", job);
  const before = ae.state();
  const next = sequence(path.join(folder, "v002"), "matte", FIRST, LAST);
  ae.run('var kept = mattewire.placed; mattewire.placed = function () { throw new Error("no"); };');
  fault("place", { ...job, job_id: "fedcba9876543210", path: next });
  assert.deepEqual(ae.state(), before);
});

test("mattes of another job take the place of those before, footage and all", (t) => {
  const { ae, ask, folder, job, made } = stage(t);
  const first = ask("place", job);
  const next = sequence(path.join(folder, "v002"), "matte", 1003, 1008);
  const second = ask("place", { ...job, job_id: "fedcba9876543210", path: next, first: 1003, last: 1008, version: "v002" });
  assert.equal(ae.app.project.layerByID(first.layer_id), null);
  assert.equal(ae.app.project.itemByID(first.item_id), null);
  assert.equal(ae.app.project.itemByID(made.comp).numLayers, 2);
  assert.equal(ask("look").layer.job_id, "fedcba9876543210");
  assert.deepEqual(second.frames, { first: 2, last: 7 });
  assert.deepEqual(read(ae.picture("shot", 0.12)), { seen: true, plate: 1004, matte: 1004 });
});

test("only the files of the range are brought in", (t) => {
  const { ae, ask, job, folder } = stage(t);
  const wide = sequence(path.join(folder, "wide"), "matte", 990, 1020);
  const placed = ask("place", { ...job, path: wide });
  assert.equal(Math.round(ae.app.project.itemByID(placed.item_id).duration * 25), 10);
  assert.deepEqual(read(ae.picture("shot", 0.2)), { seen: true, plate: 1006, matte: 1006 });
});

test("unicode, spaces, quotes and backslashes in paths and labels", (t) => {
  const { ae, ask, job, folder, made } = stage(t);
  for (const name of ["Aufnahme 3 \u00e4\u00f6\u00fc", "\u65e5\u672c\u8a9e \ud83c\udfac", "it's \"quoted\"", "100% sure", "back\\slash", "new\u2028line"]) {
    const matte = sequence(path.join(folder, name), "matte", FIRST, LAST, { name: `m ${name}` });
    const placed = ask("place", { ...job, path: matte, label: name, ticket: JSON.stringify({ label: name }) });
    const [found] = ask("find", { job_id: job.job_id });
    assert.equal(found.path, fileOf(matte, FIRST));
    assert.equal(JSON.parse(found.ticket).label, name);
    assert.equal(ae.app.project.layerByID(placed.layer_id).name, `Matte: ${name} v001`);
    assert.deepEqual(read(ae.picture("shot", 0.2)), { seen: true, plate: 1006, matte: 1006 }, name);
  }
  assert.equal(ae.app.project.itemByID(made.comp).numLayers, 2);
});

test("what cannot be placed is said before anything is changed", (t) => {
  const { ae, ask, fault, folder, job, made } = stage(t);
  const refused = (changes, code, words) => {
    const before = ae.state();
    const found = fault("place", { ...job, ...changes });
    assert.equal(found.code, code, found.message);
    assert.match(`${found.message} ${found.advice}`, words);
    assert.deepEqual(ae.state(), before);
  };
  refused({ path: path.join(folder, "nowhere.####.png") }, "frame_missing", /nowhere.1001.png is not there/);
  refused({ last: 1020 }, "frame_missing", /is not there/);
  refused({ last: 1000 }, "bad_field", /end before/);
  refused({ ticket: "x".repeat(15001) }, "bad_field", /15001/);
  refused({ layer_id: 9999 }, "bad_field", /no longer in the project/);
  const small = sequence(path.join(folder, "small"), "matte", FIRST, LAST, { width: 32, height: 18 });
  refused({ path: small }, "bad_field", /32 x 18.*64 x 36/);
  const still = path.join(folder, "opaque.png");
  fs.writeFileSync(still, Buffer.from(GRAY, "base64"));
  refused({ path: still, last: FIRST }, "unknown_format", /has no alpha/);
  ae.run(`app.project.layerByID(${made.layer}).locked = true`);
  refused({}, "bad_field", /is locked/);
  ae.run(`var own = app.project.layerByID(${made.layer}); own.locked = false;
    own.setTrackMatte(own.containingComp.layers.addNull(), TrackMatteType.LUMA);`);
  refused({}, "output_exists", /already has a track matte: "Null 1"/);
  ae.run(`app.project.layerByID(${made.layer}).removeTrackMatte()`);
  assert.equal(ask("place", job).linked, true);
});

test("a plate faster than a sequence can be conformed to asks for a movie", (t) => {
  const { fault, ae, job, made } = stage(t);
  ae.run(`var kept = mattewire.FASTEST; mattewire.FASTEST = 24;`);
  assert.match(fault("place", job).advice, /ProRes 4444/);
  assert.ok(made.item);
});

test("one frame alone can be matted", (t) => {
  const { ae, ask, folder, job } = stage(t);
  const matte = sequence(path.join(folder, "one"), "matte", 1004, 1004);
  assert.deepEqual(ask("place", { ...job, path: matte, first: 1004, last: 1004 }).frames, { first: 3, last: 3 });
  assert.deepEqual(read(ae.picture("shot", 0.12)), { seen: true, plate: 1004, matte: 1004 });
  assert.equal(read(ae.picture("shot", 0.16)).seen, false);
});

test("a layer that turns along its path gets a copy, not a link", (t) => {
  const { ae, ask, job, made } = stage(t, { scene: { more: "layer.autoOrient = AutoOrientType.ALONG_PATH;" } });
  const placed = ask("place", job);
  assert.equal(placed.linked, false);
  const [matte, plate] = [placed.layer_id, made.layer].map((id) => ae.app.project.layerByID(id));
  assert.deepEqual([matte.autoOrient, matte.parent, matte.index], [plate.autoOrient, null, 1]);
});

test("After Effects that keeps other times than it was given: said, and taken back", (t) => {
  const { ae, fault, job } = stage(t, { scene: { layer: { startTime: 0.2 } } });
  const before = ae.state();
  ae.run(`var kept = mattewire.mustBeAt;
    mattewire.mustBeAt = function (found, wanted, source) { kept(found + 0.01, wanted, source); };`);
  assert.match(fault("place", job).message, /put the matte at/);
  assert.deepEqual(ae.state(), before);
});

test("10,000 frames: look takes under 50 ms and its answer is small", (t) => {
  const folder = path.join(folderFor(t), "long");
  fs.mkdirSync(folder);
  const pattern = path.join(folder, "plate.#####.png");
  writePng(fileOf(pattern, 1), numbered(1, "plate"));
  for (let frame = 2; frame <= 10000; frame += 1) fs.linkSync(fileOf(pattern, 1), fileOf(pattern, frame));
  const { ae, ask } = open();
  for (const [fps, plateFps] of [[25, 25], [60, 23.976], [23.976, 60]]) {
    scene(ae, pattern, { first: 1, fps, plateFps, seconds: 500 });
    ask("look");
    const times = Array.from({ length: 5 }, () => {
      const from = performance.now();
      ask("look");
      return performance.now() - from;
    });
    assert.ok(Math.min(...times) < 50, `${times}`);
    assert.ok(JSON.stringify(ask("look")).length < 2000);
  }
});

const GRAY = "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAkCAAAAAAcZ2NOAAAAT0lEQVRIDaXBAQEAAACCIH3u9EYExsf4GB/jY3yMj/ExPsbH+Bgf42N8jI/xMT7Gx/gYH+NjfIyP8TE+xsf4GB/jY3yMj/ExPsbH+Bgf4zMyORIl25hmLgAAAABJRU5ErkJggg==";
