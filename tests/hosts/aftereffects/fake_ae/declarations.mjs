/**
 * A small reader of the public type declarations of After Effects' scripting (types-for-adobe): enumerations with their
 * numbers, and the members of each class. It reads that one family of files: one member a line, or one parameter a line.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
export const PANEL = join(HERE, "..", "..", "..", "..", "hosts", "aftereffects_cep");
const TYPES = join(PANEL, "node_modules", "types-for-adobe");

/** The newest declarations that are not newer than `version` ("25.0" reads 24.6): there is one folder a changed release. */
export function upTo(version) {
  const known = readdirSync(join(TYPES, "AfterEffects")).sort((a, b) => Number(a) - Number(b));
  return read(known.filter((one) => Number(one) <= Number(version)).at(-1));
}

/** The declarations of exactly this version. */
export function read(version) {
  const file = join(TYPES, "AfterEffects", version, "index.d.ts");
  if (!existsSync(file)) throw new Error(`types-for-adobe has no After Effects ${version}; run npm ci in ${PANEL}`);
  const text = ["../../shared/JavaScript.d.ts", "index.d.ts"]
    .map((name) => readFileSync(join(TYPES, "AfterEffects", version, name), "utf8"))
    .join("\n");
  return parse(text);
}

/** {enums: {Name: {MEMBER: number}}, classes: {Name: {parent, members: {name: {readonly, arity: [min, max] | null}}}}} */
export function parse(text) {
  const bare = text.replace(/\r/g, "").replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
  const enums = {};
  for (const [, name, body] of bare.matchAll(/declare (?:const )?enum (\w+) \{([^}]*)\}/g)) {
    enums[name] = {};
    for (const [, key, value] of body.matchAll(/(\w+) = (-?\d+)/g)) enums[name][key] = Number(value);
  }
  const classes = {};
  const head = /^(?:declare )?(?:class|interface) ([\w$]+)(?:<[^{]*>)?(?: extends ([\w]+)[^{]*)? \{(\}?)/gm;
  for (const found of bare.matchAll(head)) {
    const [all, name, parent, closed] = found;
    const known = (classes[name] ??= { parent: null, members: {} });
    known.parent ??= parent ?? null;
    if (closed) continue;
    const start = found.index + all.length;
    readMembers(bare.slice(start, bare.indexOf("\n}", start)), known.members);
  }
  return { enums, classes };
}

function readMembers(body, members) {
  const flat = body.replace(/\(\s*\n\s*/g, "(").replace(/,\s*\n\s*/g, ", ").replace(/,?\s*\n\s*\)/g, ")");
  for (const line of flat.split("\n")) {
    const found = /^  (readonly )?([\w$]+)(\??)(\(|:)(.*)$/.exec(line);
    if (!found || (found[1] === undefined && found[2] === "readonly" && found[4] !== ":")) continue;
    const [, readonly, name, , mark, rest] = found;
    if (mark === ":") {
      members[name] = { readonly: Boolean(readonly), arity: null };
      continue;
    }
    const arity = parameters(rest);
    const before = members[name]?.arity;
    members[name] = {
      readonly: true,
      arity: before ? [Math.min(before[0], arity[0]), Math.max(before[1], arity[1])] : arity,
    };
  }
}

function parameters(text) {
  let depth = 0;
  let part = "";
  const parts = [];
  for (const character of text) {
    if (character === ")" && depth === 0) break;
    if ("([{<".includes(character)) depth += 1;
    if (")]}".includes(character) || (character === ">" && !part.endsWith("="))) depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  if (part.trim()) parts.push(part);
  const most = parts.some((one) => one.trim().startsWith("...")) ? Infinity : parts.length;
  return [parts.filter((one) => !/^\s*(\.\.\.|\w+\?)/.test(one)).length, most];
}

/** The member of a class or of what it extends, or null. */
export function member(classes, name, key) {
  for (let at = name; at; at = classes[at]?.parent) {
    const found = classes[at]?.members;
    if (found && Object.hasOwn(found, key)) return found[key];
  }
  return null;
}
