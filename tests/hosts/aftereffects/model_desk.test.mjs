/**
 * The view-model with no CEP, no page and no daemon: a client that answers by script, and the stand-in for After Effects.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { AfterEffects } from "../../../hosts/aftereffects_cep/cep/host.js";
import { JobView } from "../../../hosts/aftereffects_cep/client/mattewire/index.js";
import { Desk } from "../../../hosts/aftereffects_cep/model/desk.js";
import * as tickets from "../../../hosts/aftereffects_cep/model/tickets.js";
import { folderFor, numbered, open, scene, sequence } from "./host_stage.mjs";
import { writePng } from "./fake_ae/index.mjs";

const ENGINES = [
  { name: "preview", label: "Preview", preview: true, ready: true, reason: "", license: "", understands: [], does: ["detect", "segment"] },
  { name: "sam2", label: "SAM 2.1", preview: false, ready: false, reason: "Its weights are missing.", license: "Apache-2.0", understands: [], does: ["detect", "segment"] },
];

/** Does what a test has scripted; every job writes real mattes and ends when `end` is called. */
class ScriptedClient {
  constructor(onLine, start) {
    Object.assign(this, { onLine, start, views: new Map(), handedIn: [], canceled: [], listeners: new Map() });
    this.found = [];
    this.refuse = null;
  }
  async hello() {
    if (this.refuse) throw this.refuse;
    const welcome = { protocol: 1, server: "test", engines: ENGINES };
    this.onLine({ state: "on", problem: null, welcome });
    return welcome;
  }
  async _begin(kind, body, jobId, onEvent) {
    this.views.set(jobId, new JobView(jobId));
    this.listeners.set(jobId, onEvent);
    this.handedIn.push([kind, body, jobId]);
    if (this.refuse) {
      this.views.delete(jobId);
      throw this.refuse;
    }
    return { job_id: jobId };
  }
  submit(request, onEvent, jobId) {
    return this._begin("submit", request, jobId, onEvent);
  }
  finish(finish, onEvent) {
    return this._begin("finish", finish, finish.job_id, onEvent);
  }
  async follow(jobId, onEvent) {
    if (this.refuse) throw this.refuse;
    if (!this.views.has(jobId)) this.views.set(jobId, new JobView(jobId));
    this.listeners.set(jobId, onEvent);
  }
  forget(jobId) {
    this.views.delete(jobId);
  }
  async cancel(jobId) {
    this.canceled.push(jobId);
  }
  async detect(search) {
    this.searched = search;
    return { detected: { frame: search.frame, width: 64, height: 36 }, boxes: this.found, preview: new Uint8Array(4) };
  }
  async status() {
    return { server: "test", engines_loaded: ["preview"], gpu_bytes: 1.5e9, notes: [] };
  }
  async jobs() {
    return this.handedIn.map(([, body, id]) => ({ job_id: id, label: body.label, state: "done", engine: "preview", frames_done: 8, frames_total: 8, error_message: "" }));
  }
  async release() {
    return { busy: false, gpu_bytes: 0 };
  }
  close() {
    this.closed = true;
  }
  /** An event of a job, as it would come from the daemon. */
  tell(jobId, type, body) {
    const view = this.views.get(jobId);
    const event = { type, job_id: jobId, seq: view.seq + 1, attempt: 1, elapsed_s: 0, flags: [], why: [], worst: [], score: 1, paths: [], objects: [], outputs: [], names: [], colorspace: "", colorspace_from: "", exposure: 0, kept: "", version: 0, engine: "", first: null, last: null, keyframe: null, error: null, ...body };
    view.apply(event);
    this.listeners.get(jobId)(event, view);
  }
}

