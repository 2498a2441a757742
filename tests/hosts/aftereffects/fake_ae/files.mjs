/**
 * ExtendScript's File and Folder on the real disk (Adobe's JavaScript Tools Guide, "File System Access").
 *
 * Two faces of a path: `fsName` is the platform's, `absoluteURI` and `fullName` are URI encoded. A constructor takes
 * either, and therefore decodes "%20" in a platform path as well: a folder really named "a%20b" must be handed over
 * encoded (File.encode or encodeURI). A failed call returns false and fills `error`; nothing throws.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const HEX = /%[0-9A-Fa-f]{2}/;

function decode(world, uri) {
  try {
    return HEX.test(uri) ? decodeURIComponent(uri) : uri;
  } catch {
    throw world.error(`File or Folder: "${uri}" is not a well-formed URI`);
  }
}

function absolute(world, name) {
  if (typeof name !== "string") throw world.error("File or Folder: a path is a string");
  if (name.includes("\0")) throw world.error("File or Folder: no null character");
  const plain = decode(world, name);
  const home = plain === "~" || plain.startsWith("~/") ? os.homedir() + plain.slice(1) : plain;
  return path.resolve(world.folder, home);
}

const uri = (name) => encodeURI(name).replace(/[#?]/g, (one) => encodeURIComponent(one));
/** What a name is; null for nothing, also where a folder on the way to it is a file. */
function about(name) {
  try {
    return fs.statSync(name);
  } catch {
    return null;
  }
}
const isFolder = (name) => about(name)?.isDirectory() ?? false;
const isFile = (name) => about(name)?.isFile() ?? false;

