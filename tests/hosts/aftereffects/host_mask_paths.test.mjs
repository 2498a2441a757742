/** Mask paths: the document's numbers as masks, at the comp frames that show its plate frames, in pieces and in one step. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { maskPieces } from "../../../hosts/aftereffects_cep/model/mask_pieces.js";
import { flatten } from "./fake_ae/masks.mjs";
import { folderFor, HEIGHT, open, scene, sequence, WIDTH } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1012;
const JOB = "0123456789abcdef";

/** A square of half side `size` about (x, y), its corners drawn out by handles. */
const square = (x, y, size) =>
  [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([u, v]) => [x + u * size, y + v * size, -v * 2, u * 2, v * 2, -u * 2]);

/** A shape that grows and moves, a hole in it that lives in the middle, and another object. */
const DOCUMENT = {
  schema: "mattewire.splines.1", width: WIDTH, height: HEIGHT, pixel_aspect: 1, first: FIRST, last: LAST,
  objects: [{ object: 1, name: "founder", layer: "founder" }, { object: 2, name: "", layer: "o2" }],
  splines: [
    { object: 1, hole: false, first: FIRST, last: LAST, keys: [{ frame: 1001, points: square(16, 14, 8) }, { frame: 1005, points: square(24, 14, 10) }, { frame: 1012, points: square(38, 14, 6) }] },
    { object: 1, hole: true, first: 1004, last: 1007, keys: [{ frame: 1004, points: square(22, 14, 3) }, { frame: 1007, points: square(28, 14, 3) }] },
    { object: 2, hole: false, first: 1003, last: LAST, keys: [{ frame: 1003, points: square(56, 26, 5) }] },
  ],
};

function stage(t, settings = {}) {
  const folder = folderFor(t, "shots");
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST, { pixelAspect: settings.pixelAspect ?? 1 });
  const host = open();
  const made = scene(host.ae, plate, { first: FIRST, ...settings });
  const put = (document = DOCUMENT, more = {}, most = 6) => {
    const { begin, pieces } = maskPieces(JSON.stringify(document), { job_id: JOB, layer_id: made.layer, on: "plate", label: "founder", ...more }, most);
    host.ask("masks_begin", begin);
    for (const piece of pieces) host.ask("masks_piece", piece);
    return host.ask("masks_end", { job_id: JOB });
  };
  return { ...host, made, put };
}

/** The points of a spline of the document on a plate frame. */
function pointsAt({ keys }, frame) {
  const next = keys.find((key) => key.frame >= frame);
  const before = keys.findLast((key) => key.frame <= frame);
  if (!next || !before || next === before) return (before ?? next).points;
  const share = (frame - before.frame) / (next.frame - before.frame);
  return before.points.map((point, at) => point.map((value, axis) => value + (next.points[at][axis] - value) * share));
}

/** Coverage by hand: even-odd at the middle of a 4 x 4 raster in each pixel, in drawing order. */
function coverage(document, frame) {
  const name = `${JSON.stringify(document)} ${frame}`;
  if (!covers.has(name)) covers.set(name, drawn(document, frame));
  return covers.get(name);
}
const covers = new Map();

function drawn(document, frame) {
  const cover = new Float32Array(WIDTH * HEIGHT);
  for (const spline of document.splines) {
    if (frame < spline.first || frame > spline.last) continue;
    const points = pointsAt(spline, frame);
    const [vertices, inTangents, outTangents] = [0, 2, 4].map((from) => points.map((point) => point.slice(from, from + 2)));
    const outline = flatten({ closed: true, vertices, inTangents, outTangents });
    const [across, down] = [0, 1].map((axis) => [Math.min, Math.max].map((end) => end(...outline.map((point) => point[axis]))));
    for (let at = 0; at < cover.length; at += 1) {
      const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
      if (x + 1 < across[0] || x > across[1] || y + 1 < down[0] || y > down[1]) continue;
      let inside = 0;
      for (let dot = 0; dot < 16; dot += 1)
        inside += within(outline, x + ((dot % 4) + 0.5) / 4, y + (Math.floor(dot / 4) + 0.5) / 4) / 16;
      cover[at] = spline.hole ? cover[at] * (1 - inside) : cover[at] + inside * (1 - cover[at]);
    }
  }
  return cover;
}

