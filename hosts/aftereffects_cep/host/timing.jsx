/** Which frame of its footage a layer shows at a frame of its comp. Pure arithmetic but for the numbers that it reads. */

/**
 * How far from a whole frame a time may lie and still be that frame, in frames. Times come back from After Effects as
 * rounded fractions: at 29.97 a frame's start can come out a hair too early.
 */
mattewire.HAIR = 1e-4;

/**
 * @typedef {Object} Timing
 * @property {number} first first and last comp frame, counted from 0, that show the footage; last before first: none do
 * @property {number} last
 * @property {number} start where in the footage comp frame 0 lies, in frames of the footage
 * @property {number} rate frames of the footage for each comp frame; negative when the layer runs backward
 */

/**
 * A layer's way through its footage. After Effects shows the frame that the moment falls in: footage time is
 * (comp time - start time) * 100 / stretch. Backward, a moment on the border of two frames belongs to the earlier one,
 * so that the last frame is shown first and all are shown.
 * @param {AVLayer} layer
 * @param {CompItem} comp
 * @param {number} frameDuration of the footage, in seconds
 * @param {number} count frames of the footage, all turns of its loop together
 * @returns {Timing}
 */
mattewire.timingOf = function (layer, comp, frameDuration, count) {
  var rate = (comp.frameDuration * 100) / layer.stretch / frameDuration;
  var start = (-layer.startTime * 100) / layer.stretch / frameDuration;
  var from = Math.min(layer.inPoint, layer.outPoint), to = Math.max(layer.inPoint, layer.outPoint);
  var made = {
    first: Math.max(Math.ceil(from / comp.frameDuration - mattewire.HAIR), 0),
    last: Math.min(Math.ceil(to / comp.frameDuration - mattewire.HAIR), mattewire.framesIn(comp)) - 1,
    start: start,
    rate: rate
  };
  while (made.first <= made.last && mattewire.outside(mattewire.indexAt(made, made.first), count)) {
    made.first += 1;
  }
  while (made.first <= made.last && mattewire.outside(mattewire.indexAt(made, made.last), count)) {
    made.last -= 1;
  }
  return made;
};

/** @param {number} index @param {number} count */
mattewire.outside = function (index, count) {
  return index < 0 || index >= count;
};

/** @param {CompItem} comp */
mattewire.framesIn = function (comp) {
  return Math.round(comp.duration / comp.frameDuration);
};

/**
 * The footage frame, counted from 0, at a comp frame counted from 0.
 * @param {Timing} timing
 * @param {number} k
 */
mattewire.indexAt = function (timing, k) {
  return Math.floor(timing.start + k * timing.rate + (timing.rate < 0 ? -mattewire.HAIR : mattewire.HAIR));
};

/**
 * The whole map from comp frames to plate frames, as runs: see `Run` in contract.d.ts.
 * @param {Timing} timing
 * @param {{first: number, count: number, loop: number}} files
 * @param {number} shown what the comp calls its first frame
 */
mattewire.runsOf = function (timing, files, shown) {
  /** @type {Array<{first: number, last: number, plate: number, rate: number, phase: number}>} */
  var runs = [];
  var from = timing.first, to, turn, at;
  while (from <= timing.last) {
    turn = Math.floor(mattewire.indexAt(timing, from) / files.count);
    to = mattewire.lastOfTurn(timing, files.count, from, turn);
    at = timing.start + from * timing.rate + (timing.rate < 0 ? -mattewire.HAIR : mattewire.HAIR);
    runs.push({
      first: from + shown,
      last: to + shown,
      plate: files.first + Math.floor(at) - turn * files.count,
      rate: timing.rate,
      phase: at - Math.floor(at)
    });
    from = to + 1;
  }
  return runs;
};

/**
 * The last comp frame before the loop begins again, by halving: a comp may have hundreds of thousands of frames.
 * @param {Timing} timing
 * @param {number} count
 * @param {number} from
 * @param {number} turn
 */
mattewire.lastOfTurn = function (timing, count, from, turn) {
  var low = from, high = timing.last, middle;
  while (low < high) {
    middle = Math.ceil((low + high) / 2);
    if (Math.floor(mattewire.indexAt(timing, middle) / count) === turn) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
};

/**
 * The plate frame that a comp frame shows.
 * @param {Timing} timing
 * @param {{first: number, count: number}} files
 * @param {number} k counted from 0
 * @returns {number|null} null where the layer shows none
 */
mattewire.plateFrameAt = function (timing, files, k) {
  if (k < timing.first || k > timing.last) {
    return null;
  }
  return files.first + (mattewire.indexAt(timing, k) % files.count);
};

/**
 * What has to be tracked through so that comp frames `first` to `last` have mattes. A layer that does not show each of
 * its frames once is given one more on both sides: After Effects blends neighbors, and may round a border the other way.
 * @param {Timing} timing
 * @param {{first: number, count: number, loop: number}} files
 * @param {number} first counted from 0
 * @param {number} last
 * @param {boolean} blends whether frames are blended
 * @returns {{first: number, last: number}|null}
 */
mattewire.plateRange = function (timing, files, first, last, blends) {
  var from = Math.max(first, timing.first), to = Math.min(last, timing.last), one, other, spare;
  if (to < from) {
    return null;
  }
  if (files.loop > 1) {
    return { first: files.first, last: files.first + files.count - 1 };
  }
  one = mattewire.indexAt(timing, from);
  other = mattewire.indexAt(timing, to);
  spare = blends || Math.abs(timing.rate - 1) > 1e-9 ? 1 : 0;
  return {
    first: files.first + Math.max(Math.min(one, other) - spare, 0),
    last: files.first + Math.min(Math.max(one, other) + spare, files.count - 1)
  };
};