export function defineFiles(world) {
  const { facade } = world;
  const text = world.checks.text;
  const make = (kind, name) => {
    const handle = { kind, path: name, encoding: "BINARY", lineFeed: "Unix", error: "", open: null };
    return facade.wrap(kind, handle);
  };
  world.file = (name) => make("File", path.resolve(name));
  world.directory = (name) => make("Folder", path.resolve(name));
  const attempt = (handle, action) => {
    handle.error = "";
    try {
      action();
      return true;
    } catch (error) {
      handle.error = error.code === "ENOENT" ? "File or folder does not exist" : "I/O error";
      return false;
    }
  };
  const shared = {
    read: {
      fsName: (h) => h.path,
      absoluteURI: (h) => uri(h.path),
      fullName: (h) => uri(h.path),
      name: (h) => uri(path.basename(h.path)),
      displayName: (h) => path.basename(h.path),
      path: (h) => uri(path.dirname(h.path)),
      parent: (h) => world.directory(path.dirname(h.path)),
      error: (h) => h.error,
      created: (h) => world.date(fs.statSync(h.path, { throwIfNoEntry: false })?.birthtimeMs ?? 0),
      modified: (h) => world.date(fs.statSync(h.path, { throwIfNoEntry: false })?.mtimeMs ?? 0),
    },
    methods: {
      toString: { run: (h) => uri(h.path) },
      changePath: {
        args: [text],
        run: (h, to) => ((h.path = path.resolve(path.dirname(h.path), decode(world, to))), true),
      },
    },
  };
  facade.define("File", {
    construct: (name = "") => make("File", absolute(world, name)),
    read: {
      ...shared.read,
      exists: (h) => isFile(h.path),
      length: (h) => fs.statSync(h.path, { throwIfNoEntry: false })?.size ?? 0,
      encoding: (h) => h.encoding,
      lineFeed: (h) => h.lineFeed,
      eof: (h) => !h.open || h.open.at >= h.open.text.length,
    },
    methods: {
      ...shared.methods,
      open: { args: [text, world.checks.optional(text), world.checks.optional(text)], run: (h, mode) => open(h, mode) },
      close: {
        run: (h) => {
          const held = h.open;
          h.open = null;
          if (!held) return false;
          if (held.mode === "r") return true;
          return attempt(h, () => fs.writeFileSync(h.path, Buffer.from(held.text, held.coding)));
        },
      },
      read: { args: [world.checks.optional(world.checks.number)], run: (h, count) => take(h, count ?? Infinity) },
      readln: {
        run: (h) => {
          if (!h.open) return "";
          const end = h.open.text.indexOf("\n", h.open.at);
          const line = take(h, (end < 0 ? h.open.text.length : end) - h.open.at);
          if (end >= 0) h.open.at += 1;
          return line.replace(/\r$/, "");
        },
      },
      write: { args: [text], run: (h, more) => put(h, more) },
      writeln: { args: [text], run: (h, more) => put(h, more + (h.lineFeed === "Windows" ? "\r\n" : "\n")) },
      remove: { run: (h) => attempt(h, () => fs.unlinkSync(h.path)) },
      rename: {
        args: [text],
        run: (h, to) =>
          attempt(h, () => {
            const next = path.join(path.dirname(h.path), decode(world, to));
            fs.renameSync(h.path, next);
            h.path = next;
          }),
      },
      copy: { args: [world.checks.anything], run: (h, to) => attempt(h, () => fs.copyFileSync(h.path, place(to))) },
    },
    direct: {
      encoding: (h, value) => (h.encoding = text(world, value, 'Unable to set "encoding"').toUpperCase()),
      lineFeed: (h, value) => (h.lineFeed = text(world, value, 'Unable to set "lineFeed"')),
    },
  });
  const place = (to) => (typeof to === "string" ? absolute(world, to) : facade.unwrap(to).handle.path);

  function open(h, mode) {
    if (!["r", "w", "a", "e"].includes(mode)) throw world.error(`File.open: no mode "${mode}"`);
    // UTF-8 needs saying: with the default, text beyond Latin-1 would be written as single bytes.
    const coding = h.encoding === "UTF-8" || h.encoding === "UTF8" ? "utf8" : "latin1";
    return attempt(h, () => {
      const held = mode === "w" ? "" : fs.existsSync(h.path) || mode === "r" ? fs.readFileSync(h.path, coding) : "";
      if (mode !== "r") fs.closeSync(fs.openSync(h.path, mode === "w" ? "w" : "a"));
      h.open = { mode, coding, text: held.replace(/^\ufeff/, ""), at: mode === "a" ? held.length : 0 };
    });
  }

  function take(h, count) {
    if (!h.open) return "";
    const part = h.open.text.slice(h.open.at, h.open.at + count);
    h.open.at += part.length;
    return part;
  }

  function put(h, more) {
    if (!h.open || h.open.mode === "r") return false;
    const { text: held, at } = h.open;
    h.open.text = held.slice(0, at) + more + held.slice(at + more.length);
    h.open.at += more.length;
    return true;
  }

  facade.define("Folder", {
    construct: (name = "") => make("Folder", absolute(world, name)),
    read: { ...shared.read, exists: (h) => isFolder(h.path) },
    methods: {
      ...shared.methods,
      create: { run: (h) => attempt(h, () => fs.mkdirSync(h.path, { recursive: true })) },
      remove: { run: (h) => attempt(h, () => fs.rmdirSync(h.path)) },
      getFiles: {
        args: [world.checks.optional(world.checks.anything)],
        run: (h, mask) => {
          if (!isFolder(h.path)) return null;
          const names = fs.readdirSync(h.path).sort();
          const all = names.map((name) => {
            const full = path.join(h.path, name);
            return isFolder(full) ? world.directory(full) : world.file(full);
          });
          if (mask === undefined) return all;
          if (typeof mask === "function") return all.filter((one) => mask(one));
          const rule = new RegExp(`^${mask.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "i");
          return all.filter((_, at) => rule.test(names[at]));
        },
      },
    },
  });

  const roots = { temp: os.tmpdir(), userData: world.home, desktop: world.home, myDocuments: world.home, appData: world.home };
  const dress = (kind, extra) => {
    const { maker } = facade.classes.get(kind);
    // File(path) without `new` gives a Folder where the path is a folder (JavaScript Tools Guide, File constructor).
    const callable = function (name = "") {
      const full = absolute(world, name);
      if (new.target) return make(kind, full);
      return make(isFolder(full) ? "Folder" : isFile(full) ? "File" : kind, full);
    };
    callable.prototype = maker.prototype;
    Object.assign(callable, { fs: "Unix", encode: (name) => uri(name), decode: (name) => decode(world, name) }, extra);
    return callable;
  };
  const folders = {};
  const callableFolder = dress("Folder", folders);
  for (const [name, where] of Object.entries(roots))
    Object.defineProperty(callableFolder, name, { get: () => world.directory(where) });
  return { File: dress("File", {}), Folder: callableFolder };
}
