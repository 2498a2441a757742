// What is shown now, and everything that changes it: buttons, keys, the scrubber, playback.

const part = (name) => document.getElementById(name);
const FASTEST = 8;

/** `at`: the place of the frame shown; `speed`: shot frames per shot frame's time, negative backward, 0 at rest. */
const state = { at: 0, view: "overlay", object: facts.objects[0].number, speed: 0 };
let wanted = 0;
/** The matte that is on the screen; null where there is none. */
let shown = null;

/** Shows the frame at `place`, or the nearest there is. Settles when it is on the screen. */
function go(place) {
  state.at = Math.min(Math.max(place, 0), frames.length - 1);
  return show();
}

async function show() {
  const order = (wanted += 1);
  const { at, view, object } = state;
  const frame = frames[at];
  tellFrame(frame);
  const near = view === "difference" ? frames[at > 0 ? at - 1 : at + 1] : undefined;
  const [plate, matte, beside, layers] = await Promise.all([
    plateOf(frame),
    matteOf(frame, object),
    near ? matteOf(near, object) : null,
    view === "overlay" ? layersOf(frame, object) : [],
  ]);
  if (order !== wanted) return; // another frame was asked for meanwhile
  const lacks = !matte || (view === "difference" && !beside);
  const strength = Number(part("opacity").value) / 100;
  if (lacks) drawPlate(raster.data, { plate });
  else DRAW[view](raster.data, { plate, matte, beside, layers, strength });
  shown = matte;
  present();
  tellPicture(frame, near, matte, beside, lacks);
  if (performance.getEntriesByName("first picture").length === 0) performance.mark("first picture");
}

/** The mattes that the overlay shows, and their colors: the object's own, or those of all objects. */
async function layersOf(frame, object) {
  const several = object === facts.all && facts.objects.length > 1 && facts.objects.length <= MOST_COLORED + 1;
  const drawn = several ? facts.objects.filter((one) => one.number !== facts.all) : [{ number: object }];
  const mattes = await Promise.all(drawn.map((one) => matteOf(frame, one.number)));
  return drawn
    .map(({ number }, at) => ({ matte: mattes[at], color: colorOf(facts.objects.findIndex((one) => one.number === number)) }))
    .filter(({ matte }) => matte);
}

// --- words -------------------------------------------------------------------------------------------------------

function tellFrame(frame) {
  const score = scoreOf(frame, state.object);
  const area = areaOf(frame, state.object);
  const parts = [stateOf(frame)];
  if (score !== null && !isMissing(frame)) parts.push(`score ${score.toFixed(2)}`);
  if (area === 0) parts.push("out of sight");
  else if (area !== null) parts.push(`area ${(100 * area).toFixed(2)} %`);
  part("frame").textContent = String(frame.frame);
  part("state").textContent = parts.join("  ·  ");
  part("reasons").textContent = reasonsOf(frame).join("  ·  ");
  part("reasons").title = reasonsOf(frame).join("\n");
  part("scrub").value = String(frame.frame);
  part("scrub").setAttribute("aria-valuetext", `frame ${frame.frame}, ${stateOf(frame)}`);
  drawPlot(state.at, state.object);
  markWorst(state.at);
}

function tellPicture(frame, near, matte, beside, lacks) {
  const view = VIEWS.find((each) => each.name === state.view);
  const message = part("message");
  message.hidden = !lacks;
  if (!matte) message.textContent = `Frame ${frame.frame}: ${frame.notes.join(" ") || "there is no matte."}`;
  else if (lacks) message.textContent = near ? `There is no matte of frame ${near.frame} to compare with.` : "There is no other frame.";
  let legend = view.legend;
  if (state.view === "difference" && !lacks) {
    const { grew, shrank } = changed(matte, beside);
    legend = `against ${near.frame}: +${grew.toFixed(2)} % (orange), −${shrank.toFixed(2)} % (blue) of the picture`;
  }
  part("legend").textContent = legend;
  part("legend").hidden = !legend || lacks;
  const name = facts.objects.find((one) => one.number === state.object).name;
  screenCanvas.setAttribute("aria-label", `Frame ${frame.frame}, ${name}, ${view.label.toLowerCase()}`);
}

