// What the project keeps of a job, in the comment of its footage, so that its mattes can be updated after the project
// was closed and opened again.

export const SCHEMA = "mattewire.ticket.ae.1";

/** The comment of a footage item holds 15,999 bytes; the host's script puts words of its own around the ticket. */
export const LONGEST = 15000;

/**
 * @typedef {object} Ticket
 * @property {string} job_id
 * @property {import("./wish.js").Request | null} request as handed in; null where it was too long to be kept
 * @property {string} tracked_by the job that tracked the shot, which later finishes refer to
 * @property {string} range what the panel's range was
 */

/**
 * JSON in ASCII. A request that is too long, as with thousands of points, is left out: the job can still be placed
 * again and removed, but an update tracks anew.
 * @param {Ticket} ticket
 */
export function toText(ticket) {
  const text = ascii(JSON.stringify({ schema: SCHEMA, ...ticket }));
  return text.length <= LONGEST ? text : ascii(JSON.stringify({ schema: SCHEMA, ...ticket, request: null }));
}

/**
 * Null when the text is no ticket: of another version, or edited by hand.
 * @param {string} text
 * @returns {Ticket | null}
 */
export function fromText(text) {
  /** @type {any} */
  let tree;
  try {
    tree = JSON.parse(text);
  } catch {
    return null;
  }
  const texts = ["job_id", "tracked_by", "range"];
  if (!tree || tree.schema !== SCHEMA || !texts.every((name) => typeof tree[name] === "string")) return null;
  const { job_id, tracked_by, range } = tree;
  const whole = tree.request && typeof tree.request === "object" && tree.request.plate && Array.isArray(tree.request.out);
  return { job_id, tracked_by, range, request: whole ? tree.request : null };
}

/** @param {string} text */
function ascii(text) {
  return text.replace(/[\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
