import assert from "node:assert/strict";
import { test } from "node:test";
import { folderFor, frames, open, pixel, throws } from "./fake_ae_scene.mjs";

const quoted = JSON.stringify;

/** A comp with `layer` of a sequence of 10 frames (numbers 1 to 10), at 25 frames a second. */
function withPlate(t, settings = {}) {
  const ae = open(settings);
  ae.run(`var layer = c.layers.add(load(${quoted(frames(folderFor(t), 1, 10))}, 25))`);
  return ae;
}
const shown = (ae, times) => times.map((time) => ae.sourceFrame(ae.run("layer"), time)?.number ?? null);

test("a new layer is on top, alone selected, at 0, as long as its footage", (t) => {
  const ae = withPlate(t);
  assert.equal(ae.run("[layer.index, layer.inPoint, layer.outPoint, layer.stretch, c.selectedLayers.length].join()"), "1,0,0.4,100,1");
  ae.run("var n = c.layers.addNull()");
  assert.equal(ae.run("[layer.index, layer.selected, n.selected, n.outPoint, n.nullLayer].join()"), "2,false,true,2,true");
});

test("the start carries in and out; trims stay within the footage", (t) => {
  const ae = withPlate(t);
  ae.run("layer.inPoint = 0.08; layer.outPoint = 0.2; layer.startTime = 1");
  assert.deepEqual(ae.run("[layer.inPoint, layer.outPoint].join()"), "1.08,1.2");
  ae.run("layer.inPoint = 0; layer.outPoint = 9");
  assert.deepEqual(ae.run("[layer.inPoint, layer.outPoint].join()"), "1,1.4");
  assert.deepEqual(shown(ae, [0.96, 1, 1.04, 1.36, 1.4]), [null, 1, 2, 10, null]);
});

test("stretch: half speed, double speed", (t) => {
  const ae = withPlate(t);
  ae.run("layer.stretch = 200");
  assert.equal(ae.run("layer.outPoint"), 0.8);
  assert.deepEqual(shown(ae, [0, 0.04, 0.08, 0.76]), [1, 1, 2, 10]);
  ae.run("layer.stretch = 50");
  assert.deepEqual(shown(ae, [0, 0.04, 0.16]), [1, 3, 9]);
  throws(ae, "layer.stretch = 0", /not valid/);
});

test("backward: each frame once, from the last to the first; the other guess is one frame off", (t) => {
  for (const [reversed, wanted] of [["cell", [10, 9, 1]], ["edge", [10, 10, 2]]]) {
    const ae = withPlate(t, { reversed });
    ae.run("layer.stretch = -100; layer.startTime = 0.4");
    assert.equal(ae.run("layer.inPoint > layer.outPoint && layer.outPoint === 0"), true);
    assert.deepEqual(shown(ae, [0, 0.04, 0.36]), wanted, reversed);
  }
});

test("a frame begun counts, at 10,000 frames of 29.97 too", (t) => {
  const ae = open({ fps: 29.97 });
  ae.run(`var layer = c.layers.add(load(${quoted(frames(folderFor(t), 1, 3))}, 29.97)); layer.startTime = 10000 * c.frameDuration`);
  assert.deepEqual([0, 1, 2].map((at) => ae.sourceFrame(ae.run("layer"), (10000 + at) / 29.97).number), [1, 2, 3]);
  assert.ok(ae.run("Math.floor(10000 * c.frameDuration * c.frameRate * 1.0)") === 10000);
  assert.equal(open({ fps: 23.976 }).run("Math.floor(10000 * c.frameDuration * c.frameRate)"), 9999, "the trap of frameRate");
});

test("a comp of another rate shows the last frame begun", (t) => {
  const ae = open({ fps: 60 });
  ae.run(`var layer = c.layers.add(load(${quoted(frames(folderFor(t), 1, 10))}, 24))`);
  assert.deepEqual(shown(ae, [0, 1, 2, 3, 4, 5, 6].map((at) => at / 60)), [1, 1, 1, 2, 2, 3, 3]);
});

test("time remapping: two keys at once, and the value is the source's time", (t) => {
  const ae = withPlate(t);
  ae.run("layer.timeRemapEnabled = true");
  assert.equal(ae.run("layer.timeRemap.numKeys + ' ' + layer.timeRemap.keyValue(2)"), "2 0.4");
  ae.run("layer.timeRemap.setValueAtTime(0, 0.2); layer.timeRemap.setValueAtTime(0.4, 0.2); layer.outPoint = 1");
  assert.deepEqual(shown(ae, [0, 0.2, 0.9]), [6, 6, 6]);
  throws(ae, "c.layers.addNull().timeRemapEnabled = true", /canSetTimeRemapEnabled/);
});

test("order: before, after, first, last; a copy is above and takes the selection", (t) => {
  const ae = withPlate(t);
  ae.run("var a = c.layers.addNull(), b = c.layers.addText('b'); a.name = 'a'; layer.name = 'p'");
  const names = () => ae.run("var s = []; for (var i = 1; i <= c.numLayers; i++) s.push(c.layer(i).name); s.join()");
  assert.equal(names(), "b,a,p");
  ae.run("b.moveAfter(layer)");
  assert.equal(names(), "a,p,b");
  ae.run("b.moveBefore(layer); a.moveToEnd(); layer.moveToBeginning()");
  assert.equal(names(), "p,b,a");
  ae.run("var twin = layer.duplicate()");
  assert.equal(names(), "p 2,p,b,a");
  assert.equal(ae.run("twin.selected && !layer.selected && twin.source === layer.source && c.layer('p 2') === twin"), true);
  assert.equal(ae.run("c.layers.byName('nothing')"), null);
});

