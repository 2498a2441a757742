/**
 * The objects that a script sees: strict proxies over plain data.
 *
 * A class is a table of members. Whatever is not in the table is no member: reading or writing it is noted as unmodelled
 * and throws, and `evalScript` throws it once more at its end, so that no try/catch in a script can hide a slip. A member
 * that came with a later version than the one played reads as undefined, as it does in After Effects.
 */

/** Code touched a name or a behavior that the stand-in does not have. */
export class Unmodelled extends Error {}

export class Facade {
  constructor(world) {
    this.world = world;
    this.classes = new Map();
    this.handles = new WeakMap();
    this.kept = new Map();
  }

  /**
   * table: read {name: fn(handle)}; write {name: [check, fn(handle, plain)]}, undoable; direct {name: fn(handle, value)}, of
   * objects that are no part of the project; methods {name: {args, run, changes}}; index, dynamic, since, construct.
   */
  define(name, table) {
    const parent = table.extends ? this.classes.get(table.extends) : null;
    const facade = this;
    const maker = {
      [name]: function (...values) {
        if (!table.construct) throw facade.world.error(`${name} cannot be made by a script.`);
        return table.construct(...values);
      },
    }[name];
    if (parent) Object.setPrototypeOf(maker.prototype, parent.maker.prototype);
    this.classes.set(name, { name, parent, maker, ...table });
  }

  /** What the tables say of a member: {read, write, direct, method, since}, or null when no such name is modelled. */
  find(className, key) {
    const found = {};
    for (let at = this.classes.get(className); at; at = at.parent) {
      found.read ??= own(at.read, key);
      found.write ??= own(at.write, key);
      found.direct ??= own(at.direct, key);
      found.method ??= own(at.methods, key);
      found.since ??= own(at.since, key);
    }
    return found.read || found.write || found.direct || found.method ? found : null;
  }

  /** One and the same object for one key, so that == and === hold for layers and items as they do in After Effects. */
  wrap(className, handle, key = null) {
    if (key !== null && this.kept.has(key)) return this.kept.get(key);
    const { maker } = this.classes.get(className);
    const proxy = new Proxy(Object.create(maker.prototype), {
      get: (_, name) => this.#get(className, handle, name),
      set: (_, name, value) => this.#set(className, handle, name, value),
      has: (_, name) => this.#has(className, name),
      deleteProperty: (_, name) => this.world.unmodelled(`delete ${className}.${String(name)}`),
      ownKeys: () => this.world.unmodelled(`for (… in ${className})`),
      defineProperty: (_, name) => this.world.unmodelled(`defining ${className}.${String(name)}`),
    });
    this.handles.set(proxy, { className, handle });
    if (key !== null) this.kept.set(key, proxy);
    return proxy;
  }

  /** {className, handle} of what a script handed in, or null when it is no object of After Effects. */
  unwrap(value) {
    return value !== null && typeof value === "object" ? (this.handles.get(value) ?? null) : null;
  }

  isA(className, wanted) {
    for (let at = this.classes.get(className); at; at = at.parent) if (at.name === wanted) return true;
    return false;
  }

  #newer(entry) {
    return entry.since && Number.parseFloat(entry.since) > this.world.number;
  }

  #index(className) {
    for (let at = this.classes.get(className); at; at = at.parent) if (at.index) return at.index;
    return null;
  }

  #dynamic(className) {
    for (let at = this.classes.get(className); at; at = at.parent) if (at.dynamic) return at.dynamic;
    return null;
  }

  #has(className, name) {
    const entry = typeof name === "string" ? this.find(className, name) : null;
    return Boolean(entry && !this.#newer(entry));
  }

  #get(className, handle, name) {
    if (typeof name === "symbol") return undefined;
    if (name === "constructor") return this.classes.get(className).maker;
    const entry = this.find(className, name);
    if (name === "toString" && !entry) return () => `[object ${className}]`;
    if (name === "valueOf") return () => this.world.unmodelled(`${className}.valueOf`);
    if (name === "hasOwnProperty") return (key) => this.#has(className, key);
    if (entry) {
      if (this.#newer(entry)) return undefined;
      this.world.alive(handle);
      if (entry.read) return this.world.toScript(entry.read(handle));
      if (entry.method) return (...values) => this.#call(className, handle, name, entry.method, values);
      return this.world.unmodelled(`reading ${className}.${name}`);
    }
    const index = this.#index(className);
    if (index && /^\d+$/.test(name)) {
      this.world.alive(handle);
      return this.world.toScript(index(handle, Number(name)));
    }
    const found = this.#dynamic(className)?.(handle, name);
    if (found !== undefined) return found;
    return this.world.unmodelled(`${className}.${name}`);
  }

  #set(className, handle, name, value) {
    const entry = typeof name === "string" ? this.find(className, name) : null;
    if (entry?.direct) {
      entry.direct(handle, value);
      return true;
    }
    if (!entry || this.#newer(entry)) this.world.unmodelled(`setting ${className}.${String(name)}`);
    if (!entry.write) throw this.world.error(`Unable to set "${name}". It is a readOnly attribute.`);
    this.world.alive(handle);
    const [check, change] = entry.write;
    const plain = check(this.world, value, `Unable to set "${name}"`);
    this.world.undo.change(`${className}.${name}`, () => change(handle, plain));
    return true;
  }

  #call(className, handle, name, method, values) {
    const { args = [], run, changes = false } = method;
    this.world.alive(handle);
    const least = args.filter((check) => !check.optional).length;
    if (values.length < least || values.length > args.length)
      throw this.world.error(
        `Unable to call "${name}" because of ${values.length} parameters: it takes ${least} to ${args.length}.`,
      );
    const plain = values.map((value, at) => {
      const check = args[at];
      if (value === undefined && check.optional) return undefined;
      return check(this.world, value, `Unable to call "${name}" because of parameter ${at + 1}`);
    });
    const call = () => run(handle, ...plain);
    return this.world.toScript(changes ? this.world.undo.change(`${className}.${name}`, call) : call());
  }
}

function own(table, key) {
  return table && Object.hasOwn(table, key) ? table[key] : undefined;
}
