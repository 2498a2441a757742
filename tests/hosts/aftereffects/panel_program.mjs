/**
 * The panel as an artist uses it: the shipped bundle in a headless Chromium, the real daemon, the stand-in for After
 * Effects. Run by test_panel.py, which sets MATTEWIRE_PYTHON and ends everything after its time.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { Place, Stage, launch, openHost, scene, sleep } from "./panel_stage.mjs";

const SHOT = { width: 192, height: 108 };
const RED = { color: [0.85, 0.08, 0.08], x: 40, y: 50 };
const SECOND_RED = { color: [0.8, 0.1, 0.1], x: 60, y: 88 };

let browser;
let place;
/** Plates are made once: most scenes need nothing of their own. */
let short;
let long;
let endless;
let double;
/** The ball is far too large on 1010 and far too small on 1018. */
let bad;

before(async () => {
  place = new Place();
  short = place.plate("founder", { last: 1008 });
  double = place.plate("two", { last: 1004, radius: 11, balls: [RED, SECOND_RED], speed: 3 });
  const large = { first: 1, last: 30, width: 640, height: 360, radius: 40, speed: 6, balls: [{ color: [0.85, 0.08, 0.08], x: 80, y: 170 }] };
  long = place.plate("long", large);
  endless = place.plate("endless", { ...large, until: 600 }); // no machine is done with it before it is stopped
  bad = place.plate("bad", { last: 1024, radii: { 1010: 23, 1018: 7 } });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await place?.remove();
});

/** A panel on a comp with one selected plate layer; closed when the test ends. */
async function open(context, pattern, { first = 1001, sceneOptions = {}, ...options } = {}) {
  const host = options.host ?? openHost();
  if (pattern) scene(host.ae, pattern, { first, ...SHOT, seconds: 1, ...sceneOptions });
  const stage = await Stage.open(browser, place, { ...options, host });
  context.after(async () => {
    assert.deepEqual(stage.problems, [], "the page met no error");
    await stage.close();
  });
  if (pattern) await stage.says("plate", "fps");
  return stage;
}

/** The matte layers of the comp, with the job that each is of. */
function mattes(stage) {
  return stage.host.ask("find", {});
}

test("the daemon is not there: the panel says so and starts it", async (context) => {
  const stage = await open(context, short, { env: { MATTEWIRE_PANEL_START_DAEMON: "no" } });
  await stage.by("prompt").fill("red ball");
  await stage.by("prompt").press("Enter");
  await stage.says("problem", "daemon");
  assert.equal(await stage.text("problem-help"), "Start daemon");
  assert.equal(await stage.by("set-start").isDisabled(), true, "what the environment decides is fixed");
  await stage.picture("unreachable-dark-360");
  await stage.by("problem-copy").click();
  await stage.by("exclude").focus();
  await stage.page.keyboard.press("Control+V");
  assert.match(await stage.by("exclude").inputValue(), /^Mask subject.*daemon_unreachable/);
  await stage.by("exclude").fill("");
  await stage.by("problem-help").click();
  await stage.says("daemon-text", ": connected");
  assert.ok(place.connection.pid > 0);
  await stage.until("the problem is gone", () => stage.by("problem").isHidden());
});

