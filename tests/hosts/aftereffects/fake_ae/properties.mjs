/**
 * Properties and their groups (scripting guide, PropertyBase, PropertyGroup, Property).
 *
 * Adding, removing or moving a member of an indexed group (effects, masks) makes every earlier reference to its members
 * invalid ("Object is invalid"; scripting guide, PropertyGroup.addProperty). So it is here.
 */
import { build, findEffect, LAYERS, MASK } from "./catalog.mjs";
import { defineKeys } from "./keys.mjs";
import { valueOf } from "./evaluate.mjs";

const INDEXED = new Set(["ADBE Effect Parade", "ADBE Mask Parade"]);

export function defineProperties(world) {
  const { facade, checks } = world;
  const { text, whole, flag, number, anything, oneOf, color, numbers } = checks;
  const newId = () => world.newId();

  const ownerOf = (h) => (h.comp ? world.item(h.comp) : world.layer(h.layer));
  /** [root, …, node] of a uid, or null. */
  const trail = (root, uid) => {
    if (root.uid === uid) return [root];
    for (const child of root.children ?? []) {
      const found = trail(child, uid);
      if (found) return [root, ...found];
    }
    return null;
  };
  const generationOf = (path) => path.map((node) => node.generation ?? 0).join(".");
  const pathOf = (h) => {
    const owner = ownerOf(h);
    return owner ? trail(owner.properties, h.uid) : null;
  };
  const at = (h) => pathOf(h).at(-1);

  world.leafOf = (layer, matchName) => {
    const seek = (node) => (node.matchName === matchName ? node : (node.children ?? []).map(seek).find(Boolean));
    return seek(layer.properties);
  };
  world.renumbered = (node) => {
    const twin = { ...structuredClone(node), uid: newId() };
    if (twin.children) twin.children = node.children.map((child) => world.renumbered(child));
    return twin;
  };
  world.layerTree = (kind) =>
    build({ type: "named", name: "", matchName: "ADBE AV Layer", children: LAYERS[kind] }, newId);

  const CLASSES = { leaf: "Property", mask: "MaskPropertyGroup" };
  /** owner: {layer} or {comp}. */
  world.propertyObject = (owner, uid) => {
    const path = trail(ownerOf(owner).properties, uid);
    const born = generationOf(path.slice(0, -1));
    const handle = { ...owner, uid };
    handle.valid = () => {
      const now = pathOf(handle);
      return now !== null && generationOf(now.slice(0, -1)) === born;
    };
    return facade.wrap(CLASSES[path.at(-1).type] ?? "PropertyGroup", handle);
  };
  const give = (h, node) => world.propertyObject(h.comp ? { comp: h.comp } : { layer: h.layer }, node.uid);
  world.giveProperty = give;
  world.nodeAt = at;
  world.nodePath = pathOf;

  world.nodeName = (node) => node.named ?? node.name;
  world.childOf = (node, key) => {
    if (typeof key === "number") return node.children[key - 1] ?? null;
    return node.children.find((one) => one.matchName === key) ?? node.children.find((one) => world.nodeName(one) === key) ?? null;
  };
  /** Whether After Effects shows the property; setting a hidden one throws. */
  world.isHidden = (h, node) => {
    if (h.comp || node.type !== "leaf") return false;
    const layer = world.layer(h.layer);
    if (node.needs3D && !layer.threeD) return true;
    const transform = world.childOf(layer.properties, "ADBE Transform Group");
    const leader = world.childOf(transform, "ADBE Position");
    if (node.matchName === "ADBE Position_2" && !layer.threeD) return true;
    if (node.follows !== null) return !leader.separated;
    return node === leader && leader.separated;
  };

  facade.define("PropertyBase", {
    read: {
      name: (h) => world.nodeName(at(h)),
      matchName: (h) => at(h).matchName,
      propertyType: (h) => {
        const { PROPERTY, INDEXED_GROUP, NAMED_GROUP } = world.enums.PropertyType;
        const { type } = at(h);
        if (type === "leaf") return PROPERTY;
        return type === "indexed" ? INDEXED_GROUP : NAMED_GROUP;
      },
      propertyIndex: (h) => pathOf(h).at(-2).children.indexOf(at(h)) + 1,
      propertyDepth: (h) => pathOf(h).length - 1,
      parentProperty: (h) => parentOf(h),
      enabled: (h) => at(h).enabled,
      active: (h) => at(h).enabled,
      canSetEnabled: (h) => at(h).type === "effect",
      selected: (h) => at(h).selected,
      isEffect: (h) => at(h).type === "effect",
      isMask: (h) => at(h).type === "mask",
      isModified: (h) => isModified(at(h)),
      elided: () => false,
    },
    write: {
      name: [text, (h, value) => {
        // Only members of indexed groups can be renamed (scripting guide, PropertyBase.name).
        if (!["effect", "mask"].includes(at(h).type))
          throw world.error('Unable to set "name". The property cannot be renamed.');
        at(h).named = value;
      }],
      enabled: [flag, (h, value) => {
        if (at(h).type !== "effect") throw world.error('Unable to set "enabled". canSetEnabled is false.');
        at(h).enabled = value;
      }],
      selected: [flag, (h, value) => (at(h).selected = value)],
    },
    methods: {
      remove: { changes: true, run: (h) => reorder(h, (all, node) => all.splice(all.indexOf(node), 1)) },
      moveTo: {
        args: [whole],
        changes: true,
        run: (h, to) =>
          reorder(h, (all, node) => {
            checks.between(1, all.length)(world, to, 'Unable to call "moveTo" because of parameter 1');
            all.splice(all.indexOf(node), 1);
            all.splice(to - 1, 0, node);
          }),
      },
      duplicate: {
        changes: true,
        run: (h) => {
          const twin = world.renumbered(at(h));
          reorder(h, (all, node) => all.splice(all.indexOf(node) + 1, 0, twin));
          return give(h, twin);
        },
      },
      propertyGroup: { args: [checks.optional(whole)], run: (h, up = 1) => parentOf(h, up) },
    },
  });

  const parentOf = (h, up = 1) => {
    const path = pathOf(h);
    const node = path.at(-1 - up);
    if (!node) return null;
    if (node === path[0]) return h.comp ? null : world.layerObject(h.layer);
    return give(h, node);
  };
  const isModified = (node) => (node.children ?? []).some(isModified) || Boolean(node.changed || node.keys?.length);

  function reorder(h, action) {
    const parent = pathOf(h).at(-2);
    if (!INDEXED.has(parent.matchName))
      throw world.error("Unable to change the order: the property is no member of an indexed group.");
    action(parent.children, at(h));
    parent.generation = world.generation += 1;
  }

  const child = (h, key) => {
    if (typeof key !== "string" && !Number.isInteger(key))
      throw world.error('Unable to call "property" because of parameter 1. It is not a number or a string.');
    const found = world.childOf(at(h), key);
    if (!found && typeof key === "number")
      throw world.error(`Unable to call "property" because of parameter 1. Value ${key} out of range 1 to ${at(h).children.length}.`);
    return found ? give(h, found) : null;
  };
  facade.define("PropertyGroup", {
    extends: "PropertyBase",
    read: { numProperties: (h) => at(h).children.length },
    methods: {
      // A name that is not there gives null, a number that is not there throws (scripting guide, PropertyBase.property).
      property: { args: [anything], run: child },
      canAddProperty: { args: [text], run: (h, name) => canAdd(h, name) !== null },
      addProperty: {
        args: [text],
        changes: true,
        run: (h, name) => {
          const entry = canAdd(h, name);
          if (!entry)
            throw world.error(`Unable to call "addProperty" because of parameter 1. "${name}" cannot be added here.`);
          return give(h, add(h, entry));
        },
      },
    },
    dynamic: (h, name) => {
      // Intercaps of the English name reach a member (scripting guide, "Accessing properties"): xRotation, maskPath.
      world.alive(h);
      const found = at(h).children?.find((one) => intercaps(one.name) === name);
      return found ? give(h, found) : undefined;
    },
  });

  function canAdd(h, name) {
    const { matchName } = at(h);
    if (matchName === "ADBE Mask Parade") return ["ADBE Mask Atom", "Mask", "mask"].includes(name) ? MASK : null;
    if (matchName === "ADBE Effect Parade") {
      const entry = findEffect(name);
      if (!entry && /^ADBE |^CC /.test(name)) world.unmodelled(`the effect ${name}`);
      return entry;
    }
    if (matchName === "ADBE Root Vectors Group") world.unmodelled("the contents of shape layers");
    return null;
  }

  function add(h, entry) {
    const parent = at(h);
    const node = build(entry, newId);
    const same = (name) => parent.children.some((one) => world.nodeName(one) === name);
    const start = entry === MASK ? "Mask 1" : entry.name;
    let name = start;
    for (let number = 2; same(name); number += 1) name = entry === MASK ? `Mask ${number}` : `${entry.name} ${number}`;
    node.named = name;
    if (entry === MASK) {
      Object.assign(node, { mode: world.enums.MaskMode.ADD, inverted: false, color: [1, 1, 0], locked: false, rotoBezier: false });
      const { width, height } = world.sourceSize(world.layer(h.layer));
      const corners = [[0, 0], [0, height], [width, height], [width, 0]];
      node.children[0].value = { closed: true, vertices: corners, inTangents: corners.map(() => [0, 0]), outTangents: corners.map(() => [0, 0]) };
    } else {
      const { width, height } = world.sourceSize(world.layer(h.layer));
      for (const one of node.children) if (one.kind === "TwoD_SPATIAL") one.value = [width / 2, height / 2];
    }
    parent.children.push(node);
    parent.generation = world.generation += 1;
    return node;
  }

  const mask = (key, check) => [check, (h, value) => (at(h)[key] = value)];
  facade.define("MaskPropertyGroup", {
    extends: "PropertyGroup",
    read: {
      maskMode: (h) => at(h).mode,
      inverted: (h) => at(h).inverted,
      color: (h) => at(h).color,
      locked: (h) => at(h).locked,
      rotoBezier: (h) => at(h).rotoBezier,
    },
    write: {
      maskMode: mask("mode", oneOf("MaskMode")),
      inverted: mask("inverted", flag),
      color: mask("color", color),
      locked: mask("locked", flag),
      rotoBezier: mask("rotoBezier", flag),
    },
  });

  world.selectedProperties = (layers) => {
    const all = (layer, node) => [
      ...(node.selected ? [world.propertyObject({ layer }, node.uid)] : []),
      ...(node.children ?? []).flatMap((one) => all(layer, one)),
    ];
    return layers.flatMap((id) => world.layer(id).properties.children.flatMap((node) => all(id, node)));
  };

  /** A value of a property as a script gets it: a copy. */
  world.giveValue = (node, value) => {
    if (value === null || value === undefined) return value;
    if (node.kind === "SHAPE") return world.values.Shape(value);
    if (node.kind === "TEXT_DOCUMENT") return world.values.TextDocument(value);
    if (node.kind === "MARKER") return world.values.MarkerValue(value);
    return value;
  };
  const OBJECTS = { SHAPE: "Shape", TEXT_DOCUMENT: "TextDocument", MARKER: "MarkerValue" };
  /** A script's value as plain data, checked against the kind of the property. */
  world.takeValue = (h, node, value, where) => {
    if (OBJECTS[node.kind]) {
      if (node.kind === "TEXT_DOCUMENT" && typeof value === "string") return { ...node.value, text: value };
      const fields = structuredClone(checks.object(OBJECTS[node.kind])(world, value, where).fields);
      if (node.kind === "SHAPE") checkShape(fields, where);
      return fields;
    }
    if (node.kind === "NO_VALUE" || node.kind === "CUSTOM_VALUE")
      throw world.error(`${where}. The property has no value that can be set.`);
    if (node.kind === "COLOR") {
      const [r, g, b, a = 1] = numbers(3, 4)(world, value, where);
      return [r, g, b, a];
    }
    if (node.kind === "OneD" || node.kind === "LAYER_INDEX") {
      const given = typeof value === "boolean" ? Number(value) : number(world, value, where);
      return node.range ? checks.between(...node.range)(world, given, where) : given;
    }
    if (node.kind === "TwoD" || node.kind === "TwoD_SPATIAL") return numbers(2)(world, value, where);
    const [x, y, z = node.kind === "ThreeD" ? 100 : 0] = numbers(2, 3)(world, value, where);
    return [x, y, z];
  };

  function checkShape({ vertices, inTangents, outTangents }, where) {
    for (const tangents of [inTangents, outTangents])
      if (tangents.length && tangents.length !== vertices.length)
        throw world.error(`${where}. The Shape has ${vertices.length} vertices and ${tangents.length} tangents.`);
    while (inTangents.length < vertices.length) inTangents.push([0, 0]);
    while (outTangents.length < vertices.length) outTangents.push([0, 0]);
  }

  defineKeys(world, { at, valueOf: (h, time, bare, how) => valueOf(world, h, at(h), time, bare, how) });
}

const intercaps = (name) =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word, at) => (at === 0 ? word[0]?.toLowerCase() + word.slice(1) : word[0]?.toUpperCase() + word.slice(1)))
    .join("");
