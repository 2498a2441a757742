/** Jobs from a file: a project that nobody looks at is opened, isolated, saved, and what is wrong is data with its field. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { checkText } from "../../../hosts/aftereffects_cep/tools/check_host.mjs";
import { assertLayered, FIRST, LAST, parts, stack, stage } from "./isolate_stage.mjs";
import { HEIGHT, HOST, literal, open, PARTS, WIDTH } from "./host_stage.mjs";
import { start } from "./fake_ae/index.mjs";

const JOB = { comp: "shot", layer: "plate", use: "caption isolate", mattes: "matte/matte.####.png", first: FIRST, last: LAST, label: "founder speaking", version: "v001" };

/** A saved project with a plate layer called "plate", and a job file beside it. */
function project(t, jobs, more = {}) {
  const held = stage(t, { more: 'layer.name = "plate";' });
  const file = path.join(held.folder, "f\u00fcnder.json");
  const aep = path.join(held.folder, "template.aep");
  held.ae.run(`app.project.save(new File(${literal(aep)}))`);
  fs.writeFileSync(file, JSON.stringify({ schema: "mattewire.aftereffects.1", project: "template.aep", save_as: "done.aep", jobs, ...more }));
  return { ...held, file, done: path.join(held.folder, "done.aep"), answer: () => JSON.parse(fs.readFileSync(file.replace(/json$/, "answer.json"), "utf8")) };
}

/** As `afterfx -r host/mattewire_job.jsx` runs it, from an extension that was built. */
function runAlone(folder, file) {
  const host = path.join(folder, "extension host");
  fs.mkdirSync(host);
  fs.writeFileSync(path.join(host, "mattewire.jsx"), PARTS.map((part) => fs.readFileSync(path.join(HOST, part), "utf8")).join("\n"));
  fs.copyFileSync(path.join(HOST, "mattewire_job.jsx"), path.join(host, "mattewire_job.jsx"));
  const ae = start({ version: "26.0" });
  process.env.MATTEWIRE_JOB = file;
  try {
    ae.load(path.join(host, "mattewire_job.jsx"));
  } finally {
    delete process.env.MATTEWIRE_JOB;
  }
  assert.equal(ae.undoDepth, 0);
  return ae;
}

test("the script that After Effects runs is plain ECMAScript 3", () => {
  assert.deepEqual(checkText("mattewire_job.jsx", fs.readFileSync(path.join(HOST, "mattewire_job.jsx"), "utf8")), []);
});

test("from a template to a project that shows captions behind the subject", (t) => {
  const held = project(t, [JOB]);
  runAlone(held.folder, held.file);
  const { ok, value } = held.answer();
  assert.equal(ok, true);
  assert.deepEqual(value.jobs, [{ comp: "shot", layer: "plate", use: "caption isolate", made: "Subject: founder speaking v001", notes: [] }]);
  const again = start({ version: "26.0" });
  again.run(`app.open(new File(${literal(held.done)}))`);
  assertLayered(again, parts(held), "saved");
});

test("every use, and the same file once more brings them up to date in place", (t) => {
  const splines = {
    schema: "mattewire.splines.1", width: WIDTH, height: HEIGHT, pixel_aspect: 1, first: FIRST, last: LAST, objects: [{ object: 1, name: "founder", layer: "f" }],
    splines: [{ object: 1, hole: false, first: FIRST, last: LAST, keys: [{ frame: FIRST, points: [[5, 5, 0, 0, 0, 0], [20, 5, 0, 0, 0, 0], [20, 20, 0, 0, 0, 0]] }] }],
  };
  const jobs = [
    JOB, { ...JOB, use: "color isolate", gray: 50, darker: 10 }, { comp: "shot", layer: "plate", use: "mask paths", splines: "s.json", on: "copy" },
  ];
  const held = project(t, jobs, { project: undefined, save_as: undefined });
  fs.writeFileSync(path.join(held.folder, "s.json"), JSON.stringify(splines));
  const { ae, file } = held;
  const run = () => JSON.parse(ae.run(`mattewire.runFile(${literal(file)})`));
  const steps = ae.history.length;
  const first = run();
  assert.equal(first.ok, true, JSON.stringify(first.error));
  assert.deepEqual(first.value.jobs.map((job) => job.made), ["Subject: founder speaking v001", "Rest: founder speaking v001", "Masks: marks"]);
  assert.deepEqual(ae.history.slice(steps), ["Mattewire: jobs of a file"]);
  const layers = stack(ae, "shot");
  assert.equal(run().ok, true);
  assert.deepEqual(stack(ae, "shot"), layers);
});

