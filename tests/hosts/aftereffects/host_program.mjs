/**
 * After Effects' stand-in with the panel's scripts, spoken with: one JSON value a line. The plate is that of
 * test_host_end_to_end.py, a ball that moves along above a row of bits that say the frame's number.
 */
import readline from "node:readline";
import { open, scene } from "./host_stage.mjs";

let { ae, ask } = open();
let made;

/** The frame numbers that comp frames show: of the plate by its bits, of the matte by where its middle is. */
function numbers({ frames, fps, first, from, step, bits }) {
  return frames.map((k) => {
    const bare = ae.picture("bare", k / fps);
    const matted = ae.picture("shot", k / fps);
    const { width, height } = bare;
    let plate = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const at = ((height - 3) * width + bit * (width / bits) + width / bits / 2) * 4;
      if (bare.data[at] > 0.5) plate |= 1 << bit;
    }
    const seen = bare.data[((height - 3) * width + 2) * 4 + 3] > 0.5;
    let sum = 0;
    let across = 0;
    for (let at = 0; at < width * height; at += 1) {
      const alpha = matted.data[at * 4 + 3];
      sum += alpha;
      across += alpha * ((at % width) + 0.5);
    }
    const exact = first + (across / sum - from) / step;
    const through = sum > 20;
    return {
      plate: seen ? plate : null,
      matte: through ? Math.round(exact) : null,
      off: through ? Math.abs(exact - Math.round(exact)) : 0,
    };
  });
}

const answers = {
  scene: ({ plate, ...settings }) => {
    ({ ae, ask } = open());
    made = scene(ae, plate, settings);
    return { made, look: ask("look") };
  },
  place: (job) => {
    const placed = ask("place", { ...job, layer_id: made.layer });
    ae.run(`(function () {
      var bare = app.project.itemByID(${made.comp}).duplicate(), i;
      bare.name = "bare";
      for (i = 1; i <= bare.numLayers; i += 1) { bare.layer(i).removeTrackMatte(); }
    }())`);
    const { mainSource } = ae.app.project.itemByID(placed.item_id);
    return { ...placed, straight: mainSource.alphaMode === ae.run("AlphaMode.STRAIGHT") };
  },
  numbers,
  ask: ({ name, question }) => ask(name, question),
};

setTimeout(() => process.exit(3), 240_000).unref();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [name, question] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(answers[name](question))}\n`);
}
