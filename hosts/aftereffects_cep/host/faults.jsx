/** Errors as data: a code of protocol/SPEC.md, what happened, the field at fault and the way out. */

/**
 * @typedef {Object} Fault
 * @property {boolean} mattewire always true: told apart from what After Effects throws
 * @property {string} code
 * @property {string} message
 * @property {string} field
 * @property {string} advice
 * @property {boolean} render drawing the layer into files first is a way out
 * @property {string} keep "masks" or "effects" where the artist may go on all the same; else empty
 */

/**
 * Something to throw that the artist can act on.
 * @param {string} code
 * @param {string} field
 * @param {string} message
 * @param {string} advice
 * @returns {Fault}
 */
mattewire.fault = function (code, field, message, advice) {
  return { mattewire: true, code: code, message: message, field: field, advice: advice, render: false, keep: "" };
};

/**
 * The same for a layer that shows something else than the pixels of its file.
 * @param {string} message
 * @param {string} advice
 * @param {string} keep
 * @returns {Fault}
 */
mattewire.notItsFile = function (message, advice, keep) {
  var made = mattewire.fault("bad_field", "layer", message, advice);
  made.render = true;
  made.keep = keep;
  return made;
};

/**
 * Whatever was thrown, as data.
 * @param {any} problem
 * @returns {Fault}
 */
mattewire.told = function (problem) {
  var words, where;
  if (problem && problem.mattewire === true) {
    return problem;
  }
  words = problem && problem.message ? problem.message : String(problem);
  where = problem && problem.line ? " Line " + problem.line + "." : "";
  return mattewire.fault(
    "internal_error",
    "",
    "After Effects said: " + words + (/[.!?]$/.test(words) ? "" : ".") + where,
    "Undo, try again, and send these words with your question if it stays."
  );
};
