/** Layers that keep step with the plate's: in place, in time, and when the plate is animated later. */

/**
 * A new layer of `item` right above `plate`, which follows it: same pixels of both coincide at every time. Where that is
 * certain it is parented to the plate with nothing of its own, so that it goes along with later changes; a layer with
 * non-square pixels or auto-orientation gets a copy of the plate's own movement instead, because it is not documented how
 * children inherit either.
 * @param {FootageItem} item of the plate's size and pixel aspect
 * @param {AVLayer} plate
 * @param {(back: () => void) => void} onFail
 * @returns {{layer: AVLayer, linked: boolean}}
 */
mattewire.layFollower = function (item, plate, onFail) {
  var linked = item.pixelAspect === 1 && plate.autoOrient === AutoOrientType.NO_AUTO_ORIENT;
  var layer = linked ? plate.containingComp.layers.add(item) : /** @type {AVLayer} */ (plate.duplicate());
  onFail(function () {
    layer.remove();
  });
  if (linked) {
    layer.moveBefore(plate);
    mattewire.parentInPlace(layer, plate);
  } else {
    layer.name = "Matte of " + plate.name; // the copy has the plate's name, by which the plate must be found
    // Before the effects go: an expression that misses one is switched off by After Effects.
    mattewire.linkExpressions(layer, plate);
    mattewire.strip(layer);
    layer.replaceSource(item, false);
    layer.moveBefore(plate);
  }
  layer.quality = plate.quality;
  layer.samplingQuality = plate.samplingQuality;
  layer.motionBlur = plate.motionBlur;
  layer.frameBlendingType = plate.frameBlendingType;
  return { layer: layer, linked: linked };
};

/**
 * Parents `layer` to `plate` so that its pixels lie on the plate's: a child's place is counted in its parent's own pixels.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 */
mattewire.parentInPlace = function (layer, plate) {
  layer.threeDLayer = plate.threeDLayer;
  layer.setParentWithJump(plate);
  mattewire.transformOf(layer, "ADBE Anchor Point").setValue(plate.threeDLayer ? [0, 0, 0] : [0, 0]);
  mattewire.transformOf(layer, "ADBE Position").setValue(plate.threeDLayer ? [0, 0, 0] : [0, 0]);
};

/**
 * @param {Layer} layer
 * @param {string} matchName
 * @returns {any}
 */
mattewire.transformOf = function (layer, matchName) {
  return /** @type {PropertyGroup} */ (layer.property("ADBE Transform Group")).property(matchName);
};

/**
 * Leaves a copy of a layer nothing but where it is and when: no masks, effects, styles, markers, opacity, matte or sound.
 * @param {AVLayer} layer
 */
mattewire.strip = function (layer) {
  var opacity = mattewire.transformOf(layer, "ADBE Opacity");
  var styles = /** @type {any} */ (layer.property("ADBE Layer Styles"));
  if (layer.hasTrackMatte) {
    mattewire.takeMatteOff(layer, TrackMatteType.NO_TRACK_MATTE);
  }
  mattewire.empty(/** @type {any} */ (layer.property("ADBE Mask Parade")));
  mattewire.empty(/** @type {any} */ (layer.property("ADBE Effect Parade")));
  if (styles && styles.canSetEnabled) {
    styles.enabled = false;
  }
  mattewire.still(opacity, 100);
  mattewire.removeKeys(/** @type {any} */ (layer.property("ADBE Marker")));
  layer.blendingMode = BlendingMode.NORMAL;
  layer.preserveTransparency = false;
  layer.guideLayer = false;
  layer.solo = false;
  if (layer.hasAudio) {
    layer.audioEnabled = false;
  }
};

/**
 * Has a layer seen whole again. Removing a track matte keeps its type, and setTrackMatte with the type "none" does nothing
 * (Scripting Guide, AVLayer), so the type is put back by itself.
 * @param {AVLayer} layer
 * @param {TrackMatteType} type what it was before the matte
 */
mattewire.takeMatteOff = function (layer, type) {
  layer.removeTrackMatte();
  if (layer.trackMatteType !== type) {
    if (type === TrackMatteType.NO_TRACK_MATTE) {
      layer.trackMatteType = type;
    } else {
      layer.setTrackMatte(null, type);
    }
  }
};

/** @param {any} group whose members are taken out, last first: the rest move up */
mattewire.empty = function (group) {
  var i;
  for (i = group ? group.numProperties : 0; i > 0; i -= 1) {
    group.property(i).remove();
  }
};

/** @param {any} property */
mattewire.removeKeys = function (property) {
  var i;
  for (i = property ? property.numKeys : 0; i > 0; i -= 1) {
    property.removeKey(i);
  }
};

