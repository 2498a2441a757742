/**
 * The value of a property at a comp time: keyframes (hold, linear, temporal Bezier), then its expression.
 *
 * Bezier easing is the cubic that Adobe's "speed" and "influence" define: control points at `influence` percent of the
 * interval with the slope `speed` (After Effects help, "Control change with the Graph Editor"). Curved spatial paths and
 * roving keys are not modelled and say so.
 */
import { express } from "./expressions.mjs";

/** h: {layer} or {comp}. bare: without the expression. strict: an expression's error throws. */
export function valueOf(world, h, node, time, bare, { strict = false } = {}) {
  const own = h.comp ? time : layerTime(world.layer(h.layer), time);
  const value = keyed(world, node, own);
  if (bare || !node.expressionEnabled) return value;
  try {
    return express(world, h, node, time, value);
  } catch (error) {
    if (strict || world.noted.includes(error)) throw error;
    return value; // After Effects turns a failing expression off and goes on with the value before it
  }
}

/** A value of a layer's property by match name. */
export function read(world, layer, matchName, time) {
  return valueOf(world, { layer: layer.id }, world.leafOf(layer, matchName), time, false);
}

export const layerTime = (layer, time) => ((time - layer.startTime) * 100) / layer.stretch;

function keyed(world, node, time) {
  const { keys } = node;
  if (!keys.length) return node.value;
  if (time <= keys[0].time) return keys[0].value;
  const next = keys.findIndex((one) => one.time > time);
  if (next < 0) return keys.at(-1).value;
  const [from, to] = [keys[next - 1], keys[next]];
  const { HOLD, BEZIER } = world.enums.KeyframeInterpolationType;
  if (from.out === HOLD || Math.abs(time - from.time) < 1e-9) return from.value;
  if (node.kind === "TEXT_DOCUMENT" || node.kind === "MARKER") return from.value;
  if ([...(from.tangentOut ?? []), ...(to.tangentIn ?? [])].some(Boolean))
    world.unmodelled("the picture of a curved motion path");
  const part = (time - from.time) / (to.time - from.time);
  const share = (dimension, a, b) =>
    from.out === BEZIER || to.in === BEZIER ? eased(world, from, to, dimension, part, b - a) : part;
  if (node.kind === "SHAPE") return mixShapes(world, from.value, to.value, share(0, 0, 1));
  if (!Array.isArray(from.value)) return from.value + (to.value - from.value) * share(0, from.value, to.value);
  const spatial = node.kind.endsWith("SPATIAL");
  const length = Math.hypot(...from.value.map((value, axis) => to.value[axis] - value));
  return from.value.map((value, axis) => {
    const change = to.value[axis] - value;
    return value + change * (spatial ? share(0, 0, length) : share(Math.min(axis, from.easeOut.length - 1), 0, change));
  });
}

function eased(world, from, to, dimension, part, change) {
  if (change === 0) return part;
  const { LINEAR } = world.enums.KeyframeInterpolationType;
  const seconds = to.time - from.time;
  const side = (type, ease) => (type === LINEAR ? { reach: 1 / 3, rise: 1 / 3 } : reach(ease, seconds, change));
  const out = side(from.out, from.easeOut[dimension]);
  const into = side(to.in, to.easeIn[dimension]);
  const bezier = (a, b, at) => 3 * a * at * (1 - at) ** 2 + 3 * b * at ** 2 * (1 - at) + at ** 3;
  let [low, high] = [0, 1];
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (bezier(out.reach, 1 - into.reach, middle) < part) low = middle;
    else high = middle;
  }
  return bezier(out.rise, 1 - into.rise, (low + high) / 2);
}

const reach = ({ speed, influence }, seconds, change) => ({
  reach: influence / 100,
  rise: ((influence / 100) * seconds * speed) / change,
});

function mixShapes(world, a, b, part) {
  if (a.vertices.length !== b.vertices.length)
    world.unmodelled("a mask path between keys with unlike numbers of vertices");
  const mix = (from, to) => from.map((point, at) => point.map((value, axis) => value + (to[at][axis] - value) * part));
  return {
    closed: a.closed,
    vertices: mix(a.vertices, b.vertices),
    inTangents: mix(a.inTangents, b.inTangents),
    outTangents: mix(a.outTangents, b.outTangents),
  };
}
