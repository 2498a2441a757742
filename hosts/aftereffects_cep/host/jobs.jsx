/** Jobs whose mattes are in the project: found again by their comments, brought up to date, shown, taken out. */

/**
 * Footage of a job, or of all jobs for an empty id.
 * @param {string} job_id
 * @returns {FootageItem[]}
 */
mattewire.itemsOf = function (job_id) {
  var i, item, whose;
  /** @type {FootageItem[]} */
  var made = [];
  for (i = 1; i <= app.project.numItems; i += 1) {
    item = app.project.item(i);
    whose = item instanceof FootageItem ? mattewire.jobOf(item) : "";
    if (whose && (!job_id || whose === job_id)) {
      made.push(/** @type {FootageItem} */ (item));
    }
  }
  return made;
};

/** @param {string} job_id */
mattewire.mustFind = function (job_id) {
  var items = mattewire.itemsOf(job_id);
  if (!items.length) {
    throw mattewire.fault(
      "unknown_job",
      "job_id",
      "The mattes of this job are not in the project.",
      "Place them: select the plate and choose the job in the list."
    );
  }
  return items;
};

/**
 * Layers that show an item, in every comp.
 * @param {FootageItem} item
 * @returns {AVLayer[]}
 */
mattewire.layersWith = function (item) {
  var comps = item.usedIn, i, k, layer;
  /** @type {AVLayer[]} */
  var made = [];
  for (i = 0; i < comps.length; i += 1) {
    for (k = 1; k <= comps[i].numLayers; k += 1) {
      layer = comps[i].layer(k);
      if (layer instanceof AVLayer && layer.source && layer.source.id === item.id) {
        made.push(layer);
      }
    }
  }
  return made;
};

/**
 * Layers that are seen through `matte`.
 * @param {AVLayer} matte
 * @returns {AVLayer[]}
 */
mattewire.seenThrough = function (matte) {
  var comp = matte.containingComp, i, layer;
  /** @type {AVLayer[]} */
  var made = [];
  for (i = 1; i <= comp.numLayers; i += 1) {
    layer = comp.layer(i);
    if (mattewire.isPicture(layer) && layer.hasTrackMatte && layer.trackMatteLayer && layer.trackMatteLayer.id === matte.id) {
      made.push(layer);
    }
  }
  return made;
};

/** @returns {CompItem|null} */
mattewire.activeComp = function () {
  var item = app.project.activeItem;
  return item instanceof CompItem ? item : null;
};

/**
 * Command: where the mattes of a job, or of all jobs, are.
 * @param {{job_id?: string}} question
 */
mattewire.find = function (question) {
  var items = mattewire.itemsOf(question.job_id || ""), i, k, layers, plates;
  /** @type {import("../host/contract").Found[]} */
  var made = [];
  for (i = 0; i < items.length; i += 1) {
    layers = mattewire.layersWith(items[i]);
    made.push({
      job_id: mattewire.jobOf(items[i]),
      ticket: items[i].comment.replace(/^[^\n\r]*[\n\r]*/, ""),
      item_id: items[i].id,
      name: items[i].name,
      path: mattewire.pathOf(items[i]),
      missing: items[i].footageMissing,
      uses: []
    });
    for (k = 0; k < layers.length; k += 1) {
      plates = mattewire.seenThrough(layers[k]);
      made[i].uses.push({
        comp_id: layers[k].containingComp.id,
        comp: layers[k].containingComp.name,
        layer_id: layers[k].id,
        plate_layer_id: plates.length ? plates[0].id : null,
        plate: plates.length ? plates[0].name : ""
      });
    }
  }
  return made;
};

/**
 * Command: puts new files behind the mattes of a job. The footage item and the layers stay, with whatever the artist did
 * to them; only their timing follows the new first frame. One undo step.
 * @param {Job & {was?: string}} job
 */
mattewire.update = function (job) {
  var items = mattewire.mustFind(job.was || job.job_id), item = items[0], layers = mattewire.layersWith(item);
  var plates = layers.length ? mattewire.seenThrough(layers[0]) : [], plate = plates[0];
  if (!plate) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      '"' + item.name + '" is no track matte any more.',
      "Place the mattes anew: select the plate and choose the job in the list."
    );
  }
  mattewire.mustBeThere(job);
  mattewire.mustFit(job, plate);
  return mattewire.step("update " + (job.label || "matte"), mattewire.activeComp(), function (onFail) {
    var i, now, answer, linked;
    for (i = 0; i < layers.length; i += 1) {
      mattewire.rememberLayer(layers[i], onFail);
    }
    now = mattewire.exchange(item, job, /** @type {FootageItem} */ (plate.source), onFail);
    for (i = 0; i < layers.length; i += 1) {
      mattewire.retime(layers[i], now, job, onFail);
    }
    linked = layers[0].parent !== null && layers[0].parent.id === plate.id;
    answer = mattewire.placed(job, now, layers[0], plate, linked, []);
    if (now.id !== item.id) {
      item.remove(); // last: it cannot be taken back
    }
    return answer;
  });
};

/**
 * Other files for an item, in place. After Effects takes every file of the sequence then, so where more lie beside those
 * of the job, they are brought in by their range as an item of its own, which is returned.
 * @param {FootageItem} item
 * @param {Job} job
 * @param {FootageItem} plate
 * @param {(back: () => void) => void} onFail
 * @returns {FootageItem}
 */
