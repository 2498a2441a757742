/** The self-test's part in After Effects, and the commands as the contract lists them. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readPng } from "./fake_ae/index.mjs";
import { folderFor, HEIGHT, HOST, jobFor, open, read, sequence, WIDTH } from "./host_stage.mjs";

const FIRST = 1001;
const LAST = 1008;

test("every command of the contract is there, and no other", () => {
  const { ae } = open();
  const body = /interface Commands \{([^]*?)\n\}/.exec(fs.readFileSync(path.join(HOST, "contract.d.ts"), "utf8"))[1];
  const listed = [...body.matchAll(/^ {2}(\w+)\(/gm)].map((found) => found[1]);
  const there = JSON.parse(
    ae.run(`(function () {
      var names = [], name;
      for (name in mattewire.commands) { if (typeof mattewire.commands[name] === "function") { names.push(name); } }
      return mattewire.json.write(names);
    }())`),
  );
  assert.deepEqual(there.sort(), listed.sort());
});

test("the self-test: its comp, what became of the mattes, a picture, and nothing left behind", (t) => {
  const folder = folderFor(t);
  const { ae, ask } = open();
  const before = ae.state();
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const begun = ask("selftest_begin", { path: plate, first: FIRST, last: LAST, fps: 25, width: WIDTH, height: HEIGHT });
  const look = ask("look");
  assert.deepEqual([look.layer.id, look.comp.id], [begun.layer_id, begun.comp_id]);
  assert.deepEqual(look.ranges.comp.plate, { first: FIRST, last: LAST });

  const job = jobFor(begun.layer_id, sequence(path.join(folder, "matte"), "matte", FIRST, LAST), FIRST, LAST);
  assert.deepEqual(ask("selftest_check", { comp_id: begun.comp_id, job_id: job.job_id }).map((step) => step.ok), [false]);
  ask("place", job);
  const steps = ask("selftest_check", { comp_id: begun.comp_id, job_id: job.job_id });
  assert.deepEqual(steps.map((step) => step.name), ["track matte", "order", "alpha", "rate", "timing", "follows"]);
  for (const step of steps) assert.ok(step.ok, step.words);

  const file = path.join(folder, "seen.png");
  ask("selftest_picture", { comp_id: begun.comp_id, plate_frame: 1005, path: file });
  assert.deepEqual(read(readPng(file)), { seen: true, plate: 1005, matte: 1005 });

  ask("selftest_end", { comp_id: begun.comp_id });
  const { active, ...rest } = ae.state();
  assert.equal(ae.app.project.numItems, 0);
  assert.deepEqual(rest, (({ active: _, ...others }) => others)(before));
  assert.notEqual(active, undefined);
});

test("the self-test sees what is wrong", (t) => {
  const folder = folderFor(t);
  const plate = sequence(path.join(folder, "plate"), "plate", FIRST, LAST);
  const wrong = {
    order: "matte.moveToEnd(); plate.moveToEnd(); matte.moveToBeginning(); comp.layers.addNull().moveAfter(matte);",
    alpha: "matte.source.mainSource.alphaMode = AlphaMode.PREMULTIPLIED;",
    rate: "matte.source.mainSource.conformFrameRate = 24;",
    timing: "matte.startTime += 0.04;",
    follows: "matte.parent = null;",
    "track matte": "plate.setTrackMatte(matte, TrackMatteType.LUMA);",
  };
  for (const [name, script] of Object.entries(wrong)) {
    const { ae, ask } = open();
    const begun = ask("selftest_begin", { path: plate, first: FIRST, last: LAST, fps: 25, width: WIDTH, height: HEIGHT });
    const job = jobFor(begun.layer_id, sequence(path.join(folder, name), "matte", FIRST, LAST), FIRST, LAST);
    ask("place", job);
    ae.run(`(function () { var comp = app.project.activeItem, matte = comp.layer(1), plate = comp.layer(2); ${script} }())`);
    const failed = ask("selftest_check", { comp_id: begun.comp_id, job_id: job.job_id }).filter((step) => !step.ok);
    assert.ok(failed.some((step) => step.name === name), `${name}: ${JSON.stringify(failed)}`);
  }
});

test("an After Effects that saves no pictures for scripts says so", (t) => {
  const plate = sequence(path.join(folderFor(t), "plate"), "plate", FIRST, LAST);
  const { ask, fault } = open({ version: "23.0" });
  const begun = ask("selftest_begin", { path: plate, first: FIRST, last: LAST, fps: 25, width: WIDTH, height: HEIGHT });
  assert.equal(fault("selftest_picture", { comp_id: begun.comp_id, plate_frame: 1005, path: "/tmp/never.png" }).code, "unknown_format");
  ask("selftest_end", begun);
  assert.match(fault("selftest_check", { comp_id: begun.comp_id, job_id: "x" }).message, /is gone/);
});
