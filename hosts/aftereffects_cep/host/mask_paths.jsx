/**
 * Editable mask paths from the daemon's splines (protocol/SPEC.md, `mattewire.splines.1`).
 *
 * Mask paths are counted in the layer's own pixels, which for footage are the plate's: the numbers of the document stand in
 * the masks as they are. Its keys are plate frames. Where the layer shows one plate frame for each comp frame, forward or
 * backward, each key lies at the comp frame that shows it and the masks stay sparse; between keys After Effects moves every
 * number on a straight line, which is what the splines were fitted for. Where frames are repeated or left out, a mask that
 * moves on would run away from the picture: it has a key that holds for every plate frame then.
 *
 * Keys come in pieces, so that no call takes long, and are written into the layer by the last call, as one undo step.
 */

/** @typedef {{frame: number, shape: Shape}} MaskKey */
/** @typedef {{object: number, hole: boolean, first: number, last: number, keys: MaskKey[]}} MaskSpline */

/** x, y, and the handles that come in and go out, relative to the point. */
mattewire.NUMBERS = 6;

/** Outlines of the objects, one after the other; the mask colors of After Effects' own labels are close to these. */
mattewire.OUTLINES = [[0.9, 0.85, 0.2], [0.2, 0.75, 0.85], [0.9, 0.35, 0.65], [0.45, 0.8, 0.35], [0.95, 0.55, 0.2], [0.55, 0.5, 0.95]];

/**
 * What came in so far, by job.
 * @type {{[job_id: string]: {question: import("../host/contract").MasksQuestion, splines: MaskSpline[], keys: number}}}
 */
mattewire.drafts = {};

/**
 * Command: begins the masks of a job; nothing is changed. A begun one of the same job is forgotten.
 * @param {import("../host/contract").MasksQuestion} question
 */
mattewire.masksBegin = function (question) {
  mattewire.mustTakeMasks(question);
  mattewire.drafts[question.job_id] = { question: question, splines: [], keys: 0 };
  return { keys: 0 };
};

/**
 * The plate that masks are for. Throws where they would not lie on it.
 * @param {import("../host/contract").MasksQuestion} question
 */
mattewire.mustTakeMasks = function (question) {
  var found = mattewire.plateAt(question.layer_id, question.on === "copy" ? ["masks", "effects"] : question.keep || []), plate = found.layer;
  if (plate.locked) {
    throw mattewire.fault("bad_field", "layer", '"' + plate.name + '" is locked.', "Unlock it, then make the masks again.");
  }
  if (question.width !== found.item.width || question.height !== found.item.height) {
    throw mattewire.fault(
      "bad_field",
      "splines",
      "The splines are of a plate of " + question.width + " x " + question.height + ", " + plate.name + " is " + found.item.width + " x " + found.item.height + ".",
      "Make them from the mattes of this plate."
    );
  }
  if (question.on !== "copy" && mattewire.cuttingMasks(plate).length) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      '"' + plate.name + '" has masks of its own, which would add to these: ' + mattewire.cuttingMasks(plate).join(", ") + ".",
      "Put the masks on a copy of the layer, or set those to None."
    );
  }
  if (found.timing.last < found.timing.first) {
    throw mattewire.fault("range_outside_plate", "layer", '"' + plate.name + '" is not seen in its comp.', "Move it into the comp's time.");
  }
  return found;
};

/** @param {string} job_id */
mattewire.draftOf = function (job_id) {
  if (!mattewire.drafts.hasOwnProperty(job_id)) {
    throw mattewire.fault("unknown_job", "job_id", "No masks of this job were begun.", "Make the masks again.");
  }
  return mattewire.drafts[job_id];
};

/**
 * Command: some keys of some splines, in drawing order. A spline's keys may come in several pieces, by rising frame.
 * @param {import("../host/contract").MasksPiece} question
 */
