/** What the stand-in's own tests share: small files on disk, and After Effects with a comp in it. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { start, writePng } from "./fake_ae/index.mjs";

/** A new folder, taken away when the test ends. */
export function folderFor(test, name = "plates") {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "fake_ae-"));
  test.after(() => fs.rmSync(made, { recursive: true, force: true }));
  fs.mkdirSync(path.join(made, name));
  return path.join(made, name);
}

/** RGBA frames `plate.####.png` whose red is number / 100; `pixel(x, y, number)` draws other ones. The first's path. */
export function frames(folder, first, last, { name = "plate", width = 16, height = 8, pixelAspect = 1, pixel = null } = {}) {
  for (let number = first; number <= last; number += 1) {
    const data = new Float32Array(width * height * 4);
    for (let at = 0; at < width * height; at += 1)
      data.set(pixel ? pixel(at % width, Math.floor(at / width), number) : [number / 100, 0.25, 0.5, 1], at * 4);
    writePng(path.join(folder, `${name}.${String(number).padStart(4, "0")}.png`), { width, height, data, pixelAspect });
  }
  return path.join(folder, `${name}.${String(first).padStart(4, "0")}.png`);
}

/** After Effects with a comp `c` of 16 × 8 and 2 s; scripts see `c` and `load(path, rate)`, which imports a sequence. */
export function open({ fps = 25, width = 16, height = 8, ...settings } = {}) {
  const ae = start(settings);
  ae.run(`
    var c = app.project.items.addComp("C", ${width}, ${height}, 1, 2, ${fps});
    function load(path, rate) {
      var io = new ImportOptions(new File(path)), item;
      io.sequence = true;
      item = app.project.importFile(io);
      item.mainSource.conformFrameRate = rate;
      return item;
    }`);
  return ae;
}

/** The straight RGBA of one pixel, rounded to 1/1000. */
export function pixel(picture, x, y) {
  const at = (y * picture.width + x) * 4;
  return Array.from(picture.data.subarray(at, at + 4), (one) => Math.round(one * 1000) / 1000);
}

/** That a script throws an error of After Effects whose message matches. */
export function throws(ae, source, message) {
  const seen = ae.evalScript(`(function () { try { ${source} } catch (e) { return e instanceof Error ? "" + e.message : "no Error"; } return "nothing thrown"; }())`);
  assert.match(seen, message);
}