test("type, detect, drop a box, click a point, run, look at the comp", async (context) => {
  const stage = await open(context, double, { width: 700, height: 800 });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("pick").selectOption("all");
  await stage.by("detect").click();
  await stage.until("two boxes", async () => (await stage.by("boxes").locator("li").count()) === 2);
  assert.match(await stage.text("engine-line"), /stand-in: color and shape words only/);
  const rows = stage.by("boxes").locator("li");
  const selected = () => rows.evaluateAll((all) => all.map((row) => row.getAttribute("aria-selected")));
  assert.equal((await selected()).filter((each) => each === "true").length, 1, "as best would choose");

  const first = await stage.page.locator(".box.kept").boundingBox();
  const chosenIsFirst = first.y < (await stage.page.locator(".box.dropped").boundingBox()).y;
  const [already, other] = chosenIsFirst ? [RED, SECOND_RED] : [SECOND_RED, RED];
  await stage.clickAt(SHOT, other.x, other.y); // kept
  await stage.until("both are kept", async () => (await stage.page.locator(".box.kept").count()) === 2);
  await stage.clickAt(SHOT, already.x, already.y); // dropped
  await stage.until("one is dropped", async () => (await stage.page.locator(".box.dropped").count()) === 1);

  await stage.page.locator('input[name="tool"][value="point"]').check();
  await stage.clickAt(SHOT, other.x - 3, other.y);
  await stage.clickAt(SHOT, already.x, already.y, { shift: true });
  await stage.clickAt(SHOT, 150, 20, { button: "right" });
  await stage.until("three points", async () => (await stage.page.locator(".point").count()) === 3);
  assert.equal(await stage.page.locator(".point.drop").count(), 2);
  await stage.clickAt(SHOT, 150, 20); // a point that is clicked again goes
  await stage.until("two points", async () => (await stage.page.locator(".point").count()) === 2);
  await stage.picture("marked-dark-700");

  const whole = await stage.by("sheet").boundingBox();
  await stage.by("zoom-in").click();
  await stage.by("window").press("+");
  const closer = await stage.by("sheet").boundingBox();
  assert.ok(Math.abs(closer.width / whole.width - 2.25) < 0.05, "two steps closer");
  const pane = await stage.by("window").boundingBox();
  const middle = { x: ((pane.x + pane.width / 2 - closer.x) / closer.width) * SHOT.width, y: ((pane.y + pane.height / 2 - closer.y) / closer.height) * SHOT.height };
  await stage.clickAt(SHOT, middle.x, middle.y);
  await stage.until("a point where it was clicked, zoomed in", async () => ((await stage.text("marks")) ?? "").includes(`: ${middle.x.toFixed(0)}, ${middle.y.toFixed(0)}`));
  await stage.picture("zoomed-dark-700");
  await stage.by("window").evaluate((element) => element.scrollTo(0, 0));
  const corner = await stage.by("sheet").boundingBox();
  assert.ok(Math.abs(corner.x - pane.x) < 3 && Math.abs(corner.y - pane.y) < 3, "its corner can be scrolled to");
  await stage.by("marks").getByRole("button").last().click();
  await stage.by("zoom-fit").click();
  await stage.until("it is gone", async () => (await stage.page.locator(".point").count()) === 2);

  await stage.by("mask").click();
  await stage.says("headline", "4 frames finished");
  await stage.until("the matte is placed", () => mattes(stage).length === 1);
  const [placed] = mattes(stage);
  const ticket = JSON.parse(placed.ticket);
  const kept = await stage.page.locator('#boxes li[aria-selected="true"]').getAttribute("id");
  assert.equal(ticket.request.pick, kept.replace("box-", ""));
  assert.equal(ticket.request.points.length, 2);
  assert.deepEqual(ticket.request.points.map((point) => point.keep), [true, false]);
  assert.ok(Math.abs(ticket.request.points[0].x - (other.x - 3)) < 1, "points are plate pixels");

  const picture = stage.ae.picture("shot", 0);
  const alpha = (x, y) => picture.data[(Math.round(y) * picture.width + Math.round(x)) * 4 + 3];
  assert.ok(alpha(other.x, other.y) > 0.95, "the kept ball is seen");
  assert.ok(alpha(already.x, already.y) < 0.05, "the dropped one is not");
  assert.equal(stage.ae.history.filter((name) => name.startsWith("Mattewire")).length, 1, "one undo step");
  assert.equal(stage.bridge.mostCalls, 1, "one call of evalScript at a time");

  const strip = await stage.by("strip").boundingBox();
  await stage.page.mouse.click(strip.x + strip.width * 0.7, strip.y + 5);
  await stage.until("the third frame is shown", () => Math.round(stage.ae.run("app.project.activeItem.time") * 25) === 2);
});