/** A desk on a comp with one selected layer. */
async function desk(context, { first = 1001, last = 1008, memory = new Map(), host = open(), text = null, environment = {}, sceneOptions = {} } = {}) {
  const folder = folderFor(context);
  const pattern = sequence(path.join(folder, "plate"), "plate", first, last);
  const ids = scene(host.ae, pattern, { first, seconds: 1, ...sceneOptions });
  const clients = [];
  const kept = { text };
  let next = 0;
  const made = new Desk({
    host: new AfterEffects((script, done) => host.ae.evalScript(script, done), () => {}),
    connect: (onLine, start) => clients[clients.push(new ScriptedClient(onLine, start)) - 1],
    startDaemon: async () => {},
    daemonLeftFile: () => true,
    newId: () => `job-${(next += 1)}`,
    home: "/home/artist",
    renders: `${folder}/`,
    environment,
    preferencesFile: { read: () => kept.text, write: (written) => (kept.text = written) },
    readText: (file) => fs.readFileSync(file, "utf8"),
    memory: { get: (name) => memory.get(name) ?? null, set: (name, value) => memory.set(name, value) },
  });
  await made.layer.poll();
  const client = () => made.daemon.client;
  /** Writes the mattes of the newest job and ends it. */
  const finish = async (state = "done", from = first, to = last, worst = []) => {
    const [, body, jobId] = client().handedIn[client().handedIn.length - 1];
    const out = body.out[0].path.replace("{shot}", "plate").replace("{version}", `v${String(client().handedIn.length).padStart(3, "0")}`);
    client().tell(jobId, "job", { state: "running", first, last, version: client().handedIn.length });
    fs.mkdirSync(path.dirname(out), { recursive: true });
    for (let frame = from; frame <= to; frame += 1) {
      const file = out.replace("####", String(frame));
      writePng(file, numbered(frame, "matte"));
      client().tell(jobId, "frame", { frame, state: "done", paths: [file] });
    }
    for (const { frame, why, flags, score } of worst) {
      client().tell(jobId, "frame", { frame, state: "flagged", why, flags, score, paths: [out.replace("####", String(frame))] });
    }
    client().tell(jobId, "job", { state, first, last, worst, version: client().handedIn.length, outputs: state === "done" ? [out] : [], kept: "x" });
    await made.jobs.settled();
    return jobId;
  };
  return { made, client, clients, host, folder, pattern, ids, finish, kept, memory };
}

const png = { text: JSON.stringify({ format: "png" }) };

test("a plate is told with its numbers, a range with its frames, an engine with its license", async (context) => {
  const { made } = await desk(context);
  await made.open();
  const { shown } = made;
  assert.match(shown.plateLine(), /1001–1008, 64 × 36, 25 fps$/);
  assert.equal(shown.rangeLine("layer"), "Plate frames 1001–1008, 8 frames.");
  assert.equal(shown.headline(), "Type what to mask, then press Mask subject.");
  assert.equal(shown.engineLine("preview"), "Preview, a stand-in: color and shape words only, no claim of quality.");
  assert.equal(shown.engineLine("sam2"), "Its weights are missing.");
  assert.equal(shown.engineLine("nonesuch"), "The daemon has no engine nonesuch.");
  assert.equal(shown.memoryLine(), "Loaded: preview; 1.5 GB of GPU memory held.");
  assert.deepEqual(shown.buttons, { detect: true, mask: true, stop: false, update: false, release: true, start: false });
});

test("opening the panel starts no daemon, and meets one only where one has left its file", async (context) => {
  const { made, clients } = await desk(context);
  assert.deepEqual(clients.map((client) => client.start), [true]);
  await made.open();
  assert.deepEqual(clients.map((client) => [client.start, Boolean(client.closed)]), [[true, false], [false, true]], "the second only looks");
  made._services.daemonLeftFile = () => false;
  made.daemon.again();
  await made.open();
  assert.equal(made.shown.line.state, "off");
});

