// The page's pictures: base64 in data blocks, decoded when they are looked at and no earlier.

/** Bytes of decoded pictures that are held: some two seconds of 960 x 540. */
const MOST_HELD = 160e6;

const facts = JSON.parse(document.getElementById("facts").textContent);
const frames = facts.frames;
const WIDTH = facts.width;
const HEIGHT = facts.height;

/** Decoded pixels by block name, in the order of their last use. */
const held = new Map();

const reader = document.createElement("canvas");
reader.width = WIDTH;
reader.height = HEIGHT;
const reading = reader.getContext("2d", { willReadFrequently: true, alpha: false });

/** The text of a data block, null where there is none. It may be further down in a page that is still being read. */
async function blockOf(name) {
  for (;;) {
    const whole = document.readyState !== "loading";
    const block = document.getElementById(name);
    if (block && (whole || block.nextElementSibling)) return block.textContent; // else it may still grow
    if (whole) return null;
    await new Promise((later) => setTimeout(later, 10));
  }
}

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** R, G, B, A codes of a block's picture, WIDTH x HEIGHT; null where there is no such block. */
async function decoded(name, type) {
  const base64 = await blockOf(name);
  if (base64 === null) return null;
  const bitmap = await createImageBitmap(new Blob([bytesOf(base64)], { type }), { colorSpaceConversion: "none" });
  reading.drawImage(bitmap, 0, 0, WIDTH, HEIGHT);
  bitmap.close();
  return reading.getImageData(0, 0, WIDTH, HEIGHT).data;
}

function fromHeld(name, make) {
  const found = held.get(name) ?? make();
  held.delete(name);
  held.set(name, found);
  const most = Math.max(8, Math.floor(MOST_HELD / (WIDTH * HEIGHT * 2.5))); // a plate has 4 bytes a pixel, a matte 1
  for (const oldest of held.keys()) {
    if (held.size <= most) break;
    held.delete(oldest);
  }
  return found;
}

/** The plate of a frame as R, G, B, A codes; null where the page has none. */
async function plateOf(frame) {
  const name = `plate-${frame.frame}`;
  return frame.plate ? fromHeld(name, () => decoded(name, "image/jpeg")) : null;
}

/** The box around all that a matte covers by a tenth or more, its far edges not in it; null where it covers nothing. */
function boundsOf(matte) {
  let [x0, y0, x1, y1] = [WIDTH, HEIGHT, 0, 0];
  for (let y = 0, at = 0; y < HEIGHT; y += 1)
    for (let x = 0; x < WIDTH; x += 1, at += 1) {
      if (matte[at] < 26) continue;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x + 1);
      y0 = Math.min(y0, y);
      y1 = y + 1;
    }
  return x1 > x0 ? { x0, y0, x1, y1 } : null;
}

/** The matte of an object on a frame, one code a pixel; null where the page has none. */
async function matteOf(frame, number) {
  if (!frame.mattes.includes(number)) return null;
  const name = `matte-${frame.frame}-${number}`;
  return fromHeld(name, async () => {
    const pixels = await decoded(name, "image/png");
    const codes = new Uint8Array(WIDTH * HEIGHT);
    for (let at = 0; at < codes.length; at += 1) codes[at] = pixels[4 * at];
    return codes;
  });
}
