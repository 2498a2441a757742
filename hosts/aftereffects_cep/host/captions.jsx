/** Which layers go behind the subject, what stands in the way of it, and the order of the layers. */

/**
 * The layers that a caption isolate puts behind the subject, from the top: those that are named by id, the selected ones,
 * or all text above the plate while it is seen. Where text is the matte of another layer, that one. Throws for what would
 * not look right; changes nothing.
 * @param {IsolateQuestion} question
 * @param {FoundPlate} found
 * @param {Isolate|null} there one that is renewed: without a choice the artist's order stays
 * @returns {{layers: AVLayer[], adjustments: AVLayer[]}} adjustment layers between plate and captions, from the bottom
 */
mattewire.captionsFor = function (question, found, there) {
  var plate = found.layer, comp = found.comp, ids = question.caption_layer_ids || [], chosen = ids.length > 0 || question.captions === "selected";
  var i, layer, highest;
  /** @type {AVLayer[]} */
  var layers = [];
  mattewire.mustTakeCaptions(plate);
  if (there && !chosen) {
    return { layers: [], adjustments: [] };
  }
  for (i = 1; i <= comp.numLayers; i += 1) {
    layer = comp.layer(i);
    if (layer.id !== plate.id && !mattewire.isOurs(layer)) {
      if (ids.length ? mattewire.has(ids, layer.id) : (chosen ? layer.selected : mattewire.isCaption(layer, plate))) {
        mattewire.addCaption(layers, layer, plate);
      }
    }
  }
  if (!layers.length) {
    throw mattewire.fault(
      "bad_field",
      "captions",
      chosen ? "No caption is selected." : 'No text lies above "' + plate.name + '" while it is seen.',
      chosen ? "Select the captions together with the plate." : "Lay the captions above the plate, or select them together with it."
    );
  }
  layers.sort(function (one, other) {
    return one.index - other.index;
  });
  highest = layers[0];
  return { layers: layers, adjustments: there ? [] : mattewire.adjustmentsBetween(plate, highest) };
};

/**
 * Layers that Mattewire has made.
 * @param {Layer} layer
 */
mattewire.isOurs = function (layer) {
  return layer.comment.indexOf(mattewire.MARK) === 0 || layer.comment.indexOf(mattewire.ISOLATE) === 0;
};

/**
 * Text above the plate that is seen, itself or as a matte, while the plate is.
 * @param {Layer} layer
 * @param {AVLayer} plate
 */
mattewire.isCaption = function (layer, plate) {
  return (
    layer instanceof TextLayer && layer.index < plate.index && mattewire.overlap(layer, plate) && (layer.enabled || layer.isTrackMatte)
  );
};

/** @param {Layer} one @param {Layer} other */
mattewire.overlap = function (one, other) {
  return (
    Math.min(one.inPoint, one.outPoint) < Math.max(other.inPoint, other.outPoint) &&
    Math.min(other.inPoint, other.outPoint) < Math.max(one.inPoint, one.outPoint)
  );
};

/**
 * Adds a caption, or the layers that are seen through it.
 * @param {AVLayer[]} layers
 * @param {Layer} layer
 * @param {AVLayer} plate
 */
mattewire.addCaption = function (layers, layer, plate) {
  var users, i;
  if (!mattewire.isPicture(layer) || layer.nullLayer) {
    throw mattewire.fault("bad_field", "captions", '"' + layer.name + '" has no picture.', "Select captions only, and the plate.");
  }
  if (plate.threeDLayer && layer.threeDLayer) {
    throw mattewire.fault(
      "bad_field",
      "captions",
      '"' + layer.name + '" and the plate are both 3D layers: After Effects draws them by their depth, not by their order.',
      "Turn the caption's 3D off, or precompose it, then make the isolate again."
    );
  }
  users = mattewire.seenThrough(layer);
  for (i = 0; i < users.length; i += 1) {
    if (users[i].id !== plate.id && !mattewire.isOurs(users[i])) {
      mattewire.addCaption(layers, users[i], plate);
    }
  }
  if ((layer.enabled || !users.length) && !mattewire.holds(layers, layer)) {
    layers.push(layer);
  }
};

/**
 * Throws where a copy of the plate above its captions would not look like the plate.
 * @param {AVLayer} plate
 */
mattewire.mustTakeCaptions = function (plate) {
  if (plate.blendingMode !== BlendingMode.NORMAL) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      '"' + plate.name + '" has a blending mode: its subject would be blended twice.',
      "Set its mode to Normal, or precompose it with the layers beneath."
    );
  }
  if (mattewire.isolateOf(plate, "background")) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      'The background of "' + plate.name + '" was swapped, so that only the subject is left of it.',
      "Drag the captions below it in the timeline: they are behind the subject then."
    );
  }
};

/**
 * Adjustment layers that change the plate and would not change the subject, because it goes above them.
 * @param {AVLayer} plate
 * @param {Layer} highest
 */
mattewire.adjustmentsBetween = function (plate, highest) {
  var comp = plate.containingComp, i, layer;
  /** @type {AVLayer[]} */
  var made = [];
  for (i = plate.index - 1; i > highest.index; i -= 1) {
    layer = comp.layer(i);
    if (mattewire.isPicture(layer) && layer.adjustmentLayer && layer.enabled && !mattewire.isOurs(layer) && mattewire.overlap(layer, plate)) {
      mattewire.mustBePlain(layer, plate);
      made.push(layer);
    }
  }
  return made;
};