test("mask, place, update without tracking, again with nothing changed, and anew when the words change", async (context) => {
  const { made, client, host, finish } = await desk(context, png);
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  assert.equal(made.shown.state, "running");
  assert.equal(made.shown.buttons.mask, false);
  const first = await finish();
  const placed = () => host.ask("find", {});
  assert.equal(placed().length, 1);
  assert.equal(made.shown.state, "done");
  assert.equal(made.shown.look.layer.job_id, first);

  await made.update();
  assert.equal(client().handedIn.length, 1, "nothing has changed: nothing is handed in");
  assert.match(made.shown.headline(), /Nothing has changed/);

  made.set({ cleanUp: { ...made.controls.cleanUp, dilate: 2 } });
  await made.update();
  const [kind, body] = client().handedIn[1];
  assert.deepEqual([kind, body.of, body.clean_up[0].dilate, "prompts" in body], ["finish", first, 2, false]);
  const second = await finish();
  assert.deepEqual(placed().map((each) => each.job_id), [second], "in place of the first");

  made.set({ prompt: "blue ball" });
  await made.update();
  assert.equal(client().handedIn[2][0], "submit");
  const third = await finish();
  assert.deepEqual(placed().map((each) => each.job_id), [third]);
  assert.equal(tickets.fromText(placed()[0].ticket).request.prompts[0], "blue ball");
});

const WORST = [
  { frame: 1019, score: 0.05, flags: ["area jump", "dropped"], why: ["Its area is too small.", "It is gone."] },
  { frame: 1011, score: 0.1, flags: ["area jump"], why: ["Its area is too large."] },
  { frame: 1036, score: 0.2, flags: ["drifted"], why: ["It has drifted."] },
];

/** Layers as artists leave them; a comp frame is 1/25 s. */
const STEP = 1 / 25;
const LAYERS = {
  "as it came": {},
  offset: { layer: { startTime: 7 * STEP } },
  "offset and trimmed": { layer: { startTime: -4 * STEP, inPoint: 3 * STEP, outPoint: 20 * STEP } },
  "half speed": { layer: { stretch: 200 }, seconds: 4 },
  "pre-roll frames": { layer: { startTime: -6 * STEP }, comp: { displayStartFrame: -10 } },
  backward: { layer: { stretch: -100, startTime: 40 * STEP } },
};

for (const [name, sceneOptions] of Object.entries(LAYERS)) {
  test(`the worst frames one after another, ${name}`, async (context) => {
    const { made, host, ids, finish } = await desk(context, { ...png, last: 1040, sceneOptions: { seconds: 2, ...sceneOptions } });
    await made.open();
    made.set({ prompt: "red ball", range: "layer" });
    await made.nextWorst();
    assert.equal(made.shown.error, null, "without a job nothing happens");
    await made.mask();
    await finish("done", 1001, 1040, WORST);
    const layer = host.ae.app.project.layerByID(ids.layer);
    const comp = host.ae.app.project.itemByID(ids.comp);
    const under = () => host.ae.sourceFrame(layer, comp.time).number;
    const count = Math.round(comp.duration / comp.frameDuration);
    const seen = new Set(Array.from({ length: count }, (_, k) => host.ae.sourceFrame(layer, k * comp.frameDuration)?.number));
    const shown = WORST.map((each) => each.frame).filter((frame) => seen.has(frame));
    assert.ok(shown.length > 0, name);
    host.ae.run(`app.project.layerByID(${ids.layer}).selected = false;`); // the job's layer counts, not what is selected
    for (const frame of [...shown, shown[0]]) {
      await made.nextWorst();
      assert.equal(made.shown.error, null);
      assert.equal(under(), frame);
      assert.equal(made.shown.lookedAt, frame);
    }
  });
}

test("frames that are told again as flagged count once and are placed once, and say why", async (context) => {
  const { made, host, finish } = await desk(context, { ...png, last: 1040, sceneOptions: { seconds: 2 } });
  await made.open();
  made.set({ prompt: "red ball", range: "layer" });
  await made.mask();
  let calls = 0;
  const { call } = made.host;
  made.host.call = (name, question) => {
    calls += name === "place" || name === "update" ? 1 : 0;
    return call.call(made.host, name, question);
  };
  await finish("done", 1001, 1040, WORST);
  const { shown } = made;
  assert.deepEqual([shown.view.done, shown.view.total, calls, host.ask("find", {}).length], [40, 40, 1, 1]);
  assert.deepEqual(shown.details().slice(-1), ["3 frames are worth a look."]);
  assert.equal(shown.about(1019), "Frame 1019: flagged. Its area is too small. It is gone.");
  assert.deepEqual(shown.worst(), WORST);
  assert.deepEqual([shown.nextWorst(null), shown.nextWorst(1019), shown.nextWorst(1036), shown.nextWorst(1020)], [1019, 1011, 1019, 1019]);
  shown.view.worst = [];
  assert.deepEqual(shown.worst().map(({ frame }) => frame), [1019, 1011, 1036], "as long as the job runs its frames say it");
});

