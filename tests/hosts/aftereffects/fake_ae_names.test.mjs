import assert from "node:assert/strict";
import { test } from "node:test";
import { member, parse, read, upTo } from "./fake_ae/declarations.mjs";
import { start } from "./fake_ae/index.mjs";

/** Names that After Effects has and Adobe's declarations do not, with where they are documented. */
const BEYOND = {
  "ImportOptions.rangeStart": "https://ae-scripting.docsforadobe.dev/other/importoptions/",
  "ImportOptions.rangeEnd": "https://ae-scripting.docsforadobe.dev/other/importoptions/",
};

/** What differs between the stand-in's classes and the declarations of one version. */
function differences(version) {
  const ae = start({ version });
  const { classes } = read(version);
  const found = [];
  for (const { name, extends: parent = null, read: reads, write, direct, methods } of ae.world.facade.classes.values()) {
    if (!classes[name]) found.push(`no class ${name}`);
    else if (classes[name].parent !== parent) found.push(`${name} extends ${parent}, not ${classes[name].parent}`);
    for (const key of new Set([reads, write, direct, methods].flatMap((table) => Object.keys(table ?? {})))) {
      const mine = ae.world.facade.find(name, key);
      if (mine.since && Number(mine.since) > Number(version)) continue;
      const theirs = member(classes, name, key);
      const at = `${name}.${key}`;
      if (!theirs) found.push(at);
      else if (Boolean(mine.method) !== Boolean(theirs.arity)) found.push(`${at}: method or not`);
      else if (mine.method) {
        const args = mine.method.args ?? [];
        const arity = [args.filter((check) => !check.optional).length, args.length];
        if (`${arity}` !== `${theirs.arity}`) found.push(`${at} takes ${arity}, not ${theirs.arity}`);
      } else if ((mine.write || mine.direct) && theirs.readonly) found.push(`${at} is read-only`);
    }
  }
  return found;
}

for (const version of ["23.0", "26.0"])
  test(`every name, its arguments and whether it can be set: as Adobe's declarations of ${version} say`, () => {
    assert.deepEqual(differences(version).sort(), Object.keys(BEYOND).sort());
  });

test("a member that came later is not in the older declarations, so that its version is no guess", () => {
  const [old, fresh] = [upTo("22.6"), read("23.0")];
  for (const name of ["setTrackMatte", "removeTrackMatte", "trackMatteLayer"]) {
    assert.equal(member(old.classes, "AVLayer", name), null, name);
    assert.ok(member(fresh.classes, "AVLayer", name), name);
  }
});

test("enumerations have the numbers of the declarations", () => {
  const { enums } = read("26.0");
  const ae = start({ version: "26.0" });
  for (const [name, members] of Object.entries(enums))
    for (const [key, value] of Object.entries(members)) assert.equal(ae.run(`${name}.${key}`), value);
  assert.equal(ae.run("getEnumAsString(TrackMatteType.ALPHA)"), "TrackMatteType.ALPHA");
});

test("the reader of declarations: overloads, optional and rest parameters, inheritance", () => {
  const { classes, enums } = parse(
    "declare enum E {\r\n  A = 5,\r\n}\r\ndeclare class B {\r\n  readonly x: number // note\r\n}\r\ndeclare class C<T> extends B {\r\n" +
      "  /** m(a: 1): void */\r\n  y: string\r\n  m(a: [number, number], b?: (x: 1) => void): void\r\n  m(\r\n    a: number,\r\n  ): void\r\n  r(...all: any[]): void\r\n}\r\n",
  );
  assert.deepEqual(enums, { E: { A: 5 } });
  assert.deepEqual(member(classes, "C", "m").arity, [1, 2]);
  assert.deepEqual(member(classes, "C", "r").arity, [0, Infinity]);
  assert.deepEqual(member(classes, "C", "x"), { readonly: true, arity: null });
  assert.deepEqual(member(classes, "C", "y"), { readonly: false, arity: null });
  assert.equal(member(classes, "C", "z"), null);
});
