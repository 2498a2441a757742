/** Property: values, keyframes, expressions (scripting guide, Property object). Key times are kept in layer time. */
const EASE = { speed: 0, influence: 16.666666667 };

export function defineKeys(world, { at, valueOf }) {
  const { facade, checks } = world;
  const { whole, number, flag, text, oneOf, anything, list, object, optional, numbers } = checks;

  const toOwn = (h, time) => {
    if (h.comp) return time;
    const layer = world.layer(h.layer);
    return ((time - layer.startTime) * 100) / layer.stretch;
  };
  const toComp = (h, time) => {
    if (h.comp) return time;
    const layer = world.layer(h.layer);
    return (time * layer.stretch) / 100 + layer.startTime;
  };
  const near = (a, b) => Math.abs(a - b) < 1e-6;
  const now = (h) => world.item(h.comp ?? world.layer(h.layer).comp).time;

  const writable = (h, name) => {
    if (world.isHidden(h, at(h)))
      throw world.error(`Unable to call "${name}" because the property or a parent property is hidden.`);
    const layer = h.comp ? null : world.layer(h.layer);
    if (at(h).matchName === "ADBE Time Remapping" && !layer.timeRemap)
      throw world.error(`Unable to call "${name}" because the property or a parent property is hidden.`);
  };
  const key = (h, index, name) => {
    const { keys } = at(h);
    if (!keys[index - 1])
      throw world.error(`Unable to call "${name}" because of parameter 1. Value ${index} out of range 1 to ${keys.length}.`);
    return keys[index - 1];
  };
  const dimensions = (node) => (node.kind.endsWith("SPATIAL") || node.kind === "OneD" ? 1 : node.kind === "TwoD" ? 2 : 3);
  const setKey = (h, time, value) => {
    const node = at(h);
    const own = toOwn(h, time);
    const { LINEAR } = world.enums.KeyframeInterpolationType;
    let found = node.keys.find((one) => near(one.time, own));
    if (!found) {
      const eases = Array.from({ length: dimensions(node) }, () => ({ ...EASE }));
      found = { time: own, value, in: LINEAR, out: LINEAR, easeIn: eases, easeOut: structuredClone(eases), selected: false, label: 0 };
      if (node.kind.endsWith("SPATIAL"))
        Object.assign(found, { tangentIn: value.map(() => 0), tangentOut: value.map(() => 0) });
      node.keys.push(found);
      node.keys.sort((a, b) => a.time - b.time);
    }
    found.value = value;
    node.changed = true;
    return node.keys.indexOf(found) + 1;
  };

  const read = (name) => (h, index) => key(h, index, name)[FIELDS[name]];
  const FIELDS = {
    keyInInterpolationType: "in",
    keyOutInterpolationType: "out",
    keySelected: "selected",
    keyLabel: "label",
  };
  const ease = (name, field) => (h, index) => key(h, index, name)[field].map((one) => world.values.KeyframeEase(one));
  const tangent = (name, field) => (h, index) => {
    const found = key(h, index, name)[field];
    if (!found) throw world.error(`Unable to call "${name}". The property is not spatial.`);
    return found;
  };
  const eases = (h, values, name) => {
    if (values.length !== dimensions(at(h)))
      throw world.error(`Unable to call "${name}". ${dimensions(at(h))} KeyframeEase objects are needed.`);
    return values.map((one) => structuredClone(one.fields));
  };
  const easeList = list(object("KeyframeEase"));

  facade.define("Property", {
    extends: "PropertyBase",
    read: {
      propertyValueType: (h) => world.enums.PropertyValueType[at(h).kind],
      value: (h) => (at(h).kind === "MARKER" ? null : world.giveValue(at(h), valueOf(h, now(h), false))),
      numKeys: (h) => at(h).keys.length,
      isTimeVarying: (h) => at(h).keys.length > 0 || at(h).expressionEnabled,
      canVaryOverTime: (h) => !["CUSTOM_VALUE", "LAYER_INDEX"].includes(at(h).kind),
      canSetExpression: (h) => !["MARKER", "LAYER_INDEX", "CUSTOM_VALUE"].includes(at(h).kind) && !world.isHidden(h, at(h)),
      isSpatial: (h) => at(h).kind.endsWith("SPATIAL"),
      expression: (h) => at(h).expression,
      expressionEnabled: (h) => at(h).expressionEnabled,
      expressionError: (h) => {
        if (!at(h).expressionEnabled) return "";
        try {
          valueOf(h, now(h), false, { strict: true });
          return "";
        } catch (error) {
          return error.message;
        }
      },
      hasMin: (h) => at(h).range !== null,
      hasMax: (h) => at(h).range !== null,
      minValue: (h) => at(h).range[0],
      maxValue: (h) => at(h).range[1],
      isSeparationLeader: (h) => at(h).separated !== null,
      isSeparationFollower: (h) => at(h).follows !== null,
      separationDimension: (h) => at(h).follows,
      dimensionsSeparated: (h) => at(h).separated ?? false,
      selectedKeys: (h) => at(h).keys.flatMap((one, index) => (one.selected ? [index + 1] : [])),
      unitsText: (h) => ({ "ADBE Scale": "percent", "ADBE Opacity": "percent", "ADBE Rotate Z": "degrees" })[at(h).matchName] ?? "",
    },
    write: {
      expression: [text, (h, value) => {
        if (world.isHidden(h, at(h)))
          throw world.error('Unable to set "expression" because the property or a parent property is hidden.');
        at(h).expression = value;
        // An expression that is set is on; an empty one is off (scripting guide, Property.expressionEnabled).
        at(h).expressionEnabled = value !== "";
      }],
      expressionEnabled: [flag, (h, value) => (at(h).expressionEnabled = value && at(h).expression !== "")],
      dimensionsSeparated: [flag, (h, value) => separate(h, value)],
    },
    methods: {
      valueAtTime: {
        args: [number, flag],
        run: (h, time, bare) => world.giveValue(at(h), valueOf(h, time, bare)),
      },
      setValue: {
        args: [anything],
        changes: true,
        run: (h, value) => {
          writable(h, "setValue");
          const plain = world.takeValue(h, at(h), value, 'Unable to call "setValue" because of parameter 1');
          // Property.setValue is for properties without keyframes (scripting guide).
          if (at(h).keys.length)
            throw world.error('Unable to call "setValue" because the property has keyframes; use setValueAtTime.');
          at(h).value = plain;
          at(h).changed = true;
        },
      },
      setValueAtTime: {
        args: [number, anything],
        changes: true,
        run: (h, time, value) => {
          writable(h, "setValueAtTime");
          setKey(h, time, world.takeValue(h, at(h), value, 'Unable to call "setValueAtTime" because of parameter 2'));
        },
      },
      setValuesAtTimes: {
        args: [list(number), list(anything)],
        changes: true,
        run: (h, times, values) => {
          writable(h, "setValuesAtTimes");
          if (times.length !== values.length)
            throw world.error('Unable to call "setValuesAtTimes". The arrays differ in length.');
          times.forEach((time, index) => setKey(h, time, world.takeValue(h, at(h), values[index], 'Unable to call "setValuesAtTimes"')));
        },
      },
      setValueAtKey: {
        args: [whole, anything],
        changes: true,
        run: (h, index, value) =>
          (key(h, index, "setValueAtKey").value = world.takeValue(h, at(h), value, 'Unable to call "setValueAtKey" because of parameter 2')),
      },
      addKey: {
        args: [number],
        changes: true,
        run: (h, time) => {
          writable(h, "addKey");
          return setKey(h, time, structuredClone(valueOf(h, time, true)));
        },
      },
      removeKey: {
        args: [whole],
        changes: true,
        run: (h, index) => {
          const gone = key(h, index, "removeKey");
          at(h).keys.splice(index - 1, 1);
          if (!at(h).keys.length && at(h).kind !== "MARKER") at(h).value = gone.value;
        },
      },
      nearestKeyIndex: {
        args: [number],
        run: (h, time) => {
          const { keys } = at(h);
          if (!keys.length) throw world.error('Unable to call "nearestKeyIndex". The property has no keyframes.');
          const away = keys.map((one) => Math.abs(toComp(h, one.time) - time));
          return away.indexOf(Math.min(...away)) + 1;
        },
      },
      keyTime: { args: [whole], run: (h, index) => toComp(h, key(h, index, "keyTime").time) },
      keyValue: {
        args: [whole],
        run: (h, index) => world.giveValue(at(h), structuredClone(key(h, index, "keyValue").value)),
      },
      keyInInterpolationType: { args: [whole], run: read("keyInInterpolationType") },
      keyOutInterpolationType: { args: [whole], run: read("keyOutInterpolationType") },
      keySelected: { args: [whole], run: read("keySelected") },
      keyLabel: { args: [whole], run: read("keyLabel") },
      isInterpolationTypeValid: { args: [oneOf("KeyframeInterpolationType")], run: (h, type) => valid(h, type) },
      setInterpolationTypeAtKey: {
        args: [whole, oneOf("KeyframeInterpolationType"), optional(oneOf("KeyframeInterpolationType"))],
        changes: true,
        run: (h, index, before, after = before) => {
          for (const type of [before, after])
            if (!valid(h, type))
              throw world.error('Unable to call "setInterpolationTypeAtKey". The property takes HOLD only.');
          Object.assign(key(h, index, "setInterpolationTypeAtKey"), { in: before, out: after });
        },
      },
      setSelectedAtKey: {
        args: [whole, flag],
        changes: true,
        run: (h, index, on) => (key(h, index, "setSelectedAtKey").selected = on),
      },
      setLabelAtKey: {
        args: [whole, whole],
        changes: true,
        run: (h, index, label) => (key(h, index, "setLabelAtKey").label = label),
      },
      keyInTemporalEase: { args: [whole], run: ease("keyInTemporalEase", "easeIn") },
      keyOutTemporalEase: { args: [whole], run: ease("keyOutTemporalEase", "easeOut") },
      setTemporalEaseAtKey: {
        args: [whole, easeList, optional(easeList)],
        changes: true,
        run: (h, index, before, after = before) => {
          const { BEZIER } = world.enums.KeyframeInterpolationType;
          const easeIn = eases(h, before, "setTemporalEaseAtKey");
          const easeOut = eases(h, after, "setTemporalEaseAtKey");
          // Easing a key makes it a Bezier key.
          Object.assign(key(h, index, "setTemporalEaseAtKey"), { easeIn, easeOut, in: BEZIER, out: BEZIER });
        },
      },
      keyInSpatialTangent: { args: [whole], run: tangent("keyInSpatialTangent", "tangentIn") },
      keyOutSpatialTangent: { args: [whole], run: tangent("keyOutSpatialTangent", "tangentOut") },
      setSpatialTangentsAtKey: {
        args: [whole, numbers(2, 3), numbers(2, 3)],
        changes: true,
        run: (h, index, before, after) => {
          tangent("setSpatialTangentsAtKey", "tangentIn")(h, index);
          const size = at(h).value.length;
          const full = (one) => [...one, 0].slice(0, size);
          Object.assign(key(h, index, "setSpatialTangentsAtKey"), { tangentIn: full(before), tangentOut: full(after) });
        },
      },
    },
  });

  const valid = (h, type) => {
    const { HOLD } = world.enums.KeyframeInterpolationType;
    return type === HOLD || !["TEXT_DOCUMENT", "MARKER", "LAYER_INDEX"].includes(at(h).kind);
  };

  function separate(h, value) {
    const node = at(h);
    if (node.separated === null)
      throw world.error('Unable to set "dimensionsSeparated". The property is no separation leader.');
    if (node.keys.length) world.unmodelled("separating the dimensions of a property with keyframes");
    const transform = world.nodePath(h).at(-2);
    transform.children.filter((one) => one.follows !== null).forEach((one) => {
      if (value) one.value = node.value[one.follows];
      else if (one.keys.length) world.unmodelled("joining dimensions that have keyframes");
      else node.value[one.follows] = one.value;
    });
    node.separated = value;
  }
}