test("worst frames that the comp no longer shows are said so", async (context) => {
  const { made, host, ids, finish } = await desk(context, { ...png, last: 1040, sceneOptions: { seconds: 2 } });
  await made.open();
  made.set({ prompt: "red ball", range: "layer" });
  await made.mask();
  await finish("done", 1001, 1040, WORST);
  host.ae.run(`app.project.layerByID(${ids.layer}).outPoint = 0.2;`);
  await made.nextWorst();
  assert.equal(made.shown.error.message, "The comp shows none of the frames that ask for a look.");
});

test("edges and things in front: sent where they are chosen, finished without tracking, and adopted again", async (context) => {
  const { made, client, host, finish, ids } = await desk(context, png);
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  const [, plain] = client().handedIn[0];
  assert.deepEqual(["edges" in plain, "depth" in plain], [false, false], "the daemon's own way is not sent");
  const first = await finish();
  made.set({ edges: "closed_form", motionBlur: true });
  await made.update();
  const [kind, body] = client().handedIn[1];
  assert.deepEqual([kind, body.of, body.edges, "depth" in body], ["finish", first, { method: "closed_form", motion_blur: true }, false]);
  await finish();
  made.set({ edges: "plain", holdout: true });
  assert.deepEqual([made.shown.hasDepth, made.shown.depthEngine], [false, "depth-anything"]);
  made.shown.line.welcome.engines.push({ name: "studio-depth", label: "", ready: true, does: ["depth"] });
  assert.deepEqual([made.shown.hasDepth, made.shown.makers], [true, ["preview", "sam2"]]);
  await made.update();
  const [, deep] = client().handedIn[2];
  assert.deepEqual([deep.edges, deep.depth], [{ method: "plain" }, { engine: "studio-depth", holdout: true }]);
  await finish();
  made.shown.line.welcome.engines.pop();
  host.ae.run(`app.project.layerByID(${ids.layer}).selected = false;`);
  await made.layer.poll();
  made.set({ edges: "guided", holdout: false });
  host.ae.run(`app.project.layerByID(${ids.layer}).selected = true;`);
  await made.layer.poll();
  assert.deepEqual([made.controls.edges, made.controls.motionBlur, made.controls.holdout], ["plain", false, true]);
});

test("what is said of the choice of edges", async (context) => {
  const { made } = await desk(context);
  await made.open();
  const { shown } = made;
  assert.equal(shown.edgesLine("guided"), "");
  assert.equal(shown.edgesLine("matting"), "The daemon has no matting model. Choose other edges, or see `mattewire engines list`.");
  const model = { name: "vitmatte", label: "ViTMatte", ready: false, reason: "There are no weights. Run this; or copy that.", license: "Apache-2.0", does: ["refine"] };
  const { engines } = shown.line.welcome;
  shown.line.welcome.engines = [...engines, model];
  assert.equal(shown.edgesLine("matting"), "There are no weights. Choose other edges, or see `mattewire engines list`.");
  shown.line.welcome.engines = [...engines, { ...model, ready: true, preview: false }];
  assert.equal(shown.edgesLine("matting"), "ViTMatte, weights: Apache-2.0.");
  assert.deepEqual(shown.makers, ["preview", "sam2"]);
});

