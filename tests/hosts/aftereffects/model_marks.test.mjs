/** Boxes that are kept and dropped, drawn boxes and points, and where the picture lies. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Marks } from "../../../hosts/aftereffects_cep/model/marks.js";
import { fitted, toDrawn, toPlate, zoomed } from "../../../hosts/aftereffects_cep/model/viewport.js";

const SEEN = { frame: 1001, width: 200, height: 100, pixelAspect: 1, picture: new Uint8Array(0) };
const match = (object, x0, y0, x1, y1, picked = true) => ({ object, x0, y0, x1, y1, phrase: "ball", score: 0.5, picked });
const BIG = match(1, 0, 0, 100, 100);
const SMALL = match(2, 40, 40, 60, 60, false);

function marks(found = [BIG, SMALL]) {
  const made = new Marks();
  made.take(SEEN, found, "ball");
  return made;
}

test("best is kept until the artist chooses; the smallest box under the mouse is meant", () => {
  const made = marks();
  assert.deepEqual([...made.kept], [1]);
  assert.deepEqual(made.choice, [], "nothing was chosen: pick stays as it is");
  assert.equal(made.toggleAt(50, 50), true);
  assert.deepEqual(made.choice, [1, 2]);
  assert.equal(made.toggleAt(10, 10), true);
  assert.deepEqual(made.choice, [2]);
  assert.equal(made.toggleAt(150, 50), false);
  assert.equal(made.toggleAt(100, 50), false, "the right edge is outside");
});

test("a choice stays when the same words are looked for again, and goes with other words", () => {
  const made = marks();
  made.toggle(2);
  made.take(SEEN, [BIG, SMALL], "ball");
  assert.deepEqual(made.choice, [1, 2]);
  made.take(SEEN, [BIG, SMALL], "cup");
  assert.deepEqual(made.choice, []);
  made.toggle(1);
  assert.equal(made.droppedAll, true);
  made.forgetFound();
  assert.deepEqual([made.droppedAll, made.found.length, made.choice.length], [false, 0, 0]);
});

test("points belong to the box they are in, else to the nearest kept one, else to object 1", () => {
  const made = marks([match(1, 0, 0, 20, 20), match(2, 80, 0, 100, 20), match(3, 150, 0, 160, 10, false)]);
  made.addPoint(5, 5, true);
  made.addPoint(70, 10, false);
  made.addPoint(155, 5, true); // the box under it is dropped
  assert.deepEqual(made.points.map((point) => [point.object, point.keep, point.frame]), [[1, true, 1001], [2, false, 1001], [2, true, 1001]]);
  const none = marks([]);
  none.addPoint(5, 5, true);
  assert.equal(none.points[0].object, 1);
  assert.equal(new Marks().addPoint(1, 1, true), false, "without a picture there is no frame to mark");
});

test("a drawn box has its corners in order and a number that no match has, also after the next look", () => {
  const made = marks([BIG]);
  assert.equal(made.addBox(60, 70, 20, 30), true);
  assert.deepEqual(made.boxes, [{ frame: 1001, x0: 20, y0: 30, x1: 60, y1: 70, object: 2 }]);
  made.addPoint(30, 40, true);
  assert.equal(made.points[0].object, 2);
  made.take(SEEN, [BIG, SMALL, match(3, 1, 1, 2, 2)], "ball");
  assert.equal(made.boxes[0].object, 4, "the matches keep 1 to 3, as the job will number them");
  assert.equal(made.points[0].object, 4, "and its points go with it");
  assert.equal(made.addBox(10, 10, 11, 50), false, "a box without an inside");
});

test("marks are removed one by one or all; a click finds the nearest point on this frame", () => {
  const made = marks([]);
  made.addBox(0, 0, 10, 10);
  made.addPoint(50, 50, true);
  made.addPoint(56, 50, false);
  assert.equal(made.pointAt(54, 50, 5), 2);
  assert.equal(made.pointAt(90, 50, 5), -1);
  made.take({ ...SEEN, frame: 1002 }, [], "ball");
  assert.equal(made.pointAt(54, 50, 5), -1, "those of another frame are not seen");
  made.remove(1);
  assert.deepEqual([made.boxes.length, made.points.length], [1, 1]);
  made.remove(9);
  made.clear();
  assert.equal(made.own.length, 0);
});

test("the picture fits its window at its own shape, and places go to plate pixels and back", () => {
  assert.deepEqual(fitted(SEEN, 400, 400), { width: 400, height: 200 });
  assert.deepEqual(fitted(SEEN, 1000, 50), { width: 100, height: 50 });
  const anamorphic = { ...SEEN, pixelAspect: 2 };
  const drawn = fitted(anamorphic, 400, 400);
  assert.deepEqual(drawn, { width: 400, height: 100 });
  assert.deepEqual(toPlate(anamorphic, drawn, 200, 25), { x: 100, y: 25 }, "plate pixels are stored pixels");
  const there = toDrawn(anamorphic, drawn, 37.5, 60.25);
  assert.deepEqual(toPlate(anamorphic, drawn, there.x, there.y), { x: 37.5, y: 60.25 });
  assert.equal(zoomed(1, -1), 1);
  assert.equal(zoomed(8, 1), 8);
  assert.equal(zoomed(zoomed(1, 1), -1), 1);
});
