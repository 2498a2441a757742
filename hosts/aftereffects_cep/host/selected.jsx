/** The layer that the artist means, and why it cannot be a plate when it cannot. */

/** The oldest After Effects in which a script can set a track matte by layer. */
mattewire.OLDEST = 23;

/** Effects that leave every pixel where it is and the alpha alone, by match name; "ADBE Lumetri", "ADBE Tint" and so on. */
mattewire.STILL_EFFECTS = [
  "ADBE Tint", "ADBE Tritone", "ADBE HUE SATURATION", "ADBE Easy Levels2", "ADBE Pro Levels2", "ADBE CurvesCustom",
  "ADBE Lumetri", "ADBE Exposure2", "ADBE Brightness & Contrast 2", "ADBE Color Balance 2", "ADBE Color Balance (HLS)",
  "ADBE PhotoFilterPS", "ADBE Black&White", "ADBE Vibrance", "ADBE SelectiveColor", "ADBE ShadowHighlight",
  "ADBE Change Color", "ADBE Change To Color", "ADBE Leave Color", "ADBE Gamma/Pedestal/Gain2", "ADBE CHANNEL MIXER",
  "ADBE AutoColor", "ADBE AutoContrast", "ADBE AutoLevels", "ADBE Equalize", "ADBE Broadcast Colors", "ADBE Invert",
  "ADBE Apply Color LUT2", "ADBE ProfileToProfile", "ADBE Cineon Converter2", "ADBE Compander",
  "ADBE Gaussian Blur 2", "ADBE Box Blur2", "ADBE Sharpen", "ADBE Unsharp Mask2", "ADBE Bilateral",
  "ADBE Noise", "ADBE Noise HLS2", "VISINF Grain Implant", "VISINF Grain Removal", "ADBE Slider Control",
  "ADBE Angle Control", "ADBE Checkbox Control", "ADBE Color Control", "ADBE Point Control", "ADBE Point3D Control",
  "ADBE Layer Control", "ADBE Dropdown Control"
];

/** Masks and effects whose names begin so are Mattewire's own: they do not count. */
mattewire.OWN = "Mattewire";

/** @returns {CompItem} the comp that is open */
mattewire.openComp = function () {
  var comp;
  mattewire.mustSupport();
  comp = app.project ? app.project.activeItem : null;
  if (!(comp instanceof CompItem)) {
    throw mattewire.fault("bad_field", "comp", "No comp is open.", "Open a comp and select the layer with the plate.");
  }
  return comp;
};

mattewire.mustSupport = function () {
  if (parseFloat(app.version) < mattewire.OLDEST) {
    throw mattewire.fault(
      "install_incomplete",
      "",
      "After Effects " + app.version + " does not let a script choose a track matte.",
      "Use After Effects 2023 (23.0) or later. Mattes can still be pulled with the command line and laid in by hand."
    );
  }
};

/**
 * The layer that is meant: `layer_id`'s, else the one that is selected.
 * @param {number} [layer_id]
 * @returns {Layer}
 */
mattewire.chosenLayer = function (layer_id) {
  var comp, layer, count;
  if (layer_id) {
    mattewire.mustSupport();
    layer = mattewire.layerWith(layer_id);
    if (!layer) {
      throw mattewire.fault(
        "bad_field",
        "layer",
        "The layer is no longer in the project.",
        "Select the layer with the plate."
      );
    }
    return layer;
  }
  comp = mattewire.openComp();
  count = comp.selectedLayers.length;
  if (count !== 1) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      count ? count + " layers are selected." : "No layer is selected.",
      count ? "Select only the layer with the plate." : "Select the layer with the plate."
    );
  }
  return comp.selectedLayers[0];
};

/**
 * A layer of any comp; null when it is gone.
 * @param {number} id
 * @returns {Layer|null}
 */
mattewire.layerWith = function (id) {
  try {
    return app.project.layerByID(id);
  } catch (problem) {
    return null;
  }
};

/**
 * Whether a layer has a picture. Its classes are named one by one: it is not documented that a text layer counts as an
 * AVLayer.
 * @param {Layer|null} layer
 * @returns {layer is AVLayer}
 */
mattewire.isPicture = function (layer) {
  return layer instanceof AVLayer || layer instanceof TextLayer || layer instanceof ShapeLayer;
};

/**
 * The footage of a layer, when it is a plate that has numbered frames. Throws in the artist's words for all else.
 * @param {Layer} layer
 * @returns {FootageItem}
 */