/**
 * Throws unless the effects of an adjustment layer do the same to a copy of the plate as to what lies beneath.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 */
mattewire.mustBePlain = function (layer, plate) {
  var effects = mattewire.effectsOf(layer), why = "", i, k, effect;
  var opacity = mattewire.transformOf(layer, "ADBE Opacity");
  if (opacity.isTimeVarying || opacity.value !== 100 || layer.blendingMode !== BlendingMode.NORMAL) {
    why = "is see-through or has a blending mode";
  } else if (layer.hasTrackMatte || mattewire.cuttingMasks(layer).length || !mattewire.covers(layer)) {
    why = "does not cover the whole comp";
  } else if (
    Math.min(layer.inPoint, layer.outPoint) > Math.max(Math.min(plate.inPoint, plate.outPoint), 0) ||
    Math.max(layer.inPoint, layer.outPoint) < Math.min(Math.max(plate.inPoint, plate.outPoint), plate.containingComp.duration)
  ) {
    why = "is shorter than the plate";
  }
  for (i = 1; i <= effects.numProperties && layer.effectsActive; i += 1) {
    effect = effects.property(i);
    if (effect.enabled && (!mattewire.has(mattewire.STILL_EFFECTS, effect.matchName) || mattewire.has(mattewire.NOT_BY_PIXEL, effect.matchName))) {
      why = "has " + effect.name + ", which is more than a change of color";
    }
    for (k = 1; effect.enabled && k <= effect.numProperties; k += 1) {
      if (effect.property(k).propertyValueType === PropertyValueType.CUSTOM_VALUE && effect.property(k).isModified) {
        why = "has " + effect.name + ", which a script cannot copy";
      }
    }
  }
  if (why) {
    throw mattewire.fault(
      "bad_field",
      "captions",
      'The adjustment layer "' + layer.name + '" lies between plate and captions and ' + why + ": the subject in front would not get it.",
      "Move it above the captions, or precompose it with the plate."
    );
  }
};

/**
 * Whether a layer without movement covers its comp.
 * @param {AVLayer} layer
 */
mattewire.covers = function (layer) {
  var comp = layer.containingComp, anchor = mattewire.transformOf(layer, "ADBE Anchor Point").value, i, property;
  var place = mattewire.transformOf(layer, "ADBE Position").value, scale = mattewire.transformOf(layer, "ADBE Scale").value;
  for (i = 0; i < mattewire.MOVES.length; i += 1) {
    property = mattewire.transformOf(layer, mattewire.MOVES[i][0]);
    if (property && property.isTimeVarying) {
      return false;
    }
  }
  return (
    !layer.threeDLayer && layer.parent === null && mattewire.transformOf(layer, "ADBE Rotate Z").value === 0 &&
    place[0] - (anchor[0] * scale[0]) / 100 <= 0 && place[1] - (anchor[1] * scale[1]) / 100 <= 0 &&
    place[0] + ((layer.width - anchor[0]) * scale[0]) / 100 >= comp.width &&
    place[1] + ((layer.height - anchor[1]) * scale[1]) / 100 >= comp.height
  );
};

/**
 * Lays the subject above its captions, and captions from below the plate above it.
 * @param {Isolate} made
 * @param {AVLayer[]} captions from the top; none: as they lie
 * @param {string[]} notes
 * @param {(back: () => void) => void} onFail
 */
mattewire.putBehind = function (made, captions, notes, onFail) {
  var plate = /** @type {AVLayer} */ (made.plate), front = /** @type {AVLayer} */ (made.front), i, other;
  /** @type {AVLayer[]} */
  var lifted = [];
  /** @type {string[]} */
  var also = [];
  for (i = 0; i < captions.length; i += 1) {
    if (captions[i].index > plate.index) {
      lifted.push(captions[i]);
      // Before any of them moves: each is put back under what was above it.
      other = mattewire.above(captions[i]);
      made.memory.moved.push({ id: captions[i].id, above: other ? other.id : 0 });
    }
  }
  for (i = 0; i < lifted.length; i += 1) {
    mattewire.moveLayer(lifted[i], mattewire.moving(lifted[i], plate), onFail);
  }
  if (captions.length) {
    mattewire.moveLayer(front, mattewire.moving(front, mattewire.topmost(captions)), onFail);
    mattewire.moveLayer(made.matte, mattewire.moving(made.matte, front), onFail);
  }
  for (i = front.index + 1; i < plate.index; i += 1) {
    other = plate.containingComp.layer(i);
    if (mattewire.isPicture(other) && other.enabled && !other.adjustmentLayer && !other.nullLayer && !mattewire.isOurs(other)) {
      if (captions.length && !mattewire.holds(captions, other)) {
        also.push(other.name);
      }
    }
  }
  if (also.length) {
    notes.push("Also behind the subject, because they lie between plate and captions: " + also.join(", ") + ".");
  }
};

/** @param {AVLayer[]} layers */
mattewire.topmost = function (layers) {
  var i, highest = layers[0];
  for (i = 1; i < layers.length; i += 1) {
    if (layers[i].index < highest.index) {
      highest = layers[i];
    }
  }
  return highest;
};

/** @param {Layer} layer @param {Layer} other that it goes right above */
mattewire.moving = function (layer, other) {
  return function () {
    layer.moveBefore(other);
  };
};