mattewire.masksPiece = function (question) {
  var draft = mattewire.draftOf(question.job_id), i, k, given, spline;
  for (i = 0; i < question.splines.length; i += 1) {
    given = question.splines[i];
    if (given.at !== draft.splines.length - 1) {
      if (given.at !== draft.splines.length || given.last < given.first) {
        throw mattewire.badSpline(given.at, "it is out of its order");
      }
      draft.splines.push({ object: given.object, hole: given.hole, first: given.first, last: given.last, keys: [] });
    }
    spline = draft.splines[given.at];
    for (k = 0; k < given.keys.length; k += 1) {
      mattewire.addKey(spline, given.at, given.keys[k]);
      draft.keys += 1;
    }
  }
  return { keys: draft.keys };
};

/** @param {number} at @param {string} why */
mattewire.badSpline = function (at, why) {
  return mattewire.fault("bad_field", "splines[" + at + "]", "The splines cannot be read: " + why + ".", "Make them again from the mattes.");
};

/**
 * @param {MaskSpline} spline
 * @param {number} at
 * @param {{frame: number, points: string}} key
 */
mattewire.addKey = function (spline, at, key) {
  var shape = mattewire.shapeOf(key.points), before = spline.keys.length ? spline.keys[spline.keys.length - 1] : null;
  if (!shape) {
    throw mattewire.badSpline(at, "a point has " + mattewire.NUMBERS + " numbers");
  }
  if (before && (before.frame >= key.frame || before.shape.vertices.length !== shape.vertices.length)) {
    throw mattewire.badSpline(at, "its keys are out of order, or have unlike numbers of points");
  }
  spline.keys.push({ frame: key.frame, shape: shape });
};

/**
 * @param {string} points numbers with commas between
 * @returns {Shape|null}
 */
mattewire.shapeOf = function (points) {
  var words = points.split(","), made = mattewire.newShape(), i;
  /** @type {number[]} */
  var n = [];
  for (i = 0; i < words.length; i += 1) {
    n.push(Number(words[i]));
    if (!isFinite(n[i]) || words[i] === "") {
      return null;
    }
  }
  if (n.length % mattewire.NUMBERS) {
    return null;
  }
  for (i = 0; i < n.length; i += mattewire.NUMBERS) {
    made.vertices.push([n[i], n[i + 1]]);
    made.inTangents.push([n[i + 2], n[i + 3]]);
    made.outTangents.push([n[i + 4], n[i + 5]]);
  }
  return mattewire.toShape(made);
};

/** @typedef {{vertices: Array<[number, number]>, inTangents: Array<[number, number]>, outTangents: Array<[number, number]>}} Points */

/** Lists first: a Shape hands out copies of its own. */
mattewire.newShape = function () {
  /** @type {Points} */
  var lists = { vertices: [], inTangents: [], outTangents: [] };
  return lists;
};

/** @param {Points} lists */
mattewire.toShape = function (lists) {
  var shape = new Shape();
  shape.closed = true;
  shape.vertices = lists.vertices;
  shape.inTangents = lists.inTangents;
  shape.outTangents = lists.outTangents;
  return shape;
};

/**
 * Command: writes the masks of a job into its layer, in place of those that Mattewire has made there before. One undo step.
 * @param {{job_id: string}} question
 * @returns {import("../host/contract").Masked}
 */