mattewire.exchange = function (item, job, plate, onFail) {
  var was = mattewire.filesOf(item), file = item.mainSource.file, name = item.name, comment = item.comment, files;
  onFail(function () {
    mattewire.showFiles(item, was.path, /** @type {File} */ (file));
    mattewire.interpret(item, { path: was.path, first: was.first, last: was.first + was.count - 1 }, plate);
    item.name = name;
    item.comment = comment;
  });
  mattewire.showFiles(item, job.path, new File(mattewire.fileOf(job.path, job.first)));
  files = mattewire.filesOf(item);
  if (files.count !== job.last - job.first + 1) {
    return mattewire.bringFor(job, plate, onFail);
  }
  mattewire.interpret(item, job, plate);
  mattewire.mark(item, job);
  item.comment = mattewire.MARK + job.job_id + "\n" + job.ticket;
  return item;
};

/**
 * @param {FootageItem} item
 * @param {string} path
 * @param {File} file
 */
mattewire.showFiles = function (item, path, file) {
  if (mattewire.isPattern(path)) {
    item.replaceWithSequence(file, false);
  } else {
    item.replace(file);
  }
};

/**
 * Registers what a matte layer is like. Before its footage is exchanged: that is taken back first, and a layer cannot
 * last longer than its footage.
 * @param {AVLayer} layer
 * @param {(back: () => void) => void} onFail
 */
mattewire.rememberLayer = function (layer, onFail) {
  var start = layer.startTime, from = layer.inPoint, to = layer.outPoint, name = layer.name, comment = layer.comment;
  onFail(function () {
    layer.startTime = start;
    layer.inPoint = from;
    layer.outPoint = to;
    layer.name = name;
    layer.comment = comment;
  });
};

/**
 * Gives a matte layer its new footage and the timing that goes with it.
 * @param {AVLayer} layer
 * @param {FootageItem} item
 * @param {Job} job
 * @param {(back: () => void) => void} onFail
 */
mattewire.retime = function (layer, item, job, onFail) {
  var plates = mattewire.seenThrough(layer), source = layer.source, files;
  if (source.id !== item.id) {
    onFail(function () {
      layer.replaceSource(source, false);
    });
    layer.replaceSource(item, false);
  }
  if (plates.length) {
    files = mattewire.filesOf(/** @type {FootageItem} */ (plates[0].source));
    mattewire.keepTime(layer, plates[0], job.first - files.first, (job.last - job.first + 1) * files.loop);
  }
  layer.name = mattewire.titleOf(job);
  layer.comment = mattewire.MARK + job.job_id + layer.comment.replace(/^[^\n\r]*/, ""); // an isolate's memory stays
};

/**
 * Command: has After Effects read the files of a job anew, after they were written again under the same names.
 * @param {{job_id: string}} question
 */
mattewire.reload = function (question) {
  var items = mattewire.mustFind(question.job_id), i;
  for (i = 0; i < items.length; i += 1) {
    /** @type {FileSource} */ (items[i].mainSource).reload();
  }
  return { items: items.length };
};

/**
 * Takes the mattes of a job out; the plate is whole again. One undo step. Isolates are taken out before: see `removeJob`.
 * @param {{job_id: string}} question
 */
mattewire.remove = function (question) {
  var items = mattewire.mustFind(question.job_id);
  return mattewire.step("remove matte", mattewire.activeComp(), function (onFail) {
    /** @type {AVLayer[]} */
    var layers = [];
    var i, k, plates;
    for (i = 0; i < items.length; i += 1) {
      layers = layers.concat(mattewire.layersWith(items[i]));
    }
    for (i = 0; i < layers.length; i += 1) {
      plates = mattewire.seenThrough(layers[i]);
      for (k = 0; k < plates.length; k += 1) {
        mattewire.seeWhole(plates[k], onFail);
      }
      layers[i].locked = false;
    }
    for (i = 0; i < layers.length; i += 1) {
      layers[i].remove();
    }
    for (i = 0; i < items.length; i += 1) {
      items[i].remove();
    }
    mattewire.dropEmptyFolder();
    return { layers: layers.length, items: items.length };
  });
};

/**
 * Takes the track matte off a plate.
 * @param {AVLayer} plate
 * @param {(back: () => void) => void} onFail
 */
mattewire.seeWhole = function (plate, onFail) {
  var matte = plate.trackMatteLayer, type = plate.trackMatteType;
  onFail(function () {
    plate.setTrackMatte(matte, type);
  });
  mattewire.takeMatteOff(plate, TrackMatteType.NO_TRACK_MATTE);
};

/**
 * Command: selects the matte layers of a job in the open comp.
 * @param {{job_id: string}} question
 */
mattewire.show = function (question) {
  var comp = mattewire.openComp(), items = mattewire.mustFind(question.job_id), i, k, layer, count = 0;
  for (i = 1; i <= comp.numLayers; i += 1) {
    layer = comp.layer(i);
    mattewire.select(layer, false);
    for (k = 0; k < items.length; k += 1) {
      if (layer instanceof AVLayer && layer.source && layer.source.id === items[k].id) {
        layer.selected = true;
        count += 1;
      }
    }
  }
  return { layers: count };
};

/**
 * Command: goes to the first comp frame that shows a frame of the plate.
 * @param {{layer_id: number, plate_frame: number}} question
 */
mattewire.goTo = function (question) {
  var layer = /** @type {AVLayer} */ (mattewire.chosenLayer(question.layer_id)), item = mattewire.footageOf(layer);
  var comp = layer.containingComp, files = mattewire.filesOf(item), k;
  var timing = mattewire.timingOf(layer, comp, item.frameDuration, files.count * files.loop);
  for (k = timing.first; k <= timing.last; k += 1) {
    if (mattewire.plateFrameAt(timing, files, k) === question.plate_frame) {
      comp.time = k * comp.frameDuration;
      return { frame: k + comp.displayStartFrame };
    }
  }
  throw mattewire.fault(
    "range_outside_plate",
    "plate_frame",
    "Frame " + question.plate_frame + ' of "' + layer.name + '" is not seen in this comp.',
    "Choose a frame that the layer shows."
  );
};
