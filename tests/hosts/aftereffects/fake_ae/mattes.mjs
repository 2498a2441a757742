/**
 * Track mattes. From After Effects 23.0 any layer can be the matte of any other: `setTrackMatte(layer, type)`; before, the matte is
 * always the layer directly above, and `trackMatteType` is all there is (scripting guide, AVLayer; After Effects 23.0 release notes).
 */
export function defineMattes(world) {
  const { facade, checks } = world;
  const { object, oneOf, nullable } = checks;
  const { NO_TRACK_MATTE } = world.enums.TrackMatteType;
  const at = (h) => world.layer(h.id);
  const newer = world.number >= 23;

  const above = (layer) => {
    const { layers } = world.item(layer.comp);
    return layers[layers.indexOf(layer.id) - 1] ?? null;
  };
  /** The id of the layer that mattes this one, or null. */
  world.matteOf = (layer) => {
    if (layer.matteType === NO_TRACK_MATTE) return null;
    return newer ? layer.matteLayer : above(layer);
  };
  /** Whether a layer mattes another. */
  world.isMatte = (layer) => world.item(layer.comp).layers.some((id) => world.matteOf(world.layer(id)) === layer.id);

  /** In 23.0 and later a matte's video is switched off when it becomes one, and the artist may switch it on again. */
  const become = (layer) => {
    layer.enabled = false;
  };
  const AVLayer = facade.classes.get("AVLayer");
  Object.assign(AVLayer.read, {
    isTrackMatte: (h) => world.isMatte(at(h)),
    hasTrackMatte: (h) => world.matteOf(at(h)) !== null,
    trackMatteType: (h) => at(h).matteType,
    trackMatteLayer: (h) => (world.matteOf(at(h)) === null ? null : world.layerObject(world.matteOf(at(h)))),
  });
  AVLayer.since = { trackMatteLayer: "23.0", setTrackMatte: "23.0", removeTrackMatte: "23.0" };
  AVLayer.write.trackMatteType = [oneOf("TrackMatteType"), (h, type) => {
    const layer = at(h);
    if (type === NO_TRACK_MATTE) Object.assign(layer, { matteType: type, matteLayer: null });
    else {
      const matte = newer ? (layer.matteLayer ?? above(layer)) : above(layer);
      if (matte === null) throw world.error('Unable to set "trackMatteType". There is no layer above.');
      Object.assign(layer, { matteType: type, matteLayer: newer ? matte : null });
      become(world.layer(matte));
    }
  }];
  Object.assign(AVLayer.methods, {
    setTrackMatte: {
      args: [nullable(object("AVLayer")), oneOf("TrackMatteType")],
      changes: true,
      run: (h, matte, type) => {
        const layer = at(h);
        // NO_TRACK_MATTE as the type does nothing at all; null as the layer takes the matte away (scripting guide, setTrackMatte).
        if (type === NO_TRACK_MATTE) return;
        if (matte === null) {
          Object.assign(layer, { matteLayer: null, matteType: NO_TRACK_MATTE });
          return;
        }
        if (matte.id === h.id)
          throw world.error('Unable to call "setTrackMatte" because of parameter 1. A layer cannot matte itself.');
        if (at(matte).comp !== layer.comp)
          throw world.error('Unable to call "setTrackMatte" because of parameter 1. The layers are not in the same composition.');
        for (let up = matte.id; up !== null; up = world.matteOf(world.layer(up)))
          if (up === h.id) throw world.error('Unable to call "setTrackMatte". The mattes would go round in a circle.');
        Object.assign(layer, { matteLayer: matte.id, matteType: type });
        become(at(matte));
      },
    },
    removeTrackMatte: {
      changes: true,
      run: (h) => void Object.assign(at(h), { matteLayer: null, matteType: NO_TRACK_MATTE }),
    },
  });
}
