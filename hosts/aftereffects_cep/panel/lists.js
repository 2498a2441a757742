// The lists below the picture, and the job list: everything that the mouse does in the picture, for the keyboard.

import { button, byId, make, say, show } from "./dom.js";

/**
 * @typedef {import("../model/desk.js").Desk} Desk
 * @typedef {import("./picture.js").Picture} Picture
 */

/** The frames that ask for a look: a button to the next one, and a list in which each goes to its own. */
export class Worst {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    this._place = byId("worst", HTMLElement);
    this._list = byId("worst-list", HTMLUListElement);
    this._next = byId("next-worst", HTMLButtonElement);
    this._drawn = "";
    this._next.addEventListener("click", () => void desk.nextWorst());
  }

  draw() {
    const { shown } = this._desk;
    const worst = shown.worst();
    show(this._place, shown.view !== null);
    this._next.disabled = worst.length === 0;
    show(this._list, worst.length > 0);
    const told = JSON.stringify(worst);
    if (told !== this._drawn) {
      this._drawn = told;
      this._list.replaceChildren(...worst.map(({ frame }) => make("li", {}, [this._row(frame)])));
    }
    for (const row of this._list.querySelectorAll("button")) {
      const frame = Number(row.dataset.frame);
      const here = frame === shown.now || (shown.now === null && frame === shown.lookedAt);
      if (row.getAttribute("aria-current") === String(here)) continue;
      row.setAttribute("aria-current", String(here));
      const why = shown.reasons(frame);
      say(/** @type {Element} */ (row.querySelector(".why")), here ? why.join(" ") : why[0] || "");
      if (here) row.scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {number} frame of the plate */
  _row(frame) {
    const { shown } = this._desk;
    const row = button("", () => void this._desk.goTo(frame), { id: `worst-${frame}`, "data-frame": String(frame), title: shown.about(frame) });
    row.append(make("span", { class: "frame" }, [String(frame)]), make("span", { class: "why" }));
    return row;
  }
}

/** A list box of the boxes that were found: arrow keys choose, Space and Enter keep or drop. */
export class Boxes {
  /**
   * @param {Desk} desk
   * @param {Picture} picture
   */
  constructor(desk, picture) {
    this._desk = desk;
    this._picture = picture;
    this._list = byId("boxes", HTMLUListElement);
    this._at = 0;
    this._drawn = "";
    this._list.addEventListener("keydown", (event) => this._key(event));
    this._list.addEventListener("focus", () => this._choose(this._at));
    this._list.addEventListener("blur", () => {
      this._picture.active = 0;
      this._picture.draw();
    });
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const { found } = this._desk.marks;
    const moves = /** @type {Record<string, number>} */ ({
      ArrowDown: this._at + 1,
      ArrowUp: this._at - 1,
      Home: 0,
      End: found.length - 1,
    });
    const to = moves[event.key];
    const match = found[this._at];
    if (to !== undefined) this._choose(to);
    else if ((event.key === " " || event.key === "Enter") && match) this._desk.toggle(match.object);
    else return;
    event.preventDefault();
  }

  /** @param {number} at */
  _choose(at) {
    const { found } = this._desk.marks;
    this._at = Math.max(0, Math.min(at, found.length - 1));
    this._picture.active = found[this._at]?.object || 0;
    this._picture.draw();
    this.draw();
  }

  draw() {
    const { found, kept } = this._desk.marks;
    this._at = Math.max(0, Math.min(this._at, found.length - 1));
    show(this._list, found.length > 0);
    const told = JSON.stringify([found.map((each) => [each.object, each.phrase, each.score, kept.has(each.object)]), this._at]);
    if (told === this._drawn) return;
    this._drawn = told;
    const rows = found.map((match, at) => {
      const row = make("li", { id: `box-${match.object}`, role: "option", "aria-selected": String(kept.has(match.object)) }, [
        `${match.object}  ${match.phrase || "drawn"}`,
        make("span", { class: "score" }, [match.score.toFixed(2)]),
      ]);
      const words = kept.has(match.object) ? "kept" : "dropped";
      row.setAttribute("aria-label", `${match.phrase || "drawn"}, object ${match.object}, ${match.score.toFixed(2)}, ${words}`);
      if (at === this._at) row.className = "active";
      row.addEventListener("click", () => {
        this._at = at;
        this._desk.toggle(match.object);
      });
      return row;
    });
    this._list.replaceChildren(...rows);
    const active = found[this._at];
    if (active) this._list.setAttribute("aria-activedescendant", `box-${active.object}`);
    else this._list.removeAttribute("aria-activedescendant");
  }
}

/** The artist's own boxes and points, each with a button that removes it. */
export class OwnMarks {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    this._list = byId("marks", HTMLUListElement);
    this._clear = byId("clear-marks", HTMLButtonElement);
    this._drawn = "";
    this._clear.addEventListener("click", () => desk.clearMarks());
  }

  draw() {
    const { own } = this._desk.marks;
    show(this._list, own.length > 0);
    show(this._clear, own.length > 1);
    const texts = own.map(inWords);
    const told = texts.join("\n");
    if (told === this._drawn) return;
    this._drawn = told;
    this._list.replaceChildren(
      ...texts.map((text, at) =>
        make("li", {}, [text, button("Remove", () => this._desk.removeMark(at), { class: "small", "aria-label": `Remove ${text}` })]),
      ),
    );
  }
}

