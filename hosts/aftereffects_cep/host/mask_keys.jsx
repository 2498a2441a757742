/**
 * Masks and their keys: when the comp shows what plate frame, and the path then.
 *
 * A key that holds does so in the layer's own time. Of a layer that runs backward it is not documented which way that is in
 * the comp, so there a value has a key on the first and on the last comp frame that it is for.
 */

/**
 * One spline as a mask. Masks are drawn from the first on, as the splines are: a hole takes from what is above it.
 * @param {AVLayer} layer
 * @param {MaskSpline} spline
 * @param {import("../host/contract").MasksQuestion} question
 * @param {FoundPlate} found
 * @param {number} pace 1 where the layer shows its frames one by one
 * @returns {number} keys
 */
mattewire.addMask = function (layer, spline, question, found, pace) {
  var mask = /** @type {any} */ (layer.property("ADBE Mask Parade")).addProperty("ADBE Mask Atom"), name = "object " + spline.object, i;
  var keys = pace ? mattewire.sparseKeys(spline, found) : mattewire.heldKeys(spline, found);
  for (i = 0; i < question.objects.length; i += 1) {
    if (question.objects[i].object === spline.object) {
      name = question.objects[i].name || name;
    }
  }
  mask.name = mattewire.OWN + " " + name.substring(0, 40) + (spline.hole ? " hole " : " ") + spline.first + "-" + spline.last;
  mask.maskMode = spline.hole ? MaskMode.SUBTRACT : MaskMode.ADD;
  mask.rotoBezier = false;
  mask.color = mattewire.OUTLINES[Math.max(spline.object - 1, 0) % mattewire.OUTLINES.length];
  mattewire.setKeys(mask.property("ADBE Mask Shape"), keys.times, keys.values, !pace);
  mattewire.setAlive(mask.property("ADBE Mask Opacity"), spline, found);
  return keys.times.length;
};

/**
 * @param {any} property
 * @param {number[]} times seconds of the comp, rising
 * @param {any[]} values
 * @param {boolean} hold
 */
mattewire.setKeys = function (property, times, values, hold) {
  var wanted = hold ? KeyframeInterpolationType.HOLD : KeyframeInterpolationType.LINEAR, i;
  if (times.length === 1) {
    property.setValue(values[0]);
    return;
  }
  property.setValuesAtTimes(times, values);
  for (i = 1; i <= times.length; i += 1) {
    if (property.keyOutInterpolationType(i) !== wanted || property.keyInInterpolationType(i) !== wanted) {
      property.setInterpolationTypeAtKey(i, wanted, wanted);
    }
  }
};

/**
 * The spline's own keys, each at the comp frame that shows its plate frame, also before or after the layer's.
 * @param {MaskSpline} spline
 * @param {FoundPlate} found
 */
mattewire.sparseKeys = function (spline, found) {
  var timing = found.timing, way = timing.rate < 0 ? -1 : 1, step = found.comp.frameDuration, i, key;
  var shown = /** @type {number} */ (mattewire.plateFrameAt(timing, found.files, timing.first));
  /** @type {number[]} */
  var times = [];
  /** @type {Shape[]} */
  var values = [];
  for (i = 0; i < spline.keys.length; i += 1) {
    key = spline.keys[way > 0 ? i : spline.keys.length - 1 - i];
    times.push((timing.first + way * (key.frame - shown)) * step);
    values.push(key.shape);
  }
  return { times: times, values: values };
};

/**
 * A key for every change of the plate frame, while the spline lives.
 * @param {MaskSpline} spline
 * @param {FoundPlate} found
 */
mattewire.heldKeys = function (spline, found) {
  var changes = mattewire.changes(found, function (frame) {
    return spline.first <= frame && frame <= spline.last ? frame : -1;
  });
  var i;
  /** @type {number[]} */
  var times = [];
  /** @type {Shape[]} */
  var values = [];
  for (i = 0; i < changes.values.length; i += 1) {
    if (changes.values[i] >= 0) {
      times.push(changes.times[i]);
      values.push(mattewire.shapeAt(spline.keys, changes.values[i]));
    }
  }
  return times.length ? { times: times, values: values } : { times: [0], values: [spline.keys[0].shape] };
};

/**
 * Where `what` of the plate frame changes while the layer is seen: comp times, and what it is from there on.
 * @param {FoundPlate} found
 * @param {(frame: number) => number} what
 */
mattewire.changes = function (found, what) {
  var timing = found.timing, backward = timing.rate < 0, k, value, after = null, before = null;
  /** @type {number[]} */
  var times = [];
  /** @type {number[]} */
  var values = [];
  for (k = timing.first; k <= timing.last; k += 1) {
    value = k === timing.first ? what(/** @type {number} */ (mattewire.plateFrameAt(timing, found.files, k))) : after;
    after = k === timing.last ? null : what(/** @type {number} */ (mattewire.plateFrameAt(timing, found.files, k + 1)));
    if (value !== before || (backward && after !== null && value !== after)) {
      times.push(k * found.comp.frameDuration);
      values.push(/** @type {number} */ (value));
    }
    before = value;
  }
  return { times: times, values: values };
};

/**
 * The path at a plate frame: on a straight line between keys, held before the first and after the last.
 * @param {MaskKey[]} keys
 * @param {number} frame
 * @returns {Shape}
 */
mattewire.shapeAt = function (keys, frame) {
  var next = 0, share, lists, one, other;
  while (next < keys.length && keys[next].frame < frame) {
    next += 1;
  }
  if (next === keys.length) {
    return keys[next - 1].shape;
  }
  if (next === 0 || keys[next].frame === frame) {
    return keys[next].shape;
  }
  one = keys[next - 1].shape;
  other = keys[next].shape;
  share = (frame - keys[next - 1].frame) / (keys[next].frame - keys[next - 1].frame);
  lists = mattewire.newShape();
  lists.vertices = mattewire.mixed(one.vertices, other.vertices, share);
  lists.inTangents = mattewire.mixed(one.inTangents, other.inTangents, share);
  lists.outTangents = mattewire.mixed(one.outTangents, other.outTangents, share);
  return mattewire.toShape(lists);
};

/**
 * @param {Array<[number, number]>} one
 * @param {Array<[number, number]>} other
 * @param {number} share
 */
mattewire.mixed = function (one, other, share) {
  var i;
  /** @type {Array<[number, number]>} */
  var made = [];
  for (i = 0; i < one.length; i += 1) {
    made.push([one[i][0] + (other[i][0] - one[i][0]) * share, one[i][1] + (other[i][1] - one[i][1]) * share]);
  }
  return made;
};

/**
 * Has a mask cut only while its spline lives: keys that hold, wherever that changes.
 * @param {any} opacity percent
 * @param {MaskSpline} spline
 * @param {FoundPlate} found
 */
mattewire.setAlive = function (opacity, spline, found) {
  var changes = mattewire.changes(found, function (frame) {
    return spline.first <= frame && frame <= spline.last ? 100 : 0;
  });
  mattewire.setKeys(opacity, changes.times, changes.values, true);
};
