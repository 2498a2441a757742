/** A job's mattes above their plate: check, place, update. */

/** What begins the comment of everything that belongs to a job, before the job's id. */
mattewire.MARK = "Mattewire job ";

/** Bytes of a ticket; the comment of a project item holds 15,999 (After Effects Scripting Guide, Item). */
mattewire.LONGEST_TICKET = 15000;

/** @typedef {import("../host/contract").Job} Job */

/**
 * The job that a layer or project item was made for; empty for none.
 * @param {{comment: string}|null} thing
 * @returns {string}
 */
mattewire.jobOf = function (thing) {
  var found = thing ? /^Mattewire job (\S+)/.exec(thing.comment) : null;
  return found ? found[1] : "";
};

/** @param {Job} job */
mattewire.titleOf = function (job) {
  var title = "Matte: " + (job.label || "marks") + (job.version ? " " + job.version : "");
  return title.length > 60 ? title.substring(0, 57) + "..." : title;
};

/**
 * Command: whether a job's mattes can be placed; changes nothing.
 * @param {Job} job
 */
mattewire.check = function (job) {
  mattewire.mustFit(job, mattewire.plateAt(job.layer_id, job.keep || []).layer);
  return { frames: mattewire.mustBeThere(job) };
};

/**
 * Throws when `plate` cannot take the mattes of `job` now.
 * @param {Job} job
 * @param {AVLayer} plate
 */
mattewire.mustFit = function (job, plate) {
  var name = '"' + plate.name + '"', files = mattewire.filesOf(/** @type {FootageItem} */ (plate.source));
  if (plate.locked) {
    throw mattewire.fault("bad_field", "layer", name + " is locked.", "Unlock it, then place the mattes again.");
  }
  if (plate.hasTrackMatte && !mattewire.jobOf(plate.trackMatteLayer)) {
    throw mattewire.fault(
      "output_exists",
      "layer",
      name + ' already has a track matte: "' + /** @type {AVLayer} */ (plate.trackMatteLayer).name + '".',
      "Set its Track Matte to No Track Matte, or precompose the two, then place the mattes again."
    );
  }
  if (files.loop > 1 && (job.first !== files.first || job.last - job.first + 1 !== files.count)) {
    throw mattewire.fault(
      "range_outside_plate",
      "first",
      "The footage of " + name + " is looped, and the mattes are only of " + job.first + " to " + job.last + ".",
      "Pull mattes of all its frames, " + files.first + " to " + (files.first + files.count - 1) + "."
    );
  }
  if (mattewire.bytesOf(job.ticket) > mattewire.LONGEST_TICKET) {
    throw mattewire.fault(
      "bad_field",
      "ticket",
      "The marks of this job are too many to keep in the project: " + mattewire.bytesOf(job.ticket) + " bytes.",
      "Use fewer points, or leave shapes out."
    );
  }
};

/**
 * How many bytes a text is in UTF-8, or a few more.
 * @param {string} text
 */
mattewire.bytesOf = function (text) {
  return text.length + 2 * text.replace(/[\x00-\x7f]/g, "").length;
};

/**
 * Throws for the first of the files that is not there. Of a long sequence a sample is looked at, its ends among them:
 * the daemon has said that all are written, and a server may take a while to show them.
 * @param {Job} job
 * @returns {number} how many frames there are
 */
mattewire.mustBeThere = function (job) {
  var count = job.last - job.first + 1, looks = mattewire.isPattern(job.path) ? Math.min(count, 32) : 1, i, frame, path;
  if (count < 1) {
    throw mattewire.fault("bad_field", "last", "The mattes end before they begin.", "Pull the mattes again.");
  }
  for (i = 0; i < looks; i += 1) {
    frame = looks === 1 ? job.first : job.first + Math.round((i * (count - 1)) / (looks - 1));
    path = mattewire.fileOf(job.path, frame);
    if (!new File(path).exists) {
      throw mattewire.fault(
        "frame_missing",
        "path",
        path + " is not there.",
        "Wait until the disk shows it and place the mattes again, or pull them again."
      );
    }
  }
  return count;
};

