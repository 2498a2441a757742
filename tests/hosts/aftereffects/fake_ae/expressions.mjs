/**
 * Expressions, the handful that link one property to another: value, time, thisComp.layer(…), thisLayer, transform, effect.
 * They run in a context of their own (After Effects' JavaScript expression engine), and any other name throws.
 */
import vm from "node:vm";
import { valueOf } from "./evaluate.mjs";

let depth = 0;

export function express(world, h, node, time, value) {
  const comp = h.comp ?? world.layer(h.layer).comp;
  const names = {
    value,
    time,
    thisComp: compFace(world, comp, time),
    ...(h.comp ? {} : { thisLayer: layerFace(world, world.layer(h.layer), time) }),
  };
  if (names.thisLayer)
    for (const key of ["transform", "effect", "inPoint", "outPoint", "startTime"]) names[key] = names.thisLayer[key];
  if (depth > 20) throw new Error("the expression refers to itself");
  depth += 1;
  try {
    const result = vm.runInNewContext(node.expression, names, { timeout: 1000 });
    return fit(node, Array.isArray(result) ? Array.from(result) : result);
  } finally {
    depth -= 1;
  }
}

function fit(node, result) {
  if (Array.isArray(node.value)) {
    if (!Array.isArray(result) || !result.every(Number.isFinite)) throw new Error("the expression's result must be an array");
    return node.value.map((old, axis) => result[axis] ?? old);
  }
  if (typeof node.value === "number" && !Number.isFinite(result)) throw new Error("the expression's result must be a number");
  return result;
}

function compFace(world, id, time) {
  const comp = world.item(id);
  return strict("thisComp", {
    width: comp.width,
    height: comp.height,
    frameDuration: 1 / comp.rate,
    layer: (which) => {
      const found = typeof which === "number" ? comp.layers[which - 1] : comp.layers.find((one) => world.layerName(world.layer(one)) === which);
      if (found === undefined) throw new Error(`there is no layer ${JSON.stringify(which)}`);
      return layerFace(world, world.layer(found), time);
    },
  });
}

const intercaps = (name) => name.replace(/ (.)/g, (_, one) => one.toUpperCase()).replace(/^./, (one) => one.toLowerCase());

/** Expressions call these otherwise than their names say (expression language reference, "Layer: 3D"). */
const NAMES = { "ADBE Rotate X": "rotationX", "ADBE Rotate Y": "rotationY" };

function layerFace(world, layer, time) {
  const h = { layer: layer.id };
  const of = (node, at = time) => valueOf(world, h, node, at, false);
  const transform = world.childOf(layer.properties, "ADBE Transform Group");
  const face = {
    name: world.layerName(layer),
    index: world.item(layer.comp).layers.indexOf(layer.id) + 1,
    inPoint: layer.inPoint,
    outPoint: layer.outPoint,
    startTime: layer.startTime,
    transform: strict("transform", Object.fromEntries(transform.children.map((node) => [NAMES[node.matchName] ?? intercaps(node.name), lazy(() => of(node))]))),
    effect: (name) => {
      const found = world.childOf(world.childOf(layer.properties, "ADBE Effect Parade"), name);
      if (!found) throw new Error(`there is no effect ${JSON.stringify(name)}`);
      return (parameter) => {
        const node = world.childOf(found, parameter);
        if (!node) throw new Error(`the effect has no property ${JSON.stringify(parameter)}`);
        return of(node);
      };
    },
  };
  for (const node of transform.children) face[intercaps(node.name)] = lazy(() => of(node));
  // The parent layer, where there is one (expression language reference, "Layer: General").
  if (layer.parent !== null) face.parent = lazy(() => layerFace(world, world.layer(layer.parent), time));
  return strict("layer", face);
}

/** A member that is worked out when it is read. */
class Lazy {
  constructor(get) {
    this.get = get;
  }
}

const lazy = (get) => new Lazy(get);

function strict(name, members) {
  return new Proxy(members, {
    get: (target, key) => {
      if (typeof key === "symbol") return undefined;
      if (!Object.hasOwn(target, key)) throw new ReferenceError(`${name}.${key} is not modelled in expressions`);
      return target[key] instanceof Lazy ? target[key].get() : target[key];
    },
  });
}
