/** Masks as coverage in layer pixels: Bezier paths flattened, inside by the even-odd rule on 4 × 4 points a pixel. */
import { valueOf } from "./evaluate.mjs";

const SUB = 4;
const STEPS = 16;

/** 0..1 for each pixel of the layer: the masks from the top, each by its mode (help, "Mask modes"). */
export function maskCoverage(world, layer, masks, width, height, time) {
  const { NONE, ADD, SUBTRACT, INTERSECT } = world.enums.MaskMode;
  const used = masks.filter((mask) => mask.mode !== NONE);
  const total = new Float32Array(width * height);
  // With Subtract or Intersect as the first mode there is the whole layer to take from.
  if (!used.length || used[0].mode !== ADD) total.fill(1);
  for (const mask of used) {
    const value = (matchName) => valueOf(world, { layer: layer.id }, mask.children.find((one) => one.matchName === matchName), time, false);
    if (value("ADBE Mask Feather").some(Boolean) || value("ADBE Mask Offset"))
      world.unmodelled("pictures with feathered or expanded masks");
    const opacity = value("ADBE Mask Opacity") / 100;
    const cover = fill(flatten(value("ADBE Mask Shape")), width, height);
    for (let at = 0; at < total.length; at += 1) {
      const part = (mask.inverted ? 1 - cover[at] : cover[at]) * opacity;
      if (mask.mode === ADD) total[at] += part * (1 - total[at]);
      else if (mask.mode === SUBTRACT) total[at] *= 1 - part;
      else if (mask.mode === INTERSECT) total[at] *= part;
      else world.unmodelled(`pictures with the mask mode ${mask.mode}`);
    }
  }
  return total;
}

/** A closed Shape as points; tangents are relative to their vertex (scripting guide, Shape). */
export function flatten({ closed, vertices, inTangents, outTangents }) {
  if (!closed) return [];
  return vertices.flatMap((from, at) => {
    const next = (at + 1) % vertices.length;
    const to = vertices[next];
    const [a, b] = [0, 1].map((axis) => [from[axis], from[axis] + outTangents[at][axis], to[axis] + inTangents[next][axis], to[axis]]);
    const cubic = ([p, q, r, s], t) => p * (1 - t) ** 3 + 3 * q * t * (1 - t) ** 2 + 3 * r * t ** 2 * (1 - t) + s * t ** 3;
    return Array.from({ length: STEPS }, (_, step) => [cubic(a, step / STEPS), cubic(b, step / STEPS)]);
  });
}

function fill(points, width, height) {
  const cover = new Float32Array(width * height);
  for (let line = 0; line < height * SUB; line += 1) {
    const y = (line + 0.5) / SUB;
    const crossings = [];
    points.forEach(([x1, y1], at) => {
      const [x2, y2] = points[(at + 1) % points.length];
      if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) * (x2 - x1)) / (y2 - y1));
    });
    crossings.sort((a, b) => a - b);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const first = Math.max(0, Math.ceil(crossings[pair] * SUB - 0.5));
      const last = Math.min(width * SUB, Math.ceil(crossings[pair + 1] * SUB - 0.5));
      for (let dot = first; dot < last; dot += 1) cover[Math.floor(line / SUB) * width + Math.floor(dot / SUB)] += 1 / SUB ** 2;
    }
  }
  return cover;
}
