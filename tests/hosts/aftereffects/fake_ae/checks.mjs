/** What a member takes: each check gives plain data or throws as After Effects does. */

const wrong = (world, where, wanted) => world.error(`${where}. It is not of the correct type: ${wanted} is needed.`);

export function number(world, value, where) {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(world, where, "a finite number");
  return value;
}

export const whole = (world, value, where) => {
  if (!Number.isInteger(number(world, value, where))) throw wrong(world, where, "a whole number");
  return value;
};

/** A number of a closed range; After Effects names the range in its message. */
export const between = (low, high) => (world, value, where) => {
  if (number(world, value, where) < low || value > high)
    throw world.error(`${where}. Value ${value} out of range ${low} to ${high}.`);
  return value;
};

export function text(world, value, where) {
  if (typeof value !== "string") throw wrong(world, where, "a string");
  return value;
}

export function flag(world, value, where) {
  if (typeof value !== "boolean") throw wrong(world, where, "a boolean");
  return value;
}

export const oneOf = (name) => (world, value, where) => {
  if (!Object.values(world.enums[name]).includes(value)) throw wrong(world, where, `a ${name}`);
  return value;
};

/** An object of one of these classes, as its handle. */
export const object =
  (...names) =>
  (world, value, where) => {
    const found = world.facade.unwrap(value);
    if (!found || !names.some((name) => world.facade.isA(found.className, name)))
      throw wrong(world, where, names.join(" or "));
    world.alive(found.handle);
    return found.handle;
  };

export const nullable = (check) => (world, value, where) => (value === null ? null : check(world, value, where));

/** A list of numbers of one of these lengths, copied out of the script's own arrays. */
export const numbers =
  (...lengths) =>
  (world, value, where) => {
    if (!Array.isArray(value) || !lengths.includes(value.length)) throw wrong(world, where, `${lengths.join("/")} numbers`);
    return Array.from(value, (one) => number(world, one, where));
  };

export const list = (check) => (world, value, where) => {
  if (!Array.isArray(value)) throw wrong(world, where, "an array");
  return Array.from(value, (one) => check(world, one, where));
};

export const anything = (_world, value) => value;

export const optional = (check) => Object.assign((...all) => check(...all), { optional: true });

export const color = (world, value, where) =>
  numbers(3)(world, value, where).map((one) => between(0, 1)(world, one, where));