test("a drawn box alone; clean-up is redrawn without tracking; the job list removes and places again", async (context) => {
  const stage = await open(context, short, { height: 1500 });
  await stage.says("daemon-text", ": connected");
  await stage.by("detect").click(); // no words: only the picture is wanted
  await stage.until("the picture", () => stage.by("frame").isVisible());
  const edge = await stage.by("sheet").boundingBox();
  const at = (x, y) => [edge.x + (x / SHOT.width) * edge.width, edge.y + (y / SHOT.height) * edge.height];
  await stage.page.mouse.move(...at(60, 68));
  await stage.page.mouse.down();
  await stage.page.mouse.move(...at(40, 50));
  await stage.page.mouse.move(...at(22, 32));
  await stage.page.mouse.up();
  await stage.until("a box is drawn", async () => (await stage.page.locator(".box.drawn").count()) === 1);
  await stage.by("mask").click();
  await stage.until("the matte is placed", () => mattes(stage).length === 1);
  const [first] = mattes(stage);
  await stage.says("headline", "8 frames finished");

  await stage.by("finish").locator("summary").click();
  await stage.by("finish-dilate").fill("3");
  await stage.by("finish-dilate").press("Tab");
  await stage.until("Update can be pressed", () => stage.by("update").isEnabled());
  await stage.by("update").click();
  await stage.until("other mattes are in place", () => mattes(stage)[0]?.job_id !== first.job_id);
  const [second] = mattes(stage);
  assert.equal(JSON.parse(second.ticket).tracked_by, first.job_id, "nothing was tracked again");
  assert.equal(mattes(stage).length, 1, "in place of the first");
  assert.notEqual(second.path, first.path, "under the next version");

  await stage.by("jobs").locator("summary").click();
  await stage.by(`remove-${second.job_id}`).click();
  await stage.says("headline", "removed");
  assert.equal(mattes(stage).length, 0);
  await stage.by(`place-${second.job_id}`).click();
  await stage.until("the matte is back", () => mattes(stage).length === 1);
  await stage.picture("jobs-dark-360");
  await stage.by("release").click();
  await stage.says("headline", "The GPU memory was given back.");
});

test("use matte as: a caption isolate, then mask paths on a copy, from words to layers", async (context) => {
  const more = 'var caption = comp.layers.addText("ON AIR"); caption.selected = false;';
  const stage = await open(context, short, { sceneOptions: { more }, height: 1100 });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("use").selectOption("color isolate");
  const gray = stage.page.getByLabel("Gray", { exact: true });
  await stage.until("the fields of a color isolate", async () => (await gray.count()) === 1);
  await stage.by("use").selectOption("caption isolate");
  await stage.until("other fields", async () => (await gray.count()) === 0);
  assert.equal(await stage.page.getByLabel("Captions", { exact: true }).inputValue(), "text");
  await stage.picture("use-dark-360");
  await stage.by("mask").click();
  await stage.until("the subject stands in front", () => mattes(stage)[0]?.uses[0]?.plate.startsWith("Subject: red ball"));
  const names = () => stage.host.ae.state("shot").layers.map((layer) => layer.name);
  assert.match(names().join(", "), /^Matte: .*, Subject: .*, , /, "then the caption, then the plate: neither has a name of its own");

  await stage.by("use").selectOption("mask paths");
  await stage.until("another job can be handed in", () => stage.by("mask").isEnabled());
  await stage.page.getByLabel("Masks on", { exact: true }).selectOption("copy");
  await stage.by("prompt").fill("the red ball");
  await stage.by("mask").click();
  await stage.until("the masks are there", () => names().some((name) => name?.startsWith("Masks: the red ball")));
  const [copy] = stage.host.ae.state("shot").layers.filter((layer) => layer.name?.startsWith("Masks: "));
  const parade = copy.properties.children.find((group) => group.matchName === "ADBE Mask Parade");
  assert.ok(parade.children.length > 0 && parade.children.every((mask) => mask.named.startsWith("Mattewire ")));
});

