// Reads messages as a list of lists of base64 parts in a file; says of each what the JavaScript client makes of it: the
// code and field it is refused with, or the parts that its writer makes of what it read.

import fs from "node:fs";
import process from "node:process";

import { decode, encode } from "../../../hosts/aftereffects_cep/client/mattewire/codec.js";
import { MattewireError } from "../../../hosts/aftereffects_cep/client/mattewire/errors.js";

const verdicts = JSON.parse(fs.readFileSync(process.argv[2], "utf8")).map((parts) => {
  try {
    const { header, body, binary } = decode(parts.map((part) => new Uint8Array(Buffer.from(part, "base64"))));
    const { type, id, answers } = header;
    return { written: encode(type, body, { id, answers, binary }).map((part) => Buffer.from(part).toString("base64")) };
  } catch (problem) {
    if (!(problem instanceof MattewireError)) return { broke: String(problem.stack) };
    return { code: problem.code, field: problem.field };
  }
});
fs.writeFileSync(process.argv[3], JSON.stringify(verdicts));
