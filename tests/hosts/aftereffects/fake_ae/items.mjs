/** Items of the Project panel: folders and footage with its sources (scripting guide, Item, AVItem, FootageItem, FileSource). */
import { keptRate, playRate, shownRate, sourceDuration } from "./timing.mjs";
import { isMissing, look } from "./sequences.mjs";
import { filePath } from "./values.mjs";

const CLASSES = { folder: "FolderItem", comp: "CompItem", footage: "FootageItem" };
const TYPE_NAMES = { folder: "Folder", comp: "Composition", footage: "Footage" };

export function defineItems(world) {
  const { facade, checks } = world;
  const { text, number, whole, flag, between, object, oneOf, color } = checks;
  const at = (h) => world.item(h.id);
  world.itemObject = (id) =>
    facade.wrap(CLASSES[world.item(id).kind], { id, valid: () => Boolean(world.item(id)) }, `item ${id}`);
  world.newItem = (kind, name, rest) => {
    const id = world.newId();
    world.doc.items[id] = { id, kind, name, comment: "", label: kind === "folder" ? 2 : 3, parent: 1, selected: false, ...rest };
    return id;
  };
  world.addFootage = (name, source) => world.itemObject(world.newItem("footage", name, { source, time: 0 }));

  world.solidSource = (value, width, height, pixelAspect) => {
    const still = { hasAlpha: false, nativeRate: 0, conformRate: 0, loop: 1 };
    return { kind: "solid", color: value, width, height, pixelAspect, ...still };
  };

  const isUnder = (id, folder) => {
    for (let up = folder; up !== null; up = world.item(up).parent) if (up === id) return true;
    return false;
  };

  facade.define("Collection", {});
  facade.define("Item", {
    read: {
      id: (h) => h.id,
      typeName: (h) => TYPE_NAMES[at(h).kind],
      name: (h) => at(h).name,
      comment: (h) => at(h).comment,
      label: (h) => at(h).label,
      selected: (h) => at(h).selected,
      parentFolder: (h) => (at(h).parent === null ? null : world.itemObject(at(h).parent)),
    },
    write: {
      name: [text, (h, value) => (at(h).name = value)],
      // The comment is kept as it is up to 15,999 bytes (scripting guide, Item.comment).
      comment: [text, (h, value) => {
        if (Buffer.byteLength(value) > 15999)
          throw world.error('Unable to set "comment". It is longer than 15999 bytes.');
        at(h).comment = value;
      }],
      label: [between(0, 16), (h, value) => (at(h).label = value)],
      selected: [flag, (h, value) => (at(h).selected = value)],
      parentFolder: [object("FolderItem"), (h, folder) => {
        if (isUnder(h.id, folder.id))
          throw world.error('Unable to set "parentFolder". A folder cannot be inside itself.');
        at(h).parent = folder.id;
      }],
    },
    methods: { remove: { changes: true, run: (h) => remove(h.id) } },
  });

  function remove(id) {
    if (id === 1) throw world.error('Unable to call "remove". The root folder cannot be removed.');
    for (const item of Object.values(world.doc.items)) if (item.parent === id) remove(item.id);
    for (const layer of Object.values(world.doc.layers)) if (layer.source === id) world.removeLayer(layer.id);
    if (world.item(id).kind === "comp") for (const layer of [...world.item(id).layers]) world.removeLayer(layer);
    world.doc.queue = world.doc.queue.filter((entry) => entry.comp !== id);
    if (world.doc.active === id) world.doc.active = null;
    delete world.doc.items[id];
  }

  facade.define("FolderItem", {
    extends: "Item",
    read: {
      items: (h) => facade.wrap("ItemCollection", { folder: h.id }, `items ${h.id}`),
      numItems: (h) => inside(h.id).length,
    },
    methods: { item: { args: [whole], run: (h, index) => nth(inside(h.id), index) } },
  });
  const inside = (folder) => world.allItems().filter((item) => item.parent === folder);
  const nth = (items, index) => {
    if (!items[index - 1])
      throw world.error(`Unable to call "item" because of parameter 1. Value ${index} out of range 1 to ${items.length}.`);
    return world.itemObject(items[index - 1].id);
  };

  const members = (h) => (h.folder === null ? world.allItems() : inside(h.folder));
  facade.define("ItemCollection", {
    extends: "Collection",
    read: { length: (h) => members(h).length },
    index: (h, index) => (members(h)[index - 1] ? world.itemObject(members(h)[index - 1].id) : undefined),
    methods: {
      addFolder: {
        args: [text],
        changes: true,
        run: (h, name) => world.itemObject(world.newItem("folder", name, { parent: h.folder ?? 1 })),
      },
      addComp: {
        args: [text, between(4, 30000), between(4, 30000), between(0.01, 100), between(0.001, 10800), between(1, 99)],
        changes: true,
        run: (h, ...rest) => {
          const comp = world.addComp(...rest);
          world.item(comp).parent = h.folder ?? 1;
          return world.itemObject(comp);
        },
      },
    },
  });

  const size = (h) => (at(h).kind === "comp" ? at(h) : at(h).source);
  const fixed = (name) => () => {
    throw world.error(`Unable to set "${name}". The item is not a composition.`);
  };
  facade.define("AVItem", {
    extends: "Item",
    read: {
      width: (h) => size(h).width,
      height: (h) => size(h).height,
      pixelAspect: (h) => size(h).pixelAspect,
      duration: (h) => sourceDuration(at(h)),
      frameRate: (h) => shownRate(playRate(at(h).source)),
      frameDuration: (h) => (playRate(at(h).source) ? 1 / playRate(at(h).source) : 0),
      footageMissing: (h) => at(h).kind === "footage" && isMissing(at(h).source),
      hasVideo: () => true,
      hasAudio: (h) => Boolean(at(h).source?.audio),
      useProxy: () => false,
      time: (h) => at(h).time,
      usedIn: (h) => {
        const comps = new Set(Object.values(world.doc.layers).filter((one) => one.source === h.id).map((one) => one.comp));
        return [...comps].map((id) => world.itemObject(id));
      },
    },
    write: {
      // Writable for footage too: this is File > Interpret Footage > Pixel Aspect Ratio (scripting guide, AVItem.pixelAspect).
      pixelAspect: [between(0.01, 100), (h, value) => (size(h).pixelAspect = value)],
      width: [whole, fixed("width")],
      height: [whole, fixed("height")],
      frameRate: [number, fixed("frameRate")],
      frameDuration: [number, fixed("frameDuration")],
      duration: [number, fixed("duration")],
    },
  });

  const replace = (h, file, sequence) => {
    const before = at(h).source;
    const fresh = look(world, file, { sequence, range: null });
    // The layers stay, and the item's own name when it was set. That the interpretation (conformed rate, alpha) starts
    // anew is a guess on the careful side: a script that sets it again is right either way.
    if (before.kind !== "file" || at(h).name === before.label) at(h).name = fresh.label;
    at(h).source = fresh;
  };
  facade.define("FootageItem", {
    extends: "AVItem",
    read: {
      file: (h) => (at(h).source.kind === "file" ? world.file(at(h).source.file) : null),
      mainSource: (h) => sourceObject(h.id),
    },
    methods: {
      replace: { args: [file("replace")], changes: true, run: (h, name) => replace(h, name, false) },
      replaceWithSequence: {
        args: [file("replaceWithSequence"), flag],
        changes: true,
        run: (h, name, alphabetical) => {
          if (alphabetical) world.unmodelled("replaceWithSequence with forceAlphabetical");
          replace(h, name, true);
        },
      },
      replaceWithSolid: {
        args: [color, text, between(4, 30000), between(4, 30000), between(0.01, 100)],
        changes: true,
        run: (h, value, name, width, height, pixelAspect) => {
          at(h).source = world.solidSource(value, width, height, pixelAspect);
          at(h).name = name;
        },
      },
    },
  });

  function file() {
    return (_, value, where) => filePath(world, value, where);
  }

  const KINDS = { file: "FileSource", solid: "SolidSource", placeholder: "PlaceholderSource" };
  const sourceObject = (id) => {
    const { kind } = world.item(id).source;
    return facade.wrap(KINDS[kind], { id, valid: () => world.item(id)?.source?.kind === kind }, `source ${id} ${kind}`);
  };
  const source = (h) => at(h).source;
  const needsAlpha = (name, check, change) => [
    check,
    (h, value) => {
      if (!source(h).hasAlpha) throw world.error(`Unable to set "${name}". The footage has no alpha channel.`);
      change(source(h), value);
    },
  ];
  facade.define("FootageSource", {
    read: {
      isStill: (h) => playRate(source(h)) === 0,
      hasAlpha: (h) => source(h).hasAlpha,
      alphaMode: (h) => source(h).alphaMode ?? world.enums.AlphaMode.IGNORE,
      invertAlpha: (h) => source(h).invertAlpha ?? false,
      premulColor: (h) => source(h).premulColor ?? [0, 0, 0],
      loop: (h) => source(h).loop,
      nativeFrameRate: (h) => shownRate(source(h).nativeRate),
      conformFrameRate: (h) => shownRate(source(h).conformRate),
      displayFrameRate: (h) => shownRate(playRate(source(h))),
      fieldSeparationType: (h) => source(h).fields ?? world.enums.FieldSeparationType.OFF,
      removePulldown: () => world.enums.PulldownPhase.OFF,
      highQualityFieldSeparation: () => false,
    },
    write: {
      alphaMode: needsAlpha("alphaMode", oneOf("AlphaMode"), (one, value) => (one.alphaMode = value)),
      invertAlpha: needsAlpha("invertAlpha", flag, (one, value) => (one.invertAlpha = value)),
      premulColor: needsAlpha("premulColor", color, (one, value) => (one.premulColor = value)),
      loop: [between(1, 9999), (h, value) => (source(h).loop = value)],
      fieldSeparationType: [oneOf("FieldSeparationType"), (h, value) => (source(h).fields = value)],
      // 0 goes back to the footage's own rate; a still has none to conform (scripting guide, conformFrameRate).
      conformFrameRate: [between(0, 99), (h, value) => {
        if (source(h).nativeRate === 0) throw world.error('Unable to set "conformFrameRate". The footage is a still.');
        source(h).conformRate = keptRate(value);
      }],
    },
    methods: {
      guessAlphaMode: {
        changes: true,
        run: (h) => {
          if (source(h).hasAlpha) source(h).alphaMode = world.enums.AlphaMode.PREMULTIPLIED;
        },
      },
    },
  });
  facade.define("FileSource", {
    extends: "FootageSource",
    read: {
      file: (h) => world.file(source(h).file),
      missingFootagePath: (h) => (isMissing(source(h)) ? source(h).file : ""),
    },
    methods: { reload: { run: () => undefined } },
  });
  facade.define("SolidSource", {
    extends: "FootageSource",
    read: { file: () => null, color: (h) => source(h).color },
    write: { color: [color, (h, value) => (source(h).color = value)] },
  });
  facade.define("PlaceholderSource", { extends: "FootageSource", read: { file: () => null } });

}
