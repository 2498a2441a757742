// Runs the golden vectors through the JavaScript client, on any Node that After Effects brings.
//
//     node tests/hosts/aftereffects/run_vectors.mjs [folder of vectors]
//
// One line for each failure and a summary; exit code 1 when anything failed or nothing was run.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { decode, encode } from "../../../hosts/aftereffects_cep/client/mattewire/codec.js";
import { MattewireError } from "../../../hosts/aftereffects_cep/client/mattewire/errors.js";
import { completed } from "../../../hosts/aftereffects_cep/client/mattewire/fields.js";
import { MESSAGES } from "../../../hosts/aftereffects_cep/client/mattewire/tables.js";

const VECTORS = fileURLToPath(new URL("../../../protocol/vectors", import.meta.url));

/** A part's bytes from hexadecimal text or a list of pieces. */
export function part(recipe) {
  const pieces = typeof recipe === "string" ? [recipe] : recipe;
  return Uint8Array.from(
    Buffer.concat(
      pieces.flatMap((piece) => {
        const { hex, times } = typeof piece === "string" ? { hex: piece, times: 1 } : piece;
        return [Buffer.alloc((hex.length / 2) * times, Buffer.from(hex, "hex"))];
      }),
    ),
  );
}

/** What is wrong when a vector is read and written; empty when nothing is. */
export function failure(vector) {
  const parts = vector.parts.map(part);
  let message;
  try {
    message = decode(parts);
  } catch (problem) {
    if (!(problem instanceof MattewireError)) return `broke: ${problem.stack}`;
    const got = { code: problem.code, field: problem.field };
    return same(got, vector.refuse) ? "" : `refused with ${JSON.stringify(got)}: ${problem.message}`;
  }
  if (vector.refuse) return `was read, and must be refused with ${JSON.stringify(vector.refuse)}`;
  if (!same(message.header, vector.header)) return `header is ${JSON.stringify(message.header)}`;
  const whole = completed(MESSAGES[vector.header.type], vector.body);
  if (!same(message.body, whole)) return `body is ${JSON.stringify(message.body)}`;
  if (!message.binary.every((bytes, at) => Buffer.compare(bytes, parts[at + 3]) === 0)) return "binary parts differ";
  if (message.binary.length !== parts.length - 3) return "binary parts differ";
  if (vector.same_bytes === false) return "";
  const { type, id, answers } = message.header;
  const written = encode(type, message.body, { id, answers, binary: message.binary });
  const differs = written.length !== parts.length || written.some((bytes, at) => Buffer.compare(bytes, parts[at]) !== 0);
  return differs ? `written as ${written.slice(1, 3).map((bytes) => Buffer.from(bytes).toString("hex"))}` : "";
}

function same(one, other) {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return Object.is(one, other);
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && same(one[key], other[key]));
}

function main(folder) {
  let count = 0;
  let failed = 0;
  for (const name of fs.readdirSync(folder).filter((each) => each.endsWith(".json")).sort()) {
    for (const vector of JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"))) {
      count += 1;
      const trouble = failure(vector);
      if (!trouble) continue;
      failed += 1;
      console.log(`${name}, ${vector.name}: ${trouble}`);
    }
  }
  console.log(`Node ${process.versions.node}: ${count} vectors, ${failed} failed`);
  return failed || !count ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv[2] || VECTORS);