test("the controls become those of the selected layer's mattes; what is typed meanwhile stays", async (context) => {
  const { made, host, finish, ids } = await desk(context, png);
  await made.open();
  made.set({ prompt: "red ball", exclude: "hand", range: "layer", quality: "draft" });
  await made.mask();
  made.set({ prompt: "something new" });
  await finish();
  assert.equal(made.controls.prompt, "something new");
  host.ae.run(`app.project.layerByID(${ids.layer}).selected = false;`);
  await made.layer.poll();
  assert.match(made.shown.plateLine(), /No layer is selected/);
  assert.equal(made.shown.buttons.mask, false);
  host.ae.run(`app.project.layerByID(${ids.layer}).selected = true;`);
  await made.layer.poll();
  const { prompt, exclude, range, quality } = made.controls;
  assert.deepEqual([prompt, exclude, range, quality], ["red ball", "hand", "layer", "draft"]);
  assert.equal(made.layer.keyframe, 1001);
});

test("boxes are for their words and frame; the keyframe stays where the picture is from", async (context) => {
  const { made, client, host, ids } = await desk(context);
  await made.open();
  client().found = [1, 2].map((object) => ({ object, x0: 10 * object, y0: 5, x1: 10 * object + 8, y1: 15, phrase: "ball", score: 0.5, picked: object === 1 }));
  made.set({ prompt: "ball" });
  await made.detect();
  assert.deepEqual([client().searched.frame, client().searched.preview_edge], [1001, 1024]);
  assert.equal(made.marks.found.length, 2);
  host.ae.run(`app.project.itemByID(${ids.comp}).time = 3 / 25;`);
  await made.layer.poll();
  assert.deepEqual([made.shown.now, made.layer.keyframe], [1004, 1001]);
  made.toggle(2);
  await made.mask();
  assert.deepEqual([client().handedIn[0][1].pick, client().handedIn[0][1].keyframe], ["1,2", 1001]);
  made.set({ prompt: "cup" });
  assert.equal(made.marks.found.length, 0);
  made.here();
  assert.equal(made.layer.keyframe, 1004);
});

test("with every box dropped there is nothing to mask, unless something is drawn", async (context) => {
  const { made, client } = await desk(context);
  await made.open();
  client().found = [{ object: 1, x0: 1, y0: 5, x1: 8, y1: 15, phrase: "ball", score: 0.5, picked: true }];
  made.set({ prompt: "ball" });
  await made.detect();
  made.toggle(1);
  await made.mask();
  assert.match(made.shown.problem().text, /Every box is dropped/);
  made.addBox(20, 5, 40, 30);
  await made.mask();
  const [, wanted] = client().handedIn[0];
  assert.deepEqual([wanted.prompts, wanted.boxes.length], [[], 1], "the dropped matches are not looked for again");
});

test("a running job can be stopped while another problem is shown, and no second one can be handed in", async (context) => {
  const { made, client } = await desk(context);
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  client().tell("job-1", "job", { state: "running", first: 1001, last: 1008 });
  client().tell("job-1", "frame", { frame: 1001, state: "done" });
  made.failed({ code: "bad_field", message: "Something else." }, "Go to frame");
  assert.equal(made.shown.state, "failed");
  assert.deepEqual([made.shown.buttons.stop, made.shown.buttons.mask], [true, false]);
  assert.equal(made.shown.pace(), "1 of 8 frames");
  await made.mask();
  assert.match(made.shown.problem().text, /A job is not finished/);
  assert.equal(client().handedIn.length, 1);
  await made.stop();
  assert.deepEqual(client().canceled, ["job-1"]);
});

test("the job list offers what can be done: place again, remove, also for mattes of an earlier panel", async (context) => {
  const host = open();
  const before = await desk(context, { ...png, host });
  await before.made.open();
  before.made.set({ prompt: "red ball" });
  await before.made.mask();
  const job = await before.finish();
  const { made, client } = await desk(context, { ...png, host });
  client().handedIn = before.client().handedIn;
  await made.open();
  const row = () => made.shown.rows().find((each) => each.id === job);
  assert.deepEqual([row().label, row().frames, row().place, row().remove], ["red ball", "8 of 8", true, true]);
  await made.placeAgain(job);
  assert.match(made.shown.headline(), /is in the project: its files were read again/);
  await made.removeJob(job);
  assert.match(made.shown.headline(), /1 matte layers? w|The matte layer was removed/);
  assert.deepEqual([host.ask("find", {}).length, row().remove], [0, false]);
});

