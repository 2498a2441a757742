// Where the daemon is, what its file must hold, and how one is started: the same answers as the Python client's.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import test from "node:test";

import {
  connectionPath, dataFolder, makePrivateFolder, processExists, readConnection, stampOf,
} from "../../../hosts/aftereffects_cep/client/mattewire/connection.js";
import { MattewireError } from "../../../hosts/aftereffects_cep/client/mattewire/errors.js";
import { daemonInterpreter, scrubbedEnvironment, startDaemon } from "../../../hosts/aftereffects_cep/client/mattewire/launch.js";

const SECRET = "s".repeat(40);
const GOOD = {
  protocol: 1,
  address: "tcp://127.0.0.1:5555",
  server_key: "k".repeat(40),
  client_public_key: "p".repeat(40),
  client_secret_key: SECRET,
};

/** A folder for one test, as `$MATTEWIRE_HOME`. */
function home(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mattewire-"));
  const before = { ...process.env };
  process.env.MATTEWIRE_HOME = folder;
  delete process.env.MATTEWIRE_PYTHON;
  t.after(() => {
    process.env = before;
    fs.rmSync(folder, { recursive: true });
  });
  return folder;
}

/** As on another system. */
function on(t, platform, env) {
  const [real, before] = [Object.getOwnPropertyDescriptor(process, "platform"), process.env];
  Object.defineProperty(process, "platform", { value: platform, configurable: true });
  process.env = env;
  t.after(() => {
    Object.defineProperty(process, "platform", real);
    process.env = before;
  });
}

test("the data folder is the platform's own, or the one that was chosen", (t) => {
  on(t, "linux", { HOME: "/home/ana" });
  assert.equal(dataFolder(), path.join(os.homedir(), ".local", "share", "mattewire"));
  process.env = { XDG_DATA_HOME: "/data" };
  assert.equal(connectionPath(), "/data/mattewire/connection.json");
  process.env = { MATTEWIRE_HOME: "/elsewhere/../chosen" };
  assert.equal(dataFolder(), "/chosen");
  process.env = { MATTEWIRE_HOME: "~/chosen $&", HOME: os.homedir() };
  assert.equal(dataFolder(), path.join(os.homedir(), "chosen $&"));
  on(t, "darwin", {});
  assert.equal(dataFolder(), path.join(os.homedir(), "Library", "Application Support", "Mattewire"));
  on(t, "win32", { LOCALAPPDATA: "C:\\Users\\ana\\AppData\\Local" });
  assert.equal(dataFolder(), path.join("C:\\Users\\ana\\AppData\\Local", "Mattewire"));
  process.env = {};
  assert.equal(dataFolder(), path.join(os.homedir(), "AppData", "Local", "Mattewire"));
});

test("a whole file is read; what is not known in it is ignored", (t) => {
  const folder = home(t);
  fs.writeFileSync(path.join(folder, "connection.json"), JSON.stringify({ ...GOOD, pid: 7, later: [1] }));
  assert.deepEqual(readConnection(), { ...GOOD, pid: 7, server: "", started_at: 0 });
});

test("what is wrong with a file is said, and never what is in it", (t) => {
  const file = path.join(home(t), "connection.json");
  const problem = (text) => {
    if (text !== null) fs.writeFileSync(file, text);
    try {
      readConnection(file);
    } catch (problem) {
      assert.ok(problem instanceof MattewireError, problem.stack);
      assert.ok(problem.message.includes(file));
      assert.ok(!`${problem.message}${problem.advice}`.includes(SECRET), "no key in any message");
      return [problem.code, problem.field];
    }
    return null;
  };
  assert.deepEqual(problem(null), ["daemon_unreachable", ""]);
  assert.deepEqual(problem(Buffer.from([0x7b, 0xff])), ["daemon_unreachable", ""]);
  assert.deepEqual(problem(" ".repeat(70_000)), ["daemon_unreachable", ""]);
  assert.deepEqual(problem(`{"client_secret_key": "${SECRET}",`), ["bad_field", "connection"]);
  for (const text of ["[]", "null", '"x"', "7"]) assert.deepEqual(problem(text), ["bad_field", "connection"]);
  for (const name of Object.keys(GOOD)) {
    const { [name]: _, ...rest } = GOOD;
    assert.deepEqual(problem(JSON.stringify(rest)), ["bad_field", `connection.${name}`]);
    assert.deepEqual(problem(JSON.stringify({ ...GOOD, [name]: true })), ["bad_field", `connection.${name}`]);
  }
  for (const [name, value] of Object.entries({ pid: "7", protocol: 1.5, server: 1, started_at: null, server_key: "short", address: "ipc://x" })) {
    assert.deepEqual(problem(JSON.stringify({ ...GOOD, [name]: value })), ["bad_field", `connection.${name}`]);
  }
  assert.equal(problem(JSON.stringify(GOOD)), null);
});

