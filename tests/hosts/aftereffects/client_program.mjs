// A client that a test speaks with: one JSON order a line on stdin, what came of it and every event on stdout.
// Each order is {id, do, with: [...]}; it is answered by {id, result} or {id, error}. Ends with stdin, or after a minute.

import process from "node:process";
import readline from "node:readline";

import { Client } from "../../../hosts/aftereffects_cep/client/mattewire/index.js";

const say = (word) => process.stdout.write(`${JSON.stringify(word)}\n`);
const plain = (problem) => ({ ...problem.body, family: problem.family, name: problem.name });

const client = new Client({
  name: "test",
  host: `Node ${process.versions.node}`,
  ...JSON.parse(process.argv[2] || "{}"),
  onLine: ({ state, problem }) => say({ line: state, problem: problem && problem.code, message: problem && problem.message }),
});
const told = (event, view) =>
  say({ event: event.type, job: event.job_id, seq: event.seq, state: view.state, ended: view.ended, done: view.done, line: view.line() });

const ORDERS = {
  submit: (request, jobId) => client.submit(request, told, jobId),
  finish: (finish) => client.finish(finish, told),
  follow: (jobId) => client.follow(jobId, told),
  async detect(search) {
    const began = performance.now();
    const { detected, preview } = await client.detect(search);
    const markers = [...preview.slice(0, 2), ...preview.slice(-2)];
    return { detected, bytes: preview.length, markers, ms: performance.now() - began };
  },
  async pings(count) {
    const took = [];
    for (let at = 0; at < count; at++) {
      const began = performance.now();
      await client.ping();
      took.push(performance.now() - began);
    }
    took.sort((one, other) => one - other);
    return { p50: took[count >> 1], p95: took[Math.floor(count * 0.95)] };
  },
  async memory() {
    for (let round = 0; round < 2; round++) {
      global.gc(); // what is left is what is held; buffers are swept a moment later
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { heapUsed, external, arrayBuffers };
  },
  view(jobId) {
    const { seq, state, frames, error, strip } = client.views.get(jobId) ?? {};
    return seq === undefined ? null : { seq, state, frames: [...frames], error, strip: strip.call(client.views.get(jobId)) };
  },
  hello: () => client.hello(),
  cancel: (jobId) => client.cancel(jobId),
  forget: (jobId) => client.forget(jobId),
  jobs: (limit) => client.jobs(limit),
  status: () => client.status(),
  release: () => client.release(),
  ping: () => client.ping(),
  stop: (when) => client.stop(when),
  close: () => client.close(),
};

const limit = setTimeout(() => process.exit(9), 60_000);
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { id, do: what, with: words = [] } = JSON.parse(line);
  Promise.resolve()
    .then(() => ORDERS[what](...words))
    .then(
      (result) => say({ id, result: result === undefined ? null : result }),
      (problem) => say({ id, error: problem.body ? plain(problem) : { code: "broken", message: String(problem.stack) } }),
    );
});
lines.on("close", () => {
  clearTimeout(limit);
  client.close();
});
