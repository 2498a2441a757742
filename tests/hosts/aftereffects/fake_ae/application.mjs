/** The Application object, `$`, and the global functions of the engine. */
import fs from "node:fs";
import path from "node:path";
import { parseAsES3 } from "./context.mjs";

export function defineApplication(world) {
  const { facade, checks } = world;
  const { text, flag, number, object, optional, whole, oneOf } = checks;
  const settings = new Map();
  const slot = (section, key) => `${section}\n${key}`;

  facade.define("Settings", {
    methods: {
      saveSetting: {
        args: [text, text, text, optional(oneOf("PREFType"))],
        run: (_, section, key, value) => void settings.set(slot(section, key), value),
      },
      // A setting that is not there throws (scripting guide, Settings.getSetting).
      getSetting: {
        args: [text, text, optional(oneOf("PREFType"))],
        run: (_, section, key) => {
          if (!settings.has(slot(section, key)))
            throw world.error(`Unable to get the setting "${key}" of "${section}": it does not exist.`);
          return settings.get(slot(section, key));
        },
      },
      haveSetting: {
        args: [text, text, optional(oneOf("PREFType"))],
        run: (_, section, key) => settings.has(slot(section, key)),
      },
    },
  });

  facade.define("Application", {
    read: {
      project: () => facade.wrap("Project", {}, "project"),
      // As in "24.6x2": the version, an x, the build.
      version: () => `${world.version}x64`,
      buildName: () => `${world.version}.0`,
      buildNumber: () => 64,
      isRenderEngine: () => false,
      isoLanguage: () => "en_US",
      language: () => world.enums.Language.ENGLISH,
      settings: () => facade.wrap("Settings", {}, "settings"),
    },
    methods: {
      beginUndoGroup: { args: [text], run: (_, name) => void world.undo.begin(name) },
      endUndoGroup: { run: () => void world.undo.end() },
      beginSuppressDialogs: { run: () => void (world.suppressed += 1) },
      endSuppressDialogs: { args: [flag], run: () => void (world.suppressed = Math.max(0, world.suppressed - 1)) },
      // Here a project file is the document as JSON: what was saved is what is opened.
      open: {
        args: [optional(object("File"))],
        run: (_, file) => {
          if (!file) world.unmodelled("app.open that asks for a file");
          world.doc = JSON.parse(fs.readFileSync(file.path, "utf8"));
          world.doc.project.file = file.path;
          world.undo.forget();
          return facade.wrap("Project", {}, "project");
        },
      },
      purge: { args: [oneOf("PurgeTarget")], run: () => undefined },
      activate: { run: () => undefined },
      // 2004 is Deselect All. Undo is 16 and cannot run inside a script's own group.
      findMenuCommandId: { args: [text], run: (_, name) => ({ "Deselect All": 2004, "Select All": 23 })[name] ?? 0 },
      executeCommand: { args: [whole], changes: true, run: (_, id) => command(id) },
      scheduleTask: { args: [text, number, flag], run: () => world.unmodelled("app.scheduleTask") },
      getenv: { args: [text], run: (_, name) => process.env[name] ?? null },
    },
  });
  const command = (id) => {
    const layers = world.item(world.doc.active)?.layers ?? [];
    if (id !== 2004 && id !== 23) world.unmodelled(`app.executeCommand(${id})`);
    for (const one of layers) if (!world.layer(one).locked) world.layer(one).selected = id === 23;
  };

  const dialog = (kind, answer) => (message) => {
    world.dialogs.push({ kind, message: String(message), suppressed: false });
    return answer;
  };
  const app = facade.wrap("Application", {}, "app");
  return {
    app,
    $: dollar(world),
    alert: dialog("alert", undefined),
    confirm: dialog("confirm", false),
    prompt: dialog("prompt", null),
    isValid: (object) => {
      const found = facade.unwrap(object);
      return Boolean(found) && (!found.handle.valid || found.handle.valid());
    },
    // The number as its name: "TrackMatteType.ALPHA" (After Effects 24.0 on).
    ...(world.number >= 24 ? { getEnumAsString: (value) => enumName(world, value) } : {}),
    clearOutput: () => undefined,
    write: () => undefined,
    writeLn: () => undefined,
    timeToCurrentFormat: (time, rate) => String(Math.round(time * rate)),
  };
}

function enumName(world, value) {
  for (const [name, members] of Object.entries(world.enums))
    for (const [key, held] of Object.entries(members)) if (held === value) return `${name}.${key}`;
  return "";
}

function dollar(world) {
  const members = {
    version: "4.5.8",
    build: "89.1119",
    os: "Linux",
    locale: "en_US",
    engineName: "main",
    line: 0,
    level: 0,
    strict: true,
    hiresTimer: 0,
    stack: "",
    decimalPoint: ".",
    write: (value) => world.dialogs.push({ kind: "console", message: String(value), suppressed: false }),
    writeln: (value) => world.dialogs.push({ kind: "console", message: String(value), suppressed: false }),
    gc: () => undefined,
    getenv: (name) => process.env[name] ?? null,
    sleep: (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
    evalFile: (file) => {
      const found = world.facade.unwrap(file);
      const name = found ? found.handle.path : path.resolve(world.folder, file);
      const source = fs.readFileSync(name, "utf8");
      parseAsES3(source, name);
      return world.within(name, () => world.engine.run(source, name));
    },
  };
  Object.defineProperty(members, "fileName", { get: () => world.script });
  Object.defineProperty(members, "global", { get: () => world.engine.run("this", "global") });
  // A panel's script keeps its functions on $ (Adobe's CEP samples: $._ext); new names are fine, unknown ones are undefined.
  return members;
}