test("the worst frames: listed with why, gone to by the button, by a click and by the keyboard", async (context) => {
  const stage = await open(context, bad, { sceneOptions: { fps: 24, seconds: 2, comp: { displayStartFrame: 100 }, layer: { startTime: 5 / 24 } } });
  await stage.says("daemon-text", ": connected");
  assert.equal(await stage.by("worst").isHidden(), true, "without a job there is nothing to go to");
  await stage.by("range").selectOption("layer");
  await stage.by("prompt").fill("red ball");
  await stage.by("mask").click();
  await stage.says("headline", "24 frames finished");
  await stage.until("the matte is placed", () => mattes(stage).length === 1);
  const rows = stage.by("worst-list").locator("button");
  const order = await rows.evaluateAll((all) => all.map((each) => Number(each.dataset.frame)));
  assert.ok(order.includes(1010) && order.includes(1018), String(order));
  assert.match(await stage.text("headline"), new RegExp(`^24 frames finished, ${order.length} worth a look`));
  assert.match(await stage.by("worst-1010").getAttribute("title"), /^Frame 1010: flagged\. .*Its area is/);
  const comp = stage.host.ae.app.project.activeItem;
  const under = () => Math.round(comp.time * 24) - 5 + 1001;
  const current = () => stage.by("worst-list").locator('[aria-current="true"]').evaluateAll((all) => all.map((each) => Number(each.dataset.frame)));
  for (const frame of [...order, order[0]]) {
    await stage.by("next-worst").click();
    await stage.until(`frame ${frame} is under the current time`, () => under() === frame);
    await stage.until("its row is marked", async () => (await current()).join() === String(frame));
  }
  await stage.by("worst-1010").focus();
  await stage.page.keyboard.press("Enter");
  await stage.until("the row was pressed", () => under() === 1010);
  await stage.by("finish").locator("summary").click();
  assert.equal(await stage.by("holdout-field").isHidden(), true, "there is no depth engine");
  await stage.by("edges").selectOption("closed_form");
  await stage.by("motion-blur").check();
  await stage.by("strip").hover({ position: { x: 5, y: 5 } });
  assert.match(await stage.by("strip").getAttribute("title"), /^Frame 1001: done\. Click to go there\.$/);
  for (const [width, height] of [[360, 1000], [260, 1100], [700, 820]]) {
    for (const skin of ["dark", "light"]) {
      stage.bridge.wear(skin);
      await stage.page.setViewportSize({ width, height });
      await sleep(120);
      assert.equal(await stage.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `nothing sticks out at ${width}`);
      await stage.picture(`worst-${skin}-${width}`);
    }
  }
  await stage.by("edges").selectOption("plain");
  await stage.until("with nothing refined nothing can be wider", () => stage.by("motion-blur").isDisabled());
});

test("with nothing wrong there is no worst frame to go to", async (context) => {
  const stage = await open(context, short);
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("exclude").fill("yellow");
  await stage.by("mask").click();
  await stage.says("headline", "8 frames finished.");
  assert.deepEqual([await stage.by("next-worst").isDisabled(), await stage.by("worst-list").isHidden()], [true, true]);
});