const within = (outline, x, y) =>
  outline.reduce((odd, [x1, y1], at) => {
    const [x2, y2] = outline[(at + 1) % outline.length];
    return y1 <= y !== y2 <= y && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1) ? 1 - odd : odd;
  }, 0);

/** Every comp frame cuts what the document says for the plate frame that is shown there. Returns how many were seen. */
function assertCut(ae, { layer, fps, seconds }, document, name = "shot") {
  let seen = 0;
  for (let k = 0; k < Math.round(seconds * fps); k += 1) {
    const time = k / fps;
    const shown = ae.sourceFrame(ae.app.project.layerByID(layer), time);
    const { data } = ae.picture(name, time);
    const wanted = shown ? coverage(document, shown.number) : new Float32Array(WIDTH * HEIGHT);
    seen += shown ? 1 : 0;
    for (let at = 0; at < wanted.length; at += 1)
      assert.ok(Math.abs(data[at * 4 + 3] - wanted[at]) < 0.08, `frame ${k}, ${shown?.number}: ${at % WIDTH}, ${Math.floor(at / WIDTH)}: ${data[at * 4 + 3]}, not ${wanted[at]}`);
  }
  return seen;
}

const CASES = {
  "as it came": { seen: 12, sparse: true },
  "offset and trimmed": { layer: { startTime: -0.08, inPoint: 0.04, outPoint: 0.3 }, seen: 7, sparse: true },
  "between comp frames": { layer: { startTime: 0.05 }, seen: 12, sparse: true },
  "backward": { layer: { stretch: -100, startTime: 0.48 }, seen: 12, sparse: true },
  "stretched": { layer: { stretch: 250 }, seen: 30, sparse: false },
  "fast": { layer: { stretch: 40 }, seen: 5, sparse: false },
  "24 in 60": { fps: 60, plateFps: 24, seen: 30, sparse: false },
  "backward and stretched": { layer: { stretch: -250, startTime: 1.2 }, seen: 30, sparse: false },
  "looped": { more: "item.mainSource.loop = 3; layer.outPoint = 1.4;", seen: 35, sparse: false },
};

for (const [name, { seen, sparse, ...settings }] of Object.entries(CASES))
  test(`masks cut every frame as the splines say: ${name}`, (t) => {
    const seconds = 1.44;
    const { ae, put, made } = stage(t, { seconds, ...settings });
    const before = ae.state();
    const { masks, keys, notes } = put();
    assert.equal(masks, 3);
    assert.equal(keys === 6, sparse);
    assert.equal(/key for every plate frame/.test(notes.join(" ")), !sparse);
    assert.equal(assertCut(ae, { ...made, fps: settings.fps ?? 25, seconds }, DOCUMENT), seen);
    ae.undo();
    assert.deepEqual(ae.state(), before);
  });

test("the masks as an artist finds them", (t) => {
  const { ae, put, made, ask } = stage(t);
  const steps = ae.history.length;
  put();
  assert.deepEqual(ae.history.slice(steps), ["Mattewire: masks of founder"]);
  const parade = ae.app.project.layerByID(made.layer).property("ADBE Mask Parade");
  const [{ ADD, SUBTRACT }, { LINEAR, HOLD }] = ["MaskMode", "KeyframeInterpolationType"].map((name) => ae.run(name));
  const masks = [1, 2, 3].map((at) => parade.property(at));
  assert.deepEqual(masks.map((mask) => mask.name), ["Mattewire founder 1001-1012", "Mattewire founder hole 1004-1007", "Mattewire object 2 1003-1012"]);
  assert.deepEqual(masks.map((mask) => mask.maskMode), [ADD, SUBTRACT, ADD]);
  assert.notDeepEqual(Array.from(masks[0].color), Array.from(masks[2].color));
  const shape = masks[0].property("ADBE Mask Shape");
  const times = [1, 2, 3].map((key) => shape.keyTime(key));
  assert.deepEqual(times.map((time) => Math.round(time * 25 * 1e6) / 1e6), [0, 4, 11]);
  assert.ok([1, 2, 3].every((key) => shape.keyOutInterpolationType(key) === LINEAR));
  assert.equal(shape.keyValue(1).closed, true);
  assert.deepEqual(Array.from(shape.keyValue(1).vertices, (one) => Array.from(one)), [[8, 6], [24, 6], [24, 22], [8, 22]]);
  assert.deepEqual(Array.from(shape.keyValue(2).inTangents[0]), [2, -2]);
  assert.equal(masks[0].property("ADBE Mask Opacity").numKeys, 0, "it lives as long as the layer");
  const alive = masks[1].property("ADBE Mask Opacity");
  assert.deepEqual([1, 2, 3].map((key) => alive.keyValue(key)), [0, 100, 0]);
  assert.ok([1, 2, 3].every((key) => alive.keyOutInterpolationType(key) === HOLD));
  assert.deepEqual(ask("look").notes, [], "Mattewire's own masks make no plate impure");
});

