/**
 * The caption isolate's own part: a copy of the plate above the captions. It is the plate's child, lying on it with no
 * movement of its own, its opacity and the values of its effects tied to the plate's by expressions: what is animated or
 * graded on the plate later reaches both.
 */

/** Effects of `STILL_EFFECTS` that look at neighbors or at the layer's own grain: on another layer they look otherwise. */
mattewire.NOT_BY_PIXEL = [
  "ADBE Gaussian Blur 2", "ADBE Box Blur2", "ADBE Sharpen", "ADBE Unsharp Mask2", "ADBE Bilateral", "ADBE Noise", "ADBE Noise HLS2",
  "VISINF Grain Implant", "VISINF Grain Removal", "ADBE ShadowHighlight", "ADBE AutoColor", "ADBE AutoContrast", "ADBE AutoLevels",
  "ADBE Equalize"
];

/**
 * A layer of the plate's extent, movement and timing right above it, with nothing else of it.
 * @param {AVLayer} plate
 * @param {string} name
 * @param {(back: () => void) => void} onFail
 * @returns {AVLayer}
 */
mattewire.standIn = function (plate, name, onFail) {
  var layer = mattewire.copyOf(plate, name, onFail);
  mattewire.strip(layer);
  mattewire.follow(layer, plate);
  return layer;
};

/**
 * A copy of the plate layer above it, whole, silent and without markers.
 * @param {AVLayer} plate
 * @param {string} name
 * @param {(back: () => void) => void} onFail
 * @returns {AVLayer}
 */
mattewire.copyOf = function (plate, name, onFail) {
  var layer = /** @type {AVLayer} */ (plate.duplicate());
  onFail(function () {
    layer.locked = false;
    layer.remove();
  });
  layer.name = name; // first: expressions call layers by their names
  layer.moveBefore(plate);
  if (layer.hasTrackMatte) {
    mattewire.takeMatteOff(layer, TrackMatteType.NO_TRACK_MATTE);
  }
  mattewire.removeKeys(layer.property("ADBE Marker"));
  if (layer.hasAudio) {
    layer.audioEnabled = false;
  }
  return layer;
};

/**
 * The plate's copy that is to stand in front.
 * @param {AVLayer} plate
 * @param {string} name
 * @param {AVLayer[]} adjustments between plate and captions, from the bottom
 * @param {string[]} notes
 * @param {(back: () => void) => void} onFail
 */
mattewire.subjectOf = function (plate, name, adjustments, notes, onFail) {
  var layer = mattewire.copyOf(plate, name, onFail), i, opacity;
  var from = mattewire.follow(layer, plate), loose = mattewire.linkEffects(layer, plate, from);
  opacity = mattewire.transformOf(layer, "ADBE Opacity");
  mattewire.still(opacity, 100);
  opacity.expression = from + ".transform.opacity";
  for (i = 0; i < adjustments.length; i += 1) {
    loose = loose.concat(mattewire.copyEffects(layer, adjustments[i]));
  }
  if (loose.length) {
    notes.push("The subject has copies of " + loose.join(", ") + ". Later changes there have to be made on both.");
  }
  if (mattewire.cuttingMasks(layer).length) {
    notes.push("The subject has copies of the masks: later changes have to be made on both.");
  }
  opacity = mattewire.transformOf(plate, "ADBE Opacity");
  if (opacity.isTimeVarying || opacity.value !== 100) {
    notes.push(plate.name + " is see-through at times: where it is, the subject is drawn twice and looks denser.");
  }
  return layer;
};

/**
 * Ties a copy of the plate layer to where the plate is. Answers how expressions on it call the plate.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 * @returns {string}
 */
mattewire.follow = function (layer, plate) {
  var source = /** @type {FootageItem} */ (plate.source), i, property, from;
  if (source.pixelAspect === 1 && plate.autoOrient === AutoOrientType.NO_AUTO_ORIENT) {
    mattewire.lieStill(layer);
    mattewire.parentInPlace(layer, plate);
    return "thisLayer.parent";
  }
  from = mattewire.callOf(plate);
  for (i = 0; i < mattewire.MOVES.length; i += 1) {
    property = mattewire.transformOf(layer, mattewire.MOVES[i][0]);
    if (property && property.canSetExpression) {
      property.expression = from + ".transform." + mattewire.MOVES[i][1];
    }
  }
  return from;
};

/**
 * How expressions call a layer: by its name, which no other layer of the comp may have.
 * @param {Layer} layer
 */
mattewire.callOf = function (layer) {
  if (mattewire.namedSo(layer.containingComp, layer.name) > 1) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      'Several layers are called "' + layer.name + '", and others have to follow this one.',
      "Give it a name of its own, so that they can follow it by name."
    );
  }
  return "thisComp.layer(" + mattewire.json.quote(layer.name) + ")";
};

/**
 * Takes every movement off a layer.
 * @param {AVLayer} layer
 */