mattewire.masksEnd = function (question) {
  var draft = mattewire.draftOf(question.job_id), asked = draft.question, found = mattewire.mustTakeMasks(asked), plate = found.layer;
  var pace = Math.abs(Math.abs(found.timing.rate) - 1) < 1e-9 && found.files.loop === 1 ? 1 : 0, i;
  if (!draft.splines.length) {
    throw mattewire.fault("bad_field", "splines", "There are no outlines in these mattes.", "Pull the mattes again: they are empty.");
  }
  for (i = 0; i < draft.splines.length; i += 1) {
    if (!draft.splines[i].keys.length) {
      throw mattewire.badSpline(i, "it has no key");
    }
  }
  delete mattewire.drafts[question.job_id];
  return mattewire.step("masks of " + (asked.label || plate.name), found.comp, function (onFail) {
    var layer = asked.on === "copy" ? mattewire.maskCopy(asked, found, onFail) : plate;
    var parade = /** @type {any} */ (layer.property("ADBE Mask Parade")), before = parade.numProperties, masks = 0, keys = 0, k;
    onFail(function () {
      var all = /** @type {any} */ (layer.property("ADBE Mask Parade"));
      while (all.numProperties > before) {
        all.property(all.numProperties).remove();
      }
    });
    for (k = 0; k < draft.splines.length; k += 1) {
      if (masks || !draft.splines[k].hole) { // a hole in nothing; as the first mask it would take from the whole layer
        keys += mattewire.addMask(layer, draft.splines[k], asked, found, pace);
        masks += 1;
      }
    }
    mattewire.dropMasks(layer, before); // last: they cannot be put back
    if (!pace) {
      found.notes.push("The layer does not show its frames one by one: the masks have a key for every plate frame.");
    }
    return { layer_id: layer.id, plate_layer_id: plate.id, name: layer.name, masks: masks, keys: keys, notes: found.notes };
  });
};

/**
 * The copy of the plate that masks go to: the one that is there, or a new one above the plate without masks of its own.
 * @param {import("../host/contract").MasksQuestion} question
 * @param {FoundPlate} found
 * @param {(back: () => void) => void} onFail
 */
mattewire.maskCopy = function (question, found, onFail) {
  var plate = found.layer, layer = mattewire.copyWithMasks(plate), title = "Masks: " + (question.label || "marks");
  if (layer) {
    mattewire.rememberTime(layer, onFail);
    mattewire.sameTime(layer, plate);
    return layer;
  }
  layer = mattewire.subjectOf(plate, title.length > 60 ? title.substring(0, 57) + "..." : title, [], found.notes, onFail);
  mattewire.empty(layer.property("ADBE Mask Parade"));
  layer.label = mattewire.LABEL;
  layer.comment = mattewire.ISOLATE + "masks " + plate.id;
  return layer;
};

/**
 * @param {AVLayer} plate
 * @returns {AVLayer|null}
 */
mattewire.copyWithMasks = function (plate) {
  var comp = plate.containingComp, i, layer;
  for (i = 1; i <= comp.numLayers; i += 1) {
    layer = comp.layer(i);
    if (layer instanceof AVLayer && layer.comment === mattewire.ISOLATE + "masks " + plate.id) {
      return layer;
    }
  }
  return null;
};

/**
 * Removes Mattewire's masks.
 * @param {AVLayer} layer
 * @param {number} count of the masks that are looked at, from the first
 * @returns {number} how many were removed
 */
mattewire.dropMasks = function (layer, count) {
  var parade = /** @type {any} */ (layer.property("ADBE Mask Parade")), i, gone = 0;
  for (i = count; i > 0; i -= 1) {
    if (parade.property(i).name.indexOf(mattewire.OWN + " ") === 0) {
      parade.property(i).remove();
      gone += 1;
    }
  }
  return gone;
};

/**
 * Command: takes Mattewire's masks off a layer, and the copy of a plate that was made for them. One undo step.
 * @param {{layer_id: number}} question
 */
mattewire.masksRemove = function (question) {
  var layer = /** @type {AVLayer} */ (mattewire.chosenLayer(question.layer_id)), copy = mattewire.copyWithMasks(layer);
  if (layer.comment.indexOf(mattewire.ISOLATE + "masks ") === 0) {
    copy = layer;
  }
  return mattewire.step("remove masks", layer.containingComp, function () {
    var masks = mattewire.dropMasks(layer, /** @type {any} */ (layer.property("ADBE Mask Parade")).numProperties), layers = copy ? 1 : 0;
    if (copy) {
      masks = copy.id === layer.id ? masks : masks + /** @type {any} */ (copy.property("ADBE Mask Parade")).numProperties;
      copy.locked = false;
      copy.remove();
    }
    if (!masks && !layers) {
      throw mattewire.fault("unknown_job", "layer", '"' + layer.name + '" has no masks of Mattewire.', "Select the layer that has them.");
    }
    return { masks: masks, layers: layers };
  });
};
