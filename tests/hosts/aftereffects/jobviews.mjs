// Reads lists of events ([type, body]) from a file and says what a JobView shows after each.

import fs from "node:fs";
import process from "node:process";

import { JobView, checked } from "../../../hosts/aftereffects_cep/client/mattewire/index.js";

const entries = (map) => [...map].sort(([one], [other]) => one - other);
const shown = (view) => ({
  seq: view.seq,
  attempt: view.attempt,
  state: view.state,
  range: [view.first, view.last, view.keyframe],
  words: [view.engine, view.kept, view.version, view.stage, view.note, view.colorLine(), view.line()],
  exposure: view.exposure,
  names: entries(view.names),
  error: view.error && view.error.code,
  outputs: view.outputs,
  found: view.found.map((each) => each.object),
  frames: entries(view.frames),
  scores: entries(view.scores),
  flags: entries(view.flags),
  why: entries(view.why),
  worst: view.worst.map((each) => [each.frame, each.score, each.flags, each.why]),
  strip: view.strip().map((run) => [run.first, run.last, run.state]),
  sums: [view.ended, view.total, view.done, view.fraction, view.fps, view.timeLeftS, view.elapsedS],
});

const stories = JSON.parse(fs.readFileSync(process.argv[2], "utf8")).map((events) => {
  const view = new JobView("job-00000001");
  return events.map(([type, body]) => [view.apply({ type, ...checked(type, body) }), shown(view)]);
});
fs.writeFileSync(process.argv[3], JSON.stringify(stories));
