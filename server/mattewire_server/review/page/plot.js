// Scores and areas over the frames, with flags and gaps marked; a click goes there.

const plot = document.getElementById("plot");
const plotting = plot.getContext("2d");
const FLAGS_HEIGHT = 12;
const AXIS_HEIGHT = 14;
const firstFrame = frames[0].frame;
const lastFrame = frames[frames.length - 1].frame;
const span = Math.max(lastFrame - firstFrame, 1);

/** Where a frame stands across the plot, 0..1. One frame alone stands in the middle. */
const acrossOf = (frame) => (frames.length === 1 ? 0.5 : (frame - firstFrame) / span);

/** The knob of the scrubber is so wide; the plot keeps half of it free at either end, so that both agree. */
const KNOB = 16;
const xOf = (frame, width) => KNOB / 2 + acrossOf(frame) * (width - KNOB);

/** The place, in `frames`, of the frame nearest to `x` of the plot's `width`. */
const placeAt = (x, width) => nearestTo(firstFrame + ((x - KNOB / 2) / Math.max(width - KNOB, 1)) * span);

/** The place of the frame nearest to `wanted`, a frame number: a page may hold only some frames. */
function nearestTo(wanted) {
  let nearest = 0;
  frames.forEach((each, place) => {
    if (Math.abs(each.frame - wanted) < Math.abs(frames[nearest].frame - wanted)) nearest = place;
  });
  return nearest;
}

const isMissing = (frame) => frame.mattes.length === 0;
const isFlagged = (frame) => frame.state === "flagged";
const scoreOf = (frame, number) => (number === facts.all ? frame.score : (frame.scores[number] ?? null));
const areaOf = (frame, number) => frame.areas[number] ?? null;

/** The largest area of each object: a small object's jumps are to be seen beside a large one. */
const mostArea = new Map(
  facts.objects.map(({ number }) => [number, Math.max(1e-6, ...frames.map((frame) => areaOf(frame, number) ?? 0))]),
);

/** Draws everything anew. `at`: the place of the frame that is shown; `chosen`: the object whose lines stand out. */
function drawPlot(at, chosen) {
  const [wide, high] = [plot.clientWidth, plot.clientHeight];
  plot.width = Math.round(wide * density());
  plot.height = Math.round(high * density());
  plotting.scale(density(), density());
  plotting.font = "11px system-ui, sans-serif";
  const lane = (high - FLAGS_HEIGHT - AXIS_HEIGHT) / 2;
  const lanes = [
    { top: FLAGS_HEIGHT, of: scoreOf, most: () => 1, name: "score" },
    { top: FLAGS_HEIGHT + lane, of: areaOf, most: (number) => mostArea.get(number), name: `area, to ${(100 * mostArea.get(chosen)).toPrecision(2)} %` },
  ];
  const column = Math.max(2, (wide - KNOB) / (span + 1));
  for (const frame of frames) {
    const x = xOf(frame.frame, wide);
    if (isMissing(frame)) mark(x, column, 0, high - AXIS_HEIGHT, "#5a2018");
    if (isFlagged(frame)) mark(x, column, FLAGS_HEIGHT, high - AXIS_HEIGHT, "#ff8a7522");
    if (isFlagged(frame)) mark(x, Math.max(3, column - 1), 2, FLAGS_HEIGHT - 2, "#ff8a75");
  }
  for (const { top, of, most, name } of lanes) {
    plotting.strokeStyle = "#34373b";
    plotting.strokeRect(KNOB / 2 - 0.5, top + 0.5, wide - KNOB + 1, lane - 1);
    for (const { number } of [...facts.objects].sort((one) => (one.number === chosen ? 1 : -1)))
      line(number, (frame) => of(frame, number), top + 3, lane - 6, most(number), wide, number === chosen);
    plotting.fillStyle = "#101113cc";
    plotting.fillRect(KNOB / 2 + 2, top + lane - 15, plotting.measureText(name).width + 6, 13);
    plotting.fillStyle = "#b5b3af";
    plotting.fillText(name, KNOB / 2 + 5, top + lane - 5);
  }
  labels(wide, high);
  const x = Math.round(xOf(frames[at].frame, wide));
  mark(x, 1.5, 0, high - AXIS_HEIGHT, "#fff");
}

function mark(x, width, top, bottom, color) {
  plotting.fillStyle = color;
  plotting.fillRect(x - width / 2, top, width, bottom - top);
}

/** One object's line, broken where a frame has no value. */
function line(number, valueOf, top, height, most, wide, chosen) {
  const [r, g, b] = colorOf(facts.objects.findIndex((one) => one.number === number));
  plotting.strokeStyle = `rgba(${r}, ${g}, ${b}, ${chosen ? 1 : 0.45})`;
  plotting.fillStyle = plotting.strokeStyle;
  plotting.lineWidth = chosen ? 1.75 : 1;
  plotting.beginPath();
  let open = false;
  frames.forEach((frame, place) => {
    const value = isMissing(frame) ? null : valueOf(frame);
    if (value === null) {
      open = false;
      return;
    }
    const [x, y] = [xOf(frame.frame, wide), top + height * (1 - value / most)];
    if (open) plotting.lineTo(x, y);
    else plotting.moveTo(x, y);
    const next = frames[place + 1];
    if (!open && (!next || isMissing(next) || valueOf(next) === null)) plotting.fillRect(x - 1.5, y - 1.5, 3, 3);
    open = true;
  });
  plotting.stroke();
  plotting.lineWidth = 1;
}

/** Frame numbers under the plot, as many as find room. */
function labels(wide, high) {
  plotting.fillStyle = "#b5b3af";
  plotting.textAlign = "center";
  const room = Math.max(2, Math.floor(wide / 90));
  const step = [1, 2, 5].flatMap((n) => [n, 10 * n, 100 * n, 1000 * n, 1e4 * n]).sort((a, b) => a - b).find((n) => span / n < room) ?? span;
  for (let frame = Math.ceil(firstFrame / step) * step; frame <= lastFrame; frame += step) {
    const x = Math.min(Math.max(xOf(frame, wide), 16), wide - 16);
    plotting.fillText(String(frame), x, high - 3);
  }
  plotting.textAlign = "left";
}

/** What the plot shows, in words, for those who do not see it. */
function plotInWords() {
  const scores = frames.map((frame) => frame.score).filter((score) => score !== null);
  const range = scores.length ? `scores ${Math.min(...scores).toFixed(2)} to ${Math.max(...scores).toFixed(2)}` : "no scores";
  return `Frames ${firstFrame} to ${lastFrame}: ${range}, ${frames.filter(isFlagged).length} flagged, ${frames.filter(isMissing).length} without a matte`;
}
