/**
 * What the values of a body may be. Limits of one field stand in the tables; rules between fields are code here, in the
 * order in which the protocol's own dataclasses have them, so that of two faults every language names the same one.
 */

import { badField, inField } from "./errors.js";
import { FIELDS, SIZES } from "./tables.js";

/** Formats that make one file of the whole shot. */
const MOVIES = ["webm", "prores4444"];
const SPLINES = "splines";
const LEAST_TOLERANCE = 0.1;
const SMALLEST_LONG_EDGE = 128;
const MOST_PHRASE = 512;

/** What Unicode calls white space, as Python strips it; JavaScript's own trim leaves U+0085 and takes U+FEFF. */
const BLANK = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;
const STRIP = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/** @typedef {{[name: string]: any}} Body */

/** Each checks one body after its fields have been read; `limits` of a field come first unless a rule says otherwise.
 * @type {Record<string, (body: Body) => void>} */
const RULES = {
  Header(body) {
    for (const name of ["type", "id", "answers"]) {
      const letters = lettersOf(body[name]);
      if (letters > SIZES.id || (letters === 0 && name !== "answers")) {
        throw badField(`must be 1 to ${SIZES.id} characters.`, { field: name });
      }
    }
  },

  Hello(body) {
    limits("Hello", body, "protocol_min");
    between("protocol_max", body.protocol_max, body.protocol_min, 65535);
  },

  Box(body) {
    limits("Box", body, "frame", "x0", "y0", "x1", "y1");
    if (body.x1 <= body.x0) throw badField("must be larger than x0.", { field: "x1" });
    if (body.y1 <= body.y0) throw badField("must be larger than y0.", { field: "y1" });
    limits("Box", body, "object");
  },

  CleanUp(body) {
    limits("CleanUp", body, "object", "remove_specks", "fill_holes", "close", "smooth", "feather", "temporal", "dilate");
  },

  Shape(body) {
    limits("Shape", body, "use", "polygon", "path");
    if (body.polygon.length && body.path) {
      refuse("path", "and a polygon are both given.", "Give one of them; two shapes may be sent.");
    }
    if (!body.path && body.polygon.length < 3) {
      refuse("polygon", `has ${body.polygon.length} corners.`, "Draw at least three, or give a sequence's path.");
    }
    limits("Shape", body, "first", "last");
    checkOrder(body.first, body.last);
    limits("Shape", body, "object");
  },

  Deliverable(body) {
    limits("Deliverable", body, "path", "format", "content", "object", "channels", "depth", "compression", "fps");
    limits("Deliverable", body, "colors");
    if (body.tolerance) between("tolerance", body.tolerance, LEAST_TOLERANCE, 20, " pixels, or be 0");
    checkTogether(body);
  },

  Edges(body) {
    limits("Edges", body, "method", "matting", "band");
    if (body.matting && body.method !== "matting") {
      refuse("matting", `names a model, but the method is ${body.method}.`, "Choose method matting.");
    }
  },

  Depth(body) {
    limits("Depth", body, "engine", "margin");
    if (body.holdout && !body.engine) {
      refuse("holdout", "needs distances, and no depth engine is named.", "Name one in engine.");
    }
  },

  MatteRequest(body) {
    limits("MatteRequest", body, "first", "last", "keyframe");
    checkOrder(body.first, body.last);
    const { first, last, keyframe } = body;
    if (keyframe !== null && ((first !== null && keyframe < first) || (last !== null && keyframe > last))) {
      throw badField(`${keyframe} is outside the frame range.`, { field: "keyframe" });
    }
    checkPhrases("MatteRequest", body);
    limits("MatteRequest", body, "pick", "box_threshold", "text_threshold", "boxes", "points");
    if (!body.prompts.length && !body.boxes.length && !body.points.some((/** @type {Body} */ point) => point.keep)) {
      refuse("prompts", "says nothing to mask.", "Type what to mask, draw a box, or click a keep point.");
    }
    checkFinish("MatteRequest", body);
    limits("MatteRequest", body, "engine", "max_objects", "quality", "priority", "redetect_every");
    checkCloseness("MatteRequest", body);
    limits("MatteRequest", body, "ocio", "label", "detector", "segmenter");
    if (body.finish_of) limit({ ...field("Finish", "of"), name: "finish_of" }, body.finish_of);
  },

  Search(body) {
    limits("Search", body, "frame");
    checkPhrases("Search", body);
    limits("Search", body, "box_threshold", "text_threshold");
    if (!body.prompts.length && !body.preview_edge) refuse("prompts", "is empty.", "Type at least one phrase.");
    limits("Search", body, "engine", "max_objects", "preview_edge");
    checkCloseness("Search", body);
  },

  Finish(body) {
    limits("Finish", body, "job_id", "of");
    checkFinish("Finish", body);
    limits("Finish", body, "priority", "label");
  },
};

