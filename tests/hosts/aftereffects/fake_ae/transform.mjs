/**
 * Where a layer's pixels land in its comp: anchor, scale, rotation, position, parents, pixel aspect, and 3D seen by the
 * active camera or by After Effects' default view. Layer and comp coordinates are those of scripts: pixels of the layer or
 * comp, y down, and everything between is reckoned in square pixels (help, "Pixel aspect ratio").
 */
import { read } from "./evaluate.mjs";

const RADIANS = Math.PI / 180;

/** A plane homography: x' = (ax + cy + e) / w, y' = (bx + dy + f) / w, w = gx + hy + i. */
export class Plane {
  constructor(a, b, c, d, e, f, g = 0, h = 0, i = 1) {
    Object.assign(this, { a, b, c, d, e, f, g, h, i });
  }

  apply(x, y) {
    const w = this.g * x + this.h * y + this.i;
    return [(this.a * x + this.c * y + this.e) / w, (this.b * x + this.d * y + this.f) / w];
  }

  /** The depth sign of a point: 0 or less is behind the camera. */
  depth(x, y) {
    return this.g * x + this.h * y + this.i;
  }

  inverse() {
    const { a, b, c, d, e, f, g, h, i } = this;
    const [A, B, C] = [d * i - f * h, -(b * i - f * g), b * h - d * g];
    const det = a * A + c * B + e * C;
    return new Plane(
      A / det, B / det,
      -(c * i - e * h) / det, (a * i - e * g) / det,
      (c * f - e * d) / det, -(a * f - e * b) / det,
      C / det, -(a * h - c * g) / det, (a * d - c * b) / det,
    );
  }
}

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Product of two 4×4 matrices in rows. */
function times(a, b) {
  const out = new Array(16).fill(0);
  for (let row = 0; row < 4; row += 1)
    for (let column = 0; column < 4; column += 1)
      for (let at = 0; at < 4; at += 1) out[row * 4 + column] += a[row * 4 + at] * b[at * 4 + column];
  return out;
}

