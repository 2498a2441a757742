// The panel inside CEP: makes the desk, draws what it shows, and hands on what the artist does.

import { version } from "node:process";

import { services } from "../cep/services.js";
import { SelfTest } from "../cep/selftest.js";
import { THEME_CHANGED, variables } from "../cep/skin.js";
import { Desk } from "../model/desk.js";
import { byId, say, show } from "./dom.js";
import { Form } from "./form.js";
import { Boxes, JobList, OwnMarks, Worst } from "./lists.js";
import { Picture } from "./picture.js";
import { Edges, Finish, Settings } from "./settings.js";
import { Strip } from "./strip.js";

/** How often the panel looks what is selected and where the current time is, ms; After Effects tells of no change. */
const LOOK_MS = 500;
/** How often it asks for memory and jobs while it is seen, ms. */
const ASK_MS = 3000;

/**
 * Keys that CEP is to hand to the panel rather than to After Effects, by the virtual key codes of each system: Backspace,
 * Tab, Enter, Escape, Space, End, Home, left, up, right, down, Delete.
 */
const KEYS = {
  windows: [8, 9, 13, 27, 32, 35, 36, 37, 38, 39, 40, 46],
  mac: [51, 48, 36, 53, 49, 119, 115, 123, 126, 124, 125, 117],
};

/** @returns {any} CEP's own object, where the page runs inside it */
function cep() {
  return /** @type {any} */ (window).__adobe_cep__;
}

function start() {
  const host = cep();
  if (!host || !(/** @type {any} */ (window).cep_node)) {
    say(byId("plate", HTMLElement), "This page is a panel of After Effects. Open it there: Window > Extensions > Mattewire.");
    return;
  }
  const environment = JSON.parse(host.getHostEnvironment());
  wear(environment.appSkinInfo);
  host.addEventListener(THEME_CHANGED, () => wear(JSON.parse(host.getHostEnvironment()).appSkinInfo));
  const keys = navigator.platform.startsWith("Mac") ? KEYS.mac : KEYS.windows;
  host.registerKeyEventsInterest(JSON.stringify(keys.map((keyCode) => ({ keyCode }))));
  const application = `After Effects ${environment.appVersion}`;
  const given = services({
    evalScript: (script, done) => host.evalScript(script, done),
    application,
    version: VERSION,
    storage: window.localStorage,
    onBusy: (busy) => {
      desk.shown.hostBusy = busy;
      desk.changed();
    },
  });
  const desk = new Desk(given);
  const drawn = draw(desk, given);
  const test = byId("self-test", HTMLButtonElement);
  test.addEventListener("click", async () => {
    test.disabled = true;
    const [browser = ""] = /Chrome\/[0-9.]+/.exec(navigator.userAgent) || [];
    const facts = { panel: VERSION, node: version || "", browser };
    const running = new SelfTest(desk, application, facts);
    const tell = () => drawn.settings.tell(running.lines());
    await running.run(tell);
    tell();
    test.disabled = false;
  });
  keepLooking(desk);
  window.addEventListener("unload", () => desk.close());
  void desk.layer.poll();
  void desk.open(); // not after the other: After Effects may be busy
}

/**
 * @param {Desk} desk
 * @param {ReturnType<typeof services>} given
 */
function draw(desk, given) {
  const form = new Form(desk);
  const picture = new Picture(desk);
  const strip = new Strip(byId("strip", HTMLCanvasElement), desk.shown, (frame) => void desk.goTo(frame));
  const settings = new Settings(desk, given.home_folder, given.environment);
  const parts = [form, picture, strip, new Boxes(desk, picture), new OwnMarks(desk), new JobList(desk), new Worst(desk), new Edges(desk), new Finish(desk), settings];
  problem(desk);
  byId("plate-keep", HTMLButtonElement).addEventListener("click", () => void desk.keepAll());
  byId("plate-render", HTMLButtonElement).addEventListener("click", () => void desk.renderFirst());
  byId("release", HTMLButtonElement).addEventListener("click", () => void desk.release());
  byId("start", HTMLButtonElement).addEventListener("click", () => void desk.start());
  let due = false;
  const all = () => {
    due = false;
    status(desk);
    for (const part of parts) part.draw();
  };
  // One drawing for any number of changes. A timer, not a frame: a panel behind another one gets no frames.
  const soon = () => {
    if (due) return;
    due = true;
    setTimeout(all, 30);
  };
  desk.listeners.add(soon);
  window.addEventListener("resize", soon);
  for (const radio of document.querySelectorAll('input[name="tool"]')) radio.addEventListener("change", soon);
  all();
  return { settings };
}