/**
 * Checks a body of class `cls` whose fields have the right types.
 * @param {string} cls
 * @param {Body} body
 * @throws {import("./errors.js").MattewireError} `bad_field`
 */
export function checkBody(cls, body) {
  if (RULES[cls]) RULES[cls](body);
  else limits(cls, body, ...FIELDS[cls].map((each) => each.name));
}

// --- rules that several bodies share -------------------------------------------------------------------------

/** @param {Body} body */
function checkTogether(body) {
  const { format, content, channels } = body;
  const movie = MOVIES.includes(format);
  const several = content === "layers" || content === "cryptomatte";
  if (several && format !== "exr") refuse("content", `${content} needs format exr, not ${format}.`, "Choose exr.");
  if (several && body.object) refuse("object", `does not go with ${content}, which holds every object.`, "Leave it 0.");
  if (channels && content !== "matte") {
    refuse("channels", `does not go with ${content}.`, "Leave it empty, or choose content matte.");
  }
  if (channels === "A" && format !== "exr") {
    refuse("channels", `A alone is not possible in ${format}.`, "Choose Y, RGB or RGBA, or format exr.");
  }
  if ((channels === "Y" || channels === "RGB") && movie) {
    refuse("channels", `a ${format} movie carries RGBA.`, "Leave it empty.");
  }
  if ((body.depth || body.compression) && format !== "exr") {
    refuse(body.depth ? "depth" : "compression", `is a choice for exr only, not for ${format}.`, "Leave it empty.");
  }
  if (body.fps && !movie) refuse("fps", `is a choice for movies only, not for ${format}.`, "Leave it 0.");
  if (format === SPLINES && (content !== "matte" || channels)) {
    const name = content === "matte" ? "channels" : "content";
    refuse(name, "does not go with splines, which follow the matte's edge.", "Leave it out.");
  }
  if (body.tolerance && format !== SPLINES) {
    refuse("tolerance", `is a choice for splines only, not for ${format}.`, "Leave it 0.");
  }
  if (body.premultiplied && content !== "cutout") {
    refuse("premultiplied", `does not go with ${content}.`, "Choose content cutout.");
  }
  if (body.colors && content !== "cutout") {
    refuse("colors", `does not go with ${content}.`, "Choose content cutout.");
  }
  if (body.z && (format !== "exr" || content === "cryptomatte")) {
    refuse("z", "needs format exr, and does not go with cryptomatte.", "Ask for an EXR matte beside it.");
  }
  if (content === "cryptomatte" && body.depth === "half") {
    refuse("depth", "half cannot hold Cryptomatte ids.", "Leave it empty, or choose float.");
  }
  if (content === "cryptomatte" && body.compression === "dwaa") {
    refuse("compression", "dwaa loses Cryptomatte ids.", "Choose zip, zips, piz or none.");
  }
}

/** Lengths, and nothing said twice.
 * @param {string} cls
 * @param {Body} body */
function checkFinish(cls, body) {
  if (!body.out.length) refuse("out", "names no file to write.", "Give at least one output pattern.");
  limits(cls, body, "out", "names", "clean_up", "shapes");
  body.out.forEach((/** @type {Body} */ { z }, /** @type {number} */ at) => {
    if (z && !body.depth.engine) {
      refuse(`out[${at}].z`, "asks for distances, and no depth engine is named.", "Name one in depth.engine.");
    }
  });
  const numbers = new Set();
  const taken = new Set();
  body.names.forEach((/** @type {Body} */ { object, name }, /** @type {number} */ at) => {
    const bare = name.replace(STRIP, "");
    if (numbers.has(object)) throw badField(`object ${object} is named twice.`, { field: `names[${at}].object` });
    if (taken.has(bare)) {
      refuse(`names[${at}].name`, `${JSON.stringify(name)} is the name of two objects.`, "Give each object a name of its own.");
    }
    numbers.add(object);
    taken.add(bare);
  });
  const cleaned = new Set();
  body.clean_up.forEach((/** @type {Body} */ { object }, /** @type {number} */ at) => {
    const whose = object ? `object ${object}` : "every object";
    if (cleaned.has(object)) throw badField(`there are two clean-ups for ${whose}.`, { field: `clean_up[${at}].object` });
    cleaned.add(object);
  });
}

