/**
 * Isolates: one command takes a plate and its mattes apart, so that something happens between subject and background.
 *
 * `color`: an adjustment layer above the plate, of the plate's own extent and seen through the inverted matte, takes the
 * color out of all but the subject. The plate stays one layer, so that a later grade of it reaches subject and rest alike,
 * and whatever the artist puts on the adjustment layer reaches the rest only.
 * `background`: the plate seen through its matte, with a layer or picture right below it.
 * `caption`: a copy of the plate above the captions, seen through the matte (see subject.jsx).
 *
 * What an isolate has changed is remembered in the comment of its matte layer, so that one command takes it out again.
 */

/** @typedef {import("../host/contract").IsolateQuestion} IsolateQuestion */
/** @typedef {import("../host/contract").IsolateKind} IsolateKind */

/**
 * @typedef {Object} FoundPlate what `plateAt` finds
 * @property {AVLayer} layer
 * @property {FootageItem} item
 * @property {CompItem} comp
 * @property {{path: string, first: number, count: number, loop: number}} files
 * @property {Timing} timing
 * @property {string[]} notes
 */

/** @typedef {{layers: AVLayer[], adjustments: AVLayer[]}} Captions */

/**
 * @typedef {Object} Memory what has to be put back
 * @property {number} plate layer id
 * @property {number} matte layer id of the matte that the plate had; 0 for none
 * @property {TrackMatteType} type the plate's, before
 * @property {boolean} placed the matte was on the plate already, and stays there
 * @property {number} back layer id of the background; 0 for none
 * @property {boolean} made the background layer was brought in for this
 * @property {boolean} seen whether the background layer was on
 * @property {Array<{id: number, above: number}>} moved layers that were lifted or lowered, from the top, each with the layer
 *   that was above it; 0 for none
 * @property {string} effects those of the plate that were copied
 */

/**
 * @typedef {Object} Isolate one that is in a comp
 * @property {IsolateKind} kind
 * @property {string} job_id
 * @property {AVLayer} matte
 * @property {AVLayer|null} front the layer that is seen through the matte
 * @property {AVLayer|null} plate
 * @property {Memory} memory
 */

mattewire.ISOLATE = "Mattewire isolate ";

/** What the panel and the undo step call them, by kind. */
mattewire.ISOLATES = { color: "color isolate", background: "background swap", caption: "caption isolate" };

/**
 * The isolate that a layer is the matte of; null when it is none.
 * @param {Layer} layer
 * @returns {Isolate|null}
 */
mattewire.isolateAt = function (layer) {
  var found = /^Mattewire job (\S+)[\n\r]+Mattewire isolate (\w+) (\{.*\})/.exec(layer.comment), memory, matte, fronts, front, plate;
  if (!found || !(layer instanceof AVLayer)) {
    return null;
  }
  matte = layer;
  memory = mattewire.json.read(found[3]);
  fronts = mattewire.seenThrough(matte);
  front = fronts.length ? fronts[0] : null;
  plate = mattewire.layerWith(memory.plate);
  if (!plate || plate.containingComp.id !== matte.containingComp.id) {
    plate = front && front.parent; // in a copy of the comp all ids are new
  }
  return {
    kind: /** @type {IsolateKind} */ (found[2]),
    job_id: found[1],
    matte: matte,
    front: front,
    plate: plate instanceof AVLayer ? plate : null,
    memory: memory
  };
};

/**
 * Isolates of a comp that `layer` has a part in, as plate, matte, front or background; of all layers for null.
 * @param {CompItem} comp
 * @param {Layer|null} layer
 * @returns {Isolate[]}
 */
mattewire.isolatesIn = function (comp, layer) {
  var i, one, id = layer ? layer.id : 0;
  /** @type {Isolate[]} */
  var made = [];
  for (i = 1; i <= comp.numLayers; i += 1) {
    one = mattewire.isolateAt(comp.layer(i));
    if (one && (!layer || one.matte.id === id || one.memory.back === id || mattewire.isOneOf(id, one.plate, one.front))) {
      made.push(one);
    }
  }
  return made;
};

/**
 * @param {number} id
 * @param {Layer|null} one
 * @param {Layer|null} other
 */
mattewire.isOneOf = function (id, one, other) {
  return (one !== null && one.id === id) || (other !== null && other.id === id);
};

/**
 * @param {AVLayer} plate
 * @param {IsolateKind} kind
 * @returns {Isolate|null}
 */
