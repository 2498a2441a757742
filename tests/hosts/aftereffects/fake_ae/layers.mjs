/** Layers (scripting guide, Layer, AVLayer, TextLayer, ShapeLayer, CameraLayer). */
import { sourceDuration } from "./timing.mjs";
import { defineMattes } from "./mattes.mjs";
import { textRect } from "./text.mjs";
import { keepPlace, matrixToComp } from "./transform.mjs";

const CLASSES = { av: "AVLayer", text: "TextLayer", shape: "ShapeLayer", camera: "CameraLayer" };
const SHORTHANDS = {
  transform: "ADBE Transform Group",
  marker: "ADBE Marker",
  anchorPoint: "ADBE Anchor Point",
  position: "ADBE Position",
  scale: "ADBE Scale",
  rotation: "ADBE Rotate Z",
  xRotation: "ADBE Rotate X",
  yRotation: "ADBE Rotate Y",
  zRotation: "ADBE Rotate Z",
  orientation: "ADBE Orientation",
  opacity: "ADBE Opacity",
};
const AV_SHORTHANDS = { mask: "ADBE Mask Parade", effect: "ADBE Effect Parade", timeRemap: "ADBE Time Remapping" };
const TEXT_SHORTHANDS = { text: "ADBE Text Properties", sourceText: "ADBE Text Document" };

