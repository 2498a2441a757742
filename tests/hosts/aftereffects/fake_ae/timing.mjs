/**
 * Time: frame rates as After Effects keeps and shows them, and which frame of a source a comp shows.
 *
 * Measured in public exports of real comps (Bodymovin's "fr" and "op"; scripts that dump comps): a comp of 23.976 frames a
 * second reads frameRate 23.9759979248047, the rate rounded to 1/65536, while its durations are whole multiples of
 * 1/23.976 (120 frames: 5.00500500500501 s). A frame number counted as time × frameRate is therefore short of a whole
 * number, by 1/1000 frame after 10,000 frames; time / frameDuration is not.
 */
import { frameCount } from "./sequences.mjs";

/** Fractions of a frame within which a time counts as on the frame. */
export const TOLERANCE = 1e-4;

export const keptRate = (rate) => Math.round(rate * 1000) / 1000;
export const shownRate = (rate) => Math.round(rate * 65536) / 65536;

/** Frames a second at which a source plays: its conformed rate, or its own. */
export const playRate = (source) => source.conformRate || source.nativeRate;

/** Seconds of a source; 0 for a still, as After Effects says. */
export function sourceDuration(item) {
  if (item.kind === "comp") return item.duration;
  const { source } = item;
  if (source.kind === "placeholder") return source.duration;
  if (source.kind === "solid" || playRate(source) === 0) return 0;
  return (frameCount(source) * source.loop) / playRate(source);
}

/**
 * Seconds into the source that a layer shows at comp time `time`: (time - startTime) / stretch, or the time remap's value
 * at that layer time (After Effects help, "Time-stretching and time-remapping").
 */
export function sourceSeconds(layer, time, remap = null) {
  const own = ((time - layer.startTime) * 100) / layer.stretch;
  return remap ? remap(time) : own;
}

/**
 * The frame of a source, from 0, at `seconds`: the last one begun. A reversed layer (stretch below 0) plays intervals
 * from their ends; that each then shows the frame whose interval it runs through, and not the next, is a guess that
 * `start({reversed: "edge"})` turns around, so that no test leans on it unknowingly.
 */
export function frameAt(seconds, rate, count, reversed) {
  const exact = seconds * rate;
  const frame = reversed ? Math.ceil(exact - TOLERANCE) - 1 : Math.floor(exact + TOLERANCE);
  return Math.min(Math.max(frame, 0), Math.max(count - 1, 0));
}

/** Whether a layer is between its in and out points; the out point itself is the first time not shown. */
export function isWithin(layer, time, frameDuration) {
  const slack = TOLERANCE * frameDuration;
  const [from, to] = layer.inPoint <= layer.outPoint ? [layer.inPoint, layer.outPoint] : [layer.outPoint, layer.inPoint];
  return time >= from - slack && time < to - slack;
}
