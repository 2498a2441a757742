// The frames most worth a look, worst first, each with a small picture of it.

const worstList = document.getElementById("worst");
const placeOf = new Map(frames.map((frame, place) => [frame.frame, place]));
const worstPlaces = facts.worst.map((frame) => placeOf.get(frame));

/** Why a frame is worth a look: sentences where the job gave some, else its flags. */
function reasonsOf(frame) {
  const reasons = frame.why.length ? frame.why : frame.flags;
  return [...reasons, ...frame.notes];
}

const stateOf = (frame) => (isMissing(frame) ? "missing" : frame.state);

/** Fills the list; `go(place)` is called with the place of a frame that is chosen. */
function listWorst(go) {
  document.getElementById("worst-title").textContent = worstPlaces.length ? `Worth a look (${worstPlaces.length})` : "Worth a look";
  document.getElementById("nothing").hidden = worstPlaces.length > 0;
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      drawSmall(target, frames[Number(target.dataset.place)]);
    }
  });
  for (const place of worstPlaces) {
    const frame = frames[place];
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.place = String(place);
    const small = document.createElement("canvas");
    small.width = 224;
    small.height = 128;
    small.dataset.place = String(place);
    small.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    words.append(element("b", String(frame.frame)), element("small", scoreWords(frame)));
    for (const reason of reasonsOf(frame)) {
      const why = element("small", reason);
      why.className = "why";
      words.append(why);
    }
    button.title = reasonsOf(frame).join("\n");
    button.append(small, words);
    button.addEventListener("click", () => go(place));
    const item = document.createElement("li");
    item.append(button);
    worstList.append(item);
    watcher.observe(small);
  }
}

function scoreWords(frame) {
  if (isMissing(frame)) return "missing";
  return frame.score === null ? stateOf(frame) : `score ${frame.score.toFixed(2)}`;
}

function element(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

/** Marks the list's entry of the frame that is shown. */
function markWorst(at) {
  for (const button of worstList.querySelectorAll("button"))
    button.setAttribute("aria-current", String(Number(button.dataset.place) === at));
}

/** The part of the picture that a small picture of `ratio` shows: the object and as much again around it, and no less
 * than a third of the picture; all of it where no object is. */
function partAround(matte, ratio) {
  const bounds = matte && boundsOf(matte);
  const across = bounds ? Math.max(WIDTH / 3, 2 * (bounds.x1 - bounds.x0), 2 * ratio * (bounds.y1 - bounds.y0)) : Infinity;
  if (across > WIDTH || across / ratio > HEIGHT) return { x: 0, y: 0, width: WIDTH, height: HEIGHT };
  const [width, height] = [across, across / ratio];
  const within = (middle, size, whole) => Math.min(Math.max(middle - size / 2, 0), whole - size);
  const [x, y] = [within((bounds.x0 + bounds.x1) / 2, width, WIDTH), within((bounds.y0 + bounds.y1) / 2, height, HEIGHT)];
  return { x, y, width, height };
}

/** The overlay of all objects, small, near enough to see them. */
async function drawSmall(canvas, frame) {
  const [plate, matte] = [await plateOf(frame), await matteOf(frame, facts.all)];
  const whole = new ImageData(WIDTH, HEIGHT);
  whole.data.fill(255);
  if (matte) drawOverlay(whole.data, { plate, layers: [{ matte, color: colorOf(0) }], strength: 0.55 });
  else drawPlate(whole.data, { plate });
  const own = document.createElement("canvas");
  own.width = WIDTH;
  own.height = HEIGHT;
  own.getContext("2d").putImageData(whole, 0, 0);
  const part = partAround(matte, canvas.width / canvas.height);
  const scale = Math.min(canvas.width / part.width, canvas.height / part.height);
  const [width, height] = [part.width * scale, part.height * scale];
  const drawing = canvas.getContext("2d");
  drawing.imageSmoothingQuality = "high";
  const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
  drawing.drawImage(own, part.x, part.y, part.width, part.height, left, top, width, height);
}
