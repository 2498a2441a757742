"""The review page in a real headless Chromium, from ``file://``: that it is safe, and every way to move through it.

``MATTEWIRE_SCREENSHOTS`` names a folder for pictures of the page.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.browser import Browser
from e2e.review_screen import FLAGGED, LOST, MISSING, color_at, frame_of, kept, near, settle
from mattewire_server.review import Page
from server.review.rig import FIRST, HOSTILE, LAST, mattes_of

# --- what it is ------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_of_anybody(opened: Browser, page: Page) -> None:
    opened.wait("document.readyState === 'complete'")
    for key in ("2", "3", "4", "5", "End", "1", "n", "n", "o", "z", "+"):
        opened.press(key)
    settle(opened, "Frame")
    told = opened.do("told")
    assert told["requests"] == [Path(page.path).as_uri()]
    assert told["complaints"] == [], "no error, no alert of a hostile name, nothing that the policy forbids"
    forbidden = "fetch('file:///etc/hostname').then(() => 'came', (error) => 'refused')"
    assert opened.evaluate(forbidden) == "refused"


def test_what_an_artist_typed_is_shown_as_it_is(opened: Browser) -> None:
    assert opened.evaluate("document.querySelector('h1').textContent") == HOSTILE
    assert opened.evaluate("document.title") == f"{HOSTILE}: review"
    assert opened.evaluate("document.querySelectorAll('img, b + b').length") == 0
    options = opened.evaluate("[...document.getElementById('object').options].map((one) => one.textContent)")
    assert options == ["All objects", "red ball", HOSTILE]
    assert "</script><img src=x" in opened.evaluate("document.getElementById('worst').textContent")


def test_a_preview_says_so(opened: Browser) -> None:
    assert opened.evaluate("document.getElementById('preview').checkVisibility()") is True
    opened.do("click", selector="#made-button")
    made = opened.evaluate("document.getElementById('lines').textContent")
    for words in ("Preview (color and motion, no model)", "sRGB", "6 frames at 96 × 54", "1001–1006", "m.####.exr"):
        assert words in made
    kept(opened, "made")
    opened.press("Escape")
    assert opened.evaluate("document.querySelector('dialog[open]') === null") is True


# --- moving ----------------------------------------------------------------------------------------------------------


def test_keys_step_through_real_frame_numbers(opened: Browser) -> None:
    assert frame_of(opened) == FIRST
    steps = [("ArrowRight", 1002), ("ArrowRight", 1003), ("ArrowLeft", 1002), ("End", 1006), ("ArrowRight", 1006),
             ("Home", 1001), ("ArrowLeft", 1001)]  # fmt: skip
    for key, frame in steps:
        opened.press(key)
        assert frame_of(opened) == frame, key
    label = opened.evaluate("document.getElementById('scrub').getAttribute('aria-valuetext')")
    assert label == "frame 1001, done"


def test_the_scrubber(opened: Browser) -> None:
    opened.evaluate("document.getElementById('scrub').focus()")
    opened.press("ArrowRight", "ArrowRight")
    assert frame_of(opened) == 1003, "one frame for each press, though the scrubber has arrow keys of its own"
    opened.press("End")
    assert frame_of(opened) == LAST
    middle = opened.evaluate("document.getElementById('scrub').clientWidth") / 2
    opened.do("click", selector="#scrub", at=[middle, 8])
    assert frame_of(opened) in (1003, 1004)


def test_the_picture_moves_with_the_frame(opened: Browser) -> None:
    opened.press("2")
    for key, frame in (("Home", FIRST), ("End", LAST)):
        opened.press(key)
        settle(opened, f"Frame {frame}")
        matte = mattes_of(frame)[1]
        for x in (22, 37):
            expected = round(float(matte[18, x]) * 255)
            assert near(color_at(opened, x + 0.5, 18.5), (expected, expected, expected), 12), (frame, x)


def test_a_click_in_the_plot_goes_there(opened: Browser) -> None:
    width = opened.evaluate("document.getElementById('plot').clientWidth")
    for at, frame in ((0, 1001), (3, 1004), (5, 1006), (1, 1002)):
        opened.do("click", selector="#plot", at=[8 + at * (width - 16) / 5, 40])
        assert frame_of(opened) == frame
    opened.do("drag", selector="#plot", **{"from": [10, 40], "to": [width - 10, 40]})
    assert frame_of(opened) == LAST
    words = opened.evaluate("document.getElementById('plot').getAttribute('aria-label')")
    assert words == "Frames 1001 to 1006: scores 0.20 to 0.90, 2 flagged, 1 without a matte"


def test_the_plot_shows_scores_flags_and_gaps(opened: Browser) -> None:
    def column(frame: int) -> list[list[int]]:
        """The plot's colors above one frame, from the flags down."""
        script = f"""(() => {{
          const canvas = document.getElementById('plot');
          const x = Math.round(8 + ({frame} - {FIRST}) / 5 * (canvas.width - 16));
          const data = canvas.getContext('2d').getImageData(x + 4, 0, 1, canvas.height - 14).data;
          return Array.from({{ length: canvas.height - 14 }}, (_, y) => [...data.slice(4 * y, 4 * y + 3)]);
        }})()"""
        found: list[list[int]] = opened.evaluate(script)
        return found

    assert near(tuple(column(FLAGGED)[6]), (255, 138, 117)), "the flag"  # type: ignore[arg-type]
    assert near(tuple(column(1004)[6]), (0, 0, 0)), "no flag"  # type: ignore[arg-type]
    assert near(tuple(column(MISSING)[60]), (90, 32, 24)), "the gap"  # type: ignore[arg-type]

    def score_line(frame: int) -> float:
        pink = [y for y, (r, g, _) in enumerate(column(frame)[13:54]) if r > 150 and g < 110]
        return sum(pink) / len(pink)

    assert score_line(FLAGGED) > score_line(1004) + 8, "a lower score stands lower"