mattewire.isolateOf = function (plate, kind) {
  var all = mattewire.isolatesIn(plate.containingComp, plate), i;
  for (i = 0; i < all.length; i += 1) {
    if (all[i].kind === kind && all[i].plate !== null && /** @type {AVLayer} */ (all[i].plate).id === plate.id) {
      return all[i];
    }
  }
  return null;
};

/**
 * Isolates on a plate, for the panel.
 * @param {Layer} plate
 */
mattewire.isolatesOn = function (plate) {
  var all = mattewire.isolatesIn(plate.containingComp, plate), i;
  /** @type {Array<{kind: IsolateKind, job_id: string}>} */
  var made = [];
  for (i = 0; i < all.length; i += 1) {
    made.push({ kind: all[i].kind, job_id: all[i].job_id });
  }
  return made;
};

/**
 * Writes down on the matte layer what has to be put back.
 * @param {AVLayer} matte
 * @param {IsolateKind} kind
 * @param {Memory} memory
 */
mattewire.remember = function (matte, kind, memory) {
  matte.comment = mattewire.MARK + mattewire.jobOf(matte) + "\n" + mattewire.ISOLATE + kind + " " + mattewire.json.write(memory);
};

/**
 * Command: makes an isolate of a plate and a job's mattes, or brings the one that is there up to date. One undo step.
 * @param {IsolateQuestion} question
 * @returns {import("../host/contract").Isolated}
 */
mattewire.isolate = function (question) {
  var found = mattewire.plateAt(question.layer_id, question.keep || []), plate = found.layer, kind = question.kind;
  /** @type {Isolate|null} */
  var there;
  /** @type {Captions} */
  var captions;
  if (!mattewire.ISOLATES.hasOwnProperty(kind)) {
    throw mattewire.fault("bad_field", "kind", 'There is no isolate "' + kind + '".', "Choose color, background or caption.");
  }
  mattewire.mustFit(question, plate);
  mattewire.mustBeThere(question);
  mattewire.findBackground(question, found.comp);
  there = mattewire.isolateOf(plate, kind);
  captions = kind === "caption" ? mattewire.captionsFor(question, found, there) : { layers: [], adjustments: [] };
  if (kind === "background" && !(there && !question.background && !question.background_layer_id)) {
    mattewire.mustBeBackground(question, plate);
  }
  return mattewire.step(mattewire.ISOLATES[kind] + " of " + (question.label || plate.name), found.comp, function (onFail) {
    var made = there ? mattewire.renew(there, question, found, onFail) : mattewire.begin(question, found, captions.adjustments, onFail);
    if (kind === "caption") {
      mattewire.putBehind(made, captions.layers, found.notes, onFail);
    } else if (kind === "background") {
      mattewire.putBackground(made, question, found.notes, onFail);
    }
    mattewire.remember(made.matte, kind, made.memory);
    return mattewire.isolated(made, question, captions.layers, found.notes);
  });
};

/**
 * @param {Isolate} made
 * @param {IsolateQuestion} question
 * @param {AVLayer[]} captions
 * @param {string[]} notes
 */
mattewire.isolated = function (made, question, captions, notes) {
  var plate = /** @type {AVLayer} */ (made.plate), front = /** @type {AVLayer} */ (made.front), i;
  var linked = made.matte.parent !== null, item = /** @type {FootageItem} */ (made.matte.source);
  var placed = mattewire.placed(question, item, made.matte, plate, linked, notes);
  /** @type {string[]} */
  var names = [];
  for (i = 0; i < captions.length; i += 1) {
    names.push(captions[i].name);
  }
  return {
    kind: made.kind,
    front_layer_id: front.id,
    captions: names,
    job_id: placed.job_id,
    comp_id: placed.comp_id,
    item_id: placed.item_id,
    layer_id: placed.layer_id,
    plate_layer_id: placed.plate_layer_id,
    name: front.id === plate.id ? placed.name : front.name,
    frames: placed.frames,
    linked: linked,
    notes: notes
  };
};

/**
 * A new isolate: its front layer and matte.
 * @param {IsolateQuestion} question
 * @param {FoundPlate} found
 * @param {AVLayer[]} adjustments between plate and captions, from the bottom
 * @param {(back: () => void) => void} onFail
 * @returns {Isolate}
 */
