/**
 * The comp as pixels: layers from the bottom, each from its source frame through masks, effects, transform, matte, opacity.
 *
 * Pixels are premultiplied float RGBA inside, straight at the doors. No color management: a footage's numbers are the
 * comp's numbers, as with workingSpace "None".
 */
import fs from "node:fs";
import { decode } from "./decode.mjs";
import { applyEffects } from "./effects.mjs";
import { read } from "./evaluate.mjs";
import { maskCoverage } from "./masks.mjs";
import { frameCount, frameFile } from "./sequences.mjs";
import { textRect } from "./text.mjs";
import { frameAt, isWithin, playRate, sourceDuration, sourceSeconds } from "./timing.mjs";
import { matrixToComp, toWorld } from "./transform.mjs";

const LUMA = [0.2126, 0.7152, 0.0722];

/** {width, height, data}: float RGBA, straight alpha, rows from the top, transparent where no layer is. */
export function picture(world, compId, time) {
  return straight(render(world, compId, time));
}

/** Which frame of its footage a layer shows: {index, number, file, seconds}; null outside of the layer or without footage. */
export function sourceFrame(world, id, time) {
  const layer = world.layer(id);
  const item = layer.source === null ? null : world.item(layer.source);
  if (item?.kind !== "footage" || item.source.kind !== "file") return null;
  if (!isWithin(layer, time, 1 / world.item(layer.comp).rate)) return null;
  return frameOf(item.source, secondsAt(world, layer, time), isReversed(world, layer));
}

/** The pixels of a footage item at seconds of its own time, straight, after its alpha interpretation. */
export function framePicture(world, itemId, seconds) {
  return straight(footage(world, world.item(itemId).source, seconds, false));
}

const isReversed = (world, layer) => layer.stretch < 0 && world.reversed === "cell";

function secondsAt(world, layer, time) {
  const remap = layer.timeRemap ? (at) => read(world, layer, "ADBE Time Remapping", at) : null;
  return sourceSeconds(layer, time, remap);
}

function frameOf(source, seconds, reversed) {
  const count = frameCount(source);
  const rate = playRate(source);
  const index = rate ? frameAt(seconds, rate, count * source.loop, reversed) % count : 0;
  if (!source.sequence) return { index, number: index, file: source.file, seconds };
  const number = source.sequence.first + index;
  return { index, number, file: frameFile(source, number), seconds };
}

function render(world, compId, time, inside = []) {
  const comp = world.item(compId);
  if (inside.includes(compId)) throw new Error("a comp inside itself");
  if (world.doc.project.linearBlending) world.unmodelled("pictures with linear blending");
  const canvas = blank(comp.width, comp.height);
  const layers = comp.layers.map((id) => world.layer(id));
  const solo = layers.some((one) => one.solo);
  const shown = layers.filter(
    (one) => one.enabled && (!solo || one.solo) && one.kind !== "camera" && !(one.guide && inside.length) && isWithin(one, time, 1 / comp.rate),
  );
  for (const layer of byDepth(world, shown, time).reverse()) {
    if (layer.null) continue;
    const path = [...inside, compId];
    if (layer.adjustment) adjust(world, canvas, layer, time, path);
    else blend(world, canvas, matted(world, drawn(world, layer, time, path), layer, time, path), layer.blending);
  }
  return canvas;
}

/** Neighboring 3D layers are stacked by how far they are; a 2D layer between them parts them (help, "3D layers"). */
function byDepth(world, layers, time) {
  const out = [];
  let bin = [];
  const close = () => {
    out.push(...bin.map((layer) => ({ layer, z: toWorld(world, layer, time)[11] })).sort((a, b) => a.z - b.z).map((one) => one.layer));
    bin = [];
  };
  for (const layer of layers) {
    if (layer.threeD) bin.push(layer);
    else {
      close();
      out.push(layer);
    }
  }
  close();
  return out;
}