def test_the_worst_come_first_and_lead_there(opened: Browser) -> None:
    listed = opened.evaluate("[...document.querySelectorAll('#worst b')].map((one) => Number(one.textContent))")
    assert listed == [MISSING, FLAGGED, LOST]
    assert "The ball's area halved." in opened.evaluate("document.querySelectorAll('#worst li')[1].textContent")
    assert "area jump" not in opened.evaluate("document.querySelectorAll('#worst li')[1].textContent"), "said in words"
    opened.do("click", selector="#worst li:nth-child(2) button")
    assert frame_of(opened) == FLAGGED
    assert opened.evaluate("document.getElementById('reasons').textContent") == "The ball's area halved."
    current = "document.querySelector('#worst [aria-current=true] b').textContent"
    assert opened.evaluate(current) == str(FLAGGED)
    opened.press("n")
    assert frame_of(opened) == LOST
    opened.press("n")
    assert frame_of(opened) == MISSING, "after the last the first"
    opened.press("p", "p")
    assert frame_of(opened) == FLAGGED


def test_the_worst_have_small_pictures(opened: Browser) -> None:
    covered = """(() => {
      const canvas = document.querySelectorAll('#worst canvas')[1];
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let count = 0;
      for (let p = 0; p < data.length; p += 4) count += data[p] > 150 && data[p + 1] < 90 && data[p + 2] > 85;
      return count;
    })()"""
    opened.wait(f"{covered} > 200")


def test_a_missing_frame_is_shown_as_missing(opened: Browser) -> None:
    opened.press("n")
    settle(opened, f"Frame {MISSING}")
    assert opened.evaluate("document.getElementById('state').textContent") == "missing"
    message = opened.evaluate("document.getElementById('message').textContent")
    assert message == f"Frame {MISSING}: There is no matte on disk for this frame."
    assert opened.evaluate("document.getElementById('message').checkVisibility()") is True
    assert near(color_at(opened, 75, 44), (40, 60, 210)), "the plate alone"
    kept(opened, "missing")
    opened.press("ArrowRight", "5")
    settle(opened, "Frame 1004, All objects, difference")
    message = opened.evaluate("document.getElementById('message').textContent")
    assert message == f"There is no matte of frame {MISSING} to compare with."


