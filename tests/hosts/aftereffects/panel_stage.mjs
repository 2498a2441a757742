/**
 * The built panel in a real headless Chromium, with a real daemon and the stand-in for After Effects behind it.
 *
 * The daemon is started as an artist starts it, by the panel; what it makes lies in a folder that goes at the end.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

import { writePng } from "./fake_ae/index.mjs";
import { open as openHost, scene } from "./host_stage.mjs";
import { Bridge } from "./panel_bridge/server.mjs";

const CEP = path.resolve(import.meta.dirname, "../../../hosts/aftereffects_cep");
const { chromium } = createRequire(path.join(CEP, "package.json"))("playwright-core");

export const EXTENSION = path.join(CEP, "mattewire_aftereffects", "extension");
export const CHROMIUM = process.env.MATTEWIRE_CHROMIUM_PATH || "/usr/bin/chromium";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const PATIENCE_MS = 20_000;

/** Where screenshots go; none are kept where it is not set. */
const PICTURES = process.env.MATTEWIRE_SCREENSHOTS || "";

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/** Whether a process runs: one that has ended and that nobody has asked about is listed, but runs no more. */
function runs(pid) {
  try {
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** A folder of a test's own, with the daemon's data folder in it. Its path is short: sockets may lie there. */
export class Place {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "mw-panel-"));
    this.home = path.join(this.folder, "home");
    fs.mkdirSync(this.home, { mode: 0o700 });
    const { MATTEWIRE_PYTHON = "", PATH = "", HOME = this.folder, LANG = "C.UTF-8" } = process.env;
    this.env = { PATH, HOME, LANG, MATTEWIRE_HOME: this.home, MATTEWIRE_PYTHON, MATTEWIRE_STOP_GRACE_S: "0.2" };
  }

  get connection() {
    try {
      return JSON.parse(fs.readFileSync(path.join(this.home, "connection.json"), "utf8"));
    } catch {
      return null;
    }
  }

  /** Ends the daemon, and waits for it. `SIGKILL`: it dies. */
  async endDaemon(signal = "SIGTERM") {
    const pid = this.connection?.pid;
    for (let tries = 0; pid && runs(pid) && tries < 500; tries += 1) {
      if (tries === 0) process.kill(pid, signal);
      if (tries === 400) process.kill(pid, "SIGKILL");
      await sleep(20);
    }
  }

  async remove() {
    await this.endDaemon();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * A PNG sequence of balls on gray that move to the right; its pattern. Each ball: color, and where it is on the first frame.
   * `radii`: of the balls on single frames. `until`: the frames go back and forth up to that one, drawn once.
   * @param {string} name
   */
  plate(name, { first = 1001, last = 1012, width = 192, height = 108, radius = 14, balls = [{ color: [0.85, 0.08, 0.08], x: 40, y: 50 }], speed = 4, radii = {}, until = last } = {}) {
    const folder = path.join(this.folder, name);
    const file = (frame) => path.join(folder, `${name}.${String(frame).padStart(4, "0")}.png`);
    fs.mkdirSync(folder, { recursive: true });
    for (let frame = first; frame <= last; frame += 1) {
      const data = new Float32Array(width * height * 4);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const at = (y * width + x) * 4;
          data.set([0.35, 0.36, 0.37, 1], at);
          for (const ball of balls) {
            const away = Math.hypot(x + 0.5 - ball.x - speed * (frame - first), y + 0.5 - ball.y);
            const part = Math.min(Math.max((radii[frame] ?? radius) + 0.5 - away, 0), 1);
            for (let channel = 0; channel < 3; channel += 1) data[at + channel] += (ball.color[channel] - data[at + channel]) * part;
          }
        }
      writePng(file(frame), { width, height, data });
    }
    const count = last - first + 1;
    for (let frame = last + 1; frame <= until; frame += 1) {
      const at = (frame - first) % (2 * count);
      fs.linkSync(file(first + Math.min(at, 2 * count - 1 - at)), file(frame));
    }
    return path.join(folder, `${name}.####.png`);
  }
}

/** One open panel. */
export class Stage {
  /**
   * @param {import("playwright-core").Browser} browser
   * @param {Place} place
   * @param {object} [options]
   */
  static async open(browser, place, { host = openHost(), width = 360, height = 900, skin = "dark", extension = EXTENSION, env = {} } = {}) {
    const stage = new Stage();
    Object.assign(stage, { place, host, ae: host.ae, problems: [] });
    stage.bridge = new Bridge({
      extension,
      evalScript: (script, done) => host.ae.evalScript(script, done),
      env: { ...place.env, ...env },
      skin,
      appVersion: host.ae.version,
    });
    const address = await stage.bridge.start();
    stage.context = await browser.newContext({ viewport: { width, height } });
    stage.page = await stage.context.newPage();
    stage.page.setDefaultTimeout(PATIENCE_MS);
    stage.page.on("pageerror", (problem) => stage.problems.push(problem.stack || String(problem)));
    stage.page.on("console", (said) => said.type() === "error" && stage.problems.push(said.text()));
    await stage.page.goto(address);
    return stage;
  }

  async close() {
    await this.context.close();
    await this.bridge.stop();
  }

  by(id) {
    return this.page.locator(`#${id}`);
  }

  text(id) {
    return this.by(id).textContent();
  }

  /** Waits until `found()` is true; fails with what the panel says. */
  async until(what, found, ms = PATIENCE_MS) {
    const end = Date.now() + ms;
    while (!(await found())) {
      if (Date.now() > end) throw new Error(`${what}: it did not happen. The panel says:\n${await this.page.locator("main").innerText()}`);
      await sleep(30);
    }
  }

  /** Waits for a text in an element. */
  says(id, wanted, ms = PATIENCE_MS) {
    const fits = (text) => (wanted instanceof RegExp ? wanted.test(text) : text.includes(wanted));
    return this.until(`#${id} says ${wanted}`, async () => fits((await this.text(id)) ?? ""), ms);
  }

  /** Clicks at a place of the plate. */
  async clickAt(seen, x, y, options = {}) {
    const edge = await this.by("sheet").boundingBox();
    await this.page.mouse.move(edge.x + (x / seen.width) * edge.width, edge.y + (y / seen.height) * edge.height);
    if (options.shift) await this.page.keyboard.down("Shift");
    await this.page.mouse.down(options.button ? { button: options.button } : {});
    await this.page.mouse.up(options.button ? { button: options.button } : {});
    if (options.shift) await this.page.keyboard.up("Shift");
  }

  /** From now on, keeps every value that an attribute of an element gets: some last shorter than a look. */
  async record(id, attribute) {
    await this.by(id).evaluate((element, name) => {
      const seen = (window.recorded = [element.getAttribute(name)]);
      new MutationObserver(() => seen.push(element.getAttribute(name))).observe(element, { attributeFilter: [name] });
    }, attribute);
    return () => this.page.evaluate(() => window.recorded);
  }

  async picture(name) {
    if (!PICTURES) return;
    fs.mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
  }
}

export { openHost, scene, sleep };