/** A layer in its comp's frame, opacity included, without its matte. */
function drawn(world, layer, time, inside) {
  const comp = world.item(layer.comp);
  const source = content(world, layer, time, inside);
  const masks = world.childOf(layer.properties, "ADBE Mask Parade")?.children ?? [];
  if (masks.length) multiply(source, maskCoverage(world, layer, masks, source.width, source.height, time));
  if (layer.effectsActive) applyEffects(world, layer, source, time);
  const opacity = read(world, layer, "ADBE Opacity", time) / 100;
  return place(source, matrixToComp(world, layer, time), comp, opacity);
}

function matted(world, pixels, layer, time, inside) {
  const id = world.matteOf(layer);
  if (id === null) return pixels;
  multiply(pixels, matteOf(world, layer, world.layer(id), time, inside));
  return pixels;
}

/** The matte of a layer over the comp, 0..1. A matte layer that is not there at this time is empty. */
function matteOf(world, layer, matte, time, inside) {
  const comp = world.item(layer.comp);
  const { ALPHA, ALPHA_INVERTED, LUMA_INVERTED } = world.enums.TrackMatteType;
  const there = isWithin(matte, time, 1 / comp.rate);
  const pixels = there ? matted(world, drawn(world, matte, time, inside), matte, time, inside) : blank(comp.width, comp.height);
  const weight = new Float32Array(comp.width * comp.height);
  for (let at = 0; at < weight.length; at += 1) {
    const [r, g, b, a] = pixels.data.subarray(at * 4, at * 4 + 4);
    const value = layer.matteType === ALPHA || layer.matteType === ALPHA_INVERTED ? a : LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
    weight[at] = layer.matteType === ALPHA_INVERTED || layer.matteType === LUMA_INVERTED ? 1 - value : value;
  }
  return weight;
}

function adjust(world, canvas, layer, time, inside) {
  const cover = drawn(world, { ...layer, effectsActive: false }, time, inside);
  const weight = matted(world, cover, layer, time, inside);
  const changed = { ...canvas, data: Float32Array.from(canvas.data) };
  if (layer.effectsActive) applyEffects(world, layer, changed, time);
  for (let at = 0; at < canvas.data.length; at += 1) {
    const part = weight.data[at | 3];
    canvas.data[at] += (changed.data[at] - canvas.data[at]) * part;
  }
}

/** What a layer shows in its own pixels: premultiplied. */
function content(world, layer, time, inside) {
  if (layer.kind === "text") return block(world, layer, time);
  if (layer.kind === "shape") return blank(1, 1);
  const item = world.item(layer.source);
  if (layer.frameBlending !== world.enums.FrameBlendingType.NO_FRAME_BLEND)
    world.unmodelled("pictures with frame blending");
  if (layer.collapse) world.unmodelled("pictures with collapsed transformations");
  const seconds = secondsAt(world, layer, time);
  if (item.kind === "comp") {
    const last = sourceDuration(item) - 1 / item.rate;
    const at = isReversed(world, layer) ? seconds - 1 / item.rate : seconds;
    return render(world, item.id, Math.min(Math.max(at, 0), last), inside);
  }
  return footage(world, item.source, seconds, isReversed(world, layer));
}

function footage(world, source, seconds, reversed) {
  if (source.kind === "solid") return flat(source.width, source.height, [...source.color, 1]);
  if (source.kind === "placeholder") return bars(source.width, source.height);
  const { file, index } = frameOf(source, seconds, reversed);
  if (!fs.existsSync(file)) return bars(source.width, source.height);
  const held = decode(file, source.movie ? index : null);
  const data = Float32Array.from(held.data);
  const { STRAIGHT, PREMULTIPLIED } = world.enums.AlphaMode;
  if (source.alphaMode === PREMULTIPLIED && source.premulColor.some(Boolean))
    world.unmodelled("alpha premultiplied with a color");
  for (let at = 0; at < data.length; at += 4) {
    let alpha = source.hasAlpha ? data[at + 3] : 1;
    if (source.invertAlpha) alpha = 1 - alpha;
    if (source.alphaMode !== STRAIGHT && source.alphaMode !== PREMULTIPLIED) alpha = 1;
    data[at + 3] = alpha;
    // Premultiplied footage is what is kept inside; straight footage is multiplied here.
    if (source.hasAlpha && source.alphaMode === STRAIGHT) for (let c = 0; c < 3; c += 1) data[at + c] *= alpha;
  }
  return { width: held.width, height: held.height, data };
}

