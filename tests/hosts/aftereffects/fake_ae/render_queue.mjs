/** The render queue (scripting guide, RenderQueue and its kin). It renders through picture.mjs, to real files. */
import path from "node:path";
import { encode } from "./decode.mjs";
import { picture } from "./picture.mjs";
import { writePng } from "./png.mjs";
import { filePath } from "./values.mjs";

/**
 * Templates that the program comes with, and what they write; `start({templates})` adds what an artist has saved. The ones
 * with alpha write it premultiplied with black, as they do in the program. `ending: null`: known by name only.
 */
const TEMPLATES = {
  "High Quality": { ending: null },
  "High Quality with Alpha": { ending: "mov" },
  Lossless: { ending: null },
  "Lossless with Alpha": { ending: null },
  "TIFF Sequence with Alpha": { ending: "tif" },
  Photoshop: { ending: null },
};
const SETTINGS = ["Best Settings", "Current Settings", "DV Settings", "Draft Settings", "Multi-Machine Settings"];

export function defineRenderQueue(world) {
  const { facade, checks } = world;
  const { text, flag, number, object, whole, anything, oneOf, between } = checks;
  const { RQItemStatus } = world.enums;
  const entries = () => world.doc.queue;
  const entry = (h) => entries().find((one) => one.id === h.id);
  const give = (id) => facade.wrap("RenderQueueItem", { id, valid: () => entries().some((one) => one.id === id) }, `queued ${id}`);
  const module = (h) => facade.wrap("OutputModule", { id: h.id, valid: () => Boolean(entry(h)) }, `module ${h.id}`);

  facade.define("RenderQueue", {
    read: {
      numItems: () => entries().length,
      items: () => facade.wrap("RQItemCollection", {}, "queue items"),
      rendering: () => false,
    },
    methods: {
      item: { args: [whole], run: (_, index) => nth(index) },
      showWindow: { args: [flag], run: () => undefined },
      render: { run: () => render() },
    },
  });
  const nth = (index) => {
    if (!entries()[index - 1])
      throw world.error(`Unable to call "item" because of parameter 1. Value ${index} out of range 1 to ${entries().length}.`);
    return give(entries()[index - 1].id);
  };
  facade.define("RQItemCollection", {
    extends: "Collection",
    read: { length: () => entries().length },
    index: (_, index) => (entries()[index - 1] ? give(entries()[index - 1].id) : undefined),
    methods: {
      add: {
        args: [object("CompItem")],
        changes: true,
        run: (_, comp) => {
          const id = world.newId();
          const { workAreaStart, workAreaDuration } = world.item(comp.id);
          entries().push({
            id, comp: comp.id, render: true, status: RQItemStatus.NEEDS_OUTPUT, start: workAreaStart, duration: workAreaDuration,
            settings: "Best Settings", template: "Lossless", file: null, folder: world.home,
          });
          return give(id);
        },
      },
    },
  });

  facade.define("RenderQueueItem", {
    read: {
      comp: (h) => world.itemObject(entry(h).comp),
      render: (h) => entry(h).render,
      status: (h) => entry(h).status,
      numOutputModules: () => 1,
      outputModules: (h) => facade.wrap("OMCollection", { ...h }, `modules ${h.id}`),
      templates: () => SETTINGS,
      timeSpanStart: (h) => entry(h).start,
      timeSpanDuration: (h) => entry(h).duration,
      skipFrames: () => 0,
    },
    write: {
      render: [flag, (h, value) => {
        entry(h).render = value;
        entry(h).status = !value ? RQItemStatus.UNQUEUED : entry(h).file ? RQItemStatus.QUEUED : RQItemStatus.NEEDS_OUTPUT;
      }],
      timeSpanStart: [number, (h, value) => (entry(h).start = value)],
      timeSpanDuration: [between(0.0001, 10800), (h, value) => (entry(h).duration = value)],
    },
    methods: {
      outputModule: {
        args: [whole],
        run: (h, index) => {
          if (index !== 1) throw world.error('Unable to call "outputModule" because of parameter 1.');
          return module(h);
        },
      },
      applyTemplate: {
        args: [text],
        changes: true,
        run: (h, name) => void (entry(h).settings = known(name, SETTINGS)),
      },
      remove: { changes: true, run: (h) => void (world.doc.queue = entries().filter((one) => one.id !== h.id)) },
    },
  });
  facade.define("OMCollection", {
    extends: "Collection", read: { length: () => 1 }, index: (h, index) => (index === 1 ? module(h) : undefined) });

  const known = (name, names) => {
    if (!names.includes(name))
      throw world.error(`Unable to call "applyTemplate" because of parameter 1. There is no template "${name}".`);
    return name;
  };
  facade.define("OutputModule", {
    read: {
      name: (h) => entry(h).template,
      templates: () => Object.keys(templates),
      file: (h) => (entry(h).file ? world.file(entry(h).file) : null),
      postRenderAction: () => world.enums.PostRenderAction.NONE,
    },
    write: {
      file: [(_, value, where) => filePath(world, value, where), (h, value) => {
        entry(h).file = value;
        if (entry(h).render) entry(h).status = RQItemStatus.QUEUED;
      }],
    },
    methods: {
      applyTemplate: {
        args: [text],
        changes: true,
        run: (h, name) => apply(entry(h), known(name, Object.keys(templates))),
      },
      setSettings: { args: [anything], changes: true, run: (h, values) => set(h, values) },
      setSetting: { args: [text, anything], changes: true, run: (h, key, value) => set(h, { [key]: value }) },
    },
  });
  const templates = { ...TEMPLATES, ...world.templates };

  /** A template names the file anew where none was set: Comp 1_[#####].tif, Comp 1.mov. A file that was set keeps its name. */
  function apply(one, name) {
    one.template = name;
    const { ending } = templates[name];
    if (!ending) return;
    const stem = one.file ? one.file.replace(/\.[^.\/]*$/, "") : path.join(one.folder, world.item(one.comp).name + (ending === "mov" ? "" : "_[#####]"));
    one.file = `${stem}.${ending}`;
    if (one.render) one.status = RQItemStatus.QUEUED;
  }

  function set(h, values) {
    for (const key in values) {
      if (key === "Output File Info") entry(h).file = values[key]["Full Flat Path"];
      else if (!["Channels", "Format", "Depth", "Color", "Use Comp Frame Number", "Starting #"].includes(key))
        world.unmodelled(`the output module's setting "${key}"`);
    }
  }

  /** Blocks until all queued items are done, as the real call does; rendering is no step of the undo history. */
  function render() {
    if (world.undo.depth) world.warn("Rendering inside an undo group.");
    const todo = entries().filter((one) => one.render && one.status === RQItemStatus.QUEUED);
    if (!todo.length) throw world.error("Unable to render. No items are queued with an output file.");
    for (const one of todo) {
      renderOne(one, templates[one.template]);
      one.status = RQItemStatus.DONE;
      one.render = false;
    }
  }

  function renderOne(one, { ending, straight = false }) {
    const comp = world.item(one.comp);
    if (!ending || !one.file.endsWith(`.${ending}`))
      world.unmodelled(`rendering ${path.basename(one.file)} with the template ${one.template}`);
    const frames = Array.from({ length: Math.round(one.duration * comp.rate) }, (_, at) => {
      const drawn = picture(world, one.comp, one.start + at / comp.rate);
      return { ...(straight ? drawn : premultiplied(drawn)), pixelAspect: comp.pixelAspect };
    });
    if (ending === "mov") return encode(one.file, frames, comp.rate);
    const marks = /\[(#+)\]/.exec(path.basename(one.file));
    if (!marks)
      throw world.error(`Unable to render: the name ${path.basename(one.file)} has no [#####] for the frame number.`);
    // Templates count from the comp's own frame number ("Use Comp Frame Number" is on in those that come along).
    const first = Math.round(one.start * comp.rate) + comp.displayStartFrame;
    return frames.forEach((frame, at) => {
      const number = String(first + at).padStart(marks[1].length, "0");
      const file = path.join(path.dirname(one.file), path.basename(one.file).replace(marks[0], number));
      if (ending === "png") writePng(file, frame);
      else encode(file, [frame], comp.rate);
    });
  }

  // CompItem.saveFrameToPng comes back before the file is there: a script that reads it at once finds nothing.
  world.saveFrame = (comp, time, file) => void world.later.push(() => saveFrame(comp, time, file));
  const saveFrame = (comp, time, file) => writePng(file, { ...picture(world, comp, time), pixelAspect: world.item(comp).pixelAspect });
}

function premultiplied({ width, height, data }) {
  return { width, height, data: data.map((value, at) => (at % 4 === 3 ? value : value * data[at | 3])) };
}
