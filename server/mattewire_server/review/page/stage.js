// The picture on the screen: fitted, zoomed by the wheel, moved by dragging.

const stage = document.getElementById("stage");
const screenCanvas = document.getElementById("picture");
const onScreen = screenCanvas.getContext("2d", { alpha: false });
const composed = document.createElement("canvas");
composed.width = WIDTH;
composed.height = HEIGHT;
const composing = composed.getContext("2d", { alpha: false });
const raster = composing.createImageData(WIDTH, HEIGHT);
raster.data.fill(255);

/** `scale`: screen pixels per picture pixel, null to fit; `x`, `y`: the picture's point in the middle of the stage. */
const sight = { scale: null, x: WIDTH / 2, y: HEIGHT / 2 };
const LEAST = 0.1;
const MOST = 32;
const STEP = 1.25;

const density = () => window.devicePixelRatio || 1;
const fitting = () => Math.min(screenCanvas.width / WIDTH, screenCanvas.height / HEIGHT) || 1;
const scaleNow = () => sight.scale ?? fitting();

/** Puts what was composed in `raster` on the screen. */
function present() {
  composing.putImageData(raster, 0, 0);
  paint();
}

function paint() {
  const width = Math.max(1, Math.round(stage.clientWidth * density()));
  const height = Math.max(1, Math.round(stage.clientHeight * density()));
  if (screenCanvas.width !== width || screenCanvas.height !== height) {
    screenCanvas.width = width;
    screenCanvas.height = height;
  }
  const scale = scaleNow();
  if (sight.scale === null) [sight.x, sight.y] = [WIDTH / 2, HEIGHT / 2];
  onScreen.setTransform(1, 0, 0, 1, 0, 0);
  onScreen.fillStyle = "#0b0b0c";
  onScreen.fillRect(0, 0, width, height);
  onScreen.imageSmoothingEnabled = scale < 2; // pixels are to be seen where the artist looks that close
  onScreen.imageSmoothingQuality = scale < 1 ? "high" : "low"; // enlarging well would cost more than all else
  onScreen.setTransform(scale, 0, 0, scale, width / 2 - sight.x * scale, height / 2 - sight.y * scale);
  onScreen.drawImage(composed, 0, 0);
  document.getElementById("zoom").textContent = `${Math.round((100 * scale) / density())} %`;
}

/** Zooms by `factor` so that the picture's point under (x, y), CSS pixels on the stage, stays there. */
function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const before = scaleNow();
  const after = Math.min(Math.max(before * factor, LEAST), MOST);
  const [dx, dy] = [x * density() - screenCanvas.width / 2, y * density() - screenCanvas.height / 2];
  sight.x += dx / before - dx / after;
  sight.y += dy / before - dy / after;
  sight.scale = after;
  paint();
}

/** Shows `bounds`, in picture pixels, with a quarter of the stage free on every side. */
function closeUp(bounds) {
  const [width, height] = [bounds.x1 - bounds.x0, bounds.y1 - bounds.y0];
  sight.scale = Math.min(Math.max(Math.min(screenCanvas.width / width, screenCanvas.height / height) / 2, fitting()), MOST);
  [sight.x, sight.y] = [(bounds.x0 + bounds.x1) / 2, (bounds.y0 + bounds.y1) / 2];
  paint();
}

function fit() {
  sight.scale = null;
  paint();
}

stage.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const bounds = stage.getBoundingClientRect();
    zoom(STEP ** (-Math.sign(event.deltaY)), event.clientX - bounds.left, event.clientY - bounds.top);
  },
  { passive: false },
);
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  stage.classList.add("dragged");
});
stage.addEventListener("pointermove", (event) => {
  if (!stage.hasPointerCapture(event.pointerId)) return;
  const scale = scaleNow();
  sight.scale = scale;
  sight.x -= (event.movementX * density()) / scale;
  sight.y -= (event.movementY * density()) / scale;
  paint();
});
stage.addEventListener("pointerup", () => stage.classList.remove("dragged"));
new ResizeObserver(paint).observe(stage);
