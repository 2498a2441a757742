/** After Effects' stand-in for test_host_isolate.py, spoken with: one JSON value a line. Pictures go to files as float RGBA. */
import fs from "node:fs";
import readline from "node:readline";
import { maskPieces } from "../../../hosts/aftereffects_cep/model/mask_pieces.js";
import { open, scene } from "./host_stage.mjs";

let { ae, ask } = open();
let made;

const answers = {
  scene: ({ plate, ...settings }) => {
    ({ ae, ask } = open());
    made = scene(ae, plate, settings);
    return { made, look: ask("look") };
  },
  ask: ({ name, question }) => ask(name, { ...question, layer_id: made.layer }),
  masks: ({ path, on }) => {
    const what = { job_id: "0123456789abcdef", layer_id: made.layer, on, label: "ring" };
    const { begin, pieces } = maskPieces(fs.readFileSync(path, "utf8"), what);
    ask("masks_begin", begin);
    for (const piece of pieces) ask("masks_piece", piece);
    return ask("masks_end", { job_id: what.job_id });
  },
  run: ({ script }) => {
    ae.run(`(function () { var layer = app.project.layerByID(${made.layer}), comp = layer.containingComp; ${script} }())`);
    return null;
  },
  undo: () => ae.undo(),
  /** The plate frame that is shown at each time, or null; the pictures go one after the other into `path`. */
  draw: ({ path, times }) => {
    const pictures = times.map((time) => Buffer.from(ae.picture("shot", time).data.buffer));
    fs.writeFileSync(path, Buffer.concat(pictures));
    return times.map((time) => ae.sourceFrame(ae.app.project.layerByID(made.layer), time)?.number ?? null);
  },
};

setTimeout(() => process.exit(3), 240_000).unref();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [name, question] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(answers[name](question))}\n`);
}