function block(world, layer, time) {
  const { fillColor } = read(world, layer, "ADBE Text Document", time);
  const { left, top, width, height } = textRect(world, layer, time);
  const made = flat(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)), width ? [...fillColor, 1] : [0, 0, 0, 0]);
  return { ...made, left, top };
}

const blank = (width, height) => ({ width, height, data: new Float32Array(width * height * 4) });

function flat(width, height, color) {
  const made = blank(width, height);
  for (let at = 0; at < made.data.length; at += 4) made.data.set(color, at);
  return made;
}

/** Eight bars from white to black, as After Effects shows for footage that is missing. */
function bars(width, height) {
  const made = blank(width, height);
  for (let at = 0; at < width * height; at += 1) {
    const bar = 7 - Math.floor(((at % width) * 8) / width);
    made.data.set([(bar >> 1) & 1, (bar >> 2) & 1, bar & 1, 1], at * 4);
  }
  return made;
}

function multiply(pixels, weight) {
  for (let at = 0; at < pixels.data.length; at += 1) pixels.data[at] *= weight[at >> 2];
}

/** Bilinear sampling of pixel centers, empty outside: each comp pixel asks the layer through the inverse transform. */
function place(source, plane, comp, opacity) {
  const out = blank(comp.width, comp.height);
  const back = plane.inverse();
  if (![back.a, back.d, back.e].every(Number.isFinite)) return out;
  const { left = 0, top = 0 } = source;
  for (let y = 0; y < comp.height; y += 1)
    for (let x = 0; x < comp.width; x += 1) {
      const [u, v] = back.apply(x + 0.5, y + 0.5);
      if (plane.depth(u, v) <= 0) continue;
      sample(source, u - left - 0.5, v - top - 0.5, out.data, (y * comp.width + x) * 4, opacity);
    }
  return out;
}

function sample(source, u, v, out, to, gain) {
  if (u <= -1 || v <= -1 || u >= source.width || v >= source.height) return;
  // A sample within 1e-6 of a pixel's center is that pixel: what round-off leaves must not bleed into empty neighbors.
  const [x, y] = [Math.floor(u + 1e-6), Math.floor(v + 1e-6)];
  const [fx, fy] = [Math.max(0, u - x), Math.max(0, v - y)];
  for (let row = 0; row < 2; row += 1)
    for (let column = 0; column < 2; column += 1) {
      const [sx, sy] = [x + column, y + row];
      const weight = (column ? fx : 1 - fx) * (row ? fy : 1 - fy) * gain;
      if (weight < 1e-7 || sx < 0 || sy < 0 || sx >= source.width || sy >= source.height) continue;
      const from = (sy * source.width + sx) * 4;
      for (let channel = 0; channel < 4; channel += 1) out[to + channel] += source.data[from + channel] * weight;
    }
}

function blend(world, canvas, top, mode) {
  const { NORMAL, ADD, MULTIPLY, SCREEN } = world.enums.BlendingMode;
  if (![NORMAL, ADD, MULTIPLY, SCREEN].includes(mode)) world.unmodelled(`pictures with the blending mode ${mode}`);
  for (let at = 0; at < canvas.data.length; at += 4) {
    const alpha = top.data[at + 3];
    if (alpha === 0) continue;
    const under = canvas.data[at + 3];
    for (let channel = 0; channel < 3; channel += 1) {
      const [s, d] = [top.data[at + channel], canvas.data[at + channel]];
      let value = s + d * (1 - alpha);
      if (mode === ADD) value = s + d;
      if (mode === MULTIPLY) value = s * d + s * (1 - under) + d * (1 - alpha);
      if (mode === SCREEN) value = s + d - s * d;
      canvas.data[at + channel] = value;
    }
    canvas.data[at + 3] = alpha + under * (1 - alpha);
  }
}

function straight({ width, height, data }) {
  const out = Float32Array.from(data);
  for (let at = 0; at < out.length; at += 4)
    for (let channel = 0; channel < 3; channel += 1) out[at + channel] = out[at + 3] > 0 ? out[at + channel] / out[at + 3] : 0;
  return { width, height, data: out };
}
