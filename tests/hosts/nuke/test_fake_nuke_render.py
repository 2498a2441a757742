"""The stand-in's ``nuke.execute``, its files read back by another library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest


def constant(nuke: Any, text: str = "16 8 1 tiny") -> Any:
    nuke.addFormat(text)
    nuke.root()["format"].setValue("tiny")
    node = nuke.nodes.Constant(color=[0.25, 0.5, 1.5, 0.75])
    node["color"].setExpression("frame/8", 0)
    return node


def read_back(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return dict(file.header()), {name: channel.pixels.copy() for name, channel in file.channels().items()}


def test_frames_are_written(fake: Any, tmp_path: Path) -> None:
    import nuke

    write = nuke.nodes.Write(inputs=[constant(nuke, "16 8 2 tiny")], file=str(tmp_path / "out.####.exr"))
    write["file_type"].setValue("exr")
    nuke.frame(77)
    nuke.execute(write, 1001, 1005, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.1001.exr", "out.1003.exr", "out.1005.exr"]
    header, planes = read_back(tmp_path / "out.1003.exr")
    assert sorted(planes) == ["B", "G", "R"]  # rgb is what a Write writes
    assert planes["R"].dtype == np.float16
    assert (planes["R"] == np.float16(1003 / 8)).all()
    assert header["pixelAspectRatio"] == 2.0
    assert nuke.frame() == 77


def test_channels_type_and_windows(fake: Any, tmp_path: Path) -> None:
    import nuke

    moved = nuke.nodes.Transform(inputs=[constant(nuke)], translate=[-3, 2])
    write = nuke.nodes.Write(inputs=[moved], file=str(tmp_path / "out.exr"), channels="rgba")
    write["file_type"].setValue("exr")
    write["datatype"].setValue("32 bit float")
    write["compression"].setValue("Zip (16 scanlines)")
    nuke.execute("Write1", 2, 2)
    header, planes = read_back(tmp_path / "out.exr")
    assert (planes["A"].dtype, planes["A"].shape) == (np.float32, (10, 19))
    (left, top), (right, bottom) = header["dataWindow"]
    assert (left, top, right, bottom) == (-3, -2, 15, 7)
    assert tuple(header["displayWindow"][1]) == (15, 7)
    assert planes["R"][0, 0] == 0.25
    assert planes["R"][9, 0] == 0  # below what was moved up
    write["autocrop"].setValue(True)
    nuke.execute(write, 2, 2)
    assert read_back(tmp_path / "out.exr")[1]["A"].shape == (8, 16)


def test_what_a_render_refuses(fake: Any, tmp_path: Path) -> None:
    import nuke

    source = constant(nuke)
    write = nuke.nodes.Write(inputs=[source], file=str(tmp_path / "no" / "out.exr"))
    with pytest.raises(RuntimeError, match="No such file or directory"):
        nuke.execute(write, 1, 1)
    write["create_directories"].setValue(True)
    nuke.execute(write, 1, 1)
    assert (tmp_path / "no" / "out.exr").exists()
    (tmp_path / "file").write_text("in the way")
    write["file"].setValue(str(tmp_path / "file" / "out.exr"))
    with pytest.raises(RuntimeError, match="file"):
        nuke.execute(write, 1, 1)
    write["file"].setValue("")
    with pytest.raises(RuntimeError, match="no output filename"):
        nuke.execute(write, 1, 1)
    with pytest.raises(RuntimeError, match="not executable"):
        nuke.execute(source, 1, 1)
    with pytest.raises(RuntimeError, match="not executable"):
        nuke.execute("nosuch", 1, 1)
    write["file"].setValue(str(tmp_path / "o.exr"))
    write.setInput(0, nuke.nodes.Read(file=str(tmp_path / "gone.exr")))
    with pytest.raises(RuntimeError, match=r"Write1: .*gone\.exr"):
        nuke.execute(write, 1, 1)
    nuke.execute(write, 1, 1, continueOnError=True)
    assert not (tmp_path / "o.exr").exists()


def test_cancel_and_nesting(fake: Any, tmp_path: Path) -> None:
    import nuke

    write = nuke.nodes.Write(inputs=[constant(nuke)], file=str(tmp_path / "out.##.exr"))
    fake.cancel_render_after(2)
    with pytest.raises(RuntimeError, match="Cancelled"):
        nuke.execute(write, 1, 9)
    assert len(list(tmp_path.iterdir())) == 2
    failures: list[str] = []

    def again() -> None:
        with pytest.raises(RuntimeError, match="already executing") as error:
            nuke.execute(write, 1, 1)
        failures.append(str(error.value))

    nuke.addBeforeFrameRender(again)
    nuke.execute(write, 1, 1)
    assert failures == ["I'm already executing something else"]


def test_views_frames_and_proxy(fake: Any, tmp_path: Path) -> None:
    import nuke

    nuke.root()["views"].setValue("left #ff0000\nright #00ff00")
    write = nuke.nodes.Write(inputs=[constant(nuke)], file=str(tmp_path / "%V.####.exr"))
    write["frame_mode"].setValue("offset")
    write["frame"].setValue("1000")
    nuke.execute(write, 1, 1, 1, ["left", "right"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["left.1001.exr", "right.1001.exr"]
    nuke.root()["proxy"].setValue(True)
    nuke.execute(write, 1, 1, 1, ["left"])
    assert read_back(tmp_path / "left.1001.exr")[1]["R"].shape == (4, 8)  # the trap: a proxy render is small


def test_rendering_is_not_blocking(fake: Any, tmp_path: Path) -> None:
    import nuke

    write = nuke.nodes.Write(inputs=[constant(nuke, "512 512 1 tiny")], file=str(tmp_path / "out.###.exr"))
    nuke.menu("Nuke").addCommand("Render", lambda: nuke.execute(write, 1, 4))
    with fake.blocking_at_most(0.05):
        fake.choose("Render")
    assert len(list(tmp_path.iterdir())) == 4


def test_a_png(fake: Any, tmp_path: Path) -> None:
    import nuke

    write = nuke.nodes.Write(inputs=[constant(nuke)], file=str(tmp_path / "a.png"), raw=True)
    nuke.execute(write, 2, 2)
    read = nuke.nodes.Read(file=str(tmp_path / "a.png"), raw=True)
    assert fake.evaluate(read, 1).pixel("rgba.green", 1, 1) == pytest.approx(0.5, abs=1 / 255)
    write["raw"].setValue(False)
    with pytest.raises(RuntimeError, match="linear or raw"):
        nuke.execute(write, 2, 2)


def test_terminal_renders_too(terminal: Any, tmp_path: Path) -> None:
    import nuke

    write = nuke.nodes.Write(inputs=[constant(nuke)], file=str(tmp_path / "a.exr"))
    nuke.execute(write, 1, 1)
    assert (tmp_path / "a.exr").exists()
