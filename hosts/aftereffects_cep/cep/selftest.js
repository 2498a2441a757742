// Mattewire's self-test inside After Effects: a small plate, a matte, After Effects' own pixels, and a report.
// The report is what a line of the support table is made of. It holds no names, no paths of footage and no keys.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { platform, release, tmpdir } from "node:os";
import { join } from "node:path";

import { dataFolder, newId } from "../client/mattewire/index.js";
import { FIRST, FPS, HEIGHT, LAST, Steps, WIDTH, fault, judge, pixel, request } from "../model/selftest.js";
import { exr, pngAlpha } from "./pictures.js";
import { writePrivate } from "./services.js";

export const REPORT = "selftest-aftereffects.json";
const PICTURE_MS = 20_000;
const LOOK_MS = 100;

/** @typedef {import("../model/desk.js").Desk} Desk */

export class SelfTest {
  /**
   * @param {Desk} desk
   * @param {string} application After Effects and its version
   * @param {Record<string, string>} facts
   */
  constructor(desk, application, facts) {
    this._desk = desk;
    this._facts = facts;
    this._folder = mkdtempSync(join(tmpdir(), "mattewire-selftest-"));
    this._comp = 0;
    this._jobId = newId();
    this._report = join(dataFolder(), REPORT);
    this._said = "";
    const date = new Date();
    const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
    this.steps = new Steps("After Effects", application, day.join("-"));
    this.steps.add("Write a plate", () => this._plate());
    this.steps.add("Meet the daemon", () => this._meet());
    this.steps.add("Make a comp", () => this._begin());
    this.steps.add("Mask the red ball", () => this._mask());
    this.steps.add("Place the mattes", () => this._place());
    this.steps.add("Look at the layers", () => this._check());
    this.steps.add("Compare After Effects' pixels", () => this._compare(), { patience: 4 * PICTURE_MS });
    this.steps.add("Clean up", () => this._end(), { always: true });
  }

  /** @param {() => void} told called after each step */
  async run(told) {
    await this.steps.run(told);
    const system = `${platform()} ${release()}`;
    try {
      writePrivate(this._report, `${JSON.stringify(this.steps.report(system, this._facts), null, 2)}\n`);
      this._said = `Report: ${this._report}`;
    } catch (problem) {
      this._said = /** @type {{message: string}} */ (problem).message;
    }
    await this._desk.layer.see();
    return this.steps.ok;
  }

  lines() {
    const verdict = this.steps.ok ? "The self-test passed." : this.steps.failed ? "The self-test found a fault." : "";
    return [verdict, ...this.steps.lines(), this._said].filter(Boolean);
  }

  async _plate() {
    mkdirSync(join(this._folder, "plate"));
    for (let frame = FIRST; frame <= LAST; frame += 1) {
      const picture = exr(WIDTH, HEIGHT, (x, y) => pixel(frame, x, y));
      writeFileSync(join(this._folder, "plate", `selftest.${frame}.exr`), picture);
    }
    return `${LAST - FIRST + 1} frames of ${WIDTH} x ${HEIGHT}.`;
  }

  async _meet() {
    const welcome = await this._desk.daemon.client.hello();
    this.steps.daemon = welcome.server;
    this.steps.protocol = welcome.protocol;
    return `${welcome.server} answers.`;
  }

  async _begin() {
    const file = join(this._folder, "plate", "selftest.####.exr");
    const shot = { path: file, first: FIRST, last: LAST, fps: FPS, width: WIDTH, height: HEIGHT };
    this._comp = (await this._desk.host.call("selftest_begin", shot)).comp_id;
    return "A comp with the plate.";
  }

  async _mask() {
    const { client } = this._desk.daemon;
    const wanted = request(join(this._folder, "plate", "selftest.####.exr"), join(this._folder, "mattes", "m.####.exr"));
    const view = await new Promise((resolve, reject) => {
      client.submit(wanted, (_, shown) => shown.ended && resolve(shown), this._jobId).catch(reject);
    });
    if (view.state !== "done") throw view.error || fault(view.line());
    return view.line();
  }

  async _place() {
    const { layer } = await this._desk.host.call("look", {});
    const placed = await this._desk.host.call("place", {
      job_id: this._jobId,
      layer_id: layer.id,
      path: join(this._folder, "mattes", "m.####.exr"),
      first: FIRST,
      last: LAST,
      label: "self-test",
      version: "",
      ticket: "",
    });
    return `${placed.name}, ${placed.linked ? "parented to" : "moving as"} the plate.`;
  }

  async _check() {
    const found = await this._desk.host.call("selftest_check", { comp_id: this._comp, job_id: this._jobId });
    const bad = found.find((step) => !step.ok);
    if (bad) throw fault(`${bad.name}: ${bad.words}`);
    return found.map((step) => step.words).join(" ");
  }

  async _compare() {
    mkdirSync(join(this._folder, "seen"));
    for (let frame = FIRST; frame <= LAST; frame += 1) {
      const file = join(this._folder, "seen", `${frame}.png`);
      await this._desk.host.call("selftest_picture", { comp_id: this._comp, plate_frame: frame, path: file });
      const seen = await this._picture(file);
      if (seen.width !== WIDTH || seen.height !== HEIGHT) throw fault(`Frame ${frame} is ${seen.width} x ${seen.height}.`);
      this.steps.verdicts.set(frame, judge(frame, seen.alpha));
    }
    return this.steps.expectGood();
  }

  /**
   * A picture that After Effects writes when it has time.
   * @param {string} file
   */
  async _picture(file) {
    const until = Date.now() + PICTURE_MS;
    for (;;) {
      try {
        return pngAlpha(readFileSync(file));
      } catch {
        if (Date.now() > until) throw fault("After Effects wrote no whole picture of the comp.");
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async _end() {
    if (this._comp) await this._desk.host.call("selftest_end", { comp_id: this._comp });
    rmSync(this._folder, { recursive: true, force: true });
    return "The comp and the files of the test are gone.";
  }
}
