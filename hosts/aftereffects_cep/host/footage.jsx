/** Footage: which files it is made of, bringing files in, and how After Effects is to read them. */

/** Name of the folder of the project panel that mattes go to. */
mattewire.FOLDER = "Mattewire";

/** The color of mattes in the project panel and the timeline: the 9th of Preferences > Labels, green as it comes. */
mattewire.LABEL = 9;

/** The fastest rate that footage can be conformed to, in frames per second (After Effects Scripting Guide, FootageSource). */
mattewire.FASTEST = 99;

/**
 * Takes the frame number of a file's name apart, as After Effects numbers sequences: by its last digits.
 * @param {string} name without folder
 * @returns {{head: string, digits: string, tail: string}|null} null for a name without digits before its suffix
 */
mattewire.counterOf = function (name) {
  var stem = name.lastIndexOf(".") > 0 ? name.lastIndexOf(".") : name.length, to = stem, from;
  while (to > 0 && !mattewire.isDigit(name, to - 1)) {
    to -= 1;
  }
  from = to;
  while (from > 0 && mattewire.isDigit(name, from - 1)) {
    from -= 1;
  }
  return from === to ? null : { head: name.substring(0, from), digits: name.substring(from, to), tail: name.substring(to) };
};

/** @param {string} text @param {number} at */
mattewire.isDigit = function (text, at) {
  return "0123456789".indexOf(text.charAt(at)) >= 0;
};

/**
 * A path's last part. Where paths begin with a slash, a backslash is a letter like others.
 * @param {string} path
 */
mattewire.nameOf = function (path) {
  var slash = path.lastIndexOf("/");
  return path.substring((path.charAt(0) === "/" ? slash : Math.max(slash, path.lastIndexOf("\\"))) + 1);
};

/**
 * One frame's file of a `####` pattern; a path without a counter is a movie and stays.
 * @param {string} path
 * @param {number} frame
 */
mattewire.fileOf = function (path, frame) {
  var name = mattewire.nameOf(path), from = name.indexOf("#"), to = from;
  if (from < 0) {
    return path;
  }
  while (name.charAt(to) === "#") {
    to += 1;
  }
  return (
    path.substring(0, path.length - name.length) + name.substring(0, from) + mattewire.padded(frame, to - from) + name.substring(to)
  );
};

/** @param {number} frame @param {number} digits */
mattewire.padded = function (frame, digits) {
  var text = String(Math.abs(frame));
  while (text.length < digits) {
    text = "0" + text;
  }
  return frame < 0 ? "-" + text : text;
};

/**
 * @param {string} path
 * @returns {boolean} whether it is a numbered sequence
 */
mattewire.isPattern = function (path) {
  return mattewire.nameOf(path).indexOf("#") >= 0;
};

/**
 * What files footage is made of.
 * @param {FootageItem} item
 * @returns {{path: string, kind: "sequence"|"movie", first: number, count: number, fps: number, loop: number}} `count`:
 *   frames of one turn of the loop
 */
mattewire.filesOf = function (item) {
  var source = item.mainSource, file = /** @type {File} */ (item.file), loop = Math.max(source.loop, 1);
  var count = Math.round(item.duration / item.frameDuration / loop);
  // displayName would hide suffixes on some systems, and name is URI encoded: the path says what the file is called.
  var name = mattewire.nameOf(file.fsName);
  var folder = file.fsName.substring(0, file.fsName.length - name.length);
  var counter = mattewire.isMovie(name) ? null : mattewire.counterOf(name), shown;
  if (!counter) {
    return { path: file.fsName, kind: "movie", first: 1, count: count, fps: item.frameRate, loop: loop };
  }
  // A sequence that was brought in from the middle of its files says so only in its name, as shot.[1050-1100].exr.
  shown = /^(.*)\[([0-9]+)-([0-9]+)\](.*)$/.exec(item.name);
  return {
    path: folder + counter.head + counter.digits.replace(/[0-9]/g, "#") + counter.tail,
    kind: "sequence",
    first:
      shown && shown[1] === counter.head && shown[4] === counter.tail && Number(shown[3]) - Number(shown[2]) + 1 === count
        ? Number(shown[2])
        : Number(counter.digits),
    count: count,
    fps: item.frameRate,
    loop: loop
  };
};

/** @param {string} name */
mattewire.isMovie = function (name) {
  return /\.(mov|mp4|m4v|mxf|avi|mkv|webm|mpg|mpeg|mts|m2ts|wmv|r3d|braw|ari)$/i.test(name);
};