/** @param {string} cls
 * @param {Body} body */
function checkPhrases(cls, body) {
  for (const name of ["prompts", "exclude"]) {
    limits(cls, body, name);
    body[name].forEach((/** @type {string} */ phrase, /** @type {number} */ at) => wording(`${name}[${at}]`, phrase, MOST_PHRASE));
  }
}

/** @param {string} cls
 * @param {Body} body */
function checkCloseness(cls, body) {
  const edge = body.detect_long_edge;
  if (edge !== 0) {
    const { maximum = 0 } = field(cls, "detect_long_edge");
    between("detect_long_edge", edge, SMALLEST_LONG_EDGE, maximum, " pixels, or be 0");
  }
  limits(cls, body, "refine_below");
}

/** @param {number | null} first
 * @param {number | null} last */
function checkOrder(first, last) {
  if (first !== null && last !== null && last < first) {
    throw badField(`${last} comes before first (${first}).`, { field: "last" });
  }
}

// --- limits of one field -------------------------------------------------------------------------------------

/** @param {string} cls
 * @param {string} name */
function field(cls, name) {
  const found = FIELDS[cls].find((each) => each.name === name);
  if (!found) throw new RangeError(`${cls} has no field ${name}.`);
  return found;
}

/** Checks the named fields against their limits in the table.
 * @param {string} cls
 * @param {Body} body
 * @param {...string} names */
function limits(cls, body, ...names) {
  for (const name of names) limit(field(cls, name), body[name]);
}

/** @param {import("./fields.js").Field} facts
 * @param {any} value */
function limit(facts, value) {
  const { name } = facts;
  if (value === null) return;
  if (facts.minimum !== undefined && facts.maximum !== undefined) between(name, value, facts.minimum, facts.maximum);
  if (facts.enum && !facts.enum.includes(value)) {
    throw badField(`${JSON.stringify(value)} is not one of ${facts.enum.join(", ")}.`, { field: name });
  }
  if (facts.pattern && !new RegExp(facts.pattern).test(value)) {
    const what = name === "pick" ? "best, all, or object numbers such as 1,3" : "8 to 64 letters, digits, '-' or '_'";
    throw badField(`must be ${what}.`, { field: name });
  }
  if (facts.minLength) wording(name, value, facts.maxLength ?? Infinity);
  else if (facts.maxLength !== undefined) atMost(name, lettersOf(value), facts.maxLength, "characters");
  if (facts.maxItems !== undefined) atMost(name, value.length, facts.maxItems, "entries");
}

/** @param {string} name
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @param {string} [unit] */
function between(name, value, low, high, unit = "") {
  if (!(value >= low && value <= high)) {
    throw badField(`must lie between ${low} and ${high}${unit}, not ${value}.`, { field: name });
  }
}

/** Text that is not blank, not too long, and has no control characters.
 * @param {string} name
 * @param {string} value
 * @param {number} most */
function wording(name, value, most) {
  inField(name, () => {
    if (BLANK.test(value)) throw badField("is empty.");
    if (lettersOf(value) > most) throw badField(`is longer than ${most} characters.`);
    if (/[\x00-\x1f]/.test(value)) throw badField("has control characters.");
  });
}

/** @param {string} name
 * @param {number} count
 * @param {number} most
 * @param {string} what */
function atMost(name, count, most, what) {
  if (count > most) throw badField(`has more than ${most} ${what}.`, { field: name });
}

/** Characters as Unicode counts them; JavaScript counts those beyond U+FFFF twice.
 * @param {string} text */
function lettersOf(text) {
  return [...text].length;
}

/** @param {string} name
 * @param {string} message
 * @param {string} advice
 * @returns {never} */
function refuse(name, message, advice) {
  throw badField(message, { field: name, advice });
}