const shift = (x, y, z) => [1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, z, 0, 0, 0, 1];
const size = (x, y, z) => [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
function turn(axis, degrees) {
  if (!degrees) return IDENTITY;
  const [c, s] = [Math.cos(degrees * RADIANS), Math.sin(degrees * RADIANS)];
  if (axis === 0) return [1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1];
  if (axis === 1) return [c, 0, s, 0, 0, 1, 0, 0, -s, 0, c, 0, 0, 0, 0, 1];
  return [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}

const position = (world, layer, time) => {
  const leader = world.leafOf(layer, "ADBE Position");
  if (!leader.separated) return read(world, layer, "ADBE Position", time);
  return ["ADBE Position_0", "ADBE Position_1", "ADBE Position_2"].map((name) => read(world, layer, name, time));
};

/** Layer space to comp space without its parents; positions and anchors in square pixels. */
function own(world, layer, time) {
  const comp = world.item(layer.comp);
  const aspect = world.sourceSize(layer).pixelAspect;
  const value = (name) => read(world, layer, name, time);
  const flat = (point) => [point[0], point[1], layer.threeD ? point[2] : 0];
  const [px, py, pz] = flat(position(world, layer, time));
  // A child's position is in its parent's own pixels; a layer without a parent is in the comp's.
  const around = layer.parent === null ? comp.pixelAspect : world.sourceSize(world.layer(layer.parent)).pixelAspect;
  const placed = shift(px * around, py, pz);
  if (layer.autoOrient !== world.enums.AutoOrientType.NO_AUTO_ORIENT && layer.kind !== "camera")
    world.unmodelled("the picture of an auto-oriented layer");
  const [ax, ay, az] = flat(value("ADBE Anchor Point"));
  const [sx, sy, sz] = value("ADBE Scale").map((one) => one / 100);
  let turned = turn(2, value("ADBE Rotate Z"));
  if (layer.threeD) {
    const [ox, oy, oz] = value("ADBE Orientation");
    const oriented = times(turn(0, ox), times(turn(1, oy), turn(2, oz)));
    turned = times(oriented, times(turn(0, value("ADBE Rotate X")), times(turn(1, value("ADBE Rotate Y")), turned)));
  }
  return times(placed, times(turned, times(size(sx, sy, layer.threeD ? sz : 1), shift(-ax * aspect, -ay, -az))));
}

/** 4×4 from a layer's square pixels to the comp's square pixels, parents included. */
export function toWorld(world, layer, time) {
  const matrix = own(world, layer, time);
  return layer.parent === null ? matrix : times(toWorld(world, world.layer(layer.parent), time), matrix);
}

/** The Plane that takes layer pixels (their own grid) to comp pixels. */
export function matrixToComp(world, layer, time) {
  const comp = world.item(layer.comp);
  const aspect = world.sourceSize(layer).pixelAspect;
  let m = toWorld(world, layer, time);
  if (layer.threeD) m = times(view(world, comp, time), m);
  // Columns x, y and the offset of the plane z = 0; then out of square pixels into the comp's own.
  const pick = (row, scale) => [m[row * 4] * aspect * scale, m[row * 4 + 1] * scale, m[row * 4 + 3] * scale];
  const [a, c, e] = pick(0, 1 / comp.pixelAspect);
  const [b, d, f] = pick(1, 1);
  const [g, h, i] = pick(3, 1);
  return new Plane(a, b, c, d, e, f, g, h, i);
}

/** Perspective of the active camera, or of the default view: 50 mm on 36 mm, at the comp's middle. */
function view(world, comp, time) {
  const width = comp.width * comp.pixelAspect;
  const camera = comp.layers.map((id) => world.layer(id)).find((one) => one.kind === "camera" && one.enabled);
  let zoom = (width * 50) / 36;
  let looking = shift(-width / 2, -comp.height / 2, zoom);
  if (camera) {
    zoom = read(world, camera, "ADBE Camera Zoom", time);
    const [x, y, z] = position(world, camera, time);
    const aim = read(world, camera, "ADBE Anchor Point", time);
    if (camera.parent !== null || aim[0] !== x || aim[1] !== y || read(world, camera, "ADBE Rotate Z", time))
      world.unmodelled("the picture seen by a turned or parented camera");
    looking = shift(-x * comp.pixelAspect, -y, -z);
  }
  const lens = [zoom, 0, 0, 0, 0, zoom, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0];
  // The middle of the comp is added after the divide, so it is weighed by w, which row 3 carries.
  const seen = times(lens, looking);
  return seen.map((held, at) => {
    const row = Math.floor(at / 4);
    const column = at % 4;
    if (row > 1) return held;
    return held + (row === 0 ? width / 2 : comp.height / 2) * seen[12 + column];
  });
}

/**
 * Gives a layer a parent so that it stays where it is at the comp's time, as `layer.parent = …` does: position, scale and
 * rotation are turned into the new parent's space. 2D, without keyframes on what changes.
 */
export function keepPlace(world, layer, parent) {
  const { time } = world.item(layer.comp);
  const before = toWorld(world, layer, time);
  const around = parent === null ? IDENTITY : toWorld(world, world.layer(parent), time);
  layer.parent = parent;
  const inverse = new Plane(around[0], around[4], around[1], around[5], around[3], around[7]).inverse();
  const local = times([inverse.a, inverse.c, 0, inverse.e, inverse.b, inverse.d, 0, inverse.f, 0, 0, 1, 0, 0, 0, 0, 1], before);
  if (layer.threeD || (parent !== null && world.layer(parent).threeD))
    world.unmodelled("layer.parent = … with 3D layers");
  const names = ["ADBE Position", "ADBE Scale", "ADBE Rotate Z"].map((name) => world.leafOf(layer, name));
  const same = names[0].keys.length + names[1].keys.length + names[2].keys.length;
  if (same && !isIdentity(inverse)) world.unmodelled("layer.parent = … of a layer with keyframes under a moved parent");
  if (same) return;
  const [ax, ay] = read(world, layer, "ADBE Anchor Point", time);
  const aspect = world.sourceSize(layer).pixelAspect;
  const [x, y] = [local[0] * ax * aspect + local[1] * ay + local[3], local[4] * ax * aspect + local[5] * ay + local[7]];
  const wide = Math.hypot(local[0], local[4]);
  const det = local[0] * local[5] - local[1] * local[4];
  const frame = parent === null ? world.item(layer.comp).pixelAspect : world.sourceSize(world.layer(parent)).pixelAspect;
  names[0].value = [x / frame, y, names[0].value[2]];
  names[1].value = [wide * 100, (det / wide) * 100, names[1].value[2]];
  names[2].value = Math.atan2(local[4], local[0]) / RADIANS;
}

const isIdentity = ({ a, b, c, d, e, f }) => [a - 1, b, c, d - 1, e, f].every((one) => Math.abs(one) < 1e-9);
