// After Effects' own colors and type for the panel.
//
// CEP tells the color of the host's panels and its highlight; everything else is mixed from these two, so that any
// brightness that the artist has set gives a panel with enough contrast (WCAG 2.1, 4.5 to 1 for text).

/** @typedef {[number, number, number]} Rgb 0..255 */

/** Told by CEP when the artist changes the brightness of the interface. */
export const THEME_CHANGED = "com.adobe.csxs.events.ThemeColorChanged";

/** @type {Rgb} */
const DARK = [35, 35, 35];
/** @type {Rgb} */
const HIGHLIGHT = [74, 157, 248];

const BLACK = /** @type {Rgb} */ ([0, 0, 0]);
const WHITE = /** @type {Rgb} */ ([255, 255, 255]);

/**
 * The CSS variables of the panel for a host's skin.
 * @param {unknown} skin `appSkinInfo` of the host environment; what it lacks is as in a dark host
 * @returns {Record<string, string>} by name, with the leading `--`
 */
export function variables(skin) {
  const told = /** @type {Record<string, any>} */ (skin && typeof skin === "object" ? skin : {});
  const ground = color(told.panelBackgroundColorSRGB) || color(told.panelBackgroundColor) || DARK;
  const light = luminance(ground) > 0.18; // middle gray
  const far = light ? BLACK : WHITE;
  const highlight = color({ color: told.systemHighlightColor }) || HIGHLIGHT;
  const accent = readable(saturated(highlight) ? highlight : HIGHLIGHT, ground, far, 3);
  const warn = readable([240, 179, 90], ground, far, 4.5);
  const size = Number(told.baseFontSize);
  return {
    "--ground": css(ground),
    "--raised": css(mix(ground, WHITE, light ? 0.45 : 0.06)),
    "--field": css(light ? mix(ground, WHITE, 0.7) : mix(ground, BLACK, 0.25)),
    "--line": css(mix(ground, far, 0.25)),
    "--ink": css(readable(mix(ground, far, 0.82), ground, far, 7)),
    "--dim": css(readable(mix(ground, far, 0.55), ground, far, 4.5)),
    "--accent": css(accent),
    "--on-accent": css(contrast(accent, BLACK) > contrast(accent, WHITE) ? BLACK : WHITE),
    "--warn-ground": css(mix(ground, [240, 170, 60], light ? 0.25 : 0.14)),
    "--warn": css(warn),
    "--good": css(readable([88, 176, 108], ground, far, 3)),
    "--size": `${size >= 9 && size <= 24 ? Math.max(size, 11) : 12}px`,
    ...(typeof told.baseFontFamily === "string" && told.baseFontFamily
      ? { "--family": `${JSON.stringify(told.baseFontFamily)}, "Segoe UI", "Helvetica Neue", Arial, sans-serif` }
      : {}),
  };
}

/**
 * A color of CEP's skin info, in either of its two shapes.
 * @param {any} told `{color: {red, green, blue}}`, each 0..255
 * @returns {Rgb | null}
 */
function color(told) {
  const parts = told && told.color;
  if (!parts) return null;
  /** @type {Rgb} */
  const found = [Number(parts.red), Number(parts.green), Number(parts.blue)];
  return found.every((value) => value >= 0 && value <= 255) ? found : null;
}

/**
 * @param {Rgb} one
 * @param {Rgb} other
 * @param {number} part of `other`, 0..1
 * @returns {Rgb}
 */
function mix(one, other, part) {
  return /** @type {Rgb} */ (one.map((value, at) => Math.round(value + ((other[at] || 0) - value) * part)));
}

/** @param {Rgb} rgb */
function css(rgb) {
  return `rgb(${rgb.map(Math.round).join(", ")})`;
}

/** @param {Rgb} rgb */
function saturated(rgb) {
  return Math.max(...rgb) - Math.min(...rgb) > 60;
}

/**
 * The color, moved toward `far` until it stands out from the ground by the ratio.
 * @param {Rgb} rgb
 * @param {Rgb} ground
 * @param {Rgb} far
 * @param {number} ratio
 */
function readable(rgb, ground, far, ratio) {
  let found = rgb;
  for (let part = 0; part <= 1 && contrast(found, ground) < ratio; part += 0.05) found = mix(rgb, far, part);
  return found;
}

/**
 * Contrast ratio, 1..21: WCAG 2.1, "contrast ratio".
 * @param {Rgb} one
 * @param {Rgb} other
 */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (/** @type {number} */ (high) + 0.05) / (/** @type {number} */ (low) + 0.05);
}

/**
 * Relative luminance, 0..1: WCAG 2.1, "relative luminance".
 * @param {Rgb} rgb
 */
function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red || 0) + 0.7152 * (green || 0) + 0.0722 * (blue || 0);
}
