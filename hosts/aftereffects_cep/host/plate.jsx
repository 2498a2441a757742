/** What the panel is told of the plate: the command `look`, and the cheap `state` that a timer asks. */

/**
 * The layer as a plate: itself, its footage, files and timing. Throws where it is none.
 * @param {number|undefined} layer_id
 * @param {string[]} keep
 */
mattewire.plateAt = function (layer_id, keep) {
  var layer = mattewire.chosenLayer(layer_id), item = mattewire.footageOf(layer), av = /** @type {AVLayer} */ (layer);
  var notes = mattewire.mustShowItsFile(av, item, keep), files = mattewire.filesOf(item), comp = layer.containingComp;
  return {
    layer: av,
    item: item,
    comp: comp,
    files: files,
    timing: mattewire.timingOf(av, comp, item.frameDuration, files.count * files.loop),
    notes: notes
  };
};

/**
 * Command: everything a panel shows of the selected layer and needs to ask for mattes.
 * @param {import("../host/contract").LookQuestion} question
 * @returns {import("../host/contract").Look}
 */
mattewire.look = function (question) {
  var found = mattewire.plateAt(question.layer_id, question.keep || []);
  var layer = found.layer, item = found.item, comp = found.comp, files = found.files, timing = found.timing;
  var shown = comp.displayStartFrame, all = mattewire.framesIn(comp);
  var work = Math.round(comp.workAreaStart / comp.frameDuration);
  var now = Math.round(comp.time / comp.frameDuration);
  var blends = layer.frameBlendingType !== FrameBlendingType.NO_FRAME_BLEND && comp.frameBlending;
  var last = mattewire.fileOf(files.path, files.first + files.count - 1);

  /** @param {number} from @param {number} to */
  function choice(from, to) {
    return {
      comp: { first: from + shown, last: to + shown },
      plate: mattewire.plateRange(timing, files, from, to, blends)
    };
  }

  if (!new File(last).exists) {
    throw mattewire.fault(
      "frame_missing",
      "layer",
      "The footage lasts to " + last + ", which is not there.",
      "Where its files are not numbered one after the other, as with Force Alphabetical Order, number them anew and import again."
    );
  }
  return {
    plate: {
      path: files.path,
      kind: files.kind,
      first: files.first,
      last: files.first + files.count - 1,
      fps: item.frameRate,
      native_fps: item.mainSource.nativeFrameRate,
      width: item.width,
      height: item.height,
      pixel_aspect: item.pixelAspect,
      has_alpha: item.mainSource.hasAlpha,
      alpha: mattewire.alphaOf(item.mainSource),
      colorspace: ""
    },
    layer: {
      id: layer.id,
      index: layer.index,
      name: layer.name,
      frames: { first: timing.first + shown, last: timing.last + shown },
      stretch: layer.stretch,
      three_d: layer.threeDLayer,
      job_id: mattewire.jobOf(layer.hasTrackMatte ? layer.trackMatteLayer : null),
      isolates: mattewire.isolatesOn(layer)
    },
    comp: {
      id: comp.id,
      name: comp.name,
      width: comp.width,
      height: comp.height,
      pixel_aspect: comp.pixelAspect,
      fps: comp.frameRate,
      frames: { first: shown, last: all - 1 + shown },
      work_area: {
        first: work + shown,
        last: work + Math.round(comp.workAreaDuration / comp.frameDuration) - 1 + shown
      },
      frame: now + shown,
      plate_frame: mattewire.plateFrameAt(timing, files, now)
    },
    color: {
      bits: app.project.bitsPerChannel,
      working_space: app.project.workingSpace,
      linear_working_space: app.project.linearizeWorkingSpace,
      linear_blending: app.project.linearBlending
    },
    runs: mattewire.runsOf(timing, files, shown),
    ranges: {
      work_area: choice(work, work + Math.round(comp.workAreaDuration / comp.frameDuration) - 1),
      layer: choice(Math.max(timing.first, 0), timing.last),
      comp: choice(0, all - 1)
    },
    notes: found.notes
  };
};

/** @param {FootageSource} source */
mattewire.alphaOf = function (source) {
  if (!source.hasAlpha) {
    return "none";
  }
  if (source.alphaMode === AlphaMode.STRAIGHT) {
    return "straight";
  }
  return source.alphaMode === AlphaMode.PREMULTIPLIED ? "premultiplied" : "ignored";
};

/** Command: what a timer asks. Looks at nothing that costs time, and never throws for what is selected. */
mattewire.state = function () {
  var item = app.project ? app.project.activeItem : null, comp, layers, now;
  /** @type {import("../host/contract").State} */
  var made = {
    version: app.version,
    supported: parseFloat(app.version) >= mattewire.OLDEST,
    project: app.project && app.project.file ? app.project.file.fsName : "",
    comp: null,
    selected: 0,
    layer: null
  };
  if (!(item instanceof CompItem)) {
    return made;
  }
  comp = item;
  now = Math.round(comp.time / comp.frameDuration);
  layers = comp.selectedLayers;
  made.comp = { id: comp.id, name: comp.name, frame: now + comp.displayStartFrame };
  made.selected = layers.length;
  if (layers.length === 1) {
    made.layer = { id: layers[0].id, name: layers[0].name, plate_frame: mattewire.shownNow(layers[0], comp, now) };
  }
  return made;
};

/**
 * @param {Layer} layer
 * @param {CompItem} comp
 * @param {number} now
 * @returns {number|null}
 */
mattewire.shownNow = function (layer, comp, now) {
  var item, files;
  try {
    item = mattewire.footageOf(layer);
    files = mattewire.filesOf(item);
    return mattewire.plateFrameAt(
      mattewire.timingOf(/** @type {AVLayer} */ (layer), comp, item.frameDuration, files.count * files.loop), files, now
    );
  } catch (problem) {
    return null;
  }
};