export function defineLayers(world) {
  const { facade, checks } = world;
  const { text, number, flag, between, nullable, object, oneOf, optional, numbers } = checks;
  const at = (h) => world.layer(h.id);
  const comp = (layer) => world.item(layer.comp);

  world.layerObject = (id) => {
    const handle = {
      id,
      layer: id,
      valid: () => Boolean(world.layer(id)),
      get uid() {
        return world.layer(id).properties.uid;
      },
    };
    return facade.wrap(CLASSES[world.layer(id).kind], handle, `layer ${id}`);
  };
  world.layerName = (layer) => layer.name ?? world.item(layer.source)?.name ?? "";
  /** {width, height, pixelAspect} of what a layer shows, in its own pixels. */
  world.sourceSize = (layer) => {
    if (layer.source === null) return comp(layer);
    const item = world.item(layer.source);
    return item.kind === "comp" ? item : item.source;
  };

  world.addLayer = (compId, { kind, source, outPoint, name = null, ...rest }) => {
    const id = world.newId();
    const home = world.item(compId);
    const generic = { text: null, shape: "Shape Layer", camera: "Camera" }[kind] ?? null;
    world.doc.layers[id] = {
      id, comp: compId, kind, source, name: name ?? generic, comment: "", label: 1,
      startTime: 0, inPoint: 0, outPoint, stretch: 100, timeRemap: false,
      enabled: true, solo: false, shy: false, locked: false, selected: false, threeD: false, adjustment: false, guide: false,
      motionBlur: false, audio: true, collapse: false, effectsActive: true, preserveTransparency: false, null: false,
      frameBlending: world.enums.FrameBlendingType.NO_FRAME_BLEND,
      blending: world.enums.BlendingMode.NORMAL,
      quality: world.enums.LayerQuality.BEST,
      sampling: world.enums.LayerSamplingQuality.BILINEAR,
      autoOrient: world.enums.AutoOrientType.NO_AUTO_ORIENT,
      parent: null,
      matteType: world.enums.TrackMatteType.NO_TRACK_MATTE,
      matteLayer: null,
      properties: world.layerTree(kind),
      ...rest,
    };
    const layer = world.layer(id);
    const size = world.sourceSize(layer);
    if (kind === "av") {
      world.leafOf(layer, "ADBE Anchor Point").value = [size.width / 2, size.height / 2, 0];
      layer.still = sourceDuration(world.item(source)) === 0;
    }
    if (kind !== "camera") world.leafOf(layer, "ADBE Position").value = [home.width / 2, home.height / 2, 0];
    // A new layer goes on top and is the only one selected.
    for (const other of home.layers) world.layer(other).selected = false;
    layer.selected = true;
    home.layers.unshift(id);
    return id;
  };

  world.removeLayer = (id) => {
    const layer = world.layer(id);
    const home = comp(layer);
    home.layers = home.layers.filter((one) => one !== id);
    for (const one of home.layers.map((other) => world.layer(other))) {
      if (one.parent === id) one.parent = null;
      if (one.matteLayer === id)
        Object.assign(one, { matteLayer: null, matteType: world.enums.TrackMatteType.NO_TRACK_MATTE });
    }
    delete world.doc.layers[id];
  };

  world.copyLayer = (id, compId) => {
    const twin = world.newId();
    const layer = structuredClone(world.layer(id));
    world.doc.layers[twin] = { ...layer, id: twin, comp: compId, properties: world.renumbered(layer.properties) };
    return twin;
  };

  const move = (h, to) => {
    const { layers } = comp(at(h));
    layers.splice(layers.indexOf(h.id), 1);
    layers.splice(to(layers), 0, h.id);
  };
  const beside = (h, other, after) => {
    if (at(other).comp !== at(h).comp) throw world.error("The layers are not in the same composition.");
    if (other.id !== h.id) move(h, (layers) => layers.indexOf(other.id) + after);
  };

  const shorthand = (table) =>
    Object.fromEntries(
      Object.entries(table).map(([name, matchName]) => [
        name,
        (h) => {
          const node = world.leafOf(at(h), matchName);
          return node ? world.propertyObject({ layer: h.id }, node.uid) : undefined;
        },
      ]),
    );
  const plain = (key, check, field = key) => [check, (h, value) => (at(h)[field] = value)];
  const stored = (...keys) => Object.fromEntries(keys.map((key) => [key, (h) => at(h)[key]]));

  facade.define("Layer", {
    extends: "PropertyGroup",
    since: { id: "22.0" },
    read: {
      ...stored("startTime", "inPoint", "outPoint", "stretch", "enabled", "solo", "shy", "locked", "comment", "label", "selected", "autoOrient"),
      ...shorthand(SHORTHANDS),
      id: (h) => h.id,
      name: (h) => world.layerName(at(h)),
      index: (h) => comp(at(h)).layers.indexOf(h.id) + 1,
      containingComp: (h) => world.itemObject(at(h).comp),
      parent: (h) => (at(h).parent === null ? null : world.layerObject(at(h).parent)),
      time: (h) => ((comp(at(h)).time - at(h).startTime) * 100) / at(h).stretch,
      hasVideo: (h) => at(h).kind !== "camera",
      nullLayer: (h) => at(h).null,
      isNameSet: (h) => at(h).name !== null,
      active: (h) => active(at(h), comp(at(h)).time),
      selectedProperties: (h) => world.selectedProperties([h.id]),
    },
    write: {
      name: [text, (h, value) => (at(h).name = value === "" ? null : value)],
      enabled: plain("enabled", flag),
      solo: plain("solo", flag),
      shy: plain("shy", flag),
      locked: plain("locked", flag),
      comment: plain("comment", text),
      label: plain("label", between(0, 16)),
      autoOrient: plain("autoOrient", oneOf("AutoOrientType")),
      // A locked layer cannot be selected, in the program as by a script.
      selected: [flag, (h, value) => {
        if (value && at(h).locked) throw world.error('Unable to set "selected". The layer is locked.');
        at(h).selected = value;
      }],
      // Moving the start moves in and out with it (scripting guide, Layer.startTime).
      startTime: [between(-10800, 10800), (h, value) => {
        const by = value - at(h).startTime;
        at(h).startTime = value;
        at(h).inPoint += by;
        at(h).outPoint += by;
      }],
      // In and out scale about the start time. The guide does not say; a script must read them again either way.
      stretch: [between(-9900, 9900), (h, value) => {
        if (value === 0) throw world.error('Unable to set "stretch". Value 0 is not valid.');
        const layer = at(h);
        const by = value / layer.stretch;
        layer.stretch = value;
        layer.inPoint = layer.startTime + (layer.inPoint - layer.startTime) * by;
        layer.outPoint = layer.startTime + (layer.outPoint - layer.startTime) * by;
      }],
      inPoint: [between(-10800, 10800), (h, value) => trim(at(h), "inPoint", value)],
      outPoint: [between(-10800, 10800), (h, value) => trim(at(h), "outPoint", value)],
      // The layer stays where it is: After Effects recalculates its transform (scripting guide, Layer.parent).
      parent: [nullable(object("Layer")), (h, other) => {
        reparent(h, other);
        world.keepPlace(at(h), other?.id ?? null);
      }],
    },
    methods: {
      moveBefore: { args: [object("Layer")], changes: true, run: (h, other) => beside(h, other, 0) },
      moveAfter: { args: [object("Layer")], changes: true, run: (h, other) => beside(h, other, 1) },
      moveToBeginning: { changes: true, run: (h) => move(h, () => 0) },
      moveToEnd: { changes: true, run: (h) => move(h, (layers) => layers.length) },
      remove: {
        changes: true,
        run: (h) => {
          if (at(h).locked) throw world.error('Unable to call "remove". The layer is locked.');
          world.removeLayer(h.id);
        },
      },
      duplicate: { changes: true, run: (h) => duplicate(h) },
      copyToComp: {
        args: [object("CompItem")],
        changes: true,
        run: (h, to) => {
          const twin = world.copyLayer(h.id, to.id);
          Object.assign(world.layer(twin), { parent: null, matteLayer: null, matteType: world.enums.TrackMatteType.NO_TRACK_MATTE });
          world.item(to.id).layers.unshift(twin);
        },
      },
      activeAtTime: { args: [number], run: (h, time) => active(at(h), time) },
      // The transform's values stay and the layer jumps (scripting guide, Layer.setParentWithJump).
      setParentWithJump: {
        args: [optional(nullable(object("Layer")))],
        changes: true,
        run: (h, other) => {
          reparent(h, other ?? null);
          at(h).parent = other?.id ?? null;
        },
      },
    },
  });

  function reparent(h, other) {
    if (other && at(other).comp !== at(h).comp)
      throw world.error('Unable to set "parent". The layers are not in the same composition.');
    for (let up = other?.id ?? null; up !== null; up = world.layer(up).parent)
      if (up === h.id) throw world.error('Unable to set "parent". A layer cannot be its own parent or grandparent.');
  }

  const active = (layer, time) =>
    layer.enabled &&
    time >= Math.min(layer.inPoint, layer.outPoint) &&
    time < Math.max(layer.inPoint, layer.outPoint) &&
    (layer.solo || !comp(layer).layers.some((id) => world.layer(id).solo));

  function trim(layer, which, value) {
    let to = value;
    const length = layer.source === null || layer.still || layer.timeRemap ? null : sourceDuration(world.item(layer.source));
    if (length) {
      // Footage that is not time-remapped cannot be trimmed past its own first and last frame; the value is clamped.
      const ends = [layer.startTime, layer.startTime + (length * layer.stretch) / 100].sort((a, b) => a - b);
      to = Math.min(Math.max(to, ends[0]), ends[1]);
    }
    const other = which === "inPoint" ? layer.outPoint : layer.inPoint;
    const forward = layer.stretch > 0 === (which === "inPoint");
    if (forward ? to >= other : to <= other) world.unmodelled(`a layer whose ${which} passes its other end (${value})`);
    layer[which] = to;
  }

  /** The copy lies above the original and is selected in its place; a matte of it stays the original's matte too. */
  function duplicate(h) {
    const twin = world.copyLayer(h.id, at(h).comp);
    const { layers } = comp(at(h));
    layers.splice(layers.indexOf(h.id), 0, twin);
    const copy = world.layer(twin);
    if (copy.name !== null) copy.name = nextName(copy.name, layers.map((id) => world.layerName(world.layer(id))));
    for (const id of layers) world.layer(id).selected = id === twin;
    if (world.number < 23 && copy.matteLayer === null) copy.matteType = at(h).matteType;
    return world.layerObject(twin);
  }

  function nextName(name, taken) {
    const stem = name.replace(/ \d+$/, "");
    let number = 2;
    while (taken.includes(`${stem} ${number}`)) number += 1;
    return `${stem} ${number}`;
  }

  const hasAudio = (layer) => layer.source !== null && Boolean(world.item(layer.source).source?.audio);

  facade.define("AVLayer", {
    extends: "Layer",
    read: {
      ...shorthand(AV_SHORTHANDS),
      ...stored("motionBlur", "quality", "preserveTransparency", "effectsActive"),
      source: (h) => (at(h).source === null ? null : world.itemObject(at(h).source)),
      width: (h) => world.sourceSize(at(h)).width,
      height: (h) => world.sourceSize(at(h)).height,
      isNameFromSource: (h) => at(h).name === null && at(h).source !== null,
      threeDLayer: (h) => at(h).threeD,
      adjustmentLayer: (h) => at(h).adjustment,
      guideLayer: (h) => at(h).guide,
      collapseTransformation: (h) => at(h).collapse,
      canSetCollapseTransformation: (h) => world.item(at(h).source)?.kind === "comp",
      frameBlendingType: (h) => at(h).frameBlending,
      frameBlending: (h) => at(h).frameBlending !== world.enums.FrameBlendingType.NO_FRAME_BLEND,
      blendingMode: (h) => at(h).blending,
      samplingQuality: (h) => at(h).sampling,
      timeRemapEnabled: (h) => at(h).timeRemap,
      canSetTimeRemapEnabled: (h) => remappable(at(h)),
      hasAudio: (h) => hasAudio(at(h)),
      audioEnabled: (h) => at(h).audio,
      threeDPerChar: () => false,
      environmentLayer: () => false,
    },
    write: {
      // Of layers with sound only (scripting guide, AVLayer.audioEnabled).
      audioEnabled: [flag, (h, value) => {
        if (!hasAudio(at(h))) throw world.error('Unable to set "audioEnabled". hasAudio is false.');
        at(h).audio = value;
      }],
      motionBlur: plain("motionBlur", flag),
      quality: plain("quality", oneOf("LayerQuality")),
      preserveTransparency: plain("preserveTransparency", flag),
      effectsActive: plain("effectsActive", flag),
      threeDLayer: plain("threeD", flag, "threeD"),
      adjustmentLayer: plain("adjustment", flag, "adjustment"),
      guideLayer: plain("guide", flag, "guide"),
      blendingMode: plain("blending", oneOf("BlendingMode"), "blending"),
      samplingQuality: plain("sampling", oneOf("LayerSamplingQuality"), "sampling"),
      frameBlendingType: plain("frameBlending", oneOf("FrameBlendingType"), "frameBlending"),
      collapseTransformation: [flag, (h, value) => {
        if (world.item(at(h).source)?.kind !== "comp")
          throw world.error('Unable to set "collapseTransformation". canSetCollapseTransformation is false.');
        at(h).collapse = value;
      }],
      timeRemapEnabled: [flag, (h, value) => remap(at(h), value)],
    },
    methods: {
      replaceSource: {
        args: [object("AVItem"), flag],
        changes: true,
        run: (h, item) => {
          const layer = at(h);
          if (layer.source === null) throw world.error('Unable to call "replaceSource". The layer has no source.');
          if (item.id === layer.comp)
            throw world.error('Unable to call "replaceSource". A composition cannot be inside itself.');
          layer.source = item.id;
          const length = sourceDuration(world.item(item.id));
          layer.still = length === 0;
          // The layer keeps its times, but shows no more than the new source has.
          if (length && !layer.timeRemap) {
            const end = layer.startTime + (length * layer.stretch) / 100;
            if (layer.stretch > 0) layer.outPoint = Math.min(layer.outPoint, end);
            else layer.outPoint = Math.max(layer.outPoint, end);
          }
        },
      },
      sourceRectAtTime: {
        args: [number, flag],
        run: (h, time) => {
          const { width, height } = world.sourceSize(at(h));
          if (at(h).kind === "text") return world.plain(textRect(world, at(h), time));
          return world.plain({ top: 0, left: 0, width, height });
        },
      },
      sourcePointToComp: {
        args: [numbers(2)],
        run: (h, [x, y]) => point(matrixToComp(world, at(h), comp(at(h)).time), x, y),
      },
      compPointToSource: {
        args: [numbers(2)],
        run: (h, [x, y]) => point(matrixToComp(world, at(h), comp(at(h)).time).inverse(), x, y),
      },
    },
  });

  const point = (matrix, x, y) => {
    const { a, b, c, d, e, f } = matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  };

  const remappable = (layer) => layer.kind === "av" && !layer.still && layer.source !== null;
  function remap(layer, value) {
    if (!remappable(layer)) throw world.error('Unable to set "timeRemapEnabled". canSetTimeRemapEnabled is false.');
    const node = world.leafOf(layer, "ADBE Time Remapping");
    layer.timeRemap = value;
    node.keys = [];
    if (!value) return;
    // Two keys are set at once: the first frame and the end of the source (help, "Time-remapping").
    const length = sourceDuration(world.item(layer.source));
    const { LINEAR } = world.enums.KeyframeInterpolationType;
    const ease = () => [{ speed: 0, influence: 16.666666667 }];
    for (const time of [0, length])
      node.keys.push({ time, value: time, in: LINEAR, out: LINEAR, easeIn: ease(), easeOut: ease(), selected: false, label: 0 });
  }

  facade.define("TextLayer", { extends: "AVLayer", read: { ...shorthand(TEXT_SHORTHANDS), source: () => null, name: (h) => textName(h) } });
  const textName = (h) => at(h).name ?? world.leafOf(at(h), "ADBE Text Document").value.text;
  const named = world.layerName;
  world.layerName = (layer) =>
    layer.kind === "text" ? (layer.name ?? world.leafOf(layer, "ADBE Text Document").value.text) : named(layer);
  facade.define("ShapeLayer", { extends: "AVLayer", read: { source: () => null } });
  facade.define("CameraLayer", {
    extends: "Layer",
    read: { cameraOption: (h) => world.propertyObject({ layer: h.id }, world.leafOf(at(h), "ADBE Camera Options Group").uid) },
  });
  defineMattes(world);
  world.keepPlace = (layer, parent) => keepPlace(world, layer, parent);

  world.precompose = (compId, indices, name, all) => {
    if (!all) world.unmodelled("precompose with moveAllAttributes false");
    const home = world.item(compId);
    const ids = indices.map((index) => home.layers[index - 1]);
    if (ids.some((id) => id === undefined))
      throw world.error('Unable to call "precompose" because of parameter 1. No such layer.');
    const made = world.addComp(name, home.width, home.height, home.pixelAspect, home.duration, home.rate);
    const top = Math.min(...ids.map((id) => home.layers.indexOf(id)));
    world.item(made).layers = home.layers.filter((id) => ids.includes(id));
    home.layers = home.layers.filter((id) => !ids.includes(id));
    for (const id of ids) world.layer(id).comp = made;
    const layer = world.addLayer(compId, { kind: "av", source: made, outPoint: home.duration });
    home.layers.splice(top, 0, ...home.layers.splice(home.layers.indexOf(layer), 1));
    return world.itemObject(made);
  };
}
