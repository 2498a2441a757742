/**
 * Pictures as float RGBA. PNG is read here; EXR, TIFF, DPX and movies by a Python helper with OpenImageIO and PyAV, one
 * short run a request of up to `AHEAD` frames.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readPng } from "./png.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const AHEAD = 16;
const kept = new Map();

/** {width, height, channels, pixelAspect, rate, frames} of a picture or movie; reads the header only. */
export function probe(file) {
  if (/\.png$/i.test(file)) return readPng(file, { header: true });
  return JSON.parse(helper({ do: "probe", file }).toString("utf8"));
}

/** {width, height, data: Float32Array RGBA}; alpha is 1 where the file has none. `frame` counts from 0 in a movie. */
export function decode(file, frame = null) {
  const about = fs.statSync(file);
  const key = `${file}\n${frame}\n${about.mtimeMs}\n${about.size}`;
  if (!kept.has(key)) {
    if (kept.size > 64) kept.clear();
    if (/\.png$/i.test(file)) kept.set(key, readPng(file));
    else if (frame === null) kept.set(key, unpack(helper({ do: "picture", file }))[0]);
    else {
      const many = unpack(helper({ do: "movie", file, first: frame, count: AHEAD }));
      many.forEach((picture, at) => kept.set(`${file}\n${frame + at}\n${about.mtimeMs}\n${about.size}`, picture));
      if (!kept.has(key)) throw new Error(`${file} has no frame ${frame}`);
    }
  }
  return kept.get(key);
}

/** Writes frames [{width, height, data}] as one TIFF (16 bit) or as a movie with alpha (PNG in QuickTime, lossless). */
export function encode(file, frames, rate) {
  const parts = frames.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  const [{ width, height }] = frames;
  helper({ do: "write", file, width, height, rate, count: frames.length }, Buffer.concat(parts));
}

function unpack(bytes) {
  const pictures = [];
  for (let at = 0; at < bytes.length; ) {
    const width = bytes.readUInt32LE(at);
    const height = bytes.readUInt32LE(at + 4);
    const size = width * height * 16;
    const data = new Float32Array(width * height * 4);
    Buffer.from(data.buffer).set(bytes.subarray(at + 8, at + 8 + size));
    pictures.push({ width, height, data });
    at += 8 + size;
  }
  return pictures;
}

function helper(request, more = Buffer.alloc(0)) {
  const own = path.join(HERE, "..", "..", "..", "..", ".venv", "bin", "python");
  const done = spawnSync(process.env.MATTEWIRE_PICTURES_PYTHON ?? (fs.existsSync(own) ? own : "python3"), [path.join(HERE, "pictures.py")], {
    input: Buffer.concat([Buffer.from(`${JSON.stringify(request)}\n`), more]),
    maxBuffer: 1 << 30,
    timeout: 60_000,
  });
  if (done.status !== 0) throw new Error(`the picture helper failed on ${request.file}: ${done.stderr ?? done.error}`);
  return done.stdout;
}