test("a stopped job's finished mattes are placed, a failed one's error is shown with its way out", async (context) => {
  const { made, client, host, finish } = await desk(context, png);
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  await made.stop();
  assert.deepEqual(client().canceled, ["job-1"]);
  await finish("canceled", 1003, 1006);
  assert.equal(host.ask("find", {}).length, 1);
  assert.equal(made.shown.headline(), "Stopped. 4 mattes kept.");

  made.set({ prompt: "blue ball" });
  await made.mask();
  const error = { code: "disk_full", message: "No room.", field: "", advice: "Free space.", retryable: true };
  client().tell("job-2", "job", { state: "failed", error });
  await made.jobs.settled();
  assert.deepEqual([made.shown.state, made.shown.problem().button], ["failed", "Try again"]);
  made.dismiss();
  assert.equal(made.shown.problem(), null);
});

test("a refused job leaves the panel as it was, with the reason", async (context) => {
  const { made, client } = await desk(context);
  await made.open();
  client().refuse = { code: "daemon_unreachable", message: "Nobody answers.", field: "", advice: "Start it.", retryable: true };
  made.set({ prompt: "red ball" });
  await made.mask();
  assert.deepEqual([made.shown.state, made.shown.view, made.jobs.running], ["failed", null, null]);
  assert.equal(made.shown.problem().button, "Start daemon");
  client().refuse = null;
  await made.help("Start daemon");
  assert.equal(made.shown.problem(), null);
  made.failed(new TypeError("x is no function"), "Detect");
  assert.match(made.shown.problem().text, /TypeError: x is no function\n\nSend these words/);
});

