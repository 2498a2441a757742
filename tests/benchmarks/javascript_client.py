"""How fast the JavaScript client talks with the daemon, encrypted, under both Nodes: a Markdown table.

python tests/benchmarks/javascript_client.py [rounds]
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from e2e.house import House
from hosts.aftereffects.client_rig import CEP_NODE, Program
from mattewire_protocol import Client, Plate, Search
from mattewire_protocol.connection import read_connection
from mattewire_protocol.messages import Ping

LOOKS = 7
Row = tuple[str, float, float, float, float, int]


def plate_of_noise(folder: Path) -> str:
    """One frame that JPEG can hardly make smaller: its preview is near the limit of a megabyte."""
    noise = np.random.default_rng(3).integers(0, 256, (900, 1600, 3)).astype(np.uint8)
    folder.mkdir()
    assert cv2.imwrite(str(folder / "plate.1001.png"), noise)
    return str(folder / "plate.####.png")


def milliseconds(work: Callable[[], Any], count: int) -> list[float]:
    took = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def of_node(node: str, home: Path, search: dict[str, Any], rounds: int) -> Row:
    with Program(node, "client_program.mjs", "{}", MATTEWIRE_HOME=str(home)) as program:

        def ask(what: str, *words: Any) -> Any:
            program.tell({"id": what, "do": what, "with": words})
            return program.hear_until(id=what)[-1]["result"]

        ask("pings", rounds // 4)
        pings = ask("pings", rounds)
        looks = {edge: [ask("detect", {**search, "preview_edge": edge}) for _ in range(LOOKS)] for edge in (0, 1600)}
        bare, full = (statistics.median(look["ms"] for look in looks[edge]) for edge in (0, 1600))
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        return f"JavaScript, Node {version}", pings["p50"], pings["p95"], bare, full, looks[1600][0]["bytes"]


def of_python(home: Path, plate: str, rounds: int) -> Row:
    with Client(read_connection(home / "connection.json")) as client:
        pings = milliseconds(lambda: client.request(Ping()), rounds)
        bare, full = (Search(Plate(plate), 1001, ["red ball"], preview_edge=edge) for edge in (0, 1600))
        looks = [statistics.median(milliseconds(partial(client.detect, search), LOOKS)) for search in (bare, full)]
        preview = client.detect(full)[1]
        return "Python, pyzmq", pings[rounds // 2], pings[int(rounds * 0.95)], looks[0], looks[1], len(preview)


def main(rounds: int = 2000) -> None:
    folder = Path(tempfile.mkdtemp(prefix="mattewire-"))
    house = House(folder)
    try:
        plate = plate_of_noise(folder / "plate")
        house.start()
        search = {"plate": {"path": plate}, "frame": 1001, "prompts": ["red ball"]}
        rows = [of_node(node, house.home, search, rounds) for node in (shutil.which("node") or "", str(CEP_NODE))]
        rows.append(of_python(house.home, plate, rounds))
    finally:
        house.end()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{rounds} pings over CURVE; one look at a frame of 1600 x 900, median of {LOOKS}, milliseconds\n")
    print("| client | ping p50 | ping p95 | look | look with its preview | preview bytes |")
    print("|---|---|---|---|---|---|")
    for name, p50, p95, bare, full, size in rows:
        print(f"| {name} | {p50:.3f} | {p95:.3f} | {bare:.0f} | {full:.0f} | {size:,} |")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
