/** Isolates that are there: brought up to date in place, and taken out again. */

/**
 * New mattes for an isolate: same layers, with whatever the artist did to them.
 * @param {Isolate} there
 * @param {IsolateQuestion} question
 * @param {FoundPlate} found
 * @param {(back: () => void) => void} onFail
 * @returns {Isolate}
 */
mattewire.renew = function (there, question, found, onFail) {
  var item = /** @type {FootageItem} */ (there.matte.source), layers = mattewire.layersWith(item), front = there.front, i, now;
  if (!front) {
    throw mattewire.fault(
      "bad_field", "layer", '"' + there.matte.name + '" is no track matte any more.', 'Delete it, then press "Mask subject" again.'
    );
  }
  for (i = 0; i < layers.length; i += 1) {
    mattewire.rememberLayer(layers[i], onFail);
  }
  if (there.kind !== "background") {
    mattewire.rememberTime(front, onFail);
    mattewire.sameTime(front, found.layer);
  }
  now = mattewire.exchange(item, question, found.item, onFail);
  for (i = 0; i < layers.length; i += 1) {
    mattewire.retime(layers[i], now, question, onFail);
  }
  if (there.kind === "color") {
    mattewire.regrade(front, question, onFail);
  }
  if (there.kind === "caption" && there.memory.effects !== mattewire.effectNames(found.layer)) {
    found.notes.push(
      "The effects of " + found.layer.name + " are not those that " + front.name + " was made with. Remove the isolate and make it again, or copy them."
    );
  }
  mattewire.dress(there.kind, front, there.matte, question);
  if (there.matte.parent === null) {
    mattewire.linkExpressions(there.matte, front); // it calls the front layer by its name
  }
  if (now.id !== item.id) {
    item.remove(); // last: it cannot be taken back
  }
  return { kind: there.kind, job_id: question.job_id, matte: there.matte, front: front, plate: found.layer, memory: there.memory };
};

/**
 * @param {AVLayer} layer
 * @param {IsolateQuestion} question
 * @param {(back: () => void) => void} onFail
 */
mattewire.regrade = function (layer, question, onFail) {
  var effects = /** @type {any} */ (layer.property("ADBE Effect Parade"));
  var gray = effects.property(mattewire.OWN + " Gray"), light = effects.property(mattewire.OWN + " Light");
  if (gray && light && question.gray === undefined && question.darker === undefined) {
    return; // as the artist left it
  }
  gray = gray && gray.property("ADBE Tint-0003").value;
  light = light && light.property("ADBE Easy Levels2-0007").value;
  onFail(function () {
    mattewire.grade(layer, { gray: gray, darker: 100 - 100 * light });
  });
  mattewire.grade(layer, question);
};

/**
 * Same stretch, start, in and out point as the plate.
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 */
mattewire.sameTime = function (layer, plate) {
  // In this order: stretch moves the rest along, the start takes in and out with it.
  layer.stretch = plate.stretch;
  layer.startTime = plate.startTime;
  mattewire.between(layer, plate.inPoint, plate.outPoint);
};

/**
 * Sets in and out point, that one first which keeps them apart; backward, the in point is the later one.
 * @param {AVLayer} layer
 * @param {number} from
 * @param {number} to
 */
mattewire.between = function (layer, from, to) {
  var out = layer.outPoint;
  if (layer.stretch > 0 ? from < out : from > out) {
    layer.inPoint = from;
    layer.outPoint = to;
  } else {
    layer.outPoint = to;
    layer.inPoint = from;
  }
};

/**
 * @param {AVLayer} layer
 * @param {(back: () => void) => void} onFail
 */
mattewire.rememberTime = function (layer, onFail) {
  var stretch = layer.stretch, start = layer.startTime, from = layer.inPoint, to = layer.outPoint, name = layer.name;
  onFail(function () {
    layer.stretch = stretch;
    layer.startTime = start;
    mattewire.between(layer, from, to);
    layer.name = name;
  });
};

/**
 * The layer right above; null for the topmost.
 * @param {Layer} layer
 * @returns {Layer|null}
 */
mattewire.above = function (layer) {
  return layer.index > 1 ? layer.containingComp.layer(layer.index - 1) : null;
};

/**
 * Moves a layer in the stack; returns what was above it.
 * @param {Layer} layer
 * @param {() => void} move
 * @param {(back: () => void) => void} onFail
 * @returns {number} layer id; 0 for none
 */
mattewire.moveLayer = function (layer, move, onFail) {
  var was = mattewire.above(layer), locked = layer.locked;
  onFail(function () {
    mattewire.putUnder(layer, was);
  });
  layer.locked = false;
  move();
  layer.locked = locked;
  return was ? was.id : 0;
};

/**
 * @param {Layer} layer
 * @param {Layer|null} other
 */
mattewire.putUnder = function (layer, other) {
  var locked = layer.locked;
  layer.locked = false;
  if (other) {
    layer.moveAfter(other);
  } else {
    layer.moveToBeginning();
  }
  layer.locked = locked;
};