// --- choices -----------------------------------------------------------------------------------------------------

function setView(name) {
  state.view = name;
  for (const button of part("views").children) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  part("opacity").disabled = name !== "overlay";
  return show();
}

function setObject(number) {
  state.object = number;
  part("object").value = String(number);
  return show();
}

function setOpacity(percent) {
  part("opacity").value = String(percent);
  part("opacity-value").textContent = `${part("opacity").value} %`;
  return show();
}

/** Zooms to the object that is shown; where it is out of sight, the whole picture. */
function toObject() {
  const bounds = shown && boundsOf(shown);
  if (bounds) closeUp(bounds);
  else fit();
}

/** The next (1) or previous (-1) of the frames worth a look, from the worst on. */
function goWorst(step) {
  if (!worstPlaces.length) return;
  rest();
  const now = worstPlaces.indexOf(state.at);
  const next = now < 0 ? (step > 0 ? 0 : worstPlaces.length - 1) : (now + step + worstPlaces.length) % worstPlaces.length;
  go(worstPlaces[next]);
  worstList.children[next].scrollIntoView({ block: "nearest" });
}

// --- playback ----------------------------------------------------------------------------------------------------

/** Plays in the shot's own time: a frame that cannot be decoded in time is left out, and the end leads to the start. */
async function play(speed) {
  state.speed = speed;
  tellRate();
  const run = {};
  play.run = run;
  let [started, from] = [performance.now(), frames[state.at].frame];
  while (play.run === run && state.speed === speed) {
    const length = lastFrame - firstFrame + 1;
    const passed = Math.floor(((performance.now() - started) / 1000) * facts.fps * Math.abs(speed)) * Math.sign(speed);
    const number = firstFrame + ((((from - firstFrame + passed) % length) + length) % length);
    const place = lastPlaceTo(number);
    if (place !== state.at) await go(place);
    await new Promise((later) => requestAnimationFrame(later));
  }
}

function rest() {
  state.speed = 0;
  play.run = null;
  tellRate();
}

/** The place of the last frame that is not after `number`. */
function lastPlaceTo(number) {
  let place = 0;
  while (place + 1 < frames.length && frames[place + 1].frame <= number) place += 1;
  return place;
}

/** L and J: start, or twice as fast. */
function shuttle(direction) {
  const faster = Math.sign(state.speed) === direction ? Math.min(Math.abs(state.speed) * 2, FASTEST) : 1;
  play(direction * faster);
}

const toggle = () => (state.speed ? rest() : play(1));

function tellRate() {
  const playing = state.speed !== 0;
  part("play").textContent = playing ? "■" : "▶";
  part("play").setAttribute("aria-label", playing ? "Stop" : "Play");
  const words = playing ? `${state.speed < 0 ? "backward, " : ""}${(facts.fps * Math.abs(state.speed)).toFixed(2).replace(/\.?0+$/, "")} fps` : "";
  part("rate").textContent = words;
}

// --- keys and buttons --------------------------------------------------------------------------------------------

const still = (action) => () => {
  rest();
  action();
};
const KEYS = {
  ArrowLeft: still(() => go(state.at - 1)),
  ArrowRight: still(() => go(state.at + 1)),
  Home: still(() => go(0)),
  End: still(() => go(frames.length - 1)),
  " ": toggle,
  j: () => shuttle(-1),
  k: rest,
  l: () => shuttle(1),
  n: () => goWorst(1),
  p: () => goWorst(-1),
  o: () => {
    const place = facts.objects.findIndex((one) => one.number === state.object);
    setObject(facts.objects[(place + 1) % facts.objects.length].number);
  },
  "[": () => setOpacity(Number(part("opacity").value) - 5),
  "]": () => setOpacity(Number(part("opacity").value) + 5),
  "+": () => zoom(STEP),
  "=": () => zoom(STEP),
  "-": () => zoom(1 / STEP),
  z: fit,
  f: toObject,
  "?": () => part("keys").showModal(),
};
VIEWS.forEach(({ name }, index) => {
  KEYS[String(index + 1)] = () => setView(name);
});

