/**
 * The effects that have pixels here, applied to premultiplied float RGBA in place, on straight color as After Effects does.
 * They follow the help's descriptions ("Color Correction effects", "Generate effects"); only what is named below is modelled.
 */
import { EFFECTS } from "./catalog.mjs";
import { valueOf } from "./evaluate.mjs";

const LUMA = [0.299, 0.587, 0.114];

/** Changes `pixels`. An enabled effect without pixels here throws Unmodelled. */
export function applyEffects(world, layer, pixels, time) {
  for (const effect of world.childOf(layer.properties, "ADBE Effect Parade")?.children ?? []) {
    if (!effect.enabled) continue;
    if (!EFFECTS[effect.matchName].draws) world.unmodelled(`the picture of the effect ${effect.name}`);
    const value = (number) => {
      const node = effect.children.find((one) => one.matchName === `${effect.matchName}-${String(number).padStart(4, "0")}`);
      return valueOf(world, { layer: layer.id }, node, time, false);
    };
    WORK[effect.matchName]?.(pixels, value, world);
  }
}

function each(pixels, change) {
  const { data } = pixels;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3];
    if (alpha <= 0) continue;
    const color = change(data[at] / alpha, data[at + 1] / alpha, data[at + 2] / alpha);
    for (let channel = 0; channel < 3; channel += 1) data[at + channel] = color[channel] * alpha;
  }
}

const mix = (from, to, part) => from + (to - from) * part;

const WORK = {
  "ADBE Tint": (pixels, value) => {
    const [black, white, amount] = [value(1), value(2), value(3) / 100];
    each(pixels, (...color) => {
      const luma = color.reduce((sum, one, channel) => sum + one * LUMA[channel], 0);
      return color.map((one, channel) => mix(one, mix(black[channel], white[channel], luma), amount));
    });
  },
  "ADBE HUE SATURATION": (pixels, value, world) => {
    if (value(2) !== 1 || value(7)) world.unmodelled("Hue/Saturation of one channel range, or Colorize");
    const [hue, saturation, lightness] = [value(4), value(5) / 100, value(6) / 100];
    each(pixels, (...color) => {
      const [h, s, l] = toHsl(color);
      const light = lightness >= 0 ? l + (1 - l) * lightness : l * (1 + lightness);
      return fromHsl(h + hue / 360, Math.min(1, s * (1 + saturation)), light);
    });
  },
  "ADBE Easy Levels2": (pixels, value, world) => {
    if (value(1) !== 1) world.unmodelled("Levels of one channel");
    const [black, white, gamma, low, high] = [3, 4, 5, 6, 7].map(value);
    each(pixels, (...color) =>
      color.map((one) => mix(low, high, Math.max(0, (one - black) / (white - black)) ** (1 / gamma))),
    );
  },
  "ADBE Fill": (pixels, value, world) => {
    if (value(1) || value(7) || value(6) || value(3) || value(4)) world.unmodelled("Fill of masks");
    const [fill, opacity] = [value(2), value(5)];
    each(pixels, (...color) => color.map((one, channel) => mix(one, fill[channel], opacity)));
  },
  "ADBE Gaussian Blur 2": (pixels, value, world) => {
    if (value(3)) world.unmodelled("Gaussian Blur with repeated edge pixels");
    const [radius, way] = [value(1), value(2)];
    // How the program turns Blurriness into a deviation is not published; half of it is this stand-in's own choice.
    if (radius > 0 && way !== 3) blur(pixels, radius / 2, 1, 0);
    if (radius > 0 && way !== 2) blur(pixels, radius / 2, 0, 1);
  },
};

function blur(pixels, deviation, dx, dy) {
  const { width, height } = pixels;
  const from = Float32Array.from(pixels.data);
  const reach = Math.ceil(3 * deviation);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * deviation ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let channel = 0; channel < 4; channel += 1) {
        let total = 0;
        for (let at = -reach; at <= reach; at += 1) {
          const [sx, sy] = [x + at * dx, y + at * dy];
          if (sx >= 0 && sy >= 0 && sx < width && sy < height)
            total += from[(sy * width + sx) * 4 + channel] * weights[at + reach];
        }
        pixels.data[(y * width + x) * 4 + channel] = total / sum;
      }
}

function toHsl(color) {
  const [high, low] = [Math.max(...color), Math.min(...color)];
  const light = (high + low) / 2;
  const chroma = high - low;
  if (chroma < 1e-9) return [0, 0, light];
  const [r, g, b] = color;
  const sector = high === r ? ((g - b) / chroma + 6) % 6 : high === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
  return [sector / 6, chroma / (1 - Math.abs(2 * light - 1)), light];
}

function fromHsl(hue, saturation, light) {
  const chroma = (1 - Math.abs(2 * light - 1)) * saturation;
  return [0, 8, 4].map((offset) => {
    const k = (offset + (((hue % 1) + 1) % 1) * 12) % 12;
    return light - (chroma / 2) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  });
}
