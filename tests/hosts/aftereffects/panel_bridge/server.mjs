/**
 * A small server that opens the built panel in an ordinary browser: it stands in for CEP, and for nothing else.
 *
 * Pages get the extension's own files and, before them, `page.js`, which makes `window.__adobe_cep__` and
 * `window.cep_node`. Node's `net`, `fs`, `child_process` and the like then really happen in this process: sockets are
 * relayed byte for byte, so that the panel's own client speaks its own ZeroMQ to the real daemon; files and processes are
 * this machine's. `evalScript` goes to the function that the test hands in, the stand-in for After Effects.
 *
 * It listens on 127.0.0.1 only, for the time of a test.
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain" };

/** What a page may call at once and waits for, as CEP's Node lets it. */
const SYNC = {
  fs: ["chmodSync", "existsSync", "mkdirSync", "mkdtempSync", "readFileSync", "renameSync", "rmSync", "statSync", "unlinkSync", "writeFileSync"],
  zlib: ["inflateSync"],
  process: ["kill"],
};

/** Brightness of After Effects' interface, as `appSkinInfo` tells it. */
export const SKINS = { dark: [35, 35, 35], medium: [83, 83, 83], light: [240, 240, 240] };

export class Bridge {
  /**
   * @param {object} options
   * @param {string} options.extension folder of the built extension
   * @param {(script: string, done: (text: string) => void) => void} options.evalScript
   * @param {Record<string, string>} options.env what the panel's Node sees as its environment
   * @param {string} [options.appVersion]
   * @param {keyof typeof SKINS} [options.skin]
   */
  constructor({ extension, evalScript, env, appVersion = "26.0", skin = "dark" }) {
    Object.assign(this, { extension, evalScript, env, appVersion, skin });
    /** Every script that the panel had run, in order. */
    this.scripts = [];
    /** How many calls of evalScript were under way at once, at most. */
    this.mostCalls = 0;
    this._calls = 0;
    this._pages = new Set();
    this._sockets = new Map();
    this._children = new Map();
    this._server = http.createServer((request, response) => {
      this._serve(request, response).catch((problem) => {
        response.writeHead(500).end(String(problem.stack));
      });
    });
  }

