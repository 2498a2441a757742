/** PNG by the specification (W3C PNG, third edition): 8 and 16 bit gray, gray with alpha, RGB and RGBA, not interlaced. */
import fs from "node:fs";
import zlib from "node:zlib";

const CHANNELS = { 0: 1, 2: 3, 4: 2, 6: 4 };
const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** {width, height, data} in 0..1, or with `header` {width, height, channels, pixelAspect}. */
export function readPng(file, { header = false } = {}) {
  const bytes = fs.readFileSync(file);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error(`${file} is no PNG`);
  let about = null;
  let pixelAspect = 1;
  const parts = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString("latin1", at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") about = ihdr(file, body);
    // pHYs gives pixels per unit; an aspect is width of a pixel over its height.
    if (kind === "pHYs") pixelAspect = body.readUInt32BE(4) / body.readUInt32BE(0);
    if (kind === "IDAT") parts.push(body);
    if (kind === "IEND") break;
    at += 12 + length;
  }
  if (header) return { width: about.width, height: about.height, channels: about.channels, pixelAspect };
  return { width: about.width, height: about.height, data: samples(about, zlib.inflateSync(Buffer.concat(parts))) };
}

function ihdr(file, body) {
  const about = { width: body.readUInt32BE(0), height: body.readUInt32BE(4), depth: body[8], channels: CHANNELS[body[9]] };
  if (!about.channels || ![8, 16].includes(about.depth) || body[12]) throw new Error(`${file}: this kind of PNG is not read`);
  return about;
}

function samples({ width, height, depth, channels }, raw) {
  const step = (channels * depth) / 8;
  const stride = width * step;
  const data = new Float32Array(width * height * 4);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    const row = Buffer.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let at = 0; at < stride; at += 1) {
      const left = at >= step ? row[at - step] : 0;
      const corner = at >= step ? above[at - step] : 0;
      row[at] = (row[at] + predict(filter, left, above[at], corner)) & 255;
    }
    for (let x = 0; x < width; x += 1) {
      const value = (channel) =>
        depth === 8 ? row[x * step + channel] / 255 : row.readUInt16BE(x * step + 2 * channel) / 65535;
      const gray = channels < 3;
      data.set(
        [value(0), value(gray ? 0 : 1), value(gray ? 0 : 2), channels === 4 ? value(3) : channels === 2 ? value(1) : 1],
        (y * width + x) * 4,
      );
    }
    above = row;
  }
  return data;
}

function predict(filter, left, up, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** Writes float RGBA in 0..1 as a 16 bit RGBA PNG. */
export function writePng(file, { width, height, data, pixelAspect = 1 }) {
  const rows = Buffer.alloc(height * (1 + width * 8));
  for (let y = 0; y < height; y += 1)
    for (let at = 0; at < width * 4; at += 1) {
      const value = Math.min(1, Math.max(0, data[y * width * 4 + at]));
      rows.writeUInt16BE(Math.round(value * 65535), y * (1 + width * 8) + 1 + at * 2);
    }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([16, 6, 0, 0, 0], 8);
  const shape = Buffer.alloc(9);
  shape.writeUInt32BE(10000, 0);
  shape.writeUInt32BE(Math.round(10000 * pixelAspect), 4);
  const parts = [SIGNATURE, chunk("IHDR", head), chunk("pHYs", shape), chunk("IDAT", zlib.deflateSync(rows, { level: 1 }))];
  fs.writeFileSync(file, Buffer.concat([...parts, chunk("IEND", Buffer.alloc(0))]));
}

function chunk(kind, body) {
  const name = Buffer.from(kind, "latin1");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc(Buffer.concat([name, body])));
  return Buffer.concat([length, name, body, sum]);
}

const TABLE = Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