/** The daemon's newest jobs. */
export class JobList {
  /** @param {Desk} desk */
  constructor(desk) {
    this._desk = desk;
    this._list = byId("job-list", HTMLUListElement);
    this._drawn = "";
  }

  draw() {
    const rows = this._desk.shown.rows();
    show(byId("jobs-empty", HTMLElement), rows.length === 0);
    const told = JSON.stringify(rows);
    if (told === this._drawn) return;
    this._drawn = told;
    const focused = document.activeElement?.id || "";
    this._list.replaceChildren(...rows.map((row) => this._row(row)));
    const again = focused && document.getElementById(focused);
    if (again && this._list.contains(again)) again.focus();
  }

  /** @param {ReturnType<import("../model/shown.js").Shown["rows"]>[number]} row */
  _row(row) {
    const facts = [row.state, row.frames, row.engine].filter(Boolean).join(", ");
    const parts = [make("span", { class: "name" }, [row.label]), make("span", { class: "hint" }, [facts])];
    const buttons = make("span", { class: "row" });
    if (row.place) {
      const name = `Place again: ${row.label}`;
      buttons.append(
        button("Place again", () => void this._desk.placeAgain(row.id), { id: `place-${row.id}`, "aria-label": name, class: "small" }),
      );
    }
    if (row.remove) {
      const name = `Remove from the project: ${row.label}`;
      buttons.append(
        button("Remove", () => void this._desk.removeJob(row.id), { id: `remove-${row.id}`, "aria-label": name, class: "small" }),
      );
    }
    if (buttons.childElementCount > 0) parts.push(buttons);
    const item = make("li", {}, parts);
    if (row.error) item.title = row.error;
    return item;
  }
}

/** @param {import("../model/marks.js").Box | import("../model/marks.js").Point} mark */
function inWords(mark) {
  const object = `object ${mark.object}, frame ${mark.frame}`;
  if ("x0" in mark) {
    const corners = [mark.x0, mark.y0, mark.x1, mark.y1].map((value) => value.toFixed(0));
    return `Box, ${object}: ${corners[0]}, ${corners[1]} to ${corners[2]}, ${corners[3]}`;
  }
  return `${mark.keep ? "Keep" : "Drop"} point, ${object}: ${mark.x.toFixed(0)}, ${mark.y.toFixed(0)}`;
}