  /** @returns {Promise<string>} the panel's address */
  async start() {
    await new Promise((resolve) => this._server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this._server.address().port}/index.html`;
  }

  async stop() {
    for (const socket of this._sockets.values()) socket.destroy();
    for (const child of this._children.values()) child.kill("SIGKILL");
    for (const page of this._pages) page.end();
    this._server.closeAllConnections();
    await new Promise((resolve) => this._server.close(resolve));
  }

  /** The brightness was changed in the preferences: CEP tells the panel. */
  wear(skin) {
    this.skin = skin;
    this._tell({ to: "theme" });
  }

  /** Cuts every connection, as when the daemon's machine is gone. */
  cut() {
    for (const socket of this._sockets.values()) socket.destroy();
  }

  environment() {
    const [red, green, blue] = SKINS[this.skin];
    const highlight = { red: 70, green: 160, blue: 245, alpha: 255 };
    const color = { antialiasLevel: 0, type: 1, color: { red, green, blue, alpha: 255 } };
    return {
      appName: "AEFT",
      appVersion: this.appVersion,
      appLocale: "en_US",
      appUILocale: "en_US",
      appId: "AEFT",
      isAppOnline: true,
      appSkinInfo: {
        baseFontFamily: "Open Sans",
        baseFontSize: 10,
        appBarBackgroundColor: color,
        panelBackgroundColor: color,
        appBarBackgroundColorSRGB: color,
        panelBackgroundColorSRGB: color,
        systemHighlightColor: highlight,
      },
    };
  }

  /** @param {object} message to every page */
  _tell(message) {
    for (const page of this._pages) page.write(`data: ${JSON.stringify(message)}\n\n`);
  }

  async _serve(request, response) {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    if (pathname === "/favicon.ico") return response.writeHead(204).end(); // browsers ask, CEP does not
    if (pathname === "/bridge/events") return this._events(response);
    if (pathname === "/bridge/start.js") return this._first(response);
    const asked = request.method === "POST" ? JSON.parse((await body(request)) || "{}") : {};
    const answer = (value) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value ?? null));
    if (pathname === "/bridge/sync") return answer(this._sync(asked));
    if (pathname === "/bridge/socket") return answer(this._socket(asked));
    if (pathname === "/bridge/child") return answer(this._child(asked));
    if (pathname === "/bridge/eval") return this._eval(asked.script, answer);
    return this._file(pathname, response);
  }

  _events(response) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": the panel is open\n\n");
    this._pages.add(response);
    response.on("close", () => this._pages.delete(response));
  }

  /** page.js with what CEP and Node know from the start. */
  _first(response) {
    const facts = {
      environment: this.environment(),
      env: this.env,
      platform: process.platform,
      version: process.version,
      home: this.env.HOME ?? os.homedir(),
      temporary: this.env.TMPDIR ?? os.tmpdir(),
      release: os.release(),
    };
    const script = fs.readFileSync(path.join(HERE, "page.js"), "utf8").replace("/* facts */ null", JSON.stringify(facts));
    response.writeHead(200, { "content-type": "text/javascript" }).end(script);
  }

  _file(pathname, response) {
    const file = path.join(this.extension, path.normalize(pathname));
    if (!file.startsWith(this.extension) || !fs.existsSync(file)) return response.writeHead(404).end();
    let content = fs.readFileSync(file);
    if (file.endsWith("index.html")) {
      // the one line that is not the extension's: CEP makes its objects before the page's first script
      content = content.toString().replace("<head>", '<head><script src="/bridge/start.js"></script>');
    }
    return response.writeHead(200, { "content-type": KINDS[path.extname(file)] ?? "application/octet-stream" }).end(content);
  }

  // --- Node ----------------------------------------------------------------------------------------------------

  _sync({ module, method, values, environment }) {
    if (environment) return { value: this.environment() };
    if (!SYNC[module]?.includes(method)) return { problem: { message: `the bridge has no ${module}.${method}` } };
    try {
      const value = { fs, zlib, process }[module][method](...values.map(unpacked));
      return { value: packed(value) };
    } catch (problem) {
      return { problem: { message: problem.message, code: problem.code } };
    }
  }

  _socket({ id, host, port, data, end }) {
    if (host !== undefined) {
      const socket = net.connect(port, host);
      this._sockets.set(id, socket);
      const tell = (event, more = {}) => this._tell({ to: "socket", id, event, ...more });
      socket.on("connect", () => tell("connect"));
      socket.on("data", (chunk) => tell("data", { data: chunk.toString("base64") }));
      socket.on("error", (problem) => tell("error", { message: problem.message, code: problem.code }));
      socket.on("close", () => {
        this._sockets.delete(id);
        tell("close");
      });
    }
    const socket = this._sockets.get(id);
    if (data && socket) socket.write(Buffer.from(data, "base64"));
    if (end && socket) socket.destroy();
  }

  _child({ id, file, args, options, kill }) {
    if (kill) return this._children.get(id)?.kill(kill);
    const child = childProcess.spawn(file, args, { env: options.env, cwd: options.cwd, stdio: ["ignore", "ignore", "pipe"] });
    this._children.set(id, child);
    const tell = (event, more = {}) => this._tell({ to: "child", id, event, ...more });
    child.stderr.on("data", (chunk) => tell("stderr", { text: chunk.toString() }));
    child.on("error", (problem) => tell("error", { message: problem.message, code: problem.code }));
    child.on("close", (status, signal) => {
      this._children.delete(id);
      tell("close", { status, signal });
    });
    return undefined;
  }

  _eval(script, answer) {
    this.scripts.push(script);
    this._calls += 1;
    this.mostCalls = Math.max(this.mostCalls, this._calls);
    this.evalScript(script, (text) => {
      this._calls -= 1;
      answer({ text });
    });
  }
}

function body(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => resolve(Buffer.concat(parts).toString()));
    request.on("error", reject);
  });
}

/** Values as JSON: bytes, and the big numbers of a bigint stat, are marked. */
function packed(value) {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (value instanceof fs.Stats || (value && typeof value === "object" && "mtimeNs" in value)) {
    const fields = ["mtimeNs", "mtimeMs", "ino", "size", "mode", "uid"];
    return { stat: Object.fromEntries(fields.filter((name) => name in value).map((name) => [name, String(value[name])])) };
  }
  return { plain: value ?? null };
}

function unpacked(value) {
  return value && typeof value === "object" && "bytes" in value ? Buffer.from(value.bytes, "base64") : value;
}
