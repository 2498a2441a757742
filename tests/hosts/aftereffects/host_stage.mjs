/**
 * A stand-in for After Effects with the panel's scripts loaded, scenes to place mattes in, and frames that say their
 * own numbers: a plate's in its colors, a matte's in its alpha.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { start, writePng } from "./fake_ae/index.mjs";

export const HOST = path.resolve(import.meta.dirname, "../../../hosts/aftereffects_cep/host");
export const PARTS = JSON.parse(fs.readFileSync(path.join(HOST, "parts.json"), "utf8"));

export const WIDTH = 64;
export const HEIGHT = 36;
const BITS = 16;
const BLOCK = WIDTH / BITS;

/** A string as a literal of ES3 source, in ASCII: how the panel sends text through evalScript. */
export function literal(text) {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** After Effects with the scripts in it. `call` is answered by an Answer, `ask` by its value; `fault` by its error. */
export function open(settings = {}) {
  const ae = start(settings);
  for (const part of PARTS) ae.load(path.join(HOST, part));
  const call = (name, question = {}) => {
    const text = ae.evalScript(`mattewire.call(${literal(name)}, ${literal(JSON.stringify(question))})`);
    assert.notEqual(text, "EvalScript error.", String(ae.lastError));
    assert.match(text, /^[\x20-\x7e]*$/, "the answer is ASCII on one line");
    assert.equal(ae.undoDepth, 0, `${name} leaves no undo group open`);
    return JSON.parse(text);
  };
  const ask = (name, question) => {
    const answer = call(name, question);
    assert.equal(answer.ok, true, JSON.stringify(answer.error));
    return answer.value;
  };
  const fault = (name, question) => {
    const answer = call(name, question);
    assert.equal(answer.ok, false, `${name} should be refused: ${JSON.stringify(answer.value)}`);
    for (const text of [answer.error.message, answer.error.advice]) assert.match(text, /^\S[^]*[.]$/, text);
    return answer.error;
  };
  return { ae, call, ask, fault };
}

/** A new folder, taken away when the test ends. */
export function folderFor(test, name = "shots") {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "mattewire-host-"));
  test.after(() => fs.rmSync(made, { recursive: true, force: true }));
  const folder = path.join(made, name);
  fs.mkdirSync(folder);
  return folder;
}

/** Float RGBA of a frame: its number in 16 blocks across, in the colors of a plate or the alpha of a matte. */
export function numbered(frame, kind, width = WIDTH, height = HEIGHT) {
  const data = new Float32Array(width * height * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const bit = (frame >> Math.floor((x * BITS) / width)) & 1;
      const at = (y * width + x) * 4;
      // The upper half is the matte's to cut; in the lower half it is 1, so that the plate's number shows.
      const alpha = kind === "matte" && y < height / 2 ? bit : 1;
      data.set(kind === "matte" ? [1, 1, 1, alpha] : [bit, 0.25, y / height, 1], at);
    }
  return { width, height, data };
}

/** A PNG sequence `name.####.png` whose frames say their numbers; its pattern. */
export function sequence(folder, kind, first, last, { name = kind, pixelAspect = 1, width = WIDTH, height = HEIGHT } = {}) {
  fs.mkdirSync(folder, { recursive: true });
  for (let frame = first; frame <= last; frame += 1) {
    const file = path.join(folder, `${name}.${String(frame).padStart(4, "0")}.png`);
    writePng(file, { ...numbered(frame, kind, width, height), pixelAspect });
  }
  return path.join(folder, `${name}.####.png`);
}

export const fileOf = (pattern, frame) => pattern.replace(/#+/, (hashes) => String(frame).padStart(hashes.length, "0"));

/** The numbers that a picture of a whole frame shows: the plate's from the lower half, the matte's from the upper. */
export function read(picture) {
  const at = (x, y) => (y * picture.width + x) * 4;
  let plate = 0;
  let matte = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    const x = bit * BLOCK + BLOCK / 2;
    if (picture.data[at(x, (HEIGHT * 3) / 4)] > 0.5) plate |= 1 << bit;
    if (picture.data[at(x, HEIGHT / 4) + 3] > 0.5) matte |= 1 << bit;
  }
  const seen = picture.data[at(BLOCK / 2, (HEIGHT * 3) / 4) + 3] > 0.5;
  return { seen, plate, matte };
}

/**
 * A comp "shot" with one layer of the plate, selected. `layer`: members to set, in order; `more`: script that runs with
 * `comp`, `item` and `layer`.
 */
export function scene(ae, pattern, { comp = {}, layer = {}, more = "", ...settings } = {}) {
  const { first, fps = 25, plateFps = fps, seconds = 2, width = WIDTH, height = HEIGHT, pixelAspect = 1 } = settings;
  const set = (name, members) =>
    Object.entries(members)
      .map(([key, value]) => `${name}.${key} = ${JSON.stringify(value)};`)
      .join("\n");
  const isSequence = pattern.includes("#");
  return JSON.parse(
    ae.run(`(function () {
      var options = new ImportOptions(new File(${literal(isSequence ? fileOf(pattern, first) : pattern)}));
      ${isSequence ? "options.sequence = true;" : ""}
      var item = app.project.importFile(options);
      ${isSequence ? `item.mainSource.conformFrameRate = ${plateFps};` : ""}
      var comp = app.project.items.addComp("shot", ${width}, ${height}, ${pixelAspect}, ${seconds}, ${fps});
      ${set("comp", comp)}
      comp.openInViewer();
      var layer = comp.layers.add(item);
      ${set("layer", layer)}
      ${more}
      layer.selected = true;
      return '{"comp":' + comp.id + ',"layer":' + layer.id + ',"item":' + item.id + '}';
    }())`),
  );
}

/** The job that places `pattern`'s frames `first` to `last` above a layer. */
export function jobFor(layer, pattern, first, last, changes = {}) {
  return {
    job_id: "0123456789abcdef", layer_id: layer, path: pattern, first, last, label: "founder speaking", version: "v001",
    ticket: '{"schema":"mattewire.ticket.1"}', ...changes,
  };
}

/** What the runs of `look` say of one comp frame. */
export function plateFrame(runs, frame) {
  const run = runs.find((one) => one.first <= frame && frame <= one.last);
  return run ? run.plate + Math.floor(run.phase + (frame - run.first) * run.rate) : null;
}
