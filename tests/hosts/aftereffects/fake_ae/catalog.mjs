/**
 * The property groups that layers, masks and effects are made of: match names, display names, kinds and defaults.
 *
 * Match names are those of the public lists (After Effects scripting guide, "Match Names"). `distorts`: pixels move, so that a
 * matte made from the source no longer fits. `draws`: picture.mjs evaluates the effect; the others are known by name only.
 */

/** [display name, match name, kind, default]; kinds: PropertyValueType members. */
const leaf = (name, matchName, kind, value, more = {}) => ({ type: "leaf", name, matchName, kind, value, ...more });
const group = (name, matchName, type, children) => ({ type, name, matchName, children });

const TRANSFORM = [
  leaf("Anchor Point", "ADBE Anchor Point", "ThreeD_SPATIAL", [0, 0, 0]),
  leaf("Position", "ADBE Position", "ThreeD_SPATIAL", [0, 0, 0], { separated: false }),
  leaf("X Position", "ADBE Position_0", "OneD", 0, { follows: 0 }),
  leaf("Y Position", "ADBE Position_1", "OneD", 0, { follows: 1 }),
  leaf("Z Position", "ADBE Position_2", "OneD", 0, { follows: 2 }),
  leaf("Scale", "ADBE Scale", "ThreeD", [100, 100, 100]),
  leaf("Orientation", "ADBE Orientation", "ThreeD_SPATIAL", [0, 0, 0], { needs3D: true }),
  leaf("X Rotation", "ADBE Rotate X", "OneD", 0, { needs3D: true }),
  leaf("Y Rotation", "ADBE Rotate Y", "OneD", 0, { needs3D: true }),
  leaf("Rotation", "ADBE Rotate Z", "OneD", 0),
  leaf("Opacity", "ADBE Opacity", "OneD", 100, { range: [0, 100] }),
];

const MARKER = leaf("Marker", "ADBE Marker", "MARKER", null);

/** What a new layer of each kind has, top level. */
export const LAYERS = {
  av: [
    MARKER,
    leaf("Time Remap", "ADBE Time Remapping", "OneD", 0),
    group("Masks", "ADBE Mask Parade", "indexed", []),
    group("Effects", "ADBE Effect Parade", "indexed", []),
    group("Transform", "ADBE Transform Group", "named", TRANSFORM),
  ],
  text: [
    MARKER,
    group("Text", "ADBE Text Properties", "named", [leaf("Source Text", "ADBE Text Document", "TEXT_DOCUMENT", null)]),
    group("Masks", "ADBE Mask Parade", "indexed", []),
    group("Effects", "ADBE Effect Parade", "indexed", []),
    group("Transform", "ADBE Transform Group", "named", TRANSFORM),
  ],
  shape: [
    MARKER,
    group("Contents", "ADBE Root Vectors Group", "indexed", []),
    group("Masks", "ADBE Mask Parade", "indexed", []),
    group("Effects", "ADBE Effect Parade", "indexed", []),
    group("Transform", "ADBE Transform Group", "named", TRANSFORM),
  ],
  camera: [
    MARKER,
    group("Transform", "ADBE Transform Group", "named", [
      leaf("Point of Interest", "ADBE Anchor Point", "ThreeD_SPATIAL", [0, 0, 0]),
      ...TRANSFORM.filter((one) => !["ADBE Anchor Point", "ADBE Scale", "ADBE Opacity"].includes(one.matchName)).map(
        ({ needs3D, ...one }) => one,
      ),
    ]),
    group("Camera Options", "ADBE Camera Options Group", "named", [leaf("Zoom", "ADBE Camera Zoom", "OneD", 1000)]),
  ],
};

export const MASK = group("Mask", "ADBE Mask Atom", "mask", [
  leaf("Mask Path", "ADBE Mask Shape", "SHAPE", null),
  leaf("Mask Feather", "ADBE Mask Feather", "TwoD", [0, 0]),
  leaf("Mask Opacity", "ADBE Mask Opacity", "OneD", 100, { range: [0, 100] }),
  leaf("Mask Expansion", "ADBE Mask Offset", "OneD", 0),
]);

const effect = (name, matchName, { distorts = false, draws = false } = {}, ...parameters) => ({
  ...group(name, matchName, "effect", parameters),
  distorts,
  draws,
});
const slider = (name, matchName, value, range = null) => leaf(name, matchName, "OneD", value, range ? { range } : {});
const swatch = (name, matchName, value) => leaf(name, matchName, "COLOR", value);
const place = (name, matchName) => leaf(name, matchName, "TwoD_SPATIAL", [0, 0]);