test("another file has another stamp", (t) => {
  const file = path.join(home(t), "connection.json");
  const stamps = [stampOf(file)];
  for (const text of ["1", "2"]) {
    fs.writeFileSync(`${file}.new`, text);
    fs.renameSync(`${file}.new`, file);
    stamps.push(stampOf(file));
    assert.equal(stampOf(file), stamps[stamps.length - 1]);
  }
  assert.equal(new Set(stamps).size, 3);
});

test("processes that run, and one that has ended", async () => {
  const { spawn } = await import("node:child_process");
  assert.equal(processExists(process.pid), true);
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("exit", resolve));
  assert.equal(processExists(child.pid), false);
});

test("the data folder is made for this user alone", (t) => {
  const folder = path.join(home(t), "a", "b");
  makePrivateFolder(folder);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  fs.chmodSync(folder, 0o755);
  makePrivateFolder(folder);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
});

test("nothing of the host's environment reaches the daemon", (t) => {
  const folder = home(t);
  const passed = scrubbedEnvironment({
    PYTHONHOME: "/host", LD_LIBRARY_PATH: "/host", QT_PLUGIN_PATH: "/host", NODE_OPTIONS: "--x", ELECTRON_RUN_AS_NODE: "1",
    Path: "C:\\Windows", LC_ALL: "C", HF_HOME: "/hf", MATTEWIRE_HOME: folder, gone: undefined,
  });
  assert.deepEqual(passed, { Path: "C:\\Windows", LC_ALL: "C", HF_HOME: "/hf", MATTEWIRE_HOME: folder });
});

test("the interpreter is the one that was recorded, never this program", (t) => {
  const folder = home(t);
  assert.equal(daemonInterpreter(), "");
  const record = (text) => fs.writeFileSync(path.join(folder, "interpreter.json"), text);
  for (const bad of ["{", "{}", "null", '{"python": 7}', '{"python": "python3"}', '{"python": "/no/such/python"}']) {
    record(bad);
    assert.equal(daemonInterpreter(), "", bad);
  }
  record(JSON.stringify({ python: process.execPath }));
  assert.equal(daemonInterpreter(), process.execPath);
  process.env.MATTEWIRE_PYTHON = "/chosen/python";
  assert.equal(daemonInterpreter(), "/chosen/python");
});

test("what keeps a daemon from starting is told with its way out", { timeout: 20_000 }, async (t) => {
  const folder = home(t);
  const refused = async (options, code, words) => {
    await assert.rejects(startDaemon(options), (problem) => {
      assert.equal(problem.code, code);
      assert.match(`${problem.message} ${problem.advice}`, words);
      return true;
    });
  };
  const script = (name, text) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };
  await refused({}, "install_incomplete", /install-host/);
  await refused({ interpreter: path.join(folder, "no python") }, "daemon_unreachable", /cannot be run/);
  await refused({ interpreter: script("dies", "yes port taken | head -n 9999 >&2; exit 3") }, "daemon_unreachable", /port taken$/m);
  await refused({ interpreter: script("silent", "exit 3") }, "daemon_unreachable", /did not start: 3/);
  const bare = script("bare", 'echo "Error: No module named mattewire_server" >&2; exit 1');
  await refused({ interpreter: bare }, "install_incomplete", /bare" -m pip install/);
  await refused({ interpreter: script("lies", "exit 0") }, "daemon_unreachable", /connection file/);
});
