/**
 * Render first: a layer whose picture is not that of a file is drawn into files, which are laid above it and can then be
 * a plate. It is rendered as the comp shows it alone: with its masks, effects, remapping and transform.
 */

/** Output module templates that hold alpha, the best first: one that the studio made for this, then those that come along. */
mattewire.TEMPLATES = [
  "Mattewire",
  "OpenEXR Sequence with Alpha",
  "TIFF Sequence with Alpha",
  "PNG Sequence with Alpha",
  "High Quality with Alpha",
  "Lossless with Alpha"
];

/** @typedef {import("../host/contract").RenderPlan} RenderPlan */

/**
 * Command: puts a picture of one layer in the render queue. Nothing is rendered yet.
 * @param {{folder: string, name: string, layer_id?: number}} question
 * @returns {RenderPlan}
 */
mattewire.renderPlan = function (question) {
  var layer = mattewire.chosenLayer(question.layer_id), comp = layer.containingComp, folder = new Folder(question.folder);
  if (!mattewire.isPicture(layer) || !layer.hasVideo || layer.nullLayer || layer.adjustmentLayer) {
    throw mattewire.fault("bad_field", "layer", '"' + layer.name + '" has no picture.', "Select the layer to render.");
  }
  if (!folder.exists && !folder.create()) {
    throw mattewire.fault(
      "not_writable",
      "folder",
      folder.fsName + " cannot be made.",
      "Choose another folder for renders."
    );
  }
  return mattewire.step("render " + layer.name, comp, function (onFail) {
    var shown = mattewire.framesOf(/** @type {AVLayer} */ (layer));
    var copy = mattewire.copyAlone(/** @type {AVLayer} */ (layer), onFail);
    var queued = app.project.renderQueue.items.add(copy), module, template, ending;
    onFail(function () {
      queued.remove();
    });
    queued.timeSpanStart = (shown.first - comp.displayStartFrame) * comp.frameDuration;
    queued.timeSpanDuration = (shown.last - shown.first + 1) * comp.frameDuration;
    module = queued.outputModule(1);
    template = mattewire.templateOf(module);
    module.applyTemplate(template);
    // A template brings its own ending: of a sequence with the counter, as in Comp_[#####].tif.
    ending = /(_?\[#+\])?\.[^.]*$/.exec(module.file.displayName);
    module.file = new File(folder.fsName + "/" + question.name + (ending ? ending[0] : ".mov"));
    return {
      comp_id: copy.id,
      layer_id: layer.id,
      path: module.file.fsName,
      kind: ending && ending[1] ? "sequence" : "movie",
      template: template,
      frames: shown
    };
  });
};

/**
 * A copy of the layer's comp in which nothing else is on. Lights and cameras stay: they make its picture.
 * @param {AVLayer} layer
 * @param {(back: () => void) => void} onFail
 * @returns {CompItem}
 */
mattewire.copyAlone = function (layer, onFail) {
  var folder = mattewire.folder(onFail), copy = layer.containingComp.duplicate(), i, other, own;
  onFail(function () {
    copy.remove();
  });
  copy.name = "Render of " + layer.name;
  copy.parentFolder = folder;
  for (i = 1; i <= copy.numLayers; i += 1) {
    other = copy.layer(i);
    if (mattewire.isPicture(other)) {
      other.locked = false;
      other.solo = false;
      other.enabled = i === layer.index;
    }
  }
  own = /** @type {AVLayer} */ (copy.layer(layer.index));
  if (own.hasTrackMatte && mattewire.jobOf(own.trackMatteLayer)) {
    mattewire.takeMatteOff(own, TrackMatteType.NO_TRACK_MATTE);
  }
  return copy;
};

/** @param {OutputModule} module */
mattewire.templateOf = function (module) {
  var i;
  for (i = 0; i < mattewire.TEMPLATES.length; i += 1) {
    if (mattewire.has(module.templates, mattewire.TEMPLATES[i])) {
      return mattewire.TEMPLATES[i];
    }
  }
  throw mattewire.fault(
    "unknown_format",
    "template",
    "After Effects has no output module template with alpha that Mattewire knows.",
    'Make one called "Mattewire" under Edit > Templates > Output Module: a TIFF or PNG sequence, RGB + Alpha, Premultiplied.'
  );
};

/**
 * The item of the render queue for a plan.
 * @param {RenderPlan} plan
 * @returns {RenderQueueItem}
 */
mattewire.queuedFor = function (plan) {
  var queue = app.project.renderQueue, i;
  for (i = 1; i <= queue.numItems; i += 1) {
    if (queue.item(i).comp.id === plan.comp_id) {
      return queue.item(i);
    }
  }
  throw mattewire.fault(
    "bad_field",
    "comp_id",
    "The render is no longer in the render queue.",
    "Press Render first again."
  );
};

/**
 * Command: renders a plan, and nothing else that waits in the queue. After Effects answers nothing until it is done.
 * @param {RenderPlan} plan
 */
mattewire.render = function (plan) {
  var queue = app.project.renderQueue, wanted = mattewire.queuedFor(plan), i;
  /** @type {RenderQueueItem[]} */
  var waiting = [];
  for (i = 1; i <= queue.numItems; i += 1) {
    if (queue.item(i).comp.id !== plan.comp_id && queue.item(i).status === RQItemStatus.QUEUED) {
      waiting.push(queue.item(i));
      queue.item(i).render = false;
    }
  }
  try {
    queue.render();
  } finally {
    for (i = 0; i < waiting.length; i += 1) {
      waiting[i].render = true;
    }
  }
  if (wanted.status !== RQItemStatus.DONE) {
    throw mattewire.fault(
      "not_writable",
      "path",
      "After Effects did not finish the render to " + plan.path + ".",
      "Look at the render queue for the reason, then press Render first again."
    );
  }
  return plan;
};

/**
 * Command: lays a finished render above the layer it is a picture of, selects it and turns the layer off. One undo step.
 * @param {RenderPlan} plan
 */
mattewire.renderTake = function (plan) {
  var old = mattewire.chosenLayer(plan.layer_id), comp = old.containingComp;
  var count = plan.frames.last - plan.frames.first + 1;
  var path = plan.path, first = 1, made, numbers;
  if (plan.kind === "sequence") {
    numbers = mattewire.firstRendered(plan.path, count);
    path = numbers.path;
    first = numbers.first;
  }
  made = mattewire.step("use the render of " + old.name, comp, function (onFail) {
    var item = mattewire.bringIn({ path: path, first: first, last: first + count - 1 }, onFail), seen = old.enabled;
    /** @type {AVLayer} */
    var layer;
    item.parentFolder = mattewire.folder(onFail);
    item.pixelAspect = comp.pixelAspect;
    if (item.mainSource.hasAlpha) {
      item.mainSource.alphaMode = AlphaMode.PREMULTIPLIED; // with black, as these templates write it
      item.mainSource.premulColor = [0, 0, 0];
    }
    if (item.frameRate !== comp.frameRate) {
      item.mainSource.conformFrameRate = comp.frameRate;
    }
    layer = comp.layers.add(item);
    onFail(function () {
      layer.remove();
    });
    layer.startTime = (plan.frames.first - comp.displayStartFrame) * comp.frameDuration;
    layer.moveBefore(old);
    onFail(function () {
      old.enabled = seen;
    });
    old.enabled = false;
    mattewire.takeBack(plan);
    return layer;
  });
  for (count = 1; count <= comp.numLayers; count += 1) {
    mattewire.select(comp.layer(count), comp.layer(count).id === made.id);
  }
  return { layer_id: made.id, name: made.name, path: mattewire.pathOf(/** @type {FootageItem} */ (made.source)) };
};

/**
 * The pattern and first number of a rendered sequence: a template may count from the comp's frame or from 0.
 * @param {string} path with [#####]
 * @param {number} count
 */
mattewire.firstRendered = function (path, count) {
  var name = mattewire.nameOf(path), folder = path.substring(0, path.length - name.length);
  var hashes = /\[(#+)\]/.exec(name), files, i, found, low = Infinity, least = 0;
  if (hashes) {
    files = new Folder(folder).getFiles();
    for (i = 0; i < files.length; i += 1) {
      found = mattewire.nameOf(files[i].fsName);
      if (found.indexOf(name.substring(0, hashes.index)) === 0) {
        found = /^-?[0-9]+/.exec(found.substring(hashes.index));
        least = found ? Number(found[0]) : low;
        low = Math.min(low, least);
      }
    }
  }
  if (!hashes || low === Infinity) {
    throw mattewire.fault(
      "frame_missing",
      "path",
      "There is no rendered frame at " + path + ".",
      "Press Render first again."
    );
  }
  found = folder + name.replace(hashes[0], hashes[1]);
  if (!new File(mattewire.fileOf(found, low + count - 1)).exists) {
    throw mattewire.fault(
      "frame_missing",
      "path",
      mattewire.fileOf(found, low + count - 1) + " was not rendered.",
      "Press Render first again, into an empty folder."
    );
  }
  return { path: found, first: low };
};

/**
 * Takes the copy of the comp and its place in the queue away.
 * @param {RenderPlan} plan
 */
mattewire.takeBack = function (plan) {
  var copy = app.project.itemByID(plan.comp_id);
  mattewire.queuedFor(plan).remove();
  copy.remove();
  mattewire.dropEmptyFolder();
};

/**
 * Command: takes a plan back.
 * @param {RenderPlan} plan
 */
mattewire.renderDrop = function (plan) {
  return mattewire.step("drop the render", mattewire.activeComp(), function () {
    mattewire.takeBack(plan);
    return { items: 1 };
  });
};