/**
 * Brings mattes into the project: a sequence with its range said, so that files which lie beside it stay out.
 * @param {{path: string, first: number, last: number}} job
 * @param {(back: () => void) => void} onFail
 * @returns {FootageItem}
 */
mattewire.bringIn = function (job, onFail) {
  var file = new File(mattewire.fileOf(job.path, job.first));
  /** @type {any} */
  var options;
  /** @type {FootageItem|CompItem|FolderItem} */
  var item;
  if (!file.exists) {
    throw mattewire.fault("frame_missing", "path", file.fsName + " is not there.", "Pull the mattes again.");
  }
  options = new ImportOptions(file);
  options.importAs = ImportAsType.FOOTAGE;
  // A range cannot end at 0 (Scripting Guide, ImportOptions); frame 0 alone comes in as a still.
  if (mattewire.isPattern(job.path) && job.last > 0) {
    options.sequence = true;
    options.forceAlphabetical = false;
    // The end first: After Effects throws when the start is set while the end is still 0.
    options.rangeEnd = job.last;
    options.rangeStart = job.first;
  }
  item = app.project.importFile(options);
  onFail(function () {
    item.remove();
  });
  if (!(item instanceof FootageItem)) {
    throw mattewire.fault("unknown_format", "path", file.fsName + " is no footage.", "Choose EXR, PNG, TIFF or ProRes.");
  }
  return item;
};

/**
 * How the mattes are to be read: white with the matte in a straight alpha, at the plate's rate and pixel aspect, whole
 * frames. Throws where the files are none of Mattewire's for After Effects, or fit another plate.
 * @param {FootageItem} item
 * @param {{path: string, first: number, last: number}} job
 * @param {FootageItem} plate
 */
mattewire.interpret = function (item, job, plate) {
  var source = item.mainSource, wanted, count;
  if (!source.hasAlpha) {
    throw mattewire.fault(
      "unknown_format",
      "path",
      item.name + " has no alpha.",
      "Ask for mattes with the channels RGBA, which is white with the matte in A."
    );
  }
  if (item.width !== plate.width || item.height !== plate.height) {
    throw mattewire.fault(
      "bad_field",
      "path",
      "The mattes are " + item.width + " x " + item.height + ", the plate " + plate.name + " is " + plate.width + " x " + plate.height + ".",
      "Pull the mattes from this plate."
    );
  }
  source.alphaMode = AlphaMode.STRAIGHT;
  source.invertAlpha = false;
  // Rules for interlaced sizes would guess fields into a 720 x 486 matte.
  source.fieldSeparationType = FieldSeparationType.OFF;
  item.pixelAspect = plate.pixelAspect;
  wanted = job.last - job.first + 1;
  if (source.isStill && wanted === 1) {
    return; // a sequence of one file has no rate
  }
  if (!source.isStill && item.frameRate !== plate.frameRate) {
    if (plate.frameRate > mattewire.FASTEST) {
      throw mattewire.fault(
        "bad_field",
        "fps",
        plate.name + " plays at " + plate.frameRate + " frames per second; a sequence cannot go above " + mattewire.FASTEST + ".",
        "Ask for the mattes as a ProRes 4444 movie, which keeps the plate's rate."
      );
    }
    source.conformFrameRate = plate.frameRate;
  }
  count = source.isStill ? 1 : Math.round(item.duration / item.frameDuration);
  if (count !== wanted) {
    throw mattewire.fault(
      "range_outside_plate",
      "path",
      item.name + " has " + count + " frames, not the " + wanted + " from " + job.first + " to " + job.last + ".",
      "Pull the mattes again."
    );
  }
  source.loop = mattewire.filesOf(plate).loop;
};

/**
 * The folder of the project panel that mattes lie in, made when it is not there.
 * @param {(back: () => void) => void} onFail
 * @returns {FolderItem}
 */
mattewire.folder = function (onFail) {
  var there = mattewire.folderThere();
  /** @type {FolderItem} */
  var made;
  if (there) {
    return there;
  }
  made = app.project.items.addFolder(mattewire.FOLDER);
  onFail(function () {
    made.remove();
  });
  made.label = mattewire.LABEL;
  return made;
};

/** @returns {FolderItem|null} */
mattewire.folderThere = function () {
  var root = app.project.rootFolder, i, item;
  for (i = 1; i <= root.numItems; i += 1) {
    item = root.item(i);
    if (item instanceof FolderItem && item.name === mattewire.FOLDER) {
      return item;
    }
  }
  return null;
};

/** Takes the folder away when nothing is in it any more. */
mattewire.dropEmptyFolder = function () {
  var there = mattewire.folderThere();
  if (there && there.numItems === 0) {
    there.remove();
  }
};
