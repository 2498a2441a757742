// Where the picture lies in its window, and which plate pixel is under the mouse. Plain numbers; knows no DOM.

/** Most and least enlargement over the size that fits. */
export const MOST_ZOOM = 8;
export const LEAST_ZOOM = 1;
const ZOOM_STEP = 1.5;

/**
 * @typedef {object} Look what a detection gave
 * @property {number} width the plate's display window, plate pixels
 * @property {number} height
 * @property {number} pixelAspect width of a stored pixel over its height
 */

/**
 * The size at which the whole picture fits the window, in CSS pixels, at its own shape; anamorphic plates are
 * stretched as the artist sees them.
 * @param {Look} look
 * @param {number} wide the window's width, CSS pixels
 * @param {number} high
 */
export function fitted(look, wide, high) {
  const across = look.width * look.pixelAspect;
  const fit = Math.max(0, Math.min(wide / across, high / look.height));
  return { width: across * fit, height: look.height * fit };
}

/**
 * Plate pixels under a place in the drawn picture.
 * @param {Look} look
 * @param {{width: number, height: number}} drawn the picture's present size, CSS pixels
 * @param {number} x CSS pixels from the picture's left
 * @param {number} y from its top
 */
export function toPlate(look, drawn, x, y) {
  return { x: (x / drawn.width) * look.width, y: (y / drawn.height) * look.height };
}

/**
 * Where a place on the plate is drawn; `toPlate` the other way round.
 * @param {Look} look
 * @param {{width: number, height: number}} drawn
 * @param {number} x plate pixels
 * @param {number} y
 */
export function toDrawn(look, drawn, x, y) {
  return { x: (x / look.width) * drawn.width, y: (y / look.height) * drawn.height };
}

/**
 * The next step of the zoom.
 * @param {number} zoom 1: the whole picture
 * @param {number} steps above 0 closer, below 0 farther
 */
export function zoomed(zoom, steps) {
  const next = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * ZOOM_STEP ** steps));
  return Math.abs(next - 1) < 0.01 ? 1 : next;
}