test("progress, Escape, the question, and stopped mattes are kept; arriving frames never wait on After Effects", async (context) => {
  const stage = await open(context, endless, { first: 1, sceneOptions: { width: 640, height: 360, seconds: 24 }, width: 260, height: 900 });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("prompt").press("Enter");
  await stage.says("pace", /[1-9]\d* of 600 frames/);
  stage.ae.busy(2.5);
  const before = Number(/^(\d+) of/.exec(await stage.text("pace"))[1]);
  await stage.says("host-busy", "After Effects is busy");
  await stage.until("frames arrive while After Effects is busy", async () => {
    const seen = /^(\d+) of/.exec((await stage.text("pace")) ?? "");
    return seen && Number(seen[1]) > before + 2;
  }, 2500);
  await stage.picture("running-dark-260");
  await stage.page.keyboard.press("Escape");
  await stage.says("confirm-text", /Stop the job\? \d+ finished mattes? (is|are) kept/);
  assert.equal(await stage.page.evaluate(() => document.activeElement.id), "confirm-yes");
  await stage.page.keyboard.press("Escape");
  assert.equal(await stage.by("confirm").isHidden(), true, "Escape again goes on");
  await stage.by("stop").click();
  await stage.by("confirm-yes").click();
  await stage.says("headline", /Stopped\. \d+ mattes kept|Putting the mattes/);
  await stage.until("what is finished is placed", () => mattes(stage).length === 1);
  await stage.says("headline", /Stopped\. \d+ mattes kept/);
});

test("the daemon dies in mid-job, comes back, and the job goes on to its end", async (context) => {
  const stage = await open(context, long, { first: 1, sceneOptions: { width: 640, height: 360, seconds: 1.2 } });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("exclude").fill("green");
  await stage.by("mask").click();
  await stage.says("pace", /[1-9]\d* of 30 frames/);
  const { pid } = place.connection;
  const states = await stage.record("daemon", "data-state");
  await place.endDaemon("SIGKILL");
  await stage.until("the panel notices, and finds it again", async () => /away.*on$/.test((await states()).join(" ")), 30_000);
  await stage.says("daemon-text", ": connected");
  assert.notEqual(place.connection.pid, pid, "another daemon, started by the panel");
  await stage.until("the matte is placed", () => mattes(stage).length === 1, 30_000);
  await stage.says("headline", "30 frames finished");
});

test("a job that was handed in before the panel was closed is placed by the next one", async (context) => {
  const host = openHost();
  const stage = await open(context, long, { first: 1, host, sceneOptions: { width: 640, height: 360, seconds: 1.2 } });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("exclude").fill("blue");
  await stage.by("mask").click();
  await stage.says("pace", /[1-9]\d* of 30 frames/);
  await stage.page.reload();
  await stage.until("the matte is placed", () => mattes(stage).length === 1, 30_000);
  await stage.until("the words are back", async () => (await stage.by("prompt").inputValue()) === "red ball");
});

