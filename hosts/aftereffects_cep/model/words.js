// What the panel says: an error as a dialog, phrases as they are typed, a job in one line. The same words as in the
// panels of Nuke and Blender (mattewire_panel.words).

export const START = "Start daemon";
export const RETRY = "Try again";
export const TRACK = "Track again";
export const VERSION_UP = "Next version";

/**
 * An error as data: of the daemon, of the client, or of After Effects.
 * @typedef {{code: string, message: string, field?: string, advice?: string, retryable?: boolean}} Problem
 * @typedef {{title: string, text: string, details: string, button: string}} Dialog
 */

/** @type {Record<string, string>} */
const FIELDS = {
  prompts: "What to mask",
  exclude: "Leave out",
  boxes: "Boxes",
  points: "Points",
  plate: "Plate",
  out: "Output",
  keyframe: "Keyframe",
  first: "First frame",
  last: "Last frame",
  ocio: "OCIO config",
  engine: "Engine",
  pick: "Pick",
  names: "Names",
  clean_up: "Clean-up",
  shapes: "Garbage mattes and holdouts",
};

/**
 * The dialog for an error: what happened, why, and the way out.
 * @param {Problem} problem
 * @param {string} doing what the artist had asked for, as the title
 * @returns {Dialog} `button`: what helps at once; empty when nothing does
 */
export function dialog(problem, doing = "Mattewire") {
  const field = problem.field || "";
  const advice = problem.advice || "";
  const where = fieldLabel(field);
  const message = where ? `${where}: ${problem.message}` : problem.message;
  let text = advice && advice !== problem.message ? `${message}\n\n${advice}` : message;
  if (problem.code === "wrong_protocol") {
    text = "The panel and the daemon are of different Mattewire versions. Update the older one, then restart both.";
  }
  const details = [problem.code, field, problem.message, advice].join("\n").trim();
  return { title: doing, text, details, button: buttonFor(problem) };
}

/** @param {Problem} problem */
function buttonFor(problem) {
  if (problem.code === "daemon_unreachable") return START;
  if (problem.code === "not_kept") return TRACK;
  if (problem.code === "output_exists") return VERSION_UP;
  return problem.retryable && problem.code !== "install_incomplete" ? RETRY : "";
}

/**
 * A field's path in the panel's words: `request.boxes[2].x1` -> `Boxes`; empty for one it does not show.
 * @param {string} field
 */
export function fieldLabel(field) {
  const first = field.split(/[.[\]]+/).filter((part) => part && part !== "request")[0];
  return (first && Object.prototype.hasOwnProperty.call(FIELDS, first) && FIELDS[first]) || "";
}

/**
 * Phrases as artists type them: one a line, or with commas or semicolons between; each once, in order.
 * @param {string} text
 * @returns {string[]}
 */
export function phrases(text) {
  const found = text.split(/[\n;,]/).map((part) => part.split(/\s+/).filter(Boolean).join(" "));
  return [...new Set(found.filter(Boolean))];
}

/**
 * `8 s`, `2 min 05 s`, `1 h 03 min`.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/**
 * Bytes as `1.5 GB` or `320 MB`.
 * @param {number} count
 */
export function size(count) {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${(count / 1e6).toFixed(0)} MB`;
}

/**
 * `1 frame`, `2 frames`.
 * @param {number} number
 * @param {string} one
 * @param {string} many
 */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}