/** Keys that a control with the focus needs for itself. */
function isTaken(target, key) {
  if (target.id === "scrub") return false;
  if (target.matches("select")) return key !== "?" && !/^[1-5]$/.test(key);
  if (target.matches("input")) return /^(Arrow|Home|End)/.test(key);
  return target.matches("button") && (key === " " || key === "Enter");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!KEYS[key] || isTaken(event.target, event.key)) return;
  event.preventDefault();
  KEYS[key]();
});

function pressed(name, action) {
  part(name).addEventListener("click", action);
}

pressed("to-first", KEYS.Home);
pressed("to-last", KEYS.End);
pressed("step-back", KEYS.ArrowLeft);
pressed("step-on", KEYS.ArrowRight);
pressed("back", KEYS.j);
pressed("play", toggle);
pressed("next-worst", KEYS.n);
pressed("previous-worst", KEYS.p);
pressed("larger", () => zoom(STEP));
pressed("smaller", () => zoom(1 / STEP));
pressed("fit", fit);
pressed("close-up", toObject);
pressed("made-button", () => part("made").showModal());
pressed("keys-button", () => part("keys").showModal());

// After a click with the mouse the keys play and step; the keyboard's own focus stays where it is.
document.addEventListener("click", (event) => {
  if (event.detail > 0 && event.target.closest("#tools button, #transport button, aside button")) stage.focus({ preventScroll: true });
});

let pointed = false;
part("object").addEventListener("pointerdown", () => (pointed = true));
part("object").addEventListener("keydown", () => (pointed = false));
part("object").addEventListener("change", () => {
  if (pointed) stage.focus({ preventScroll: true });
  pointed = false;
});
part("opacity").addEventListener("pointerup", () => stage.focus({ preventScroll: true }));

part("scrub").min = String(firstFrame);
part("scrub").max = String(lastFrame);
part("scrub").addEventListener("input", () => {
  rest();
  go(nearestTo(Number(part("scrub").value)));
});
part("opacity").addEventListener("input", () => setOpacity(part("opacity").value));
part("object").addEventListener("change", () => setObject(Number(part("object").value)));

function toPlotted(event) {
  const bounds = plot.getBoundingClientRect();
  rest();
  go(placeAt(event.clientX - bounds.left, bounds.width));
}
plot.addEventListener("pointerdown", (event) => {
  plot.setPointerCapture(event.pointerId);
  toPlotted(event);
});
plot.addEventListener("pointermove", (event) => {
  if (plot.hasPointerCapture(event.pointerId)) toPlotted(event);
});
new ResizeObserver(() => drawPlot(state.at, state.object)).observe(plot);

// --- once --------------------------------------------------------------------------------------------------------

function fill() {
  part("name").textContent = facts.name;
  part("preview").hidden = !facts.preview;
  const lines = new Map(facts.lines);
  const said = ["This page", "Asked for", "Plate read as", "Engine"].map((word) => lines.get(word)).filter(Boolean);
  part("summary").textContent = said.join("  ·  ");
  part("summary").title = said.join("\n");
  for (const [word, text] of facts.lines) part("lines").append(element("dt", word), element("dd", text));
  part("plate-note").textContent = facts.plateNote;
  part("plate-note").hidden = !facts.plateNote;
  VIEWS.forEach(({ name, label }, index) => {
    const button = element("button", `${label} `);
    button.type = "button";
    button.dataset.view = name;
    button.append(element("kbd", String(index + 1)));
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => setView(name));
    part("views").append(button);
  });
  facts.objects.forEach(({ number, name }, place) => {
    const option = element("option", name);
    option.value = String(number);
    part("object").append(option);
    const swatch = document.createElement("i");
    swatch.className = "swatch";
    swatch.style.background = `rgb(${colorOf(place).join(" ")})`;
    part("plot-legend").append(swatch, name);
  });
  plot.setAttribute("aria-label", plotInWords());
  listWorst((place) => {
    rest();
    go(place);
  });
}

fill();
setView("overlay");