test("files that are there: the next version gets a name of its own, which is kept", async (context) => {
  const { made, client, kept } = await desk(context, { text: JSON.stringify({ out: "m/{shot}.####.png", format: "png" }) });
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  client().tell("job-1", "job", { state: "failed", error: { code: "output_exists", message: "There.", field: "out[0].path", advice: "", retryable: false } });
  await made.jobs.settled();
  assert.equal(made.shown.problem().button, "Next version");
  await made.help("Next version");
  assert.match(client().handedIn[1][1].out[0].path, /m.\{shot\}_\{version\}\.####\.png$/);
  assert.equal(JSON.parse(kept.text).out, "m/{shot}_{version}.####.png");
});

test("a job that was running when the panel was closed is placed by the next panel of the same project", async (context) => {
  const memory = new Map();
  const { made, host, client } = await desk(context, { ...png, memory });
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  assert.equal(JSON.parse(memory.get("mattewire.pending")).length, 1);
  const next = await desk(context, { ...png, memory, host });
  await next.made.open();
  assert.equal(next.made.jobs.tasks.size, 1);
  next.client().handedIn = client().handedIn;
  await next.finish();
  assert.equal(host.ask("find", {}).length, 1);
  assert.equal(JSON.parse(memory.get("mattewire.pending")).length, 0);
});

test("another conversation takes running jobs up again; a job that the daemon has lost is let go", async (context) => {
  const { made, client, memory } = await desk(context);
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  await made.reconnect();
  assert.equal(made.jobs.tasks.size, 1);
  assert.equal(made.shown.state, "running");
  const pending = () => JSON.parse(memory.get("mattewire.pending")).length;
  const lost = (code) => Object.assign(client(), { follow: () => Promise.reject({ code, message: "No." }) });
  made.jobs.letGo();
  lost("timed_out");
  await made.jobs.resume("");
  assert.deepEqual([made.jobs.tasks.size, pending()], [1, 1], "it may be there another time");
  made.jobs.letGo();
  lost("unknown_job");
  await made.jobs.resume("");
  assert.deepEqual([made.jobs.tasks.size, pending()], [0, 0]);
});

test("a pending list that is broken, or of another project, is left alone", async (context) => {
  for (const text of ["nonsense", "{}", '[{"jobId": 3}]', '[{"jobId":"a","place":{},"project":"/other.aep"}]']) {
    const { made } = await desk(context, { memory: new Map([["mattewire.pending", text]]) });
    await made.open();
    assert.equal(made.jobs.tasks.size, 0);
  }
});

test("settings are kept without what the environment decides, and with what another version has written", async (context) => {
  const text = JSON.stringify({ engine: "sam2", poll_s: 0.3, start_daemon: true });
  const { made, kept } = await desk(context, { text, environment: { MATTEWIRE_PANEL_START_DAEMON: "no" } });
  assert.deepEqual([made.preferences.engine, made.preferences.start_daemon], ["sam2", false]);
  made.keepPreferences({ ...made.preferences, format: "prores" });
  assert.deepEqual(JSON.parse(kept.text), { engine: "sam2", poll_s: 0.3, start_daemon: true, out: "mattes/{shot}_matte_{version}.####.exr", quality: "final", format: "prores" });
  assert.equal(made.preferences.start_daemon, false);
});

test("a movie's name has no counter, a sequence's has one, and relative folders begin at the plate", async (context) => {
  const { made, client, pattern } = await desk(context, { text: JSON.stringify({ format: "prores" }) });
  await made.open();
  made.set({ prompt: "red ball" });
  await made.mask();
  const [out] = client().handedIn[0][1].out;
  assert.deepEqual(out, { path: path.join(path.dirname(pattern), "mattes", "{shot}_matte_{version}.mov"), format: "prores4444", content: "matte", channels: "RGBA", fps: 25 });
});

test("a layer with a mask: the reason, and both ways out", async (context) => {
  const { made, host, ids } = await desk(context);
  await made.open();
  host.ae.run(`(function () {
    var layer = app.project.layerByID(${ids.layer}), mask = layer.property("ADBE Mask Parade").addProperty("ADBE Mask Atom"), shape = new Shape();
    shape.vertices = [[0, 0], [40, 0], [40, 30], [0, 30]];
    shape.closed = true;
    mask.property("ADBE Mask Shape").setValue(shape);
  }())`);
  assert.equal(await made.layer.see(), null);
  assert.deepEqual(made.shown.plateHelp, { keep: "masks", render: true });
  assert.equal(made.shown.buttons.mask, false);
  await made.keepAll();
  assert.notEqual(made.shown.look, null);
  assert.deepEqual(made.shown.plateHelp, { keep: "", render: false });
  made.set({ prompt: "red ball" });
  await made.mask();
  assert.deepEqual([...made.jobs.tasks.values()][0].place.keep, ["masks"], "what is let pass once is let pass when it is placed");
});

test("render first: the layer is drawn into files, which then are the plate", async (context) => {
  const { made, host, ids, folder } = await desk(context);
  await made.open();
  host.ae.run(`app.project.layerByID(${ids.layer}).timeRemapEnabled = true;`);
  assert.equal(await made.layer.see(), null);
  assert.equal(made.shown.plateHelp.render, true);
  await made.renderFirst();
  assert.equal(made.shown.error, null, JSON.stringify(made.shown.error));
  assert.notEqual(made.shown.look, null, made.shown.plateLine());
  assert.ok(made.shown.look.plate.path.startsWith(path.join(folder, "mattewire_renders")), made.shown.look.plate.path);
});

test("tickets: ASCII, whole again, and short enough for a footage comment", () => {
  const request = { plate: { path: "/größe/東京.####.exr" }, out: [{ path: "/m.####.exr" }], prompts: ["été"], points: [] };
  const ticket = { job_id: "a", request, tracked_by: "b", range: "layer" };
  const text = tickets.toText(ticket);
  assert.match(text, /^[ -~]*$/);
  assert.deepEqual(tickets.fromText(text), ticket);
  const points = Array.from({ length: 2000 }, (_, x) => ({ frame: 1, x, y: 1.5, keep: true, object: 1 }));
  const long = tickets.toText({ ...ticket, request: { ...request, points } });
  assert.ok(long.length < tickets.LONGEST);
  assert.equal(tickets.fromText(long).request, null);
  for (const broken of ["", "null", "[]", "{}", '{"schema":"mattewire.ticket.ae.1"}', text.replace("ae.1", "ae.9")]) {
    assert.equal(tickets.fromText(broken), null);
  }
});