test("mattes from 23: any layer, its video goes off, a circle and another comp are refused", (t) => {
  const ae = withPlate(t);
  ae.run("var m = c.layers.addSolid([1, 1, 1], 'm', 4, 4, 1), n = c.layers.addNull(); layer.setTrackMatte(m, TrackMatteType.ALPHA)");
  assert.equal(ae.run("[layer.hasTrackMatte, layer.trackMatteLayer === m, m.isTrackMatte, m.enabled, layer.trackMatteType === TrackMatteType.ALPHA].join()"), "true,true,true,false,true");
  throws(ae, "m.setTrackMatte(layer, TrackMatteType.LUMA)", /circle/);
  throws(ae, "layer.setTrackMatte(layer, TrackMatteType.LUMA)", /itself/);
  throws(ae, "layer.setTrackMatte(app.project.items.addComp('D', 9, 9, 1, 1, 25).layers.addNull(), TrackMatteType.LUMA)", /same composition/);
  ae.run("layer.setTrackMatte(m, TrackMatteType.NO_TRACK_MATTE)");
  assert.equal(ae.run("layer.hasTrackMatte"), true, "that type does nothing");
  ae.run("layer.removeTrackMatte()");
  assert.equal(ae.run("layer.hasTrackMatte + ' ' + m.isTrackMatte + ' ' + m.enabled"), "false false false");
  ae.run("layer.setTrackMatte(m, TrackMatteType.LUMA); m.remove()");
  assert.equal(ae.run("layer.hasTrackMatte"), false);
});

test("mattes before 23: the layer above, whichever that is", (t) => {
  const ae = withPlate(t, { version: "22.0" });
  throws(ae, "layer.trackMatteType = TrackMatteType.ALPHA", /no layer above/);
  ae.run("var m = c.layers.addSolid([1, 1, 1], 'm', 4, 4, 1); layer.trackMatteType = TrackMatteType.ALPHA");
  assert.equal(ae.run("[layer.hasTrackMatte, m.isTrackMatte, layer.trackMatteLayer].join()"), "true,true,");
  ae.run("var n = c.layers.addNull(); n.moveBefore(layer)");
  assert.equal(ae.run("m.isTrackMatte + ' ' + n.isTrackMatte"), "false true");
});

test("parents: `parent =` stays in place, setParentWithJump keeps the numbers; circles are refused", (t) => {
  const ae = withPlate(t);
  ae.run("var n = c.layers.addNull(); n.position.setValue([3, 2]); n.rotation.setValue(90); n.scale.setValue([200, 200])");
  const before = ae.picture("C", 0);
  ae.run("layer.parent = n");
  const after = ae.picture("C", 0);
  before.data.forEach((value, at) => assert.ok(Math.abs(value - after.data[at]) < 1e-5, `at ${at}`));
  assert.equal(ae.run("Math.round(layer.rotation.value) + ' ' + Math.round(layer.scale.value[0])"), "-90 50");
  throws(ae, "n.parent = layer", /own parent or grandparent/);
  ae.run("layer.parent = null; var p = layer.position.value.join(); layer.setParentWithJump(n)");
  assert.equal(ae.run("layer.position.value.join() === p"), true);
  assert.notDeepEqual(ae.picture("C", 0).data, before.data);
});

test("a locked layer is not selected or removed", (t) => {
  const ae = withPlate(t);
  ae.run("layer.selected = false; layer.locked = true");
  throws(ae, "layer.selected = true", /locked/);
  throws(ae, "layer.remove()", /locked/);
});

test("a source is replaced: times stay but show no more than there is", (t) => {
  const ae = withPlate(t);
  ae.run(`var other = load(${quoted(frames(folderFor(t, "short"), 5, 7))}, 25); layer.replaceSource(other, true)`);
  assert.equal(ae.run("layer.outPoint"), 3 / 25);
  assert.deepEqual(pixel(ae.picture("C", 0), 0, 0), [0.05, 0.25, 0.5, 1]);
});

test("comps: duplicates have their own layers, parents and mattes; precompose gathers layers", (t) => {
  const ae = withPlate(t);
  ae.run("var m = c.layers.addSolid([1, 1, 1], 'm', 4, 4, 1); layer.setTrackMatte(m, TrackMatteType.ALPHA); m.setParentWithJump(layer); var d = c.duplicate()");
  assert.equal(ae.run("d.name + d.numLayers + (d.layer(2).trackMatteLayer === d.layer(1)) + (d.layer(1).parent === d.layer(2)) + (d.layer(2) === layer)"), "C 22truetruefalse");
  const before = ae.picture("C 2", 0);
  assert.deepEqual(ae.picture("C", 0).data, before.data);
  ae.run("var inner = c.layers.precompose([1, 2], 'inner', true)");
  assert.equal(ae.run("c.numLayers + ' ' + inner.numLayers + ' ' + (c.layer(1).source === inner)"), "1 2 true");
  assert.deepEqual(ae.picture("C", 0).data, before.data);
});