test("captions and a background by their names", (t) => {
  const held = project(t, [{ ...JOB, captions: ["caption"] }], { project: undefined, save_as: undefined });
  assert.equal(JSON.parse(held.ae.run(`mattewire.runFile(${literal(held.file)})`)).ok, true);
  const swap = project(t, [{ ...JOB, use: "background swap", background_layer: "caption" }], { project: undefined, save_as: undefined });
  assert.equal(JSON.parse(swap.ae.run(`mattewire.runFile(${literal(swap.file)})`)).ok, true);
  assert.deepEqual(stack(swap.ae, "shot").map((one) => one.name), ["Matte: founder speaking v001", "plate", "caption"]);
});

const WRONG = {
  "no JSON": ["{", "bad_field", "", /cannot be read. This is no JSON: at character 1/],
  "another schema": [{ schema: "mattewire.aftereffects.2" }, "bad_field", "schema", /is not mattewire.aftereffects.1/],
  "no jobs": [{ jobs: [] }, "bad_field", "jobs", /no list of jobs/],
  "a project that is a number": [{ project: 7 }, "bad_field", "project", /no text/],
  "a project that is not there": [{ project: "none.aep" }, "frame_missing", "project", /none.aep is not there/],
  "a job that is none": [{ jobs: [JOB, null] }, "bad_field", "jobs[1]", /no job/],
  "no comp": [{ jobs: [{ ...JOB, comp: undefined }] }, "bad_field", "jobs[0].comp", /missing/],
  "no last frame": [{ jobs: [{ ...JOB, last: undefined }] }, "bad_field", "jobs[0].last", /missing/],
  "no splines": [{ jobs: [{ ...JOB, use: "mask paths" }] }, "bad_field", "jobs[0].splines", /missing/],
  "a frame as text": [{ jobs: [{ ...JOB, first: "11" }] }, "bad_field", "jobs[0].first", /no number/],
  "captions as text": [{ jobs: [{ ...JOB, captions: "Title" }] }, "bad_field", "jobs[0].captions", /no list of texts/],
  "a caption as a number": [{ jobs: [{ ...JOB, captions: [1] }] }, "bad_field", "jobs[0].captions", /no list of texts/],
  "an unknown use": [{ jobs: [{ ...JOB, use: "sepia" }] }, "bad_field", "jobs[0].use", /"sepia" is none of: track matte,/],
  "an unknown comp": [{ jobs: [{ ...JOB, comp: "other" }] }, "bad_field", "jobs[0].comp", /no comp "other"/],
  "an unknown layer": [{ jobs: [{ ...JOB, layer: "other" }] }, "bad_field", "jobs[0].layer", /no layer "other" in "shot"/],
  "an unknown caption": [{ jobs: [{ ...JOB, captions: ["caption", "other"] }] }, "bad_field", "jobs[0].captions[1]", /no layer "other"/],
  "mattes that are not there": [{ jobs: [{ ...JOB, mattes: "none.####.png" }] }, "frame_missing", "jobs[0].mattes", /none.0011.png is not there/],
  "a document that is not there": [{ jobs: [{ ...JOB, use: "mask paths", splines: "none.json" }] }, "frame_missing", "jobs[0].splines", /cannot be read/],
};

for (const [name, [changes, code, field, words]] of Object.entries(WRONG))
  test(`said with its field, and nothing saved: ${name}`, (t) => {
    const { file, ae, done, answer } = project(t, [JOB], typeof changes === "string" ? {} : { project: undefined, ...changes });
    if (typeof changes === "string") fs.writeFileSync(file, changes);
    ae.run(`mattewire.runFile(${literal(file)})`);
    const { ok, error } = answer();
    assert.equal(ok, false);
    assert.deepEqual([error.code, error.field], [code, field]);
    assert.match(error.message, words);
    assert.ok(error.advice);
    assert.equal(fs.existsSync(done), false);
  });

test("a job file that is not there", (t) => {
  const { folder, ae } = project(t, [JOB]);
  const missing = path.join(folder, "none.json");
  assert.equal(JSON.parse(ae.run(`mattewire.runFile(${literal(missing)})`)).error.code, "frame_missing");
});

test("the page that describes the file names every field", () => {
  const page = fs.readFileSync(path.join(HOST, "job_file.md"), "utf8");
  const { ae } = open();
  for (let at = 0; at < ae.run("mattewire.JOB_FIELDS.length"); at += 1) {
    const name = ae.run(`mattewire.JOB_FIELDS[${at}][0]`);
    assert.ok(page.includes(`.${name}\``), name);
  }
});
