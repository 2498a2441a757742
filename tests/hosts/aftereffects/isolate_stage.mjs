/**
 * Scenes for isolates: a plate of one color a frame, its soft mattes, its cut-out, and captions above it. The cut-out laid
 * in the plate's place is what an isolate's picture is reckoned from, by hand.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { writePng } from "./fake_ae/index.mjs";
import { fileOf, folderFor, HEIGHT, jobFor, literal, open, scene, WIDTH } from "./host_stage.mjs";

export const FIRST = 11;
export const LAST = 16;
export const STEP = 1 / 255;
export const TIMES = [0.02, 0.06, 0.1, 0.14, 0.18];

/** Another color on every frame, so that a frame too early or late is seen. */
export const colorAt = (frame) => [0.3 + 0.1 * (frame - FIRST), 0.9 - 0.12 * (frame - FIRST), 0.2];

/** Soft, another one in every pixel and on every frame, and 0 along the border, where resampling is soft in both layers. */
export function alphaAt(frame, x, y) {
  if (Math.min(x, y, WIDTH - 1 - x, HEIGHT - 1 - y) < 2) return 0;
  return 0.5 + 0.5 * Math.sin(x * 0.9 + frame) * Math.cos(y * 0.7 - frame);
}

export function write(folder, kind, { pixelAspect = 1, first = FIRST, last = LAST } = {}) {
  fs.mkdirSync(folder, { recursive: true });
  const pattern = path.join(folder, `${kind}.####.png`);
  for (let frame = first; frame <= last; frame += 1) {
    const data = new Float32Array(WIDTH * HEIGHT * 4);
    for (let y = 0; y < HEIGHT; y += 1)
      for (let x = 0; x < WIDTH; x += 1) {
        const color = kind === "matte" ? [1, 1, 1] : colorAt(frame);
        data.set([...color, kind === "plate" ? 1 : alphaAt(frame, x, y)], (y * WIDTH + x) * 4);
      }
    writePng(fileOf(pattern, frame), { width: WIDTH, height: HEIGHT, data, pixelAspect });
  }
  return pattern;
}

/** Captions that hide much of the plate: text is drawn as a block of its color. */
export const CAPTIONS = `
  var caption = comp.layers.addText("ON AIR"); caption.name = "caption";
  var words = caption.property("ADBE Text Properties").property("ADBE Text Document"); var document = words.value;
  document.fontSize = 14; document.fillColor = [0.1, 0.2, 1]; words.setValue(document);
  caption.property("ADBE Transform Group").property("ADBE Position").setValue([4, 24]);
  caption.selected = false;`;

/** A stage: After Effects with the plate in "shot"; `more` as in `scene`, with `t` the plate's transform. */
export function stage(test, { more = "", captions = CAPTIONS, pixelAspect = 1, ...rest } = {}) {
  const folder = folderFor(test);
  const [plate, matte, cutout] = ["plate", "matte", "cutout"].map((kind) => write(path.join(folder, kind), kind, { pixelAspect }));
  const setting = { first: FIRST, seconds: 0.24, ...rest, more: `var t = layer.property("ADBE Transform Group"); ${captions} ${more}` };
  const host = open();
  const made = scene(host.ae, plate, setting);
  return { ...host, folder, made, plate, matte, cutout, setting, job: jobFor(made.layer, matte, FIRST, LAST) };
}

/** Float RGBA, premultiplied. */
function premultiplied({ width, height, data }) {
  const out = Float32Array.from(data);
  for (let at = 0; at < out.length; at += 4) for (let channel = 0; channel < 3; channel += 1) out[at + channel] *= out[at + 3];
  return { width, height, data: out };
}

export function over(top, under) {
  const out = Float32Array.from(under.data);
  for (let at = 0; at < out.length; at += 1) out[at] = top.data[at] + under.data[at] * (1 - top.data[at | 3]);
  return { ...under, data: out };
}

/**
 * The parts of the picture, each alone, as another After Effects draws them: the plate, its captions, its cut-out. `change`:
 * script with `comp`, `layer` and `t`.
 */
export function parts({ plate, cutout, setting }, { change = "", pixelAspect = 1 } = {}) {
  const { ae } = open();
  const made = scene(ae, plate, { ...setting, more: `${setting.more} ${change}` });
  const draw = (script, before = "") => {
    ae.run(`(function () {
      var comp = app.project.itemByID(${made.comp}), layer = app.project.layerByID(${made.layer}), i, other;
      app.beginUndoGroup("part"); ${before}
      for (i = 1; i <= comp.numLayers; i += 1) { other = comp.layer(i); ${script} }
      app.endUndoGroup();
    }())`);
    const drawn = TIMES.map((time) => premultiplied(ae.picture("shot", time)));
    assert.ok(ae.undo());
    return drawn;
  };
  const plateAlone = `if (!other.isTrackMatte && !other.adjustmentLayer) { other.enabled = other.id === layer.id; }`;
  const swap = `var options = new ImportOptions(new File(${literal(fileOf(cutout, FIRST))})); options.sequence = true;
    var item = app.project.importFile(options); item.mainSource.conformFrameRate = 25; item.mainSource.alphaMode = AlphaMode.STRAIGHT;
    item.pixelAspect = ${pixelAspect}; layer.replaceSource(item, false);`;
  return {
    back: draw(plateAlone),
    caption: draw("if (other.id === layer.id || other.adjustmentLayer) { other.enabled = false; }"),
    front: draw(plateAlone, swap),
  };
}

/** Asserts that the comp "shot" shows `front` over `caption` over `back` at all times. */
export function assertLayered(ae, { back, caption, front }, words) {
  TIMES.forEach((time, at) => {
    assertSame(premultiplied(ae.picture("shot", time)), over(front[at], over(caption[at], back[at])), `${words} at ${time}`);
  });
}

export function assertSame(one, other, words) {
  assert.deepEqual([one.width, one.height], [other.width, other.height]);
  let worst = 0;
  for (let at = 0; at < one.data.length; at += 1) worst = Math.max(worst, Math.abs(one.data[at] - other.data[at]));
  assert.ok(worst <= STEP, `${words}: off by ${(worst * 255).toFixed(2)} / 255`);
}

export const drawn = (ae, time) => premultiplied(ae.picture("shot", time));

/** The stack from the top: name, parent, matte, and when it is seen. */
export function stack(ae, comp) {
  const { layers } = ae.state(comp);
  const nameOf = (one) => ae.world.layerName(one).replace(/^plate\..*/, "plate");
  const name = (id) => (id === null ? null : nameOf(layers.find((one) => one.id === id)));
  return layers.map((one) => ({
    name: nameOf(one), parent: name(one.parent), matte: name(one.matteLayer), enabled: one.enabled,
    start: one.startTime, from: one.inPoint, to: one.outPoint, stretch: one.stretch,
  }));
}

/** Every expression of a layer works. */
export function assertExpressions(ae, id) {
  const property = ae.run("PropertyType.PROPERTY");
  const visit = (group) => {
    for (let at = 1; at <= group.numProperties; at += 1) {
      const one = group.property(at);
      if (one.propertyType !== property) visit(one);
      else if (one.expressionEnabled) assert.equal(one.expressionError, "", `${one.name}: ${one.expression}`);
    }
  };
  const layer = ae.app.project.layerByID(id);
  for (const group of ["ADBE Transform Group", "ADBE Effect Parade"]) visit(layer.property(group));
}