/**
 * Command: takes the isolates out that a layer has a part in; the comp is as it was before them. One undo step.
 * @param {{layer_id: number, kind?: IsolateKind}} question
 */
mattewire.isolateRemove = function (question) {
  var layer = mattewire.chosenLayer(question.layer_id), all = mattewire.isolatesIn(layer.containingComp, layer), i;
  /** @type {Isolate[]} */
  var wanted = [];
  for (i = 0; i < all.length; i += 1) {
    if (!question.kind || all[i].kind === question.kind) {
      wanted.push(all[i]);
    }
  }
  if (!wanted.length) {
    throw mattewire.fault("unknown_job", "layer", '"' + layer.name + '" has no isolate.', "Select the plate, or the layer that was made from it.");
  }
  return mattewire.step("remove isolate", layer.containingComp, function (onFail) {
    var before = app.project.numItems, layers = 0, k; // items of the project panel: footage, and folders
    for (k = wanted.length - 1; k >= 0; k -= 1) {
      layers += mattewire.dissolve(wanted[k], onFail);
    }
    k = before - app.project.numItems;
    mattewire.dropEmptyFolder();
    return { layers: layers, items: k };
  });
};

/**
 * Takes one isolate out. Returns how many layers are gone.
 * @param {Isolate} one
 * @param {(back: () => void) => void} onFail
 */
mattewire.dissolve = function (one, onFail) {
  var comp = one.matte.containingComp, before = comp.numLayers, memory = one.memory, plate = one.plate, i;
  if (plate && !memory.placed) {
    mattewire.matteBack(one, plate, onFail);
  }
  if (memory.back) {
    mattewire.takeBackground(memory, comp, onFail);
  }
  for (i = 0; i < memory.moved.length; i += 1) {
    mattewire.moveBack(memory.moved[i], comp, onFail);
  }
  if (memory.placed) {
    one.matte.comment = mattewire.MARK + one.job_id;
  } else {
    mattewire.dropLayer(one.matte);
  }
  if (one.front && one.kind !== "background") {
    one.front.locked = false;
    one.front.remove();
  }
  return before - comp.numLayers;
};

/**
 * Has the plate seen through what it was seen through before.
 * @param {Isolate} one
 * @param {AVLayer} plate
 * @param {(back: () => void) => void} onFail
 */
mattewire.matteBack = function (one, plate, onFail) {
  var memory = one.memory, old = memory.matte ? mattewire.layerWith(memory.matte) : null;
  if (old && old.containingComp.id === plate.containingComp.id) {
    mattewire.rememberMatte(plate, onFail);
    plate.setTrackMatte(/** @type {AVLayer} */ (old), memory.type);
  } else if (one.kind === "background") {
    mattewire.rememberMatte(plate, onFail);
    mattewire.takeMatteOff(plate, memory.type);
  }
};

/**
 * @param {AVLayer} plate
 * @param {(back: () => void) => void} onFail
 */
mattewire.rememberMatte = function (plate, onFail) {
  var matte = plate.hasTrackMatte ? plate.trackMatteLayer : null, type = plate.trackMatteType;
  onFail(function () {
    if (matte) {
      plate.setTrackMatte(matte, type);
    } else {
      mattewire.takeMatteOff(plate, type);
    }
  });
};

/**
 * @param {{id: number, above: number}} one
 * @param {CompItem} comp
 * @param {(back: () => void) => void} onFail
 */
mattewire.moveBack = function (one, comp, onFail) {
  var layer = mattewire.layerWith(one.id), other = one.above ? mattewire.layerWith(one.above) : null;
  if (!layer || layer.containingComp.id !== comp.id) {
    return; // the artist has taken it out
  }
  if (one.above && (!other || other.containingComp.id !== comp.id)) {
    return; // where it was is not there any more
  }
  mattewire.moveLayer(layer, function () {
    mattewire.putUnder(/** @type {Layer} */ (layer), other);
  }, onFail);
};

/**
 * Command: takes the mattes of a job out, and the isolates that are made with them. One undo step.
 * @param {{job_id: string}} question
 */
mattewire.removeJob = function (question) {
  var items = mattewire.mustFind(question.job_id);
  return mattewire.step("remove matte", mattewire.activeComp(), function (onFail) {
    var before = app.project.numItems, layers = 0, count, rest, i, k, using, one;
    for (i = 0; i < items.length; i += 1) {
      using = mattewire.layersWith(items[i]);
      for (k = using.length - 1; k >= 0; k -= 1) {
        one = mattewire.isolateAt(using[k]);
        layers += one ? mattewire.dissolve(one, onFail) : 0;
      }
    }
    count = before - app.project.numItems;
    if (mattewire.itemsOf(question.job_id).length) {
      rest = mattewire.remove(question);
      return { layers: layers + rest.layers, items: count + rest.items };
    }
    mattewire.dropEmptyFolder();
    return { layers: layers, items: count };
  });
};