mattewire.lieStill = function (layer) {
  var position = mattewire.transformOf(layer, "ADBE Position"), deep = layer.threeDLayer, i, follower;
  if (position.dimensionsSeparated) {
    for (i = 0; i < 3; i += 1) {
      follower = mattewire.transformOf(layer, "ADBE Position_" + i);
      mattewire.removeKeys(follower);
      if (follower.expressionEnabled) {
        follower.expression = "";
      }
    }
    position.dimensionsSeparated = false;
  }
  mattewire.still(mattewire.transformOf(layer, "ADBE Anchor Point"), deep ? [0, 0, 0] : [0, 0]);
  mattewire.still(position, deep ? [0, 0, 0] : [0, 0]);
  mattewire.still(mattewire.transformOf(layer, "ADBE Scale"), deep ? [100, 100, 100] : [100, 100]);
  mattewire.still(mattewire.transformOf(layer, "ADBE Rotate Z"), 0);
  if (deep) {
    mattewire.still(mattewire.transformOf(layer, "ADBE Orientation"), [0, 0, 0]);
    mattewire.still(mattewire.transformOf(layer, "ADBE Rotate X"), 0);
    mattewire.still(mattewire.transformOf(layer, "ADBE Rotate Y"), 0);
  }
};

/** @param {Layer} layer @returns {any} */
mattewire.effectsOf = function (layer) {
  return layer.property("ADBE Effect Parade");
};

/**
 * Which effects a layer has, as one text.
 * @param {Layer} layer
 */
mattewire.effectNames = function (layer) {
  var effects = mattewire.effectsOf(layer), i;
  /** @type {string[]} */
  var names = [];
  for (i = 1; i <= effects.numProperties; i += 1) {
    names.push(effects.property(i).matchName);
  }
  return names.join(",");
};

/**
 * Ties the values of a copy's effects to the plate's. Returns the names of effects with values that no expression can
 * carry, such as curves: those stay copies.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 * @param {string} from how expressions call the plate
 */
mattewire.linkEffects = function (layer, plate, from) {
  var own = mattewire.effectsOf(layer), theirs = mattewire.effectsOf(plate), i;
  /** @type {string[]} */
  var loose = [];
  for (i = 1; i <= theirs.numProperties; i += 1) {
    if (!mattewire.linkEffect(own.property(i), theirs.property(i), theirs, from)) {
      loose.push(theirs.property(i).name);
    }
  }
  return loose;
};

/**
 * @param {any} own
 * @param {any} other
 * @param {any} others the group that `other` is in
 * @param {string} from
 * @returns {boolean} whether all that was set follows
 */
mattewire.linkEffect = function (own, other, others, from) {
  var all = true, words = from + ".effect(" + mattewire.effectCall(other, others) + ")", k, value;
  for (k = 1; k <= own.numProperties; k += 1) {
    value = own.property(k);
    if (value.propertyType !== PropertyType.PROPERTY || !value.canSetExpression) {
      all = all && !(other.property(k).isModified && mattewire.isKept(value));
    } else if (!mattewire.express(value, words + "(" + k + ")")) {
      all = all && !other.property(k).isModified;
    }
  }
  return all;
};

/** @param {any} value whether it has one, so that it matters when it cannot follow */
mattewire.isKept = function (value) {
  return value.propertyType !== PropertyType.PROPERTY || value.propertyValueType !== PropertyValueType.NO_VALUE;
};

/**
 * By name; by number where two effects share one.
 * @param {any} effect
 * @param {any} effects
 */
mattewire.effectCall = function (effect, effects) {
  var i, count = 0;
  for (i = 1; i <= effects.numProperties; i += 1) {
    count += effects.property(i).name === effect.name ? 1 : 0;
  }
  return count === 1 ? mattewire.json.quote(effect.name) : String(effect.propertyIndex);
};

/**
 * Some effects hide values that they do not use now, and a hidden one takes no expression.
 * @param {any} value
 * @param {string} words
 */
mattewire.express = function (value, words) {
  try {
    value.expression = words;
    return true;
  } catch (problem) {
    return false;
  }
};

/**
 * Effects of an adjustment layer between plate and captions, put on the subject as well, which lies above it now.
 * @param {AVLayer} layer
 * @param {AVLayer} adjustment
 * @returns {string[]} names of effects that do not follow
 */
mattewire.copyEffects = function (layer, adjustment) {
  var theirs = mattewire.effectsOf(adjustment), from = mattewire.callOf(adjustment), i, k, other, own;
  /** @type {string[]} */
  var loose = [];
  for (i = 1; i <= theirs.numProperties; i += 1) {
    other = theirs.property(i);
    if (other.enabled) {
      own = mattewire.effectsOf(layer).addProperty(other.matchName);
      for (k = 1; k <= own.numProperties; k += 1) {
        if (own.property(k).canSetExpression && other.property(k).isModified) {
          own.property(k).setValue(other.property(k).value);
        }
      }
      if (!mattewire.linkEffect(own, other, theirs, from)) {
        loose.push(other.name);
      }
    }
  }
  return loose;
};