/** By match name. Compositing Options is left out: no effect here has its own masks or opacity. */
export const EFFECTS = Object.fromEntries(
  [
    effect("Tint", "ADBE Tint", { draws: true },
      swatch("Map Black To", "ADBE Tint-0001", [0, 0, 0, 1]),
      swatch("Map White To", "ADBE Tint-0002", [1, 1, 1, 1]),
      slider("Amount to Tint", "ADBE Tint-0003", 100, [0, 100])),
    effect("Hue/Saturation", "ADBE HUE SATURATION", { draws: true },
      slider("Channel Control", "ADBE HUE SATURATION-0002", 1, [1, 7]),
      leaf("Channel Range", "ADBE HUE SATURATION-0003", "CUSTOM_VALUE", null),
      slider("Master Hue", "ADBE HUE SATURATION-0004", 0),
      slider("Master Saturation", "ADBE HUE SATURATION-0005", 0, [-100, 100]),
      slider("Master Lightness", "ADBE HUE SATURATION-0006", 0, [-100, 100]),
      slider("Colorize", "ADBE HUE SATURATION-0007", 0, [0, 1]),
      slider("Colorize Hue", "ADBE HUE SATURATION-0008", 0),
      slider("Colorize Saturation", "ADBE HUE SATURATION-0009", 25, [0, 100]),
      slider("Colorize Lightness", "ADBE HUE SATURATION-0010", 0, [-100, 100])),
    effect("Levels", "ADBE Easy Levels2", { draws: true },
      slider("Channel", "ADBE Easy Levels2-0001", 1, [1, 5]),
      leaf("Histogram", "ADBE Easy Levels2-0002", "CUSTOM_VALUE", null),
      slider("Input Black", "ADBE Easy Levels2-0003", 0),
      slider("Input White", "ADBE Easy Levels2-0004", 1),
      slider("Gamma", "ADBE Easy Levels2-0005", 1, [0.01, 100]),
      slider("Output Black", "ADBE Easy Levels2-0006", 0),
      slider("Output White", "ADBE Easy Levels2-0007", 1)),
    effect("Set Matte", "ADBE Set Matte3", {},
      leaf("Take Matte From Layer", "ADBE Set Matte3-0001", "LAYER_INDEX", 0),
      slider("Use For Matte", "ADBE Set Matte3-0002", 4, [1, 8]),
      slider("Invert Matte", "ADBE Set Matte3-0003", 0, [0, 1]),
      slider("Stretch Matte to Fit", "ADBE Set Matte3-0004", 1, [0, 1]),
      slider("Composite Matte with Original", "ADBE Set Matte3-0005", 1, [0, 1]),
      slider("Premultiply Matte Layer", "ADBE Set Matte3-0006", 1, [0, 1])),
    effect("Gaussian Blur", "ADBE Gaussian Blur 2", { draws: true },
      slider("Blurriness", "ADBE Gaussian Blur 2-0001", 0, [0, 30000]),
      slider("Blur Dimensions", "ADBE Gaussian Blur 2-0002", 1, [1, 3]),
      slider("Repeat Edge Pixels", "ADBE Gaussian Blur 2-0003", 0, [0, 1])),
    effect("Fill", "ADBE Fill", { draws: true },
      slider("Fill Mask", "ADBE Fill-0001", 0),
      slider("All Masks", "ADBE Fill-0007", 0, [0, 1]),
      swatch("Color", "ADBE Fill-0002", [1, 0, 0, 1]),
      slider("Invert", "ADBE Fill-0006", 0, [0, 1]),
      slider("Horizontal Feather", "ADBE Fill-0003", 0),
      slider("Vertical Feather", "ADBE Fill-0004", 0),
      slider("Opacity", "ADBE Fill-0005", 1, [0, 1])),
    effect("Brightness & Contrast", "ADBE Brightness & Contrast 2", {},
      slider("Brightness", "ADBE Brightness & Contrast 2-0001", 0, [-150, 150]),
      slider("Contrast", "ADBE Brightness & Contrast 2-0002", 0, [-50, 100]),
      slider("Use Legacy (supports HDR)", "ADBE Brightness & Contrast 2-0003", 0, [0, 1])),
    effect("Point Control", "ADBE Point Control", { draws: true }, place("Point", "ADBE Point Control-0001")),
    effect("Slider Control", "ADBE Slider Control", { draws: true }, slider("Slider", "ADBE Slider Control-0001", 0)),
    effect("Checkbox Control", "ADBE Checkbox Control", { draws: true }, slider("Checkbox", "ADBE Checkbox Control-0001", 0, [0, 1])),
    effect("Color Control", "ADBE Color Control", { draws: true }, swatch("Color", "ADBE Color Control-0001", [1, 0, 0, 1])),
    effect("Layer Control", "ADBE Layer Control", { draws: true }, leaf("Layer", "ADBE Layer Control-0001", "LAYER_INDEX", 0)),
    effect("Corner Pin", "ADBE Corner Pin", { distorts: true }, place("Upper Left", "ADBE Corner Pin-0001"),
      place("Upper Right", "ADBE Corner Pin-0002"), place("Lower Left", "ADBE Corner Pin-0003"),
      place("Lower Right", "ADBE Corner Pin-0004")),
    effect("Transform", "ADBE Geometry2", { distorts: true }, place("Anchor Point", "ADBE Geometry2-0001"),
      place("Position", "ADBE Geometry2-0002")),
    effect("Warp Stabilizer", "ADBE SubspaceStabilizer", { distorts: true }),
    effect("Mesh Warp", "ADBE MESH WARP", { distorts: true }),
    effect("Optics Compensation", "ADBE Optics Compensation", { distorts: true }),
    effect("Curves", "ADBE CurvesCustom"),
    effect("Lumetri Color", "ADBE Lumetri"),
    effect("Keylight (1.2)", "Keylight 906"),
  ].map((one) => [one.matchName, one]),
);

/** The catalog entry for a name that addProperty takes: a match name, or the English display name. */
export function findEffect(name) {
  return EFFECTS[name] ?? Object.values(EFFECTS).find((one) => one.name === name) ?? null;
}

/** A tree of property data from catalog entries. `newId` numbers the nodes. */
export function build(entry, newId) {
  const { type, name, matchName } = entry;
  const node = { uid: newId(), type, name, matchName, named: null, enabled: true, selected: false };
  if (type !== "leaf") return { ...node, generation: 0, children: entry.children.map((one) => build(one, newId)) };
  const { kind, value, range = null, needs3D = false, follows = null, separated = null } = entry;
  return {
    ...node,
    kind,
    value: structuredClone(value),
    range,
    needs3D,
    follows,
    separated,
    keys: [],
    expression: "",
    expressionEnabled: false,
    changed: false,
  };
}
