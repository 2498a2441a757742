/** Changes of the project: one undo step each, taken back when something fails, with the artist's place kept. */

/**
 * Runs `work` as one undo step. `work` is given `onFail`, to which it hands a function for each change it makes: when it
 * throws, these are called, last change first, and the project is as it was. The undo group is closed whatever happens.
 * The selection, and the time of `comp`, are put back.
 *
 * @template T
 * @param {string} name what Edit > Undo shows after "Mattewire: "
 * @param {CompItem|null} comp
 * @param {(onFail: (back: () => void) => void) => T} work
 * @returns {T}
 */
mattewire.step = function (name, comp, work) {
  /** @type {Array<() => void>} */
  var back = [];
  var kept = mattewire.keepPlace(comp);
  app.beginUndoGroup("Mattewire: " + name);
  try {
    return work(function (undo) {
      back.push(undo);
    });
  } catch (problem) {
    while (back.length) {
      mattewire.quietly(/** @type {() => void} */ (back.pop()));
    }
    throw problem;
  } finally {
    mattewire.quietly(kept);
    app.endUndoGroup();
  }
};

/**
 * Calls `work` and lets nothing out: what is put back must not hide why it had to be.
 * @param {() => void} work
 */
mattewire.quietly = function (work) {
  try {
    work();
  } catch (problem) {
    $.writeln("Mattewire: " + problem);
  }
};

/**
 * What is selected and which frame is shown; call the answer to put it back. What is gone by then is passed over.
 * @param {CompItem|null} comp
 * @returns {() => void}
 */
mattewire.keepPlace = function (comp) {
  var items = app.project.selection;
  var layers = comp ? comp.selectedLayers : [];
  var time = comp ? comp.time : 0;
  return function () {
    mattewire.selectOnly(items, app.project.selection);
    if (comp) {
      mattewire.selectOnly(layers, comp.selectedLayers);
      if (comp.time !== time) {
        comp.time = time;
      }
    }
  };
};

/**
 * @param {Array<{id: number, selected: boolean}>} wanted
 * @param {Array<{id: number, selected: boolean}>} now what is selected
 */
mattewire.selectOnly = function (wanted, now) {
  var i;
  for (i = 0; i < now.length; i += 1) {
    if (!mattewire.holds(wanted, now[i])) {
      now[i].selected = false;
    }
  }
  for (i = 0; i < wanted.length; i += 1) {
    mattewire.quietly(mattewire.selecting(wanted[i]));
  }
};

/** @param {{selected: boolean}} thing @returns {() => void} */
mattewire.selecting = function (thing) {
  return function () {
    mattewire.select(thing, true);
  };
};

/**
 * Selecting a layer that is selected already would still drop the properties that are selected on it.
 * @param {{selected: boolean}} thing
 * @param {boolean} wanted
 */
mattewire.select = function (thing, wanted) {
  if (thing.selected !== wanted) {
    thing.selected = wanted;
  }
};

/**
 * By id: After Effects hands out a new object each time. What is gone has none.
 * @param {Array<{id: number}>} things
 * @param {{id: number}} wanted
 * @returns {boolean}
 */
mattewire.holds = function (things, wanted) {
  var i;
  for (i = 0; i < things.length; i += 1) {
    if (mattewire.isThere(things[i]) && things[i].id === wanted.id) {
      return true;
    }
  }
  return false;
};

/**
 * Whether a layer or item still exists: of one that was removed, every member throws.
 * @param {{id: number}} thing
 */
mattewire.isThere = function (thing) {
  try {
    return thing.id > 0;
  } catch (problem) {
    return false;
  }
};