mattewire.begin = function (question, found, adjustments, onFail) {
  var plate = found.layer, kind = question.kind, old = plate.hasTrackMatte ? plate.trackMatteLayer : null, front = plate, matte, item;
  /** @type {Memory} */
  var memory = {
    plate: plate.id, matte: old ? old.id : 0, type: plate.trackMatteType, placed: false, back: 0, made: false, seen: true, moved: [],
    effects: ""
  };
  if (kind === "background" && old && mattewire.jobOf(old) === question.job_id) {
    memory.placed = true;
    return { kind: kind, job_id: question.job_id, matte: old, front: plate, plate: plate, memory: memory };
  }
  // Behind a swapped background the plate keeps its matte; else subject and rest are both seen again.
  if (kind !== "background" && old && !mattewire.isolateOf(plate, "background")) {
    mattewire.seeWhole(plate, onFail);
  } else if (kind !== "background") {
    memory.matte = 0;
  }
  item = mattewire.itemFor(question, found.item, onFail);
  if (kind === "caption") {
    front = mattewire.subjectOf(plate, mattewire.frontName(kind, question), adjustments, found.notes, onFail);
    memory.effects = mattewire.effectNames(plate);
  } else if (kind === "color") {
    front = mattewire.restOf(plate, question, onFail);
  }
  matte = mattewire.layFollower(item, front, onFail).layer;
  mattewire.keepTime(matte, plate, question.first - found.files.first, (question.last - question.first + 1) * found.files.loop);
  mattewire.mark(matte, question);
  mattewire.seeThrough(front, matte, onFail);
  mattewire.dress(kind, front, matte, question);
  return { kind: kind, job_id: question.job_id, matte: matte, front: front, plate: plate, memory: memory };
};

/**
 * The mattes as an item: the one of this job that is in the project, where it shows the same files.
 * @param {import("../host/contract").Job} job
 * @param {FootageItem} plate
 * @param {(back: () => void) => void} onFail
 */
mattewire.itemFor = function (job, plate, onFail) {
  var items = mattewire.itemsOf(job.job_id), i, files;
  for (i = 0; i < items.length; i += 1) {
    files = items[i].footageMissing || items[i].mainSource.isStill ? null : mattewire.filesOf(items[i]);
    if (files && mattewire.fileOf(files.path, files.first) === new File(mattewire.fileOf(job.path, job.first)).fsName) {
      if (files.count === job.last - job.first + 1) {
        return items[i];
      }
    }
  }
  return mattewire.bringFor(job, plate, onFail);
};

/**
 * An adjustment layer of the plate's extent and movement, which takes color and light away.
 * @param {AVLayer} plate
 * @param {IsolateQuestion} question
 * @param {(back: () => void) => void} onFail
 */
mattewire.restOf = function (plate, question, onFail) {
  var layer = mattewire.standIn(plate, mattewire.frontName("color", question), onFail);
  layer.adjustmentLayer = true;
  layer.enabled = true;
  mattewire.grade(layer, question);
  return layer;
};

/**
 * Sets how gray and how dark the rest is. Effects of the artist on the layer are left alone.
 * @param {AVLayer} layer
 * @param {{gray?: number, darker?: number}} question percent
 */
mattewire.grade = function (layer, question) {
  var effects = /** @type {any} */ (layer.property("ADBE Effect Parade"));
  var gray = question.gray === undefined ? 100 : question.gray, darker = question.darker || 0;
  mattewire.own(effects, "ADBE Tint", "Gray").property("ADBE Tint-0003").setValue(gray);
  // Output White of Levels: 1 is white whatever the project's depth is.
  mattewire.own(effects, "ADBE Easy Levels2", "Light").property("ADBE Easy Levels2-0007").setValue(1 - darker / 100);
};

/**
 * The effect of that name, added when it is not there.
 * @param {any} effects
 * @param {string} matchName
 * @param {string} name
 */
mattewire.own = function (effects, matchName, name) {
  var made = effects.property(mattewire.OWN + " " + name);
  if (!made) {
    made = effects.addProperty(matchName);
    made.name = mattewire.OWN + " " + name;
  }
  return made;
};

/** @param {IsolateKind} kind @param {import("../host/contract").Job} job */
mattewire.frontName = function (kind, job) {
  return mattewire.titleOf(job).replace(/^Matte/, kind === "color" ? "Rest" : "Subject");
};

/**
 * Name, color and matte of a front layer.
 * @param {IsolateKind} kind
 * @param {AVLayer} front
 * @param {AVLayer} matte
 * @param {import("../host/contract").Job} job
 */
mattewire.dress = function (kind, front, matte, job) {
  if (kind === "background") {
    return; // it is the artist's own layer
  }
  front.name = mattewire.frontName(kind, job);
  front.label = mattewire.LABEL;
  front.comment = mattewire.ISOLATE + kind;
  if (kind === "color") {
    front.setTrackMatte(matte, TrackMatteType.ALPHA_INVERTED);
    front.inPoint = matte.inPoint; // without a matte all of it would be gray
    front.outPoint = matte.outPoint;
  }
};
