// What finished mattes can become in the comp: the panel's "Use matte as".

import { maskPieces } from "./mask_pieces.js";

/**
 * @typedef {import("../host/contract.js").Job} Job
 * @typedef {import("../host/contract.js").LayerFacts} LayerFacts
 * @typedef {import("./host.js").Host} Host
 *
 * @typedef {object} Field one more thing to choose for a use; `value` is what it begins with
 * @property {string} name
 * @property {string} label
 * @property {"choice" | "text" | "number"} kind a number is percent, from 0 to 100; empty leaves it as it is
 * @property {string} value
 * @property {string} hint
 * @property {{value: string, label: string}[]} [choices]
 *
 * @typedef {object} Use
 * @property {string} name stays the same for ever: it is kept with running jobs
 * @property {string} label
 * @property {string} hint one sentence for the artist
 * @property {Field[]} fields
 * @property {boolean} [splines] whether the job has to make a document of splines as well
 * @property {string} [kind] of an isolate
 * @property {(host: Host, job: Job, was: string, options: Record<string, unknown>, splines: () => string) =>
 *   Promise<{name: string, notes: string[]}>} place
 *   `was`: the job whose mattes are replaced; empty for none. `splines`: reads the document
 */

/** @type {Use} */
export const TRACK_MATTE = {
  name: "track matte",
  label: "Track matte",
  hint: "The layer is seen through the matte.",
  fields: [],
  place: (host, job, was) => (was ? host.call("update", { ...job, was }) : host.call("place", job)),
};

/** @type {Use} */
const COLOR = {
  name: "color isolate",
  label: "Color isolate",
  kind: "color",
  hint: "The subject keeps its color; an adjustment layer grades all else of the plate.",
  fields: [
    { name: "gray", label: "Gray", kind: "number", value: "", hint: "percent; 100 at first" },
    { name: "darker", label: "Darker", kind: "number", value: "", hint: "percent; 0 at first" },
  ],
  place: (host, job, _was, { gray, darker }) =>
    host.call("isolate", { ...job, kind: "color", ...percent("gray", gray), ...percent("darker", darker) }),
};

/** @type {Use} */
const BACKGROUND = {
  name: "background swap",
  label: "Background swap",
  kind: "background",
  hint: "Another layer or picture stands behind the subject.",
  fields: [{ name: "background", label: "Background", kind: "text", value: "", hint: "name of a layer, or path of a picture or movie" }],
  place: (host, job, _was, { background }) => host.call("isolate", { ...job, kind: "background", background: textOf(background) }),
};

/** @type {Use} */
const CAPTION = {
  name: "caption isolate",
  label: "Caption isolate",
  kind: "caption",
  hint: "Captions stand between background and subject.",
  fields: [
    {
      name: "captions",
      label: "Captions",
      kind: "choice",
      value: "text",
      hint: "which layers go behind the subject",
      choices: [
        { value: "text", label: "All text above the plate" },
        { value: "selected", label: "Layers selected at the end" },
      ],
    },
  ],
  place: (host, job, _was, { captions }) =>
    host.call("isolate", { ...job, kind: "caption", captions: captions === "selected" ? "selected" : "text" }),
};

/** @type {Use} */
const MASKS = {
  name: "mask paths",
  label: "Mask paths",
  hint: "Editable masks with few keyframes, drawn along the mattes.",
  splines: true,
  fields: [
    {
      name: "on",
      label: "Masks on",
      kind: "choice",
      value: "copy",
      hint: "the layer that gets them",
      choices: [
        { value: "copy", label: "A copy above the plate" },
        { value: "plate", label: "The plate" },
      ],
    },
  ],
  place: async (host, job, _was, { on }, splines) => {
    const { job_id, layer_id, label, keep } = job;
    const { begin, pieces } = maskPieces(splines(), { job_id, layer_id, label, keep, on: on === "plate" ? "plate" : "copy" });
    await host.call("masks_begin", begin);
    for (const piece of pieces) await host.call("masks_piece", piece);
    return host.call("masks_end", { job_id });
  },
};

/** In the order of the list. The panel shows the choice where there is more than one. */
export const USES = [TRACK_MATTE, COLOR, BACKGROUND, CAPTION, MASKS];

/** @param {string} name */
export function useOf(name) {
  return USES.find((use) => use.name === name) || TRACK_MATTE;
}

/**
 * The job whose mattes a layer has: its own matte's, else that of an isolate which it belongs to; empty for none.
 * @param {LayerFacts} layer
 */
export function jobOn(layer) {
  const [isolate] = layer.isolates;
  return layer.job_id || (isolate ? isolate.job_id : "");
}

/**
 * What new mattes of a layer are for: as chosen, but an isolate that is there is not left behind for a plain track matte.
 * @param {LayerFacts} layer
 * @param {string} chosen name of a use
 */
export function useAgain(layer, chosen) {
  const [isolate] = layer.isolates;
  if (chosen !== TRACK_MATTE.name || layer.job_id || !isolate) return chosen;
  const found = USES.find((use) => use.kind === isolate.kind);
  return found ? found.name : chosen;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value.trim() : "";
}

/**
 * @param {string} name
 * @param {unknown} value as typed
 */
function percent(name, value) {
  const number = Number(textOf(value));
  return textOf(value) === "" || !Number.isFinite(number) ? {} : { [name]: Math.min(Math.max(number, 0), 100) };
}