/**
 * Command: brings the mattes in, lays them above the plate in step with it, and has the plate seen through them. Mattes
 * of an earlier job on this layer make way. One undo step; when anything fails, the project is as before.
 * @param {Job} job
 */
mattewire.place = function (job) {
  var found = mattewire.plateAt(job.layer_id, job.keep || []), plate = found.layer, notes = found.notes;
  mattewire.mustFit(job, plate);
  mattewire.mustBeThere(job);
  return mattewire.step("matte of " + (job.label || plate.name), found.comp, function (onFail) {
    var old = plate.hasTrackMatte ? plate.trackMatteLayer : null, item = mattewire.bringFor(job, found.item, onFail);
    var made = mattewire.layFollower(item, plate, onFail), layer = made.layer, answer;
    mattewire.keepTime(layer, plate, job.first - found.files.first, (job.last - job.first + 1) * found.files.loop);
    mattewire.mark(layer, job);
    mattewire.seeThrough(plate, layer, onFail);
    if (!made.linked) {
      notes.push("The matte has a copy of the movement of " + plate.name + ". Place it again after you animate the plate anew.");
    }
    answer = mattewire.placed(job, item, layer, plate, made.linked, notes);
    if (old) {
      mattewire.dropLayer(old); // last: it cannot be taken back
    }
    return answer;
  });
};

/**
 * The mattes as an item of the project, read as they are to be.
 * @param {Job} job
 * @param {FootageItem} plate
 * @param {(back: () => void) => void} onFail
 */
mattewire.bringFor = function (job, plate, onFail) {
  var folder = mattewire.folder(onFail), item = mattewire.bringIn(job, onFail);
  mattewire.interpret(item, job, plate);
  item.parentFolder = folder;
  mattewire.mark(item, job);
  item.comment = mattewire.MARK + job.job_id + "\n" + job.ticket;
  return item;
};

/**
 * Name, color and job of a layer or item that was made for a job; a matte layer is never seen itself.
 * @param {AVLayer|FootageItem} thing
 * @param {Job} job
 */
mattewire.mark = function (thing, job) {
  thing.name = mattewire.titleOf(job);
  thing.label = mattewire.LABEL;
  thing.comment = mattewire.MARK + job.job_id;
  if (thing instanceof AVLayer) {
    thing.enabled = false;
  }
};

/**
 * Has `plate` seen through the alpha of `matte`.
 * @param {AVLayer} plate
 * @param {AVLayer} matte
 * @param {(back: () => void) => void} onFail
 */
mattewire.seeThrough = function (plate, matte, onFail) {
  var before = plate.hasTrackMatte ? plate.trackMatteLayer : null, type = plate.trackMatteType;
  onFail(function () {
    if (before) {
      plate.setTrackMatte(before, type);
    } else {
      mattewire.takeMatteOff(plate, type);
    }
  });
  plate.setTrackMatte(matte, TrackMatteType.ALPHA);
  if (!plate.trackMatteLayer || plate.trackMatteLayer.id !== matte.id || plate.trackMatteType !== TrackMatteType.ALPHA) {
    throw mattewire.fault(
      "internal_error",
      "layer",
      "After Effects did not take the track matte.",
      "Set it by hand, and send us the self-test."
    );
  }
};

/**
 * Takes a matte layer out, and its footage when nothing else uses it.
 * @param {AVLayer} layer
 */
mattewire.dropLayer = function (layer) {
  var item = layer.source;
  layer.locked = false;
  layer.remove();
  if (item.usedIn.length === 0) {
    item.remove();
  }
};

/**
 * @param {Job} job
 * @param {FootageItem} item
 * @param {AVLayer} layer
 * @param {AVLayer} plate
 * @param {boolean} linked
 * @param {string[]} notes
 */
mattewire.placed = function (job, item, layer, plate, linked, notes) {
  return {
    job_id: job.job_id,
    comp_id: plate.containingComp.id,
    item_id: item.id,
    layer_id: layer.id,
    plate_layer_id: plate.id,
    name: layer.name,
    frames: mattewire.framesOf(layer),
    linked: linked,
    notes: notes
  };
};