/**
 * @param {any} property left without keyframes and expression
 * @param {any} value
 */
mattewire.still = function (property, value) {
  mattewire.removeKeys(property);
  if (property.expressionEnabled) {
    property.expressionEnabled = false;
    property.expression = "";
  }
  property.setValue(value);
};

/** Transform properties by match name, and what expressions call them. */
mattewire.MOVES = [
  ["ADBE Anchor Point", "anchorPoint"], ["ADBE Position", "position"], ["ADBE Position_0", "xPosition"],
  ["ADBE Position_1", "yPosition"], ["ADBE Position_2", "zPosition"], ["ADBE Scale", "scale"],
  ["ADBE Orientation", "orientation"], ["ADBE Rotate X", "rotationX"], ["ADBE Rotate Y", "rotationY"],
  ["ADBE Rotate Z", "rotation"]
];

/**
 * An expression may speak of what the copy lacks, such as a slider of the plate: the copy takes the plate's value instead.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 */
mattewire.linkExpressions = function (layer, plate) {
  var i, property, comp = plate.containingComp;
  for (i = 0; i < mattewire.MOVES.length; i += 1) {
    property = mattewire.transformOf(layer, mattewire.MOVES[i][0]);
    if (property && property.expressionEnabled) {
      if (mattewire.namedSo(comp, plate.name) > 1) {
        throw mattewire.fault(
          "bad_field",
          "layer",
          'Several layers are called "' + plate.name + '", and this one moves by an expression.',
          "Give it a name of its own, so that the matte can follow it by name."
        );
      }
      property.expression = "thisComp.layer(" + mattewire.json.quote(plate.name) + ").transform." + mattewire.MOVES[i][1];
    }
  }
};

/** @param {CompItem} comp @param {string} name */
mattewire.namedSo = function (comp, name) {
  var i, count = 0;
  for (i = 1; i <= comp.numLayers; i += 1) {
    count += comp.layer(i).name === name ? 1 : 0;
  }
  return count;
};

/**
 * Lays footage that begins with a later frame of the plate under the same moments: same stretch, start time moved by
 * what is not in it, cut to where the plate is seen.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 * @param {number} skipped plate frames before the footage's first
 * @param {number} count frames of the footage, in all turns of its loop
 */
mattewire.keepTime = function (layer, plate, skipped, count) {
  var source = /** @type {FootageItem} */ (plate.source), slower = plate.stretch / 100;
  var start = plate.startTime + skipped * source.frameDuration * slower;
  var end = start + count * source.frameDuration * slower;
  var from = Math.max(Math.min(plate.inPoint, plate.outPoint), Math.min(start, end));
  var to = Math.min(Math.max(plate.inPoint, plate.outPoint), Math.max(start, end));
  var backward = plate.inPoint > plate.outPoint;
  if (to <= from) {
    throw mattewire.fault(
      "range_outside_plate",
      "first",
      '"' + plate.name + '" shows none of the frames that have mattes.',
      "Pull mattes for the frames that it shows."
    );
  }
  // Stretch first: After Effects moves start, in and out point with it. Start time next: it takes in and out along.
  layer.stretch = plate.stretch;
  layer.startTime = start;
  layer.inPoint = backward ? to : from;
  layer.outPoint = backward ? from : to;
  mattewire.mustBeAt(layer.startTime, start, source);
  mattewire.mustBeAt(Math.min(layer.inPoint, layer.outPoint), from, source);
  mattewire.mustBeAt(Math.max(layer.inPoint, layer.outPoint), to, source);
};

/**
 * Throws when After Effects has made another time of one that was set: a matte that is off in time must not go unseen.
 * @param {number} found
 * @param {number} wanted
 * @param {FootageItem} source
 */
mattewire.mustBeAt = function (found, wanted, source) {
  if (Math.abs(found - wanted) > 0.01 * source.frameDuration) {
    throw mattewire.fault(
      "internal_error",
      "layer",
      "After Effects put the matte at " + found + " seconds instead of " + wanted + ".",
      "Send these words with your question. Until then, place the mattes on a layer that is not stretched, or press Render first."
    );
  }
};

/**
 * Comp frames, as the timeline shows them, between a layer's in and out point.
 * @param {AVLayer} layer
 */
mattewire.framesOf = function (layer) {
  var comp = layer.containingComp, step = comp.frameDuration;
  var from = Math.min(layer.inPoint, layer.outPoint), to = Math.max(layer.inPoint, layer.outPoint);
  return {
    first: Math.max(Math.ceil(from / step - mattewire.HAIR), 0) + comp.displayStartFrame,
    last: Math.min(Math.ceil(to / step - mattewire.HAIR), mattewire.framesIn(comp)) - 1 + comp.displayStartFrame
  };
};