# --- playing ---------------------------------------------------------------------------------------------------------


def test_space_and_jkl(opened: Browser) -> None:
    rate = "document.getElementById('rate').textContent"
    opened.press(" ")
    assert opened.evaluate(rate) == "24 fps"
    opened.wait("document.getElementById('frame').textContent !== '1001'")
    opened.press(" ")
    assert opened.evaluate(rate) == ""
    stood = frame_of(opened)
    assert opened.evaluate("new Promise((done) => setTimeout(() => done(frame.textContent), 200))") == str(stood)
    opened.press("l", "l")
    assert opened.evaluate(rate) == "48 fps"
    opened.press("k")
    assert opened.evaluate(rate) == ""
    opened.press("Home", "j")
    assert opened.evaluate(rate) == "backward, 24 fps"
    opened.wait("document.getElementById('frame').textContent === '1005'")
    opened.press("ArrowLeft")
    assert opened.evaluate(rate) == "", "a step ends it"
    opened.do("click", selector="#play")
    assert opened.evaluate("document.getElementById('play').getAttribute('aria-label')") == "Stop"
    opened.press(" ")
    assert opened.evaluate(rate) == "", "after a click the key plays and stops all the same"


def test_it_plays_in_the_shots_own_time(opened: Browser) -> None:
    """Six frames at 24 fps: four rounds a second. Each frame's number is noted as it comes."""
    opened.wait("document.readyState === 'complete'")
    seen = opened.evaluate(
        """new Promise((done) => {
          const numbers = [];
          new MutationObserver(() => numbers.push(frame.textContent)).observe(frame, { childList: true });
          document.getElementById('play').click();
          setTimeout(() => { document.getElementById('play').click(); done(numbers); }, 1000);
        })"""
    )
    assert 8 <= len(seen) <= 27, "24, or fewer where the machine cannot follow; never faster"
    assert len(set(seen)) == 6


# --- for every eye and hand -----------------------------------------------------------------------------------------


def test_everything_has_a_name_and_can_be_reached(opened: Browser) -> None:
    nameless = opened.evaluate(
        """[...document.querySelectorAll('button, select, input, canvas[role], [role=toolbar], section, aside')]
          .filter((one) => !(one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')
            || one.labels?.length || one.textContent.trim())).map((one) => one.outerHTML)"""
    )
    assert nameless == []
    order: list[str] = []
    for _ in range(40):
        opened.press("Tab")
        here = opened.evaluate("document.activeElement.id || document.activeElement.closest('[id]')?.id || ''")
        if here in ("", "made-button") and order:
            break
        order.append(here)
    seen = list(dict.fromkeys(order))
    assert seen[:6] == ["made-button", "keys-button", "views", "object", "opacity", "stage"]
    assert seen[6:10] == ["previous-worst", "next-worst", "worst", "scrub"], "the list, then time"
    assert seen[10] == "to-first"
    tree = opened.do("tree")
    for words in ('button "Overlay" [pressed]', 'slider "Frame"', 'button "Play"', 'combobox "Object"'):
        assert words in tree, tree


def test_the_keys_are_listed(opened: Browser) -> None:
    opened.press("?")
    assert opened.evaluate("document.getElementById('keys').open") is True
    opened.press("ArrowRight")
    assert frame_of(opened) == FIRST, "while the list is open the page rests"
    kept(opened, "keys")
    opened.press("Escape", "ArrowRight")
    assert frame_of(opened) == FIRST + 1


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_it_fits_the_window(opened: Browser, width: int, height: int) -> None:
    opened.do("size", width=width, height=height)
    opened.wait(f"document.getElementById('picture').height > {height // 3}")
    outside = opened.evaluate(
        """[...document.querySelectorAll('header *, #tools *, #time *, #stage')].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.width && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1);
        }).map((one) => one.id || one.outerHTML)"""
    )
    assert outside == []
    assert opened.evaluate("document.documentElement.scrollHeight <= innerHeight") is True
    kept(opened, f"{width}x{height}")
