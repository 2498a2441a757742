/** Compositions and their layer stacks (scripting guide, CompItem and LayerCollection). */
import { build, LAYERS } from "./catalog.mjs";
import { keptRate, shownRate, sourceDuration } from "./timing.mjs";

const MARKERS = { type: "named", name: "", matchName: "", children: [LAYERS.av[0]] };

export function defineComps(world) {
  const { facade, checks } = world;
  const { text, number, whole, flag, between, object, optional, numbers, color, list, anything } = checks;
  const at = (h) => world.item(h.id);

  world.addComp = (name, width, height, pixelAspect, duration, frameRate) => {
    const rate = keptRate(frameRate);
    return world.newItem("comp", name, {
      label: 15,
      width: Math.round(width),
      height: Math.round(height),
      pixelAspect,
      // Durations are whole frames (scripting guide gives the dialog's rule; see timing.mjs for measured ones).
      duration: Math.max(1, Math.round(duration * rate)) / rate,
      rate,
      layers: [],
      time: 0,
      displayStartFrame: 0,
      workAreaStart: 0,
      workAreaDuration: Math.max(1, Math.round(duration * rate)) / rate,
      bgColor: [0, 0, 0],
      motionBlur: false,
      shutterAngle: 180,
      hideShyLayers: false,
      draft3d: false,
      frameBlending: false,
      resolutionFactor: [1, 1],
      renderer: "ADBE Advanced 3d",
      preserveNestedFrameRate: false,
      properties: build(MARKERS, world.newId.bind(world)),
    });
  };

  const onFrame = (h, time) => Math.round(time * at(h).rate) / at(h).rate;
  const plain = (key, check) => [check, (h, value) => (at(h)[key] = value)];
  const fields = ["bgColor", "motionBlur", "shutterAngle", "hideShyLayers", "draft3d", "frameBlending", "resolutionFactor",
    "renderer", "preserveNestedFrameRate", "workAreaStart", "workAreaDuration", "displayStartFrame"];
  facade.define("CompItem", {
    extends: "AVItem",
    since: { displayStartFrame: "17.1" },
    read: {
      ...Object.fromEntries(fields.map((key) => [key, (h) => at(h)[key]])),
      frameRate: (h) => shownRate(at(h).rate),
      frameDuration: (h) => 1 / at(h).rate,
      displayStartTime: (h) => at(h).displayStartFrame / at(h).rate,
      dropFrame: () => false,
      numLayers: (h) => at(h).layers.length,
      layers: (h) => facade.wrap("LayerCollection", { ...h }, `layers ${h.id}`),
      selectedLayers: (h) => at(h).layers.filter((id) => world.layer(id).selected).map((id) => world.layerObject(id)),
      selectedProperties: (h) => world.selectedProperties(at(h).layers),
      markerProperty: (h) => world.propertyObject({ comp: h.id }, at(h).properties.children[0].uid),
      activeCamera: (h) => {
        const camera = at(h).layers.map((id) => world.layer(id)).find((one) => one.kind === "camera" && one.enabled);
        return camera ? world.layerObject(camera.id) : null;
      },
    },
    write: {
      width: plain("width", between(4, 30000)),
      height: plain("height", between(4, 30000)),
      pixelAspect: plain("pixelAspect", between(0.01, 100)),
      bgColor: plain("bgColor", color),
      motionBlur: plain("motionBlur", flag),
      hideShyLayers: plain("hideShyLayers", flag),
      draft3d: plain("draft3d", flag),
      frameBlending: plain("frameBlending", flag),
      preserveNestedFrameRate: plain("preserveNestedFrameRate", flag),
      resolutionFactor: plain("resolutionFactor", numbers(2)),
      shutterAngle: plain("shutterAngle", between(0, 720)),
      duration: [between(0.001, 10800), (h, value) => (at(h).duration = onFrame(h, value))],
      frameRate: [between(1, 99), (h, value) => (at(h).rate = keptRate(value))],
      frameDuration: [between(0.001, 1), (h, value) => (at(h).rate = keptRate(1 / value))],
      workAreaStart: [number, (h, value) => {
        between(0, at(h).duration)(world, value, 'Unable to set "workAreaStart"');
        at(h).workAreaStart = onFrame(h, value);
        at(h).workAreaDuration = Math.min(at(h).workAreaDuration, at(h).duration - at(h).workAreaStart);
      }],
      workAreaDuration: [number, (h, value) => {
        between(1 / at(h).rate, at(h).duration - at(h).workAreaStart + 1e-9)(world, value, 'Unable to set "workAreaDuration"');
        at(h).workAreaDuration = onFrame(h, value);
      }],
      time: [between(-10800, 10800), (h, value) => (at(h).time = value)],
      displayStartFrame: plain("displayStartFrame", whole),
      // Pre-roll frames before 0 are a start time below 0 (scripting guide: -3:00:00:00 to 23:59:00:00).
      displayStartTime: [between(-10800, 86340), (h, value) => (at(h).displayStartFrame = Math.round(value * at(h).rate))],
    },
    methods: {
      layer: {
        args: [anything, optional(anything)],
        run: (h, which, offset) => {
          if (offset !== undefined) {
            const start = object("Layer")(world, which, 'Unable to call "layer" because of parameter 1');
            return nth(h, at(h).layers.indexOf(start.id) + 1 + offset);
          }
          return typeof which === "string" ? byName(h, which, true) : nth(h, whole(world, which, 'Unable to call "layer"'));
        },
      },
      duplicate: { changes: true, run: (h) => duplicate(h) },
      openInViewer: {
        run: (h) => {
          world.doc.active = h.id;
          return null;
        },
      },
      saveFrameToPng: {
        args: [number, object("File")],
        run: (h, time, file) => world.saveFrame(h.id, time, file.path),
      },
    },
  });

  const nth = (h, index) => {
    const id = at(h).layers[index - 1];
    if (id === undefined)
      throw world.error(`Unable to call "layer" because of parameter 1. Value ${index} out of range 1 to ${at(h).layers.length}.`);
    return world.layerObject(id);
  };
  const byName = (h, name, must) => {
    const id = at(h).layers.find((one) => world.layerName(world.layer(one)) === name);
    if (id === undefined && must)
      throw world.error(`Unable to call "layer" because of parameter 1. No layer is named "${name}".`);
    return id === undefined ? null : world.layerObject(id);
  };

  function duplicate(h) {
    const { id, properties, layers, ...rest } = structuredClone(at(h));
    const made = world.newItem("comp", `${rest.name} 2`, { ...rest, name: undefined, layers: [], properties: world.renumbered(properties) });
    world.item(made).name = `${rest.name} 2`;
    const twins = new Map();
    for (const one of layers) twins.set(one, world.copyLayer(one, made));
    for (const [one, twin] of twins) {
      const layer = world.layer(twin);
      layer.parent = twins.get(world.layer(one).parent) ?? null;
      layer.matteLayer = twins.get(world.layer(one).matteLayer) ?? null;
    }
    world.item(made).layers = layers.map((one) => twins.get(one));
    return world.itemObject(made);
  }

  const clock = optional(between(0.001, 10800));
  const add = (h, layer) => world.layerObject(world.addLayer(h.id, layer));
  facade.define("LayerCollection", {
    extends: "Collection",
    read: { length: (h) => at(h).layers.length },
    index: (h, index) => (at(h).layers[index - 1] === undefined ? undefined : world.layerObject(at(h).layers[index - 1])),
    methods: {
      byName: { args: [text], run: (h, name) => byName(h, name, false) },
      add: {
        args: [object("AVItem"), clock],
        changes: true,
        run: (h, item, duration) => {
          if (item.id === h.id) throw world.error('Unable to call "add". A composition cannot be added to itself.');
          const length = sourceDuration(world.item(item.id)) || duration || at(h).duration;
          return add(h, { kind: "av", source: item.id, outPoint: length });
        },
      },
      addNull: {
        args: [clock],
        changes: true,
        run: (h, duration) => {
          const source = solid(color(world, [1, 1, 1], "addNull"), "Null 1", 100, 100, 1);
          const layer = add(h, { kind: "av", null: true, source, outPoint: duration ?? at(h).duration });
          const plainLayer = world.layer(at(h).layers[0]);
          world.leafOf(plainLayer, "ADBE Anchor Point").value = [0, 0, 0];
          world.leafOf(plainLayer, "ADBE Opacity").value = 0;
          return layer;
        },
      },
      addSolid: {
        args: [color, text, between(1, 30000), between(1, 30000), between(0.01, 100), clock],
        changes: true,
        run: (h, value, name, width, height, aspect, duration) =>
          add(h, { kind: "av", source: solid(value, name, width, height, aspect), outPoint: duration ?? at(h).duration }),
      },
      addText: {
        args: [optional(anything)],
        changes: true,
        run: (h, value) => {
          const given = facade.unwrap(value);
          const document = given ? structuredClone(given.handle.fields) : world.newTextDocument(value ?? "");
          const layer = add(h, { kind: "text", source: null, outPoint: at(h).duration });
          const made = world.layer(at(h).layers[0]);
          world.leafOf(made, "ADBE Text Document").value = document;
          // The anchor of point text is the start of its baseline (After Effects help, "About text layers").
          world.leafOf(made, "ADBE Anchor Point").value = [0, 0, 0];
          return layer;
        },
      },
      addShape: { changes: true, run: (h) => add(h, { kind: "shape", source: null, outPoint: at(h).duration }) },
      addCamera: {
        args: [text, numbers(2)],
        changes: true,
        run: (h, name, [x, y]) => {
          const layer = add(h, { kind: "camera", source: null, outPoint: at(h).duration, name });
          const made = world.layer(at(h).layers[0]);
          // The default camera is a 50 mm lens on a 36 mm film back: it stands width × 50/36 away (help, "Camera settings").
          const zoom = (at(h).width * at(h).pixelAspect * 50) / 36;
          world.leafOf(made, "ADBE Camera Zoom").value = zoom;
          world.leafOf(made, "ADBE Anchor Point").value = [x, y, 0];
          world.leafOf(made, "ADBE Position").value = [x, y, -zoom];
          return layer;
        },
      },
      precompose: {
        args: [list(whole), text, optional(flag)],
        changes: true,
        run: (h, indices, name, all = true) => world.precompose(h.id, indices, name, all),
      },
    },
  });

  const solid = (value, name, width, height, pixelAspect) => {
    let folder = Object.values(world.doc.items).find((item) => item.kind === "folder" && item.name === "Solids")?.id;
    folder ??= world.newItem("folder", "Solids", {});
    return world.newItem("footage", name, {
      parent: folder,
      time: 0,
      source: world.solidSource(value, Math.round(width), Math.round(height), pixelAspect),
    });
  };
}