test("made again in place; taken off without a trace", (t) => {
  const { ae, ask, fault, put, made } = stage(t);
  const before = ae.state();
  put();
  const next = { ...DOCUMENT, splines: [DOCUMENT.splines[2], { ...DOCUMENT.splines[0], first: 1002 }] };
  assert.equal(put(next).masks, 2);
  assert.equal(ae.app.project.layerByID(made.layer).property("ADBE Mask Parade").numProperties, 2);
  assertCut(ae, { ...made, fps: 25, seconds: 0.48 }, next);
  assert.deepEqual(ask("masks_remove", { layer_id: made.layer }), { masks: 2, layers: 0 });
  assert.deepEqual(ae.state(), before);
  assert.match(fault("masks_remove", { layer_id: made.layer }).message, /has no masks of Mattewire/);
});

for (const pixelAspect of [1, 2])
  test(`on a copy that follows the plate, pixels ${pixelAspect} wide`, (t) => {
    const garbage = `var mask = layer.property("ADBE Mask Parade").addProperty("ADBE Mask Atom"); mask.name = "garbage"; layer.enabled = false;`;
    const { ae, ask, fault, put, made } = stage(t, { pixelAspect, comp: { pixelAspect }, more: garbage });
    assert.match(fault("masks_begin", { job_id: JOB, layer_id: made.layer, on: "plate", label: "", keep: ["masks"], width: WIDTH, height: HEIGHT, objects: [] }).message, /masks of its own.*garbage/);
    const before = ae.state();
    const { layer_id } = put(DOCUMENT, { on: "copy" });
    ae.run(`app.project.layerByID(${layer_id}).enabled = true`);
    assert.equal(assertCut(ae, { layer: layer_id, fps: 25, seconds: 0.48 }, DOCUMENT), 12);
    assert.equal(put(DOCUMENT, { on: "copy" }).layer_id, layer_id, "the same copy again");
    ae.run(`app.project.layerByID(${made.layer}).property("ADBE Transform Group").property("ADBE Position").setValue([${WIDTH / 2 + 3}, ${HEIGHT / 2}])`);
    const moved = ae.picture("shot", 0.2).data;
    const still = coverage(DOCUMENT, 1006);
    for (let at = 3; at < still.length; at += 1) if (at % WIDTH > 2) assert.ok(Math.abs(moved[at * 4 + 3] - still[at - 3]) < 0.08);
    ae.run(`app.project.layerByID(${made.layer}).property("ADBE Transform Group").property("ADBE Position").setValue([${WIDTH / 2}, ${HEIGHT / 2}])`);
    assert.deepEqual(ask("masks_remove", { layer_id: made.layer }), { masks: 3, layers: 1 });
    assert.deepEqual(ae.state().layers[made.layer].inPoint, before.layers[made.layer].inPoint);
    assert.equal(ae.app.project.itemByID(made.comp).numLayers, 1);
  });

test("a hole before there is anything cuts nothing", (t) => {
  const { put } = stage(t);
  assert.equal(put({ ...DOCUMENT, splines: [DOCUMENT.splines[1], DOCUMENT.splines[0]] }).masks, 1);
});

