// What finished mattes can become in the comp: the panel's "Use matte as".

/**
 * @typedef {import("../host/contract.js").Job} Job
 * @typedef {import("./host.js").Host} Host
 *
 * @typedef {object} Use
 * @property {string} name stays the same for ever: it is kept with running jobs
 * @property {string} label
 * @property {string} hint one sentence for the artist
 * @property {(host: Host, job: Job, was: string, options: Record<string, unknown>) => Promise<{name: string, notes: string[]}>} place
 *   `was`: the job whose mattes are replaced; empty for none
 */

/** @type {Use} */
export const TRACK_MATTE = {
  name: "track matte",
  label: "Track matte",
  hint: "The layer is seen through the matte.",
  place: (host, job, was) => (was ? host.call("update", { ...job, was }) : host.call("place", job)),
};

/** In the order of the list. The panel shows the choice where there is more than one. */
export const USES = [TRACK_MATTE];

/** @param {string} name */
export function useOf(name) {
  return USES.find((use) => use.name === name) || TRACK_MATTE;
}
