/** The project as plain data that two tests can compare: everything that a script can change. */

export function projectState(world) {
  const { next, ...rest } = structuredClone(world.doc);
  return clean(rest);
}

/** One comp with its layers from the top, each with its properties. */
export function compState(world, id) {
  const { properties, layers, ...comp } = structuredClone(world.item(id));
  return clean({ ...comp, markers: properties.children[0].keys, layers: layers.map((one) => structuredClone(world.layer(one))) });
}

/** Without the counters that no artist sees. */
function clean(value) {
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "generation")
      .map(([key, held]) => [key, clean(held)]),
  );
}
