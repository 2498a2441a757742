/**
 * The gate for what runs inside After Effects: node tools/check_host.mjs
 *
 * Every part of host/parts.json must be ASCII, parse as ECMAScript 3, stay clear of what ExtendScript's own parser gets wrong,
 * and the parts joined in their order, as the build joins them, must pass TypeScript's checks against Adobe's declarations of
 * the oldest and of the newest After Effects that is supported. Exit 1 with a line for each slip, file and line first.
 *
 * What ExtendScript gets wrong, measured by others in After Effects: `a ? b : c ? d : e` groups from the left, and `&&` and
 * `||` side by side bind alike. Parentheses help in both cases.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PANEL = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(PANEL, "package.json"));
const acorn = require("acorn");

/** Oldest and newest declarations that the scripts are held to. */
export const VERSIONS = ["23.0", "26.0"];

/** Slips of one script's text, as "name:line: what": not ASCII, not ECMAScript 3, or grouped as ExtendScript would not. */
export function checkText(name, text) {
  const slips = [];
  text.split("\n").forEach((line, at) => {
    const odd = /[^\x00-\x7f]/.exec(line);
    if (odd) slips.push(`${name}:${at + 1}: the character ${JSON.stringify(odd[0])} is not ASCII; write it as \\uXXXX`);
  });
  let tree;
  try {
    tree = acorn.parse(text, {
      ecmaVersion: 3,
      allowReserved: "never",
      locations: true,
      preserveParens: true,
    });
  } catch (error) {
    return [...slips, `${name}:${error.loc?.line ?? 1}: no ECMAScript 3: ${error.message.replace(/ \(\d+:\d+\)$/, "")}`];
  }
  visit(tree, (node) => {
    const say = (what) => slips.push(`${name}:${node.loc.start.line}: ${what}`);
    if (node.type === "ConditionalExpression")
      for (const part of [node.test, node.consequent, node.alternate])
        if (part.type === "ConditionalExpression") say("ExtendScript groups nested ?: from the left; add parentheses");
    if (node.type === "LogicalExpression")
      for (const side of [node.left, node.right])
        if (side.type === "LogicalExpression" && side.operator !== node.operator)
          say("ExtendScript gives && and || one rank; add parentheses");
  });
  return slips;
}

function visit(node, see) {
  see(node);
  for (const value of Object.values(node)) {
    const inside = Array.isArray(value) ? value : [value];
    for (const one of inside) if (one && typeof one.type === "string") visit(one, see);
  }
}

/**
 * Slips that TypeScript finds in the parts joined: [{name, text}], against the declarations of `version`. A name or a number of
 * arguments that this After Effects does not have is one.
 */
export function checkTypes(parts, version, host = join(PANEL, "host")) {
  // Beside host/, so that a script's import("../host/contract") in a comment means the same file from here as from there.
  const folder = mkdtempSync(join(PANEL, ".check_host-"));
  try {
    writeFileSync(join(folder, "host.jsx"), parts.map((part) => withEnd(part.text)).join(""));
    const config = JSON.parse(readFileSync(join(host, "tsconfig.json"), "utf8"));
    const types = join(PANEL, "node_modules", "types-for-adobe", "AfterEffects", version, "index.d.ts");
    const given = config.files.filter((file) => !file.includes("types-for-adobe")).map((file) => join(host, file));
    const files = [...given, types, join(folder, "host.jsx")];
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: config.compilerOptions, files }));
    return compile(folder).map((line) => `${home(line, parts)} (After Effects ${version})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const withEnd = (text) => (text.endsWith("\n") ? text : `${text}\n`);

function compile(folder) {
  try {
    execFileSync(process.execPath, [join(PANEL, "node_modules", "typescript", "bin", "tsc"), "-p", folder, "--pretty", "false"], {
      encoding: "utf8",
      cwd: folder,
      timeout: 120_000,
    });
    return [];
  } catch (error) {
    if (!error.stdout) throw error;
    return error.stdout.split("\n").filter((line) => /error TS/.test(line));
  }
}

/** "host.jsx(120,4): error …" as "place.jsx:12: …", the part and its own line. */
function home(line, parts) {
  const found = /host\.jsx\((\d+),\d+\): error (.*)$/.exec(line);
  if (!found) return line;
  let left = Number(found[1]);
  for (const { name, text } of parts) {
    const length = withEnd(text).split("\n").length - 1;
    if (left <= length) return `${name}:${left}: ${found[2]}`;
    left -= length;
  }
  return line;
}

/** All slips of the scripts in a folder with a parts.json; empty when it is clean. */
export function checkFolder(host = join(PANEL, "host")) {
  const names = JSON.parse(readFileSync(join(host, "parts.json"), "utf8"));
  const parts = names.map((name) => ({ name, text: readFileSync(join(host, name), "utf8") }));
  const slips = parts.flatMap((part) => checkText(part.name, part.text));
  return [...slips, ...VERSIONS.flatMap((version) => checkTypes(parts, version, host))];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const slips = checkFolder();
  for (const slip of slips) console.error(slip);
  if (!slips.length) console.log("host/*.jsx: ASCII, ECMAScript 3, and names that After Effects " + VERSIONS.join(" and ") + " have.");
  process.exit(slips.length ? 1 : 0);
}
