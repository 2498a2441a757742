// Runs in the page before the panel: the objects that CEP gives an extension, with Node behind the bridge.
(function () {
  "use strict";
  const facts = /* facts */ null;

  function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  }

  function bytes(text) {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  }

  function sync(question) {
    const request = new XMLHttpRequest();
    request.open("POST", "/bridge/sync", false);
    request.send(JSON.stringify(question));
    const { value, problem } = JSON.parse(request.responseText);
    if (problem) throw Object.assign(new Error(problem.message), { code: problem.code });
    return value;
  }

  function call(module, method) {
    return (...values) => {
      const sent = values.map((value) => (value instanceof Uint8Array ? { bytes: base64(value) } : value));
      const got = sync({ module, method, values: sent });
      if (got.bytes !== undefined) return bytes(got.bytes);
      return got.stat ? got.stat : got.plain;
    };
  }

  let order = Promise.resolve();
  /** One after another: what is written to a socket must arrive in order. */
  function post(path, content) {
    order = order.then(() => fetch(path, { method: "POST", body: JSON.stringify(content) })).catch(() => {});
    return order;
  }

  class Emitter {
    constructor() {
      this.listeners = {};
    }
    on(event, call) {
      (this.listeners[event] ??= []).push(call);
      return this;
    }
    emit(event, ...values) {
      for (const call of this.listeners[event] ?? []) call(...values);
    }
  }

  let newest = 0;
  const sockets = new Map();
  const children = new Map();

  class Socket extends Emitter {
    constructor(port, host) {
      super();
      this.id = newest += 1;
      this.destroyed = false;
      this.writableLength = 0;
      this.waiting = [];
      sockets.set(this.id, this);
      connected.then(() => post("/bridge/socket", { id: this.id, host, port }));
    }
    setNoDelay() {
      return this;
    }
    cork() {} // writes of one turn go together anyway
    uncork() {}
    write(chunk) {
      if (this.waiting.length === 0) queueMicrotask(() => this.flush());
      this.waiting.push(chunk.slice());
      return true;
    }
    flush() {
      const length = this.waiting.reduce((sum, chunk) => sum + chunk.length, 0);
      const whole = new Uint8Array(length);
      let at = 0;
      for (const chunk of this.waiting.splice(0)) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      if (!this.destroyed) post("/bridge/socket", { id: this.id, data: base64(whole) });
    }
    destroy() {
      if (this.destroyed) return;
      this.destroyed = true;
      sockets.delete(this.id);
      post("/bridge/socket", { id: this.id, end: true });
    }
    take({ event, data, message, code }) {
      if (event === "data") this.emit("data", bytes(data));
      else if (event === "error") this.emit("error", Object.assign(new Error(message), { code }));
      else this.emit(event);
    }
  }

  class Child extends Emitter {
    constructor(file, args, options) {
      super();
      this.id = newest += 1;
      this.stderr = Object.assign(new Emitter(), { setEncoding() {} });
      children.set(this.id, this);
      post("/bridge/child", { id: this.id, file, args, options });
    }
    kill(signal) {
      post("/bridge/child", { id: this.id, kill: signal });
    }
    take({ event, text, message, code, status, signal }) {
      if (event === "stderr") this.stderr.emit("data", text);
      else if (event === "error") this.emit("error", Object.assign(new Error(message), { code }));
      else this.emit("close", status, signal);
    }
  }

  const themeListeners = [];
  const events = new EventSource("/bridge/events");
  const connected = new Promise((resolve) => events.addEventListener("open", resolve));
  events.addEventListener("message", ({ data }) => {
    const told = JSON.parse(data);
    if (told.to === "socket") sockets.get(told.id)?.take(told);
    if (told.to === "child") children.get(told.id)?.take(told);
    if (told.to === "theme") for (const listener of themeListeners) listener({ type: "theme" });
  });

  const posix = {
    join: (...parts) => posix.resolve("", parts.filter(Boolean).join("/")) || ".",
    dirname: (name) => name.slice(0, Math.max(1, name.lastIndexOf("/"))),
    isAbsolute: (name) => name.startsWith("/"),
    resolve: (...parts) => {
      const whole = parts.reduce((made, part) => (part.startsWith("/") ? part : made ? `${made}/${part}` : part), "");
      const made = [];
      for (const part of whole.split("/")) {
        if (part === "..") made.pop();
        else if (part && part !== ".") made.push(part);
      }
      return (whole.startsWith("/") ? "/" : "") + made.join("/");
    },
  };

  const fs = {};
  for (const name of ["chmodSync", "existsSync", "mkdirSync", "mkdtempSync", "readFileSync", "renameSync", "rmSync", "statSync", "unlinkSync", "writeFileSync"]) {
    fs[name] = call("fs", name);
  }
  const readBytes = fs.readFileSync;
  fs.readFileSync = (file, encoding) => (encoding ? readBytes(file, encoding) : readBytes(file));

  const modules = {
    child_process: { spawn: (file, args, options) => new Child(file, args, options) },
    fs,
    net: { connect: (port, host) => new Socket(port, host) },
    os: { homedir: () => facts.home, tmpdir: () => facts.temporary, platform: () => facts.platform, release: () => facts.release },
    path: posix,
    process: { env: facts.env, platform: facts.platform, version: facts.version, kill: call("process", "kill") },
    zlib: { inflateSync: call("zlib", "inflateSync") },
  };

  window.cep_node = {
    require(name) {
      if (!(name in modules)) throw new Error(`the bridge has no module ${name}`);
      return modules[name];
    },
  };

  window.__adobe_cep__ = {
    getHostEnvironment: () => JSON.stringify(sync({ environment: true })),
    registerKeyEventsInterest: () => "",
    addEventListener: (type, listener) => {
      if (type === "com.adobe.csxs.events.ThemeColorChanged") themeListeners.push(listener);
    },
    evalScript: (script, done) => {
      fetch("/bridge/eval", { method: "POST", body: JSON.stringify({ script }) })
        .then((response) => response.json())
        .then(({ text }) => done(text));
    },
  };
})();
