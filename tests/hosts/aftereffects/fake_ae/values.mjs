/**
 * Value objects of scripts: made with `new`, handed to and given by properties as copies. Changing one changes no layer
 * until it is set (After Effects scripting guide, TextDocument and Shape).
 */
const SHAPE = { closed: true, vertices: [], inTangents: [], outTangents: [] };

export function defineValues(world) {
  const { facade, checks } = world;
  const { number, text, flag, numbers, list, color, optional, anything } = checks;

  /** A class whose members are plain fields: {name: check}. */
  const record = (name, fields, build, extra = {}) => {
    const read = {};
    const direct = {};
    for (const [key, check] of Object.entries(fields)) {
      read[key] = (h) => h.fields[key];
      if (check) direct[key] = (h, value) => (h.fields[key] = check(world, value, `Unable to set "${key}"`));
    }
    facade.define(name, { construct: (...values) => facade.wrap(name, { fields: build(...values) }), read, direct, ...extra });
    world.values[name] = (data) => facade.wrap(name, { fields: structuredClone(data) });
  };
  world.values = {};

  const points = list(numbers(2));
  record(
    "Shape",
    { closed: flag, vertices: points, inTangents: points, outTangents: points },
    () => structuredClone(SHAPE),
  );
  record("KeyframeEase", { speed: number, influence: checks.between(0.1, 100) }, (speed, influence) => ({
    speed: number(world, speed, "KeyframeEase"),
    influence: checks.between(0.1, 100)(world, influence, "KeyframeEase"),
  }));
  record(
    "MarkerValue",
    { comment: text, chapter: text, url: text, frameTarget: text, cuePointName: text, duration: number, label: number },
    (comment, chapter = "", url = "", frameTarget = "", cuePointName = "", parameters = {}) => ({
      comment: text(world, comment, "MarkerValue"),
      chapter,
      url,
      frameTarget,
      cuePointName,
      duration: 0,
      label: 0,
      parameters: { ...parameters },
    }),
    {
      methods: {
        getParameters: { run: (h) => world.plain(h.fields.parameters) },
        setParameters: {
          args: [anything],
          run: (h, pairs) => {
            h.fields.parameters = {};
            for (const key in pairs) h.fields.parameters[key] = String(pairs[key]);
          },
        },
      },
    },
  );
  record(
    "TextDocument",
    {
      text: text,
      fontSize: checks.between(0.1, 1296),
      fillColor: color,
      applyFill: flag,
      applyStroke: flag,
      font: text,
      justification: checks.oneOf("ParagraphJustification"),
      tracking: number,
    },
    (value) => ({ ...textDocument(world), text: text(world, value, "TextDocument") }),
  );
  world.newTextDocument = (value) => ({ ...textDocument(world), text: value });

  facade.define("ImportOptions", {
    construct: (file) => {
      const handle = { file: null, sequence: false, forceAlphabetical: false, range: null, importAs: null };
      if (file !== undefined) handle.file = filePath(world, file, "ImportOptions");
      return facade.wrap("ImportOptions", handle);
    },
    read: {
      file: (h) => (h.file === null ? null : world.file(h.file)),
      sequence: (h) => h.sequence,
      forceAlphabetical: (h) => h.forceAlphabetical,
      importAs: (h) => h.importAs ?? world.enums.ImportAsType.FOOTAGE,
      rangeStart: (h) => h.range?.start ?? 0,
      rangeEnd: (h) => h.range?.end ?? 0,
    },
    direct: {
      file: (h, value) => (h.file = filePath(world, value, 'Unable to set "file"')),
      sequence: (h, value) => (h.sequence = flag(world, value, 'Unable to set "sequence"')),
      forceAlphabetical: (h, value) => (h.forceAlphabetical = flag(world, value, 'Unable to set "forceAlphabetical"')),
      importAs: (h, value) => (h.importAs = checks.oneOf("ImportAsType")(world, value, 'Unable to set "importAs"')),
      // The two throw in these cases; a range upside down also resets to all files (scripting guide, ImportOptions,
      // "officially undocumented"). The start can therefore only be set after the end.
      rangeStart: (h, value) => range(h, "start", value),
      rangeEnd: (h, value) => range(h, "end", value),
    },
    methods: {
      canImportAs: {
        args: [checks.oneOf("ImportAsType")],
        run: (h, type) => type === world.enums.ImportAsType.FOOTAGE,
      },
    },
  });

  function range(h, which, value) {
    checks.whole(world, value, `Unable to set "range${which}"`);
    const next = { start: 0, end: 0, ...h.range, [which]: value };
    const why =
      (h.forceAlphabetical && "forceAlphabetical is true") ||
      (which === "start" && next.end === 0 && "rangeEnd is 0") ||
      (next.start > next.end && "rangeStart is greater than rangeEnd");
    if (why) {
      h.range = null;
      throw world.error(`Unable to set "range${which === "start" ? "Start" : "End"}": ${why}.`);
    }
    h.range = next;
  }
  return Object.fromEntries(
    ["Shape", "KeyframeEase", "MarkerValue", "TextDocument", "ImportOptions"].map((name) => [name, facade.classes.get(name).maker]),
  );
}

function textDocument(world) {
  return {
    text: "",
    fontSize: 36,
    fillColor: [1, 1, 1],
    applyFill: true,
    applyStroke: false,
    font: "ArialMT",
    justification: world.enums.ParagraphJustification.LEFT_JUSTIFY,
    tracking: 0,
  };
}

/** The path of a File that a script hands over. After Effects wants the object, not a string. */
export function filePath(world, value, where) {
  const found = world.facade.unwrap(value);
  if (found?.className !== "File") throw world.error(`${where}. It is not of the correct type: a File is needed.`);
  return found.handle.path;
}
