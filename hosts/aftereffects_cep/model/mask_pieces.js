// A document of splines (protocol/SPEC.md, `mattewire.splines.1`) as questions to After Effects: short ones, one after the
// other, so that its own thread is never held for long.

import { BadWish } from "./wish.js";

/**
 * @typedef {import("../host/contract.js").MasksQuestion} MasksQuestion
 * @typedef {import("../host/contract.js").MasksPiece} MasksPiece
 */

const SCHEMA = "mattewire.splines.1";

/** Points in one piece: some 30 kB of text. */
const MOST = 600;

/**
 * @param {string} text the document
 * @param {Pick<MasksQuestion, "job_id" | "layer_id" | "on" | "label" | "keep">} what
 * @param {number} most points in one piece; a key is never cut in two
 * @returns {{begin: MasksQuestion, pieces: MasksPiece[]}}
 * @throws {BadWish} when it is no such document
 */
export function maskPieces(text, what, most = MOST) {
  try {
    const tree = JSON.parse(text);
    if (tree.schema !== SCHEMA) throw new Error(`it is a ${tree.schema}, not a ${SCHEMA}`);
    const objects = tree.objects.map((/** @type {any} */ { object, name }) => ({ object, name }));
    return {
      begin: { ...what, width: tree.width, height: tree.height, objects },
      pieces: pieces(tree.splines, what.job_id, most),
    };
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : String(problem);
    throw new BadWish(`These splines cannot be read: ${why}.`, "splines", "Make them again from the mattes.");
  }
}

/**
 * @param {any[]} splines
 * @param {string} jobId
 * @param {number} most
 */
function pieces(splines, jobId, most) {
  /** @type {MasksPiece[]} */
  const made = [];
  let room = 0;
  splines.forEach(({ object, hole, first, last, keys }, at) => {
    for (const { frame, points } of keys) {
      if (made.length === 0 || room < points.length) {
        made.push({ job_id: jobId, splines: [] });
        room = most;
      }
      room -= points.length;
      const piece = /** @type {MasksPiece} */ (made[made.length - 1]);
      const open = piece.splines[piece.splines.length - 1];
      const key = { frame, points: points.flat().map(rounded).join(",") };
      if (open && open.at === at) open.keys.push(key);
      else piece.splines.push({ at, object, hole, first, last, keys: [key] });
    }
  });
  return made;
}

/**
 * A thousandth of a pixel is enough for an outline, and is half the text.
 * @param {number} value
 */
function rounded(value) {
  if (!Number.isFinite(value)) throw new Error("a number is missing");
  return Number(value.toFixed(3));
}
