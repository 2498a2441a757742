/** The project: its items, settings, importing (After Effects scripting guide, Project object). */
import fs from "node:fs";
import { look } from "./sequences.mjs";

/** An empty project with its root folder. */
export function newDocument() {
  return {
    next: 1,
    items: { 1: { id: 1, kind: "folder", name: "Root", comment: "", label: 0, parent: null, selected: false } },
    layers: {},
    queue: [],
    active: null,
    project: {
      bitsPerChannel: 8,
      linearBlending: false,
      linearizeWorkingSpace: false,
      compensateForSceneReferredProfiles: true,
      workingSpace: "None",
      workingGamma: 2.4,
      expressionEngine: "javascript-1.0",
      displayStartFrame: 0,
      file: null,
    },
  };
}

export function defineProject(world) {
  const { facade, checks } = world;
  const settings = (key) => () => world.doc.project[key];
  const setting = (key, check) => [check, (_, value) => (world.doc.project[key] = value)];
  const choice =
    (...allowed) =>
    (_, value, where) => {
      if (!allowed.includes(value)) throw world.error(`${where}. Value ${value} is none of ${allowed.join(", ")}.`);
      return value;
    };
  /** All items but the root, in the order of the Project panel: folders' contents after the folder, by name. */
  world.allItems = () => {
    const under = (parent) =>
      Object.values(world.doc.items)
        .filter((item) => item.parent === parent)
        .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id))
        .flatMap((item) => [item, ...under(item.id)]);
    return under(1);
  };

  facade.define("Project", {
    read: {
      ...Object.fromEntries(Object.keys(newDocument().project).map((key) => [key, settings(key)])),
      file: () => (world.doc.project.file ? world.file(world.doc.project.file) : null),
      rootFolder: () => world.itemObject(1),
      items: () => facade.wrap("ItemCollection", { folder: null }, "items"),
      numItems: () => world.allItems().length,
      activeItem: () => (world.item(world.doc.active) ? world.itemObject(world.doc.active) : null),
      selection: () => world.allItems().filter((item) => item.selected).map((item) => world.itemObject(item.id)),
      renderQueue: () => facade.wrap("RenderQueue", {}, "queue"),
      dirty: () => world.undo.steps.length > 0,
    },
    write: {
      bitsPerChannel: setting("bitsPerChannel", choice(8, 16, 32)),
      linearBlending: setting("linearBlending", checks.flag),
      linearizeWorkingSpace: setting("linearizeWorkingSpace", checks.flag),
      compensateForSceneReferredProfiles: setting("compensateForSceneReferredProfiles", checks.flag),
      workingSpace: setting("workingSpace", checks.text),
      workingGamma: setting("workingGamma", choice(2.2, 2.4)),
      expressionEngine: setting("expressionEngine", choice("extendscript", "javascript-1.0")),
      displayStartFrame: setting("displayStartFrame", choice(0, 1)),
    },
    since: { dirty: "24.5" },
    methods: {
      item: { args: [checks.whole], run: (_, index) => nth(index) },
      itemByID: { args: [checks.whole], run: (_, id) => (world.item(id) ? world.itemObject(id) : null) },
      layerByID: { args: [checks.whole], run: (_, id) => (world.layer(id) ? world.layerObject(id) : null) },
      importFile: { args: [checks.object("ImportOptions")], changes: true, run: (_, options) => importFile(options) },
      importPlaceholder: {
        args: [checks.text, checks.whole, checks.whole, checks.number, checks.number],
        changes: true,
        run: (_, name, width, height, rate, duration) =>
          world.addFootage(name, { kind: "placeholder", width, height, pixelAspect: 1, nativeRate: rate, conformRate: 0, duration, hasAlpha: false, loop: 1 }),
      },
      save: {
        args: [checks.optional(checks.object("File"))],
        run: (_, file) => {
          if (!file) world.unmodelled("project.save that asks for a file");
          world.doc.project.file = file.path;
          fs.writeFileSync(file.path, JSON.stringify(world.doc));
        },
      },
      listColorProfiles: { run: () => ["sRGB IEC61966-2.1", "Rec.709 Gamma 2.4", "ACEScg"] },
    },
  });

  const nth = (index) => {
    const item = world.allItems()[index - 1];
    if (!item)
      throw world.error(`Unable to call "item" because of parameter 1. Value ${index} out of range 1 to ${world.allItems().length}.`);
    return world.itemObject(item.id);
  };

  function importFile(options) {
    if (!options.file) throw world.error('Unable to call "importFile" because of parameter 1. It has no file.');
    if (options.importAs !== null && options.importAs !== world.enums.ImportAsType.FOOTAGE)
      world.unmodelled("importing as anything but footage");
    if (options.forceAlphabetical) world.unmodelled("importing with forceAlphabetical");
    const source = look(world, options.file, options);
    return world.addFootage(source.label, source);
  }
}
