/** The map from comp frames to plate frames, against what the stand-in shows, and mattes under every comp time. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { folderFor, jobFor, open, plateFrame, read, scene, sequence } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1040;
const RATES = [23.976, 25, 29.97, 60];

/** Layers as artists leave them; times in comp frames of `step` seconds. */
const LAYERS = {
  "as it came": () => ({ layer: {} }),
  offset: (step) => ({ layer: { startTime: 7 * step } }),
  trimmed: (step) => ({ layer: { inPoint: 5 * step, outPoint: 17 * step } }),
  "offset and trimmed": (step) => ({ layer: { startTime: -4 * step, inPoint: 3 * step, outPoint: 20 * step } }),
  "half speed": () => ({ layer: { stretch: 200 } }),
  "faster and later": (step) => ({ layer: { stretch: 70, startTime: 3 * step } }),
  "between frames": (step) => ({ layer: { startTime: 2.4 * step } }),
  "pre-roll frames": (step) => ({ layer: { startTime: -6 * step }, comp: { displayStartFrame: -10 } }),
  backward: (step) => ({ layer: { stretch: -100, startTime: 30 * step } }),
  "backward and slow": (step) => ({ layer: { stretch: -150, startTime: 45 * step } }),
};

/** Every comp frame: what the plate layer shows, by the stand-in. */
function shown(ae, id, comp) {
  const layer = ae.app.project.layerByID(id);
  return Array.from({ length: comp.frames.last - comp.frames.first + 1 }, (_, k) => {
    const found = ae.sourceFrame(layer, k * ae.app.project.itemByID(comp.id).frameDuration);
    return found ? found.number : null;
  });
}

for (const fps of RATES)
  for (const plateFps of new Set([fps, 25]))
    test(`comp at ${fps}, plate at ${plateFps}: the runs say what is shown, mattes lie under their frames`, (t) => {
      const folder = folderFor(t);
      const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
      for (const [name, make] of Object.entries(LAYERS)) {
        const { ae, ask } = open();
        const { comp, layer } = make(1 / fps);
        const made = scene(ae, plate, { first: FIRST, fps, plateFps, seconds: 50 / fps, comp, layer });
        const look = ask("look");
        assert.equal(look.plate.path, plate);
        assert.deepEqual([look.plate.first, look.plate.last], [FIRST, LAST]);
        assert.ok(look.runs.length <= 1, name);
        const truth = shown(ae, made.layer, look.comp);
        assert.ok(truth.some((frame) => frame !== null), `${name} shows something`);
        truth.forEach((frame, k) => assert.equal(plateFrame(look.runs, k + look.comp.frames.first), frame, `${name}, comp frame ${k}`));

        const numbers = truth.filter((frame) => frame !== null);
        const range = look.ranges.layer.plate;
        assert.ok(range.first <= Math.min(...numbers) && range.last >= Math.max(...numbers), name);
        assert.ok(range.first >= Math.min(...numbers) - 1 && range.last <= Math.max(...numbers) + 1, name);

        const mattes = sequence(path.join(folder, name), "matte", range.first, range.last);
        const placed = ask("place", jobFor(made.layer, mattes, range.first, range.last));
        assert.deepEqual(placed.frames, look.layer.frames, name);
        assert.deepEqual(shown(ae, placed.layer_id, look.comp), truth, `${name}: mattes of the frames that are shown`);
        for (const k of [0, 4, 5, 13, truth.findIndex((frame) => frame !== null), truth.findLastIndex((frame) => frame !== null)]) {
          const pixels = read(ae.picture("shot", k / fps));
          assert.equal(pixels.seen, truth[k] !== null, `${name}, comp frame ${k}`);
          if (pixels.seen) assert.deepEqual([pixels.plate, pixels.matte], [truth[k], truth[k]], `${name}, comp frame ${k}`);
        }
      }
    });

test("a part of the plate: mattes begin in mid-layer and the plate is seen only there", (t) => {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  for (const stretch of [100, 50, -100]) {
    const { ae, ask } = open();
    const made = scene(ae, plate, { first: FIRST, seconds: 4, layer: { stretch, startTime: stretch < 0 ? 1.6 : 0.2 } });
    const mattes = sequence(path.join(folder, `part${stretch}`), "matte", 1011, 1020);
    const placed = ask("place", jobFor(made.layer, mattes, 1011, 1020));
    const look = ask("look");
    const truth = shown(ae, made.layer, look.comp);
    truth.forEach((frame, k) => {
      const pixels = read(ae.picture("shot", k / 25));
      const wanted = frame >= 1011 && frame <= 1020;
      assert.equal(pixels.seen, wanted, `stretch ${stretch}, comp frame ${k} (${frame})`);
      if (wanted) assert.deepEqual([pixels.plate, pixels.matte], [frame, frame]);
      assert.equal(k >= placed.frames.first && k <= placed.frames.last, wanted);
    });
  }
});

