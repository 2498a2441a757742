/** The background swap's own part: a layer or a picture right below the plate. */

/**
 * What the artist called the background: a layer of the comp by its name, else a path. Sets `background_layer_id`.
 * @param {IsolateQuestion} question
 * @param {CompItem} comp
 */
mattewire.findBackground = function (question, comp) {
  if (question.background && !question.background_layer_id && mattewire.namedSo(comp, question.background) === 1) {
    question.background_layer_id = comp.layer(question.background).id;
  }
};

/**
 * Throws when what is to be the background cannot be one.
 * @param {IsolateQuestion} question
 * @param {AVLayer} plate
 */
mattewire.mustBeBackground = function (question, plate) {
  var layer = question.background_layer_id ? mattewire.layerWith(question.background_layer_id) : null, why = "", path = question.background;
  if (question.background_layer_id) {
    if (!layer || layer.containingComp.id !== plate.containingComp.id) {
      why = "The background is no layer of this comp.";
    } else if (layer.id === plate.id || mattewire.isOurs(layer)) {
      why = '"' + layer.name + '" is the plate or one of its mattes.';
    } else if (!mattewire.isPicture(layer) || layer.nullLayer || layer.adjustmentLayer || !layer.hasVideo) {
      why = '"' + layer.name + '" has no picture.';
    } else if (layer.isTrackMatte) {
      why = '"' + layer.name + '" is the track matte of another layer.';
    }
  } else if (!path) {
    why = "No background is chosen.";
  } else if (mattewire.isPattern(path)) {
    why = "A sequence cannot be brought in as a background here.";
  } else if (!new File(path).exists) {
    throw mattewire.fault("frame_missing", "background", path + " is not there.", "Choose a picture or movie that is.");
  }
  if (why) {
    throw mattewire.fault("bad_field", "background", why, "Choose a layer of this comp that has a picture, or a picture or movie on disk.");
  }
};

/**
 * Lays the background below the plate. Without a choice the one that is there stays.
 * @param {Isolate} made
 * @param {IsolateQuestion} question
 * @param {string[]} notes
 * @param {(back: () => void) => void} onFail
 */
mattewire.putBackground = function (made, question, notes, onFail) {
  var plate = /** @type {AVLayer} */ (made.plate), memory = made.memory, above, i;
  /** @type {AVLayer} */
  var layer;
  if (!question.background && !question.background_layer_id) {
    return;
  }
  if (memory.back) {
    mattewire.takeBackground(memory, plate.containingComp, onFail);
    for (i = 0; i < memory.moved.length; i += 1) {
      mattewire.moveBack(memory.moved[i], plate.containingComp, onFail);
    }
    memory.moved = [];
  }
  memory.made = !question.background_layer_id;
  if (memory.made) {
    layer = mattewire.bringBackground(/** @type {string} */ (question.background), made, onFail);
  } else {
    layer = /** @type {AVLayer} */ (mattewire.layerWith(/** @type {number} */ (question.background_layer_id)));
    above = mattewire.above(layer);
    memory.moved = [{ id: layer.id, above: above ? above.id : 0 }];
  }
  memory.back = layer.id;
  memory.seen = layer.enabled;
  mattewire.moveLayer(layer, function () {
    layer.moveAfter(plate);
  }, onFail);
  mattewire.turn(layer, true, onFail);
  if (Math.min(layer.inPoint, layer.outPoint) > made.matte.inPoint || Math.max(layer.inPoint, layer.outPoint) < made.matte.outPoint) {
    notes.push(layer.name + " does not last as long as the subject.");
  }
};

/**
 * @param {AVLayer} layer
 * @param {boolean} on
 * @param {(back: () => void) => void} onFail
 */
mattewire.turn = function (layer, on, onFail) {
  var was = layer.enabled;
  onFail(function () {
    layer.enabled = was;
  });
  layer.enabled = on;
};

/**
 * A picture or movie from disk as a layer that fills the comp, for as long as there are mattes.
 * @param {string} path
 * @param {Isolate} made
 * @param {(back: () => void) => void} onFail
 * @returns {AVLayer}
 */
mattewire.bringBackground = function (path, made, onFail) {
  var matte = made.matte, comp = matte.containingComp, options = /** @type {any} */ (new ImportOptions(new File(path)));
  var folder = mattewire.folder(onFail), item = app.project.importFile(options), scale;
  /** @type {AVLayer} */
  var layer;
  onFail(function () {
    item.remove();
  });
  if (!(item instanceof FootageItem) || item.width === 0) {
    throw mattewire.fault("unknown_format", "background", path + " has no picture.", "Choose a picture or a movie.");
  }
  item.parentFolder = folder;
  layer = comp.layers.add(item);
  onFail(function () {
    layer.remove();
  });
  layer.comment = mattewire.ISOLATE + "background";
  layer.label = mattewire.LABEL;
  scale = 100 * Math.max((comp.width * comp.pixelAspect) / (item.width * item.pixelAspect), comp.height / item.height);
  mattewire.transformOf(layer, "ADBE Scale").setValue([scale, scale]);
  layer.startTime = Math.min(matte.inPoint, matte.outPoint);
  layer.outPoint = Math.max(matte.inPoint, matte.outPoint);
  return layer;
};

/**
 * Takes the background away that was brought in, or turns the artist's layer off again when it was. Its place in the stack
 * is in `memory.moved`.
 * @param {Memory} memory
 * @param {CompItem} comp
 * @param {(back: () => void) => void} onFail
 */
mattewire.takeBackground = function (memory, comp, onFail) {
  var layer = mattewire.layerWith(memory.back);
  if (!(layer !== null && mattewire.isPicture(layer)) || layer.containingComp.id !== comp.id) {
    return; // the artist has taken it out
  }
  if (memory.made) {
    mattewire.dropLayer(layer);
  } else {
    mattewire.turn(layer, memory.seen, onFail);
  }
};
