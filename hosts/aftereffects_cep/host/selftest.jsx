/** The part of the self-test that runs in After Effects: a comp with a plate of known mattes, and what became of it. */

/** Comp frames before the plate: the self-test means to see the timing kept. */
mattewire.SELFTEST_OFFSET = 5;

/** The oldest After Effects whose comps save a picture. */
mattewire.OLDEST_PICTURE = 25.4;

/**
 * Command: a comp with the self-test's plate, opened and selected, so that the panel then works as with any layer.
 * @param {{path: string, first: number, last: number, fps: number, width: number, height: number}} question
 */
mattewire.selftestBegin = function (question) {
  mattewire.mustSupport();
  return mattewire.step("self-test", null, function (onFail) {
    var folder = mattewire.folder(onFail), item = mattewire.bringIn(question, onFail);
    var count = question.last - question.first + 1, layer;
    /** @type {CompItem} */
    var comp;
    item.parentFolder = folder;
    item.mainSource.conformFrameRate = question.fps;
    comp = folder.items.addComp(
      "Mattewire self-test",
      question.width,
      question.height,
      1,
      (count + mattewire.SELFTEST_OFFSET) / question.fps,
      question.fps
    );
    onFail(function () {
      comp.remove();
    });
    layer = comp.layers.add(item);
    layer.startTime = mattewire.SELFTEST_OFFSET * comp.frameDuration;
    comp.openInViewer();
    layer.selected = true;
    return { comp_id: comp.id, layer_id: layer.id };
  });
};

/** @param {number} comp_id @returns {CompItem} */
mattewire.selftestComp = function (comp_id) {
  var comp = app.project.itemByID(comp_id);
  if (!(comp instanceof CompItem)) {
    throw mattewire.fault("bad_field", "comp_id", "The self-test's comp is gone.", "Run the self-test again.");
  }
  return comp;
};

/**
 * The plate of the self-test: the lowest layer.
 * @param {CompItem} comp
 */
mattewire.selftestPlate = function (comp) {
  return /** @type {AVLayer} */ (comp.layer(comp.numLayers));
};

/**
 * Command: has After Effects draw one plate frame, seen through the matte, into a PNG.
 * @param {{comp_id: number, plate_frame: number, path: string}} question
 */
mattewire.selftestPicture = function (question) {
  var comp = mattewire.selftestComp(question.comp_id), plate = mattewire.selftestPlate(comp);
  var at = mattewire.goTo({ layer_id: plate.id, plate_frame: question.plate_frame });
  if (parseFloat(app.version) < mattewire.OLDEST_PICTURE) {
    throw mattewire.fault(
      "unknown_format",
      "",
      "After Effects " + app.version + " cannot save a picture for a script.",
      "Look at the comp yourself: the disc is on transparent ground. The other steps of the self-test hold."
    );
  }
  comp.saveFrameToPng((at.frame - comp.displayStartFrame) * comp.frameDuration, new File(question.path));
  return { path: question.path };
};

/**
 * Command: what became of the mattes in After Effects, one step each.
 * @param {{comp_id: number, job_id: string}} question
 */
mattewire.selftestCheck = function (question) {
  var comp = mattewire.selftestComp(question.comp_id), plate = mattewire.selftestPlate(comp), matte = plate.trackMatteLayer;
  /** @type {Array<{name: string, ok: boolean, words: string}>} */
  var steps = [];
  var item, source, same;

  /** @param {string} name @param {boolean} ok @param {string} words */
  function say(name, ok, words) {
    steps.push({ name: name, ok: ok, words: words });
  }

  say(
    "track matte",
    matte !== null && mattewire.jobOf(matte) === question.job_id && plate.trackMatteType === TrackMatteType.ALPHA,
    matte ? 'The plate is seen through the alpha of "' + matte.name + '".' : "The plate has no track matte."
  );
  if (!matte) {
    return steps;
  }
  item = /** @type {FootageItem} */ (matte.source);
  source = item.mainSource;
  say("order", matte.index === plate.index - 1, "The matte is layer " + matte.index + ", the plate " + plate.index + ".");
  say(
    "alpha",
    source.hasAlpha && source.alphaMode === AlphaMode.STRAIGHT,
    "The alpha is read as " + mattewire.alphaOf(source) + "."
  );
  say(
    "rate",
    Math.abs(item.frameDuration - plate.source.frameDuration) < 1e-9,
    "The mattes play at " + item.frameRate + " frames per second, the plate at " + plate.source.frameRate + "."
  );
  same = mattewire.selftestTimes(comp, plate, matte);
  say("timing", same === "", same || "Every comp frame shows the matte of the plate frame under it.");
  say("follows", matte.parent !== null && matte.parent.id === plate.id, "The matte is parented to the plate.");
  return steps;
};

/**
 * The first comp frame where plate and matte show different frames, in words; empty when there is none.
 * @param {CompItem} comp
 * @param {AVLayer} plate
 * @param {AVLayer} matte
 */
mattewire.selftestTimes = function (comp, plate, matte) {
  var one = mattewire.filesOf(/** @type {FootageItem} */ (plate.source));
  var other = mattewire.filesOf(/** @type {FootageItem} */ (matte.source));
  var under = mattewire.timingOf(plate, comp, plate.source.frameDuration, one.count);
  var over = mattewire.timingOf(matte, comp, matte.source.frameDuration, other.count), k, shown, through;
  for (k = under.first; k <= under.last; k += 1) {
    shown = mattewire.plateFrameAt(under, one, k);
    through = mattewire.plateFrameAt(over, other, k);
    if (shown !== through) {
      return "Comp frame " + k + " shows plate frame " + shown + " through matte " + through + ".";
    }
  }
  return "";
};

/**
 * Command: takes everything of the self-test out of the project.
 * @param {{comp_id: number}} question
 */
mattewire.selftestEnd = function (question) {
  var comp = mattewire.selftestComp(question.comp_id);
  return mattewire.step("end of the self-test", null, function () {
    var i, k, layer, seen;
    /** @type {AVItem[]} */
    var items = [];
    for (i = 1; i <= comp.numLayers; i += 1) {
      layer = comp.layer(i);
      seen = false;
      for (k = 0; layer instanceof AVLayer && k < items.length; k += 1) {
        seen = seen || items[k].id === layer.source.id;
      }
      if (layer instanceof AVLayer && layer.source && !seen) {
        items.push(layer.source);
      }
    }
    comp.remove();
    for (i = 0; i < items.length; i += 1) {
      if (items[i].usedIn.length === 0) {
        items[i].remove();
      }
    }
    mattewire.dropEmptyFolder();
    return { items: items.length + 1 };
  });
};
