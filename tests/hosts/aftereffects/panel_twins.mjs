/** Answers the questions of test_panel_twins.py: what this panel says where the other panels' Python has said it before. */
import { readFileSync, writeFileSync } from "node:fs";

import { JobView, checked } from "../../../hosts/aftereffects_cep/client/mattewire/index.js";
import { exr, half, pngAlpha } from "../../../hosts/aftereffects_cep/cep/pictures.js";
import * as files from "../../../hosts/aftereffects_cep/model/files.js";
import * as prefs from "../../../hosts/aftereffects_cep/model/prefs.js";
import * as selftest from "../../../hosts/aftereffects_cep/model/selftest.js";
import { STATE_COLORS, Shown } from "../../../hosts/aftereffects_cep/model/shown.js";
import * as wish from "../../../hosts/aftereffects_cep/model/wish.js";
import * as words from "../../../hosts/aftereffects_cep/model/words.js";

const TEN = Array.from({ length: 10 }, (_, at) => 1001 + at);

/** The same job seen by the panel of After Effects. */
function shown({ job, events, columns }) {
  const panel = new Shown();
  panel.view = new JobView(job);
  for (const [type, body] of events) panel.view.apply({ type, ...checked(type, body) });
  return {
    state: panel.state,
    strip: panel.strip(columns),
    frames: Array.from({ length: columns + 1 }, (_, column) => panel.frameAt(column, columns)),
    details: panel.details(),
    problem: panel.problem(),
    worst: panel.worst(),
    next: [null, ...TEN].map((frame) => panel.nextWorst(frame)),
    about: TEN.map((frame) => panel.about(frame)),
    done: panel.view.done,
  };
}

const ANSWERS = {
  dialog: ([problem, doing]) => words.dialog(problem, doing),
  label: (field) => words.fieldLabel(field),
  phrases: (text) => words.phrases(text),
  duration: (seconds) => words.duration(seconds),
  size: (count) => words.size(count),
  pattern: ([path, frame]) => files.patternOf(path, frame),
  mattes: (outputs) => files.mattesOf(outputs),
  request: ([made, plate, out, first, last]) => wish.request(made, plate, out, first, last),
  search: ([made, plate, frame]) => wish.search(made, plate, frame),
  alike: ([one, other]) => wish.trackedAlike(one, other),
  "edge choices": () => ({ choices: wish.EDGE_CHOICES, motion_blur: wish.MOTION_BLUR, holdout: wish.HOLDOUT }),
  edges: ([method, motionBlur]) => wish.edgesOf(method, motionBlur),
  depth: ([holdout, engine]) => wish.depthOf(holdout, engine),
  version: (path) => wish.withVersion(path),
  defaults: () => prefs.DEFAULTS,
  load: ([text, environment]) => prefs.load(text, environment).preferences,
  colors: () => STATE_COLORS,
  shown,
  coverage: ([frame, x, y]) => selftest.coverage(frame, x, y),
  judge: ([frame, rows]) => selftest.judge(frame, (x, y) => rows[y][x]),
  half,
  exr: ({ file, frame }) => writeFileSync(file, exr(selftest.WIDTH, selftest.HEIGHT, (x, y) => selftest.pixel(frame, x, y))),
  png: (file) => {
    const { width, height, alpha } = pngAlpha(readFileSync(file));
    return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => alpha(x, y)));
  },
};

const [, , asked, answered] = process.argv;
const questions = JSON.parse(readFileSync(asked, "utf8"));
writeFileSync(answered, JSON.stringify(questions.map(([what, question]) => ANSWERS[what](question) ?? null)));