/** @param {Desk} desk */
function status(desk) {
  const { shown } = desk;
  const plate = byId("plate", HTMLElement);
  say(plate, shown.plateLine() || "Select a layer that shows the plate.");
  plate.classList.toggle("none", shown.look === null);
  const { keep, render } = shown.plateHelp;
  show(byId("plate-help", HTMLElement), keep !== "" || render);
  show(byId("plate-keep", HTMLElement), keep !== "");
  show(byId("plate-render", HTMLElement), render);
  byId("daemon", HTMLElement).dataset.state = shown.line.state;
  say(byId("daemon-text", HTMLElement), `Daemon: ${shown.daemonLine().toLowerCase()}`);
  say(byId("headline", HTMLElement), shown.headline());
  say(byId("pace", HTMLElement), shown.pace());
  say(byId("details", HTMLElement), shown.details().join("\n"));
  const bar = byId("bar", HTMLElement);
  show(bar, shown.view !== null || shown.fraction === null);
  show(byId("strip", HTMLElement), shown.view !== null);
  const { fraction } = shown;
  bar.classList.toggle("seeking", fraction === null);
  byId("bar-fill", HTMLElement).style.width = fraction === null ? "" : `${100 * fraction}%`;
  if (fraction === null) bar.removeAttribute("aria-valuenow");
  else bar.setAttribute("aria-valuenow", String(Math.round(100 * fraction)));
  const busy = byId("host-busy", HTMLElement);
  show(busy, shown.hostBusy);
  say(busy, shown.hostBusy ? "After Effects is busy. Jobs go on; the mattes are put in when it answers." : "");
  say(byId("memory", HTMLElement), shown.memoryLine());
  byId("release", HTMLButtonElement).disabled = !shown.buttons.release;
  show(byId("start", HTMLElement), shown.buttons.start);
  const told = shown.problem();
  show(byId("problem", HTMLElement), told !== null);
  if (!told) return;
  say(byId("problem-title", HTMLElement), told.title);
  say(byId("problem-text", HTMLElement), told.text);
  const help = byId("problem-help", HTMLButtonElement);
  show(help, told.button !== "");
  say(help, told.button);
}

/** @param {Desk} desk */
function problem(desk) {
  byId("problem-help", HTMLButtonElement).addEventListener("click", (event) => {
    void desk.help(/** @type {HTMLElement} */ (event.currentTarget).textContent || "");
  });
  byId("problem-close", HTMLButtonElement).addEventListener("click", () => desk.dismiss());
  byId("problem-copy", HTMLButtonElement).addEventListener("click", () => {
    const told = desk.shown.problem();
    if (told) copy(`${told.title}\n${told.text}\n\n${told.details}`);
  });
}

/**
 * Into the clipboard. The page is not served from a secure address, so there is no navigator.clipboard.
 * @param {string} text
 */
function copy(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** @param {unknown} skin */
function wear(skin) {
  for (const [name, value] of Object.entries(variables(skin))) document.documentElement.style.setProperty(name, value);
}

/** @param {Desk} desk */
function keepLooking(desk) {
  const seen = () => document.visibilityState === "visible";
  setInterval(() => seen() && void desk.layer.poll(), LOOK_MS);
  setInterval(() => seen() && void desk.daemon.ask(), ASK_MS);
  // The work area or the layer's times may have changed while the artist was in the comp.
  const look = () => !desk.host.active && !desk.shown.placing && void desk.layer.see();
  window.addEventListener("focus", look);
  document.documentElement.addEventListener("mouseenter", look);
}

start();
