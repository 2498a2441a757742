// A DEALER that says whatever a test wants to a real daemon: JSON orders as lists of base64 parts, one a line; each is
// sent as one message. Says how its line is, and what came, in the same way.

import process from "node:process";
import readline from "node:readline";

import { Dealer } from "../../../hosts/aftereffects_cep/client/zmtp/index.js";

const say = (word) => process.stdout.write(`${JSON.stringify(word)}\n`);
const base64 = (part) => Buffer.from(part).toString("base64");

const dealer = new Dealer(JSON.parse(process.argv[2]), {
  onState: ({ state, fault }) => say({ state, fault: fault && fault.kind }),
  onMessage: (parts) => say({ parts: parts.map(base64) }),
});
const limit = setTimeout(() => process.exit(9), 60_000);
dealer.open();
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => dealer.send(JSON.parse(line).map((part) => new Uint8Array(Buffer.from(part, "base64")))));
lines.on("close", () => {
  clearTimeout(limit);
  dealer.close();
});
