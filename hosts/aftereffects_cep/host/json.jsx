/**
 * JSON in ES3: ExtendScript has none of its own. What is written is pure ASCII, so that it crosses evalScript whatever
 * the encoding, and holds no U+2028 or U+2029, which end a line of ES3.
 */

/** Everything of Mattewire lives in this one name: all panels share the global object of After Effects' scripts. */
var mattewire = {};

mattewire.json = {};

/**
 * A value as JSON text in ASCII. Members that are functions or undefined are left out.
 * @param {any} value
 * @returns {string}
 */
mattewire.json.write = function (value) {
  var parts = [], name, i;
  if (value === null || value === undefined) {
    return "null";
  }
  if (typeof value === "boolean") {
    return value ? "true" : "false";
  }
  if (typeof value === "number") {
    if (!isFinite(value)) {
      throw new Error("A number is not finite.");
    }
    return String(value);
  }
  if (typeof value === "string") {
    return mattewire.json.quote(value);
  }
  if (value instanceof Array) {
    for (i = 0; i < value.length; i += 1) {
      parts.push(mattewire.json.write(value[i]));
    }
    return "[" + parts.join(",") + "]";
  }
  for (name in value) {
    if (value.hasOwnProperty(name) && value[name] !== undefined && typeof value[name] !== "function") {
      parts.push(mattewire.json.quote(name) + ":" + mattewire.json.write(value[name]));
    }
  }
  return "{" + parts.join(",") + "}";
};

/**
 * @param {string} text
 * @returns {string} with quotes, and everything but printable ASCII escaped
 */
mattewire.json.quote = function (text) {
  var made = "", from = 0, i, code;
  for (i = 0; i < text.length; i += 1) {
    code = text.charCodeAt(i);
    if (code < 32 || code > 126 || code === 34 || code === 92) {
      made += text.substring(from, i);
      made += code === 34 || code === 92 ? "\\" + text.charAt(i) : "\\u" + ("000" + code.toString(16)).slice(-4);
      from = i + 1;
    }
  }
  return '"' + made + text.substring(from) + '"';
};

/**
 * The value of JSON text. It is read, never evaluated.
 * @param {string} text
 * @returns {any}
 */
mattewire.json.read = function (text) {
  var at = 0, deepest = 64;
  var names = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };

  /** @returns {never} */
  function refuse() {
    throw new Error("This is no JSON: at character " + at + ".");
  }

  function skip() {
    while (at < text.length && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at += 1;
    }
  }

  /** @param {string} wanted */
  function take(wanted) {
    if (text.substr(at, wanted.length) !== wanted) {
      refuse();
    }
    at += wanted.length;
  }

  /** @param {string} sign @returns {boolean} */
  function next(sign) {
    skip();
    if (text.charAt(at) !== sign) {
      return false;
    }
    at += 1;
    return true;
  }

  function string() {
    var made = "", from, sign, digits;
    take('"');
    from = at;
    while (at < text.length) {
      sign = text.charAt(at);
      if (sign === '"') {
        made += text.substring(from, at);
        at += 1;
        return made;
      }
      if (text.charCodeAt(at) < 32) {
        refuse();
      }
      if (sign === "\\") {
        made += text.substring(from, at);
        sign = text.charAt(at + 1);
        if (sign === "u") {
          digits = text.substr(at + 2, 4);
          if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
            refuse();
          }
          made += String.fromCharCode(parseInt(digits, 16));
          at += 6;
        } else if (names.hasOwnProperty(sign)) {
          made += names[/** @type {"n"} */ (sign)];
          at += 2;
        } else {
          refuse();
        }
        from = at;
      } else {
        at += 1;
      }
    }
    return refuse();
  }

  function number() {
    var found = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+\-]?[0-9]+)?/.exec(text.substr(at, 40));
    if (!found) {
      return refuse();
    }
    at += found[0].length;
    return Number(found[0]);
  }

  /** @param {number} depth @returns {any} */
  function value(depth) {
    /** @type {any} */
    var made;
    var name;
    skip();
    if (depth > deepest) {
      refuse();
    }
    switch (text.charAt(at)) {
      case '"':
        return string();
      case "t":
        take("true");
        return true;
      case "f":
        take("false");
        return false;
      case "n":
        take("null");
        return null;
      case "[":
        at += 1;
        made = [];
        if (next("]")) {
          return made;
        }
        do {
          made.push(value(depth + 1));
        } while (next(","));
        take("]");
        return made;
      case "{":
        at += 1;
        made = {};
        if (next("}")) {
          return made;
        }
        do {
          skip();
          name = string();
          skip();
          take(":");
          made[name] = value(depth + 1);
        } while (next(","));
        take("}");
        return made;
      default:
        return number();
    }
  }

  var whole = value(0);
  skip();
  if (at !== text.length) {
    refuse();
  }
  return whole;
};
