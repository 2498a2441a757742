// The five ways of looking at a matte. Codes are sRGB; each view fills R, G, B, A of `out`.

const VIEWS = [
  { name: "overlay", label: "Overlay", legend: "" },
  { name: "matte", label: "Matte", legend: "" },
  { name: "checkerboard", label: "Checkerboard", legend: "" },
  { name: "edge", label: "Edge", legend: "orange: the soft edge, brightest at half; white: where it is half" },
  { name: "difference", label: "Difference", legend: "" },
];

/** Pink for all objects, for hardly a subject is; then one for each, told apart by color-blind eyes too (Okabe, Ito). */
const COLORS = [
  [255, 45, 170], [86, 180, 233], [240, 228, 66], [0, 190, 140], [230, 159, 0], [213, 94, 0], [0, 130, 220],
];

/** With so many objects, the overlay of all of them shows each in its own color: a swap of two is seen at a glance. */
const MOST_COLORED = 12;

/** What stands for the plate where there is none. */
const GRAY = 70;
const CHECKS = [92, 128];
const CHECK_SIDE = Math.max(8, Math.round(WIDTH / 60));
const GREW = [255, 150, 40];
const SHRANK = [70, 160, 255];
const SOFT = [255, 150, 40];

/** IEC 61966-2-1: a cut-out is laid over the checkerboard in light, as a compositor lays it. */
const LINEAR = Float32Array.from({ length: 256 }, (_, code) => {
  const value = code / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});
const ENCODED = Uint8ClampedArray.from({ length: 4097 }, (_, step) => {
  const value = step / 4096;
  return 255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
});

const colorOf = (place) => COLORS[place % COLORS.length];

/** The plate with each matte's color over it. `layers`: mattes and their colors; `strength`: 0..1. */
function drawOverlay(out, { plate, layers, strength }) {
  if (plate) out.set(plate);
  else for (let p = 0; p < out.length; p += 4) out[p] = out[p + 1] = out[p + 2] = GRAY;
  for (const { matte, color } of layers)
    for (let at = 0, p = 0; at < matte.length; at += 1, p += 4) {
      if (matte[at] === 0) continue;
      const share = (matte[at] / 255) * strength;
      for (let c = 0; c < 3; c += 1) out[p + c] += (color[c] - out[p + c]) * share;
    }
}

function drawMatte(out, { matte }) {
  for (let at = 0, p = 0; at < matte.length; at += 1, p += 4) out[p] = out[p + 1] = out[p + 2] = matte[at];
}

function drawCheckerboard(out, { plate, matte }) {
  for (let at = 0, p = 0; at < matte.length; at += 1, p += 4) {
    const x = at % WIDTH;
    const y = (at - x) / WIDTH;
    const check = CHECKS[(Math.floor(x / CHECK_SIDE) + Math.floor(y / CHECK_SIDE)) & 1];
    const share = matte[at] / 255;
    for (let c = 0; c < 3; c += 1) {
      const over = LINEAR[plate ? plate[p + c] : 200];
      out[p + c] = share === 0 ? check : ENCODED[Math.round(4096 * (over * share + LINEAR[check] * (1 - share)))];
    }
  }
}

/** The plate in dim gray; the soft edge in color, strongest where the matte is half; a line where it crosses half. */
function drawEdge(out, { plate, matte }) {
  for (let at = 0, p = 0; at < matte.length; at += 1, p += 4) {
    const luma = plate ? 0.2126 * plate[p] + 0.7152 * plate[p + 1] + 0.0722 * plate[p + 2] : GRAY;
    const code = matte[at];
    const soft = (4 * code * (255 - code)) / 65025;
    const inside = code >= 128;
    const right = at % WIDTH < WIDTH - 1 && matte[at + 1] >= 128 !== inside;
    const below = at + WIDTH < matte.length && matte[at + WIDTH] >= 128 !== inside;
    for (let c = 0; c < 3; c += 1) {
      const ground = luma * (inside ? 0.55 : 0.3);
      out[p + c] = right || below ? 255 : ground + (SOFT[c] - ground) * soft;
    }
  }
}

/** What came and what went since the frame beside it, over the matte in dim gray. */
function drawDifference(out, { matte, beside }) {
  for (let at = 0, p = 0; at < matte.length; at += 1, p += 4) {
    const change = matte[at] - beside[at];
    const tint = change > 0 ? GREW : SHRANK;
    const share = Math.abs(change) / 255;
    const ground = matte[at] * 0.25;
    for (let c = 0; c < 3; c += 1) out[p + c] = ground + (tint[c] - ground) * share;
  }
}

/** The plate alone, for frames without a matte. */
function drawPlate(out, { plate }) {
  for (let p = 0; p < out.length; p += 4) for (let c = 0; c < 3; c += 1) out[p + c] = plate ? plate[p + c] : 0;
}

const DRAW = {
  overlay: drawOverlay,
  matte: drawMatte,
  checkerboard: drawCheckerboard,
  edge: drawEdge,
  difference: drawDifference,
};

/** Parts of the picture, in percent, by which the matte grew and shrank. */
function changed(matte, beside) {
  let grew = 0;
  let shrank = 0;
  for (let at = 0; at < matte.length; at += 1) {
    const change = matte[at] - beside[at];
    if (change > 0) grew += change;
    else shrank -= change;
  }
  const whole = matte.length * 2.55;
  return { grew: grew / whole, shrank: shrank / whole };
}