mattewire.footageOf = function (layer) {
  var name = '"' + layer.name + '"', source;
  if (!(layer instanceof AVLayer) || layer instanceof TextLayer || layer instanceof ShapeLayer) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      name + " is " + mattewire.kindOf(layer) + ", which has no footage.",
      "Select the layer with the plate."
    );
  }
  if (layer.nullLayer || layer.adjustmentLayer) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      name + (layer.nullLayer ? " is a null." : " is an adjustment layer."),
      "Select the layer with the plate."
    );
  }
  source = layer.source;
  if (source instanceof CompItem) {
    throw mattewire.notItsFile(
      name + " is a precomp: its picture is not that of a file.",
      "Select the plate inside the precomp, or press Render first.",
      ""
    );
  }
  if (!(source instanceof FootageItem)) {
    throw mattewire.fault("bad_field", "layer", name + " has no footage.", "Select the layer with the plate.");
  }
  if (source.mainSource instanceof SolidSource) {
    throw mattewire.fault("bad_field", "layer", name + " is a solid.", "Select the layer with the plate.");
  }
  if (source.mainSource instanceof PlaceholderSource) {
    throw mattewire.fault(
      "plate_not_found", "layer", name + " is a placeholder.", "Replace it with the plate in the Project panel."
    );
  }
  if (source.footageMissing) {
    throw mattewire.fault(
      "plate_not_found",
      "layer",
      "The footage of " + name + " is missing: " + mattewire.pathOf(source) + ".",
      "Right-click it in the Project panel and choose Replace Footage, or bring the disk back."
    );
  }
  if (!layer.hasVideo || source.width === 0) {
    throw mattewire.fault("bad_field", "layer", name + " is only sound.", "Select the layer with the plate.");
  }
  if (source.mainSource.isStill) {
    throw mattewire.fault(
      "bad_field",
      "layer",
      name + " is a still.",
      "Select a movie or a sequence. Where it is one frame of a sequence, import it again with Sequence ticked."
    );
  }
  return source;
};

/** @param {Layer} layer */
mattewire.kindOf = function (layer) {
  if (layer instanceof TextLayer) {
    return "text";
  }
  if (layer instanceof ShapeLayer) {
    return "a shape layer";
  }
  if (layer instanceof CameraLayer) {
    return "a camera";
  }
  return layer instanceof LightLayer ? "a light" : "no picture";
};

/**
 * Where footage is, or was when it is missing.
 * @param {FootageItem} item
 */
mattewire.pathOf = function (item) {
  var source = item.mainSource;
  if (!(source instanceof FileSource)) {
    return item.name;
  }
  return item.footageMissing ? source.missingFootagePath : source.file.fsName;
};

/**
 * Refuses what makes a layer look unlike the frames of its file, unless the artist keeps it. Returns notes on what is kept.
 * @param {AVLayer} layer
 * @param {FootageItem} item
 * @param {string[]} keep "masks", "effects"
 */
mattewire.mustShowItsFile = function (layer, item, keep) {
  var name = '"' + layer.name + '"', source = item.mainSource, masks, effects;
  /** @type {string[]} */
  var notes = [];
  if (layer.timeRemapEnabled) {
    throw mattewire.notItsFile(
      name + " is time-remapped: its mattes would need the same remapping.",
      "Press Render first, or turn off Layer > Time > Enable Time Remapping and use Time Stretch.",
      ""
    );
  }
  if (source.fieldSeparationType !== FieldSeparationType.OFF || source.removePulldown !== PulldownPhase.OFF) {
    throw mattewire.notItsFile(
      "The footage of " + name + " is read as fields, so that its frames are not those of the file.",
      "Set Separate Fields and Remove Pulldown to Off in Interpret Footage, or press Render first.",
      ""
    );
  }
  masks = mattewire.cuttingMasks(layer);
  if (masks.length && !mattewire.has(keep, "masks")) {
    throw mattewire.notItsFile(
      name + " has masks: " + masks.join(", ") + ". The matte would be pulled from the whole picture.",
      "Go on and keep the masks as garbage mattes, set them to None, or press Render first.",
      "masks"
    );
  }
  if (masks.length) {
    notes.push("The masks of " + name + " cut what the matte leaves.");
  }
  effects = mattewire.movingEffects(layer);
  if (effects.length && !mattewire.has(keep, "effects")) {
    throw mattewire.notItsFile(
      name + " has effects that may move pixels: " + effects.join(", ") + ".",
      "Press Render first, move them to an adjustment layer above, or go on when you know that they move nothing.",
      "effects"
    );
  }
  if (effects.length) {
    notes.push("The matte does not follow " + effects.join(", ") + " of " + name + ".");
  }
  if (item.useProxy) {
    notes.push("After Effects shows the proxy of " + name + ", the matte is pulled from the footage itself.");
  }
  return notes;
};

/**
 * Names of the masks that cut something away.
 * @param {AVLayer} layer
 */
mattewire.cuttingMasks = function (layer) {
  var group = /** @type {any} */ (layer.property("ADBE Mask Parade")), i;
  /** @type {string[]} */
  var names = [];
  for (i = 1; group && i <= group.numProperties; i += 1) {
    if (group.property(i).maskMode !== MaskMode.NONE && group.property(i).name.indexOf(mattewire.OWN) !== 0) {
      names.push(group.property(i).name);
    }
  }
  return names;
};

/**
 * Names of the effects in use that are not known to leave pixels where they are.
 * @param {AVLayer} layer
 */
mattewire.movingEffects = function (layer) {
  var group = /** @type {any} */ (layer.property("ADBE Effect Parade")), i, effect;
  /** @type {string[]} */
  var names = [];
  if (!layer.effectsActive) {
    return names;
  }
  for (i = 1; group && i <= group.numProperties; i += 1) {
    effect = group.property(i);
    if (effect.enabled && !mattewire.has(mattewire.STILL_EFFECTS, effect.matchName) && effect.name.indexOf(mattewire.OWN) !== 0) {
      names.push(effect.name);
    }
  }
  return names;
};

/**
 * @param {any[]} list
 * @param {any} wanted
 */
mattewire.has = function (list, wanted) {
  var i;
  for (i = 0; i < list.length; i += 1) {
    if (list[i] === wanted) {
      return true;
    }
  }
  return false;
};
