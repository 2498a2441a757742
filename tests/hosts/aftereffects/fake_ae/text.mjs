/**
 * Text as a solid block: 0.6 em a character and 1 em a line, from the start of the baseline. The real letters differ; order,
 * color, time and transform of the layer do not.
 */
import { read } from "./evaluate.mjs";

const WIDTH = 0.6;
const ASCENT = 0.8;

/** {left, top, width, height} in layer pixels; zero size for an empty text. */
export function textRect(world, layer, time) {
  const { text, fontSize } = read(world, layer, "ADBE Text Document", time);
  const lines = text.split(/[\r\n\u0003]/);
  const longest = Math.max(...lines.map((line) => line.length));
  if (!longest) return { left: 0, top: 0, width: 0, height: 0 };
  return { left: 0, top: -ASCENT * fontSize, width: WIDTH * fontSize * longest, height: fontSize * lines.length };
}