test("backward, the other guess of how After Effects counts is covered by the frame to spare", (t) => {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const { ae, ask } = open({ reversed: "edge" });
  const made = scene(ae, plate, { first: FIRST, layer: { stretch: -100, startTime: 1.2 } });
  const range = ask("look").ranges.layer.plate;
  const mattes = sequence(path.join(folder, "matte"), "matte", range.first, range.last);
  ask("place", jobFor(made.layer, mattes, range.first, range.last));
  for (let k = 0; k < 30; k += 1) {
    const pixels = read(ae.picture("shot", k / 25));
    assert.deepEqual([pixels.seen, pixels.plate], [true, pixels.matte], `comp frame ${k}`);
  }
});

test("conformed footage plays at its conformed rate", (t) => {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const { ae, ask } = open();
  const made = scene(ae, plate, { first: FIRST, fps: 25, plateFps: 12.5, seconds: 4 });
  const look = ask("look");
  assert.deepEqual([look.plate.fps, look.plate.native_fps], [12.5, 30]);
  assert.equal(plateFrame(look.runs, 9), 1005);
  ask("place", jobFor(made.layer, sequence(path.join(folder, "matte"), "matte", FIRST, LAST), FIRST, LAST));
  assert.deepEqual(read(ae.picture("shot", 9 / 25)), { seen: true, plate: 1005, matte: 1005 });
});

test("ranges: work area, layer and comp, in comp frames and in plate frames", (t) => {
  const plate = sequence(path.join(folderFor(t), "plate"), "plate", FIRST, LAST);
  const { ae, ask } = open();
  scene(ae, plate, {
    first: FIRST,
    seconds: 2,
    comp: { displayStartFrame: 100, workAreaStart: 0.4, workAreaDuration: 0.2, time: 0.48 },
    layer: { startTime: 0.24, outPoint: 1 },
  });
  const { ranges, comp, layer } = ask("look");
  assert.deepEqual(comp.frames, { first: 100, last: 149 });
  assert.deepEqual(layer.frames, { first: 106, last: 124 });
  assert.deepEqual([comp.frame, comp.plate_frame], [112, 1007]);
  assert.deepEqual(ranges.work_area, { comp: { first: 110, last: 114 }, plate: { first: 1005, last: 1009 } });
  assert.deepEqual(ranges.layer, { comp: { first: 106, last: 124 }, plate: { first: 1001, last: 1019 } });
  assert.deepEqual(ranges.comp, { comp: { first: 100, last: 149 }, plate: { first: 1001, last: 1019 } });
  ae.run("app.project.activeItem.workAreaDuration = 0.04; app.project.activeItem.workAreaStart = 0;");
  assert.equal(ask("look").ranges.work_area.plate, null);
  assert.equal(ask("look").comp.plate_frame, 1007);
});

test("looped footage has one run for each turn and takes mattes of all its frames", (t) => {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, 1008);
  const { ae, ask, fault } = open();
  const made = scene(ae, plate, { first: FIRST, more: "item.mainSource.loop = 3; layer.outPoint = 24 / 25;" });
  const look = ask("look");
  assert.equal(look.runs.length, 3);
  assert.deepEqual([look.plate.last, look.ranges.work_area.plate], [1008, { first: 1001, last: 1008 }]);
  const truth = shown(ae, made.layer, look.comp);
  truth.forEach((frame, k) => assert.equal(plateFrame(look.runs, k), frame, `comp frame ${k}`));
  const mattes = sequence(path.join(folder, "matte"), "matte", FIRST, 1008);
  assert.equal(fault("place", jobFor(made.layer, mattes, FIRST, 1006)).code, "range_outside_plate");
  ask("place", jobFor(made.layer, mattes, FIRST, 1008));
  assert.deepEqual(read(ae.picture("shot", 21 / 25)), { seen: true, plate: 1006, matte: 1006 });
});

test("go_to shows a plate frame, and says when the comp never does", (t) => {
  const plate = sequence(path.join(folderFor(t), "plate"), "plate", FIRST, LAST);
  const { ae, ask, fault } = open();
  const made = scene(ae, plate, { first: FIRST, fps: 60, plateFps: 25, layer: { startTime: 0.1 }, comp: { displayStartFrame: 500 } });
  assert.deepEqual(ask("go_to", { layer_id: made.layer, plate_frame: 1011 }), { frame: 530 });
  assert.equal(ask("state").comp.frame, 530);
  assert.equal(ask("state").layer.plate_frame, 1011);
  assert.equal(fault("go_to", { layer_id: made.layer, plate_frame: 2000 }).code, "range_outside_plate");
});

test("a layer that reaches beyond its footage shows only what the footage has", () => {
  const { ae } = open();
  const timing = (layer, count) =>
    JSON.parse(
      ae.run(`mattewire.json.write(mattewire.timingOf(${JSON.stringify(layer)}, {frameDuration: 0.04, duration: 2}, 0.04, ${count}))`),
    );
  const early = timing({ stretch: 100, startTime: 0.2, inPoint: 0, outPoint: 2 }, 10);
  assert.deepEqual([early.first, early.last], [5, 14]);
  const backward = timing({ stretch: -100, startTime: 1.2, inPoint: 2, outPoint: 0 }, 10);
  assert.deepEqual([backward.first, backward.last], [20, 29]);
  const none = timing({ stretch: 100, startTime: 1, inPoint: 0, outPoint: 0.4 }, 10);
  assert.ok(none.last < none.first);
});