test("thousands of keys in short calls and one step", (t) => {
  const { ae, ask, made } = stage(t, { seconds: 100 });
  const keys = Array.from({ length: 170 }, (_, at) => ({ frame: FIRST + at * 10, points: Array.from({ length: 3 }, () => square(20 + (at % 9), 14, 5)).flat() }));
  const splines = Array.from({ length: 12 }, (_, at) => ({ object: at + 1, hole: false, first: FIRST, last: FIRST + 1690, keys }));
  const what = { job_id: JOB, layer_id: made.layer, on: "plate", label: "crowd" };
  const { begin, pieces } = maskPieces(JSON.stringify({ ...DOCUMENT, splines }), what);
  const steps = ae.history.length;
  const took = [];
  const timed = (name, question) => {
    const from = performance.now();
    const value = ask(name, question);
    took.push(performance.now() - from);
    return value;
  };
  timed("masks_begin", begin);
  const heard = pieces.map((piece) => timed("masks_piece", piece).keys);
  assert.equal(heard.at(-1), 2040);
  assert.ok(pieces.length > 35 && pieces.every((piece) => JSON.stringify(piece).length < 50_000));
  assert.ok(took.sort((a, b) => a - b)[Math.floor(took.length / 2)] < 100, `${took} ms`);
  assert.equal(ae.history.length, steps, "nothing is changed before the last call");
  assert.equal(ask("masks_end", { job_id: JOB }).keys, 2040);
  assert.equal(ae.history.length, steps + 1);
});

test("what is no document, or not for this plate, is refused before anything is changed", (t) => {
  const { ae, fault, made, ask } = stage(t);
  const what = { job_id: JOB, layer_id: made.layer, on: "plate", label: "" };
  for (const [text, words] of [
    ["{", /cannot be read/], ['{"schema":"x"}', /is a x, not a mattewire.splines.1/],
    [JSON.stringify({ ...DOCUMENT, splines: [{ keys: [{ frame: 1, points: [[1, null]] }] }] }), /a number is missing/],
  ])
    assert.throws(() => maskPieces(text, what), { message: words, field: "splines" });
  const before = ae.state();
  const { begin } = maskPieces(JSON.stringify(DOCUMENT), what);
  assert.match(fault("masks_begin", { ...begin, width: 1920 }).message, /1920 x 36.*64 x 36/);
  assert.equal(fault("masks_end", { job_id: JOB }).code, "unknown_job");
  assert.equal(fault("masks_piece", { job_id: JOB, splines: [] }).code, "unknown_job");
  ask("masks_begin", begin);
  assert.match(fault("masks_end", { job_id: JOB }).message, /no outlines/);
  const spline = { at: 0, object: 1, hole: false, first: 1, last: 2, keys: [] };
  const key = (frame, count = 6) => ({ frame, points: Array.from({ length: count }, () => 1).join(",") });
  for (const [splines, words] of [
    [[{ ...spline, at: 1 }], /out of its order/],
    [[{ ...spline, last: 0 }], /out of its order/],
    [[{ ...spline, keys: [key(1, 5)] }], /6 numbers/],
    [[{ ...spline, keys: [{ frame: 1, points: "1,2,,4,5,6" }] }], /6 numbers/],
    [[{ ...spline, keys: [{ frame: 1, points: "" }] }], /6 numbers/],
    [[{ ...spline, keys: [key(2), key(1)] }], /out of order/],
    [[{ ...spline, keys: [key(1), key(2, 12)] }], /unlike numbers/],
  ]) {
    ask("masks_begin", begin);
    const found = fault("masks_piece", { job_id: JOB, splines });
    assert.match(found.message, words);
    assert.match(found.field, /^splines\[\d\]$/);
  }
  ask("masks_begin", begin);
  ask("masks_piece", { job_id: JOB, splines: [spline] });
  assert.match(fault("masks_end", { job_id: JOB }).message, /has no key/);
  ae.run(`app.project.layerByID(${made.layer}).locked = true`);
  assert.match(fault("masks_begin", begin).message, /locked/);
  ae.run(`app.project.layerByID(${made.layer}).locked = false`);
  assert.deepEqual(ae.state(), before);
});

for (const after of ["addMask", "setKeys", "setAlive", "dropMasks", "maskCopy"])
  test(`After Effects fails right after ${after}: the project as before`, (t) => {
    const { ae, ask, fault, made } = stage(t);
    const what = { job_id: JOB, layer_id: made.layer, on: after === "maskCopy" ? "copy" : "plate", label: "founder" };
    const { begin, pieces } = maskPieces(JSON.stringify(DOCUMENT), what);
    ask("masks_begin", begin);
    for (const piece of pieces) ask("masks_piece", piece);
    const before = ae.state();
    ae.run(`var kept = mattewire.${after}; mattewire.${after} = function (a, b, c, d, e, f) { kept(a, b, c, d, e, f); throw new Error("out of memory"); };`);
    assert.match(fault("masks_end", { job_id: JOB }).message, /out of memory/);
    assert.deepEqual(ae.state(), before);
  });