test("refusals say what, why and what next", async (context) => {
  const stage = await open(context, short, { height: 1300 });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").press("Enter");
  await stage.says("problem-text", /What to mask: says nothing to mask.*Type what to mask/s);
  await stage.by("problem-close").click();
  await stage.by("prompt").fill("purple elephant");
  await stage.by("detect").click();
  await stage.until("detect has an end", async () => (await stage.text("picture-hint")).includes("Nothing on this frame") || !(await stage.by("problem").isHidden()));
  await stage.by("prompt").fill("red ball");
  await stage.by("settings").locator("summary").click();
  await stage.by("set-out").fill("fixed/{shot}.####.exr");
  await stage.by("set-format").selectOption("png");
  await stage.page.getByRole("button", { name: "Keep settings" }).click();
  await stage.says("settings-said", "kept");
  await stage.by("mask").click();
  await stage.until("the matte is placed", () => mattes(stage).length === 1);
  assert.match(mattes(stage)[0].path, /fixed.founder\.1001\.png$|fixed.founder\.####\.png$/);
  await stage.by("exclude").fill("green");
  await stage.by("mask").click();
  await stage.says("problem-help", "Next version");
  await stage.picture("refused-dark-360");
  await stage.by("problem-help").click();
  await stage.until("the next version is in place", () => /_v001/.test(mattes(stage)[0]?.path ?? ""));
  await stage.by("set-out").fill("mattes/{shot}_matte_{version}.####.exr");
  await stage.by("set-format").selectOption("exr");
  await stage.page.getByRole("button", { name: "Keep settings" }).click();
});

test("layers that are no plate: each its sentence, and the panel goes on when one is selected", async (context) => {
  const stage = await open(context, null);
  await stage.says("plate", "No comp is open");
  assert.equal(await stage.by("mask").isDisabled(), true);
  scene(stage.ae, short, { first: 1001, ...SHOT, seconds: 1 });
  await stage.says("plate", "founder");
  await stage.says("range-line", "1001–1008, 8 frames");
  stage.ae.run("app.project.activeItem.workAreaDuration = 3 / 25;");
  await stage.page.evaluate(() => window.dispatchEvent(new Event("focus"))); // the artist comes back from the comp
  await stage.says("range-line", "1001–1003, 3 frames");
  stage.ae.run('var c = app.project.activeItem; var s = c.layers.addSolid([1, 0, 0], "red", 192, 108, 1); s.selected = true;');
  await stage.says("plate", '"red" is a solid.');
  stage.ae.run("app.project.activeItem.layer(2).selected = true;");
  await stage.says("plate", "2 layers are selected.");
  await stage.picture("two-selected-dark-360");
  stage.ae.run("app.project.activeItem.layer(1).selected = false; app.project.activeItem.layer(2).selected = false;");
  await stage.says("plate", "No layer is selected.");
  stage.ae.run("app.project.activeItem.layer(2).selected = true;");
  await stage.says("plate", "founder");
});

test("After Effects 22 is told why not", async (context) => {
  const stage = await open(context, null, { host: openHost({ version: "22.0" }) });
  await stage.says("plate", "2023");
});

test("side by side, since one of them waits", async (sides) => {
  await Promise.all([
    sides.test("After Effects is busy for 10 s: the panel lives and says so", async (context) => {
      const host = openHost();
      scene(host.ae, short, { first: 1001, ...SHOT, seconds: 1 });
      host.ae.busy(10); // from before the panel is opened
      const stage = await open(context, null, { host });
      await stage.says("host-busy", "After Effects is busy");
      const began = Date.now();
      await stage.by("prompt").fill("red ball");
      await stage.by("jobs").locator("summary").click();
      await stage.says("memory", "Loaded:", 4000); // the daemon answers meanwhile
      assert.ok(Date.now() - began < 5000, "typing and folding wait for nothing");
      await stage.until("the panel goes on", () => stage.by("host-busy").isHidden(), 12_000);
      await stage.says("plate", "founder");
    }),
    sides.test("a wrong key is refused, in words", async (context) => {
      const folder = path.join(place.folder, "wrong");
      fs.mkdirSync(folder, { mode: 0o700 });
      const keys = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
      fs.writeFileSync(path.join(folder, "connection.json"), JSON.stringify({ ...place.connection, client_public_key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", client_secret_key: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs", server_key: keys }), { mode: 0o600 });
      const stage = await open(context, short, { env: { MATTEWIRE_HOME: folder, MATTEWIRE_PANEL_START_DAEMON: "no" } });
      await stage.by("prompt").fill("red ball");
      await stage.by("mask").click();
      await stage.until("it is refused", () => stage.by("problem").isVisible(), 25_000);
      assert.notEqual(await stage.text("problem-text"), "");
      await stage.picture("wrong-key-dark-360");
    }),
    sides.test("the self-test passes and writes its report", async (context) => {
      const stage = await open(context, short, { height: 1500 });
      await stage.says("daemon-text", ": connected");
      await stage.by("settings").locator("summary").click();
      const items = stage.ae.state().items?.length ?? null;
      await stage.by("self-test").click();
      await stage.says("self-test-lines", "Report:", 40_000);
      await stage.picture("self-test-dark-360");
      const report = JSON.parse(fs.readFileSync(path.join(place.home, "selftest-aftereffects.json"), "utf8"));
      assert.equal(report.ok, true, JSON.stringify(report.steps, null, 1));
      assert.equal(report.schema, "mattewire.selftest.1");
      assert.equal(report.frames.length, 8);
      assert.ok(!JSON.stringify(report).includes(place.folder), "no paths of footage");
      assert.equal(stage.ae.state().items?.length ?? null, items, "nothing is left in the project");
    }),
  ]);
});

test("every control has a name, and the keyboard reaches all of them", async (context) => {
  const stage = await open(context, double, { height: 1600 });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("detect").click();
  await stage.until("boxes", async () => (await stage.by("boxes").locator("li").count()) === 2);
  await stage.by("mask").click();
  await stage.says("headline", "4 frames finished");
  for (const fold of ["finish", "jobs", "settings"]) await stage.by(fold).locator("summary").click();

  const session = await stage.context.newCDPSession(stage.page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const CONTROLS = ["button", "textbox", "combobox", "listbox", "option", "checkbox", "radio", "spinbutton", "progressbar", "group", "toolbar", "radiogroup", "image", "form", "region"];
  const seen = nodes.filter((node) => !node.ignored && CONTROLS.includes(node.role?.value));
  const unnamed = seen.filter((node) => !node.name?.value && node.role.value !== "region" && node.role.value !== "group");
  assert.deepEqual(unnamed.map((node) => [node.role.value, node.backendDOMNodeId]), []);
  for (const role of ["textbox", "combobox", "listbox", "option", "button", "radio", "spinbutton", "checkbox", "progressbar"]) {
    assert.ok(seen.some((node) => node.role.value === role), `there is a ${role}`);
  }
  const live = nodes.filter((node) => node.properties?.some((each) => each.name === "live" && each.value.value === "polite"));
  assert.ok(live.length > 0, "progress is read aloud");

  await stage.by("boxes").focus();
  await stage.page.keyboard.press("ArrowDown");
  const second = stage.by("boxes").locator("li").nth(1);
  assert.match(await second.getAttribute("class"), /active/);
  const was = await second.getAttribute("aria-selected");
  await stage.page.keyboard.press(" ");
  await stage.until("the box was toggled", async () => (await second.getAttribute("aria-selected")) !== was);

  const wanted = new Set(await stage.page.locator("button:enabled:visible, input:enabled:visible, select:enabled:visible").evaluateAll((all) => all.map((each) => each.id || each.getAttribute("aria-label") || each.name)));
  await stage.by("prompt").focus();
  const reached = new Set();
  for (let press = 0; press < wanted.size + 20; press += 1) {
    reached.add(await stage.page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute("aria-label") || document.activeElement.name || ""));
    await stage.page.keyboard.press("Tab");
  }
  assert.deepEqual([...wanted].filter((name) => !reached.has(name) && name !== "tool"), []);
});

test("the panel wears the brightness of After Effects, at once when it changes, with readable text", async (context) => {
  const stage = await open(context, double, { skin: "light", width: 260, height: 1000 });
  await stage.says("daemon-text", ": connected");
  await stage.by("prompt").fill("red ball");
  await stage.by("detect").click();
  await stage.until("boxes", async () => (await stage.by("boxes").locator("li").count()) === 2);
  const ground = () => stage.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await ground(), "rgb(240, 240, 240)");
  await stage.picture("detected-light-260");
  assert.equal(await stage.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing sticks out at 260");
  await stage.page.setViewportSize({ width: 700, height: 700 });
  await sleep(100);
  await stage.picture("detected-light-700");
  stage.bridge.wear("dark");
  await stage.until("it is dark", async () => (await ground()) === "rgb(35, 35, 35)");
  stage.bridge.wear("medium");
  await stage.until("it is medium", async () => (await ground()) === "rgb(83, 83, 83)");
  await stage.picture("detected-medium-700");
});
