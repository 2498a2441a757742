"""What the stand-in's nodes show, against arrays that another library wrote to disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

Plane = NDArray[np.float32]
WIDTH, HEIGHT = 32, 16
RGBA = ("R", "G", "B", "A")


def noise(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Plane:
    return np.random.default_rng(seed).uniform(-0.5, 2, (height, width)).astype(np.float16).astype(np.float32)


def write_exr(
    path: Path,
    planes: dict[str, Plane],
    display: tuple[int, int] = (WIDTH, HEIGHT),
    corner: tuple[int, int] = (0, 0),
    aspect: float = 1.0,
    **header: Any,
) -> None:
    """Half-float planes; ``corner`` is where the data window begins, in the file's own y-down pixels."""
    height, width = next(iter(planes.values())).shape
    facts = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "displayWindow": ((0, 0), (display[0] - 1, display[1] - 1)),
        "dataWindow": (corner, (corner[0] + width - 1, corner[1] + height - 1)),
        "pixelAspectRatio": aspect,
        **header,
    }
    halves = {name: np.ascontiguousarray(plane, np.float16) for name, plane in planes.items()}
    OpenEXR.File(facts, halves).write(str(path))


@pytest.fixture
def plate(tmp_path: Path) -> Callable[..., str]:
    """Writes frames, frame N from seed N, and returns the pattern."""

    def write(*frames: int, name: str = "plate", channels: str = "RGB", **options: Any) -> str:
        for frame in frames:
            planes = {channel: noise(frame * 10 + at) for at, channel in enumerate(channels)}
            write_exr(tmp_path / f"{name}.{frame:04d}.exr", planes, **options)
        return str(tmp_path / f"{name}.####.exr")

    return write


def shown(fake: Any, read: Any, frame: float, view: str | None = None) -> int:
    """Which file a Read shows at ``frame``: the seed of its red plane; 0 for black."""
    red = fake.evaluate(read, frame, view).over_format("rgba.red")
    if not red.any():
        return 0
    return next(number for number in range(-5, 3000) if number > 0 and np.array_equal(red, noise(number * 10)))


def test_a_plate_as_it_is(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1001, aspect=2.0), first=1001, last=1001)
    picture = fake.evaluate(read, 1001)
    assert (picture.size.width, picture.size.height, picture.size.aspect) == (WIDTH, HEIGHT, 2.0)
    assert picture.bbox == (0, 0, WIDTH, HEIGHT)
    for at, name in enumerate(("red", "green", "blue")):
        np.testing.assert_array_equal(picture.over_format(f"rgba.{name}"), noise(10010 + at))
    assert "rgba.alpha" not in picture.channels
    assert (read.width(), read.height(), read.pixelAspect()) == (WIDTH, HEIGHT, 2.0)
    assert read.channels() == ["rgba.blue", "rgba.green", "rgba.red"]
    # y up: the lowest row of the format is the last row of the file
    red = noise(10010)
    assert picture.pixel("rgba.red", 0.5, 0.5) == red[-1, 0]
    nuke.frame(1001)
    assert nuke.sample(read, "rgba.red", WIDTH - 0.5, HEIGHT - 0.5) == red[0, -1]
    assert nuke.sample(read, "rgba.red", 1, 1, 2, 2) == pytest.approx(red[-2:, :2].mean(), abs=1e-6)


def test_bbox_beyond_the_format(fake: Any, tmp_path: Path) -> None:
    import nuke

    plane = noise(1, 40, 20)
    write_exr(tmp_path / "a.exr", {"A": plane}, corner=(-6, -3))
    read = nuke.nodes.Read(file=str(tmp_path / "a.exr"))
    picture = fake.evaluate(read, 1)
    assert picture.bbox == (-6, -1, 34, 19)  # 3 rows above the top edge are y 16 to 19
    assert picture.pixel("rgba.alpha", -5.5, 18.5) == plane[0, 0]
    assert picture.pixel("rgba.alpha", 33.5, -0.5) == plane[19, 39]
    assert picture.pixel("rgba.alpha", 34.5, 0) == 0
    np.testing.assert_array_equal(picture.over_format("rgba.alpha"), plane[3:19, 6:38])
    box = read.bbox()
    assert (box.x(), box.y(), box.w(), box.h()) == (-6, -1, 40, 20)


@pytest.mark.parametrize(
    ("mode", "text", "frame", "file"),
    [
        ("expression", "", 1002, 1002),
        ("expression", "frame+1000", 2, 1002),
        ("expression", "2006-frame", 1002, 1004),  # reversed
        ("start at", "10", 11, 1002),
        ("offset", "1000", 2, 1002),  # the file is the frame plus the offset
        ("offset", "-10", 1013, 1003),
    ],
)
def test_frame_mapping(fake: Any, plate: Callable[..., str], mode: str, text: str, frame: int, file: int) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(*range(1001, 1006)), first=1001, last=1005)
    read["frame_mode"].setValue(mode)
    read["frame"].setValue(text)
    assert shown(fake, read, frame) == file


def test_ranges_follow_the_mapping(fake: Any) -> None:
    import nuke

    read = nuke.nodes.Read(first=1001, last=1005)
    read["frame_mode"].setValue("offset")
    read["frame"].setValue("1000")
    assert (read.firstFrame(), read.lastFrame()) == (1, 5)
    read["frame_mode"].setValue("start at")
    assert (read.firstFrame(), read.lastFrame()) == (1000, 1004)
    moved = nuke.nodes.TimeOffset(inputs=[read], time_offset=10)
    assert list(moved.frameRange()) == [1010, 1011, 1012, 1013, 1014]


@pytest.mark.parametrize(
    ("edge", "before", "after"),
    [("hold", 1001, 1003), ("loop", 1003, 1001), ("bounce", 1002, 1002), ("black", 0, 0)],
)
def test_outside_the_range(fake: Any, plate: Callable[..., str], edge: str, before: int, after: int) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1001, 1002, 1003), first=1001, last=1003, before=edge, after=edge)
    assert shown(fake, read, 1000) == before
    assert shown(fake, read, 1004) == after


def test_missing_frames(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1001, 1004), first=1001, last=1004)
    with pytest.raises(RuntimeError, match=r"Read1: .*plate\.1002\.exr: No such file or directory"):
        fake.evaluate(read, 1002)
    nuke.frame(1002)
    assert read.hasError()
    nuke.frame(1001)
    assert not read.hasError()
    read["on_error"].setValue("black")
    assert shown(fake, read, 1002) == 0
    assert fake.evaluate(read, 1002).size.width == WIDTH
    read["on_error"].setValue("nearest frame")
    assert [shown(fake, read, frame) for frame in (1002, 1003)] == [1001, 1004]
    read["on_error"].setValue("checkerboard")
    board = fake.evaluate(read, 1003).over_format("rgba.alpha")
    assert board.shape == (HEIGHT, WIDTH)
    assert set(np.unique(board)) <= {0.0, 1.0}
    (empty := nuke.nodes.Read())["on_error"].setValue("nearest frame")
    with pytest.raises(RuntimeError, match="no file"):
        fake.evaluate(empty, 1)


def test_a_file_that_is_no_picture(fake: Any, tmp_path: Path) -> None:
    import nuke

    (tmp_path / "a.0001.exr").write_bytes(b"not an EXR at all")
    read = nuke.nodes.Read(file=str(tmp_path / "a.####.exr"))
    with pytest.raises(RuntimeError, match=r"a\.0001\.exr"):
        fake.evaluate(read, 1)


def test_raw_and_colorspace(fake: Any, tmp_path: Path) -> None:
    import nuke

    write_exr(tmp_path / "a.exr", {"R": np.full((HEIGHT, WIDTH), 0.5, np.float32)})
    read = nuke.nodes.Read(file=str(tmp_path / "a.exr"))
    assert fake.evaluate(read, 1).pixel("rgba.red", 1, 1) == 0.5  # EXR is linear
    read["colorspace"].setValue("sRGB")
    assert fake.evaluate(read, 1).pixel("rgba.red", 1, 1) == pytest.approx(0.21404, abs=1e-5)
    read["raw"].setValue(True)
    assert fake.evaluate(read, 1).pixel("rgba.red", 1, 1) == 0.5
    read["raw"].setValue(False)
    read["colorspace"].setValue("Cineon")
    with pytest.raises(RuntimeError, match="Cineon"):
        fake.evaluate(read, 1)
    read["colorspace"].setValue("default")
    read["auto_alpha"].setValue(True)
    assert fake.evaluate(read, 1).over_format("rgba.alpha").all()


def test_layers_and_metadata(fake: Any, tmp_path: Path) -> None:
    import nuke

    planes = {"A": noise(1), "ball.R": noise(2), "ball.A": noise(3), "Z": noise(4)}
    write_exr(tmp_path / "a.exr", planes, **{"com.example/engine": "preview"})
    read = nuke.nodes.Read(file=str(tmp_path / "a.exr"))
    with pytest.raises(ValueError, match=r"ball\.alpha"):
        nuke.nodes.Copy(from0="ball.alpha")  # the trap: nobody has read the header yet
    assert read.channels() == ["ball.alpha", "ball.red", "depth.Z", "rgba.alpha"]
    copy = nuke.nodes.Copy(inputs=[None, read], from0="ball.alpha", to0="rgba.alpha")
    nuke.root()["format"].setValue(read.format())
    np.testing.assert_array_equal(fake.evaluate(copy, 1).over_format("rgba.alpha"), planes["ball.A"])
    assert read.metadata("exr/com.example/engine") == "preview"
    assert read.metadata("nosuch") is None


def test_copy(fake: Any, plate: Callable[..., str], tmp_path: Path) -> None:
    import nuke

    matte = noise(5, 20, 10)
    write_exr(tmp_path / "m.exr", {"A": matte}, corner=(4, 2))
    read = nuke.nodes.Read(file=plate(1001), first=1001, last=1001)
    alpha = nuke.nodes.Read(file=str(tmp_path / "m.exr"), raw=True)
    copy = nuke.nodes.Copy(inputs=[read, alpha])
    picture = fake.evaluate(copy, 1001)
    expected = np.zeros((HEIGHT, WIDTH), np.float32)
    expected[2:12, 4:24] = matte
    np.testing.assert_array_equal(picture.over_format("rgba.alpha"), expected)
    np.testing.assert_array_equal(picture.over_format("rgba.green"), noise(10011))
    copy["mix"].setValue(0.5)
    np.testing.assert_allclose(fake.evaluate(copy, 1001).over_format("rgba.alpha"), expected / 2)
    copy["disable"].setValue(True)
    assert not fake.evaluate(copy, 1001).over_format("rgba.alpha").any()
    copy["disable"].setValue(False)
    copy.setInput(2, alpha)
    with pytest.raises(RuntimeError, match="mask"):
        fake.evaluate(copy, 1001)


def test_channel_nodes(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1, channels="RGBA"))
    shuffle = nuke.nodes.Shuffle2(inputs=[read])
    shuffle["mappings"].setValue([(0, "rgba.alpha", "rgba.red"), (0, "white", "rgba.alpha")])
    picture = fake.evaluate(shuffle, 1)
    np.testing.assert_array_equal(picture.over_format("rgba.red"), noise(13))
    assert picture.over_format("rgba.alpha").all()
    old = nuke.nodes.Shuffle(inputs=[read], red="alpha", alpha="black")
    picture = fake.evaluate(old, 1)
    np.testing.assert_array_equal(picture.over_format("rgba.red"), noise(13))
    assert not picture.over_format("rgba.alpha").any()
    premult = fake.evaluate(nuke.nodes.Premult(inputs=[read]), 1)
    np.testing.assert_allclose(premult.over_format("rgba.green"), noise(11) * noise(13))
    back = fake.evaluate(nuke.nodes.Unpremult(inputs=[nuke.toNode("Premult1")]), 1)
    np.testing.assert_allclose(back.over_format("rgba.green"), noise(11), atol=1e-4)


def test_grade(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1, channels="RGBA"))
    grade = nuke.nodes.Grade(inputs=[read], multiply=2, add=0.25)
    picture = fake.evaluate(grade, 1)
    np.testing.assert_allclose(picture.over_format("rgba.red"), np.maximum(noise(10) * 2 + 0.25, 0), atol=1e-6)
    np.testing.assert_array_equal(picture.over_format("rgba.alpha"), noise(13))  # rgb only
    grade["black_clamp"].setValue(False)
    assert fake.evaluate(grade, 1).over_format("rgba.red").min() < 0
    grade["white"].setValue([2, 1, 1, 1])
    np.testing.assert_allclose(fake.evaluate(grade, 1).over_format("rgba.red"), noise(10) * 4 + 0.25, atol=1e-5)
    grade["blackpoint"].setValue(0.5)
    grade["gamma"].setValue(2)
    raised = fake.evaluate(grade, 1).over_format("rgba.green")
    linear = (noise(11) - 0.5) * 4 + 0.25
    np.testing.assert_allclose(raised, np.where(linear > 0, np.sqrt(np.abs(linear)), linear), atol=1e-4)


def test_merge(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    a = nuke.nodes.Read(file=plate(1, name="a", channels="RGBA"))
    b = nuke.nodes.Read(file=plate(2, name="b", channels="RGBA"), first=2, last=2)
    merge = nuke.nodes.Merge2(inputs=[b, a])
    expected = noise(10) + noise(20) * (1 - noise(13))
    np.testing.assert_allclose(fake.evaluate(merge, 1).over_format("rgba.red"), expected, atol=1e-6)
    merge["operation"].setValue("mask")
    np.testing.assert_allclose(fake.evaluate(merge, 1).over_format("rgba.red"), noise(20) * noise(13), atol=1e-6)
    merge["operation"].setValue("screen")
    with pytest.raises(RuntimeError, match="screen"):
        fake.evaluate(merge, 1)


def test_time_nodes(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(*range(1, 9)), first=1, last=8)
    assert shown(fake, nuke.nodes.TimeOffset(inputs=[read], time_offset=2), 5) == 3
    assert shown(fake, nuke.nodes.TimeOffset(inputs=[read], reverse_input=True), 1) == 8
    hold = nuke.nodes.FrameHold(inputs=[read], first_frame=4)
    assert shown(fake, hold, 7) == 4
    hold["increment"].setValue(2)
    assert [shown(fake, hold, frame) for frame in (6, 7)] == [6, 6]
    fast = nuke.nodes.Retime(inputs=[read], speed=2)
    assert [shown(fake, fast, frame) for frame in (1, 2, 3)] == [1, 3, 5]
    switch = nuke.nodes.Switch(inputs=[hold, read], which=1)
    assert shown(fake, switch, 7) == 7


def test_reformat_and_crop(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1))
    nuke.addFormat(f"{WIDTH * 2} {HEIGHT * 2} 1 double")
    double = nuke.nodes.Reformat(inputs=[read], format="double")
    picture = fake.evaluate(double, 1)
    assert (picture.size.width, double.width()) == (WIDTH * 2, WIDTH * 2)
    np.testing.assert_array_equal(picture.over_format("rgba.red"), noise(10).repeat(2, 0).repeat(2, 1))
    none = nuke.nodes.Reformat(inputs=[read], format="double", resize="none")
    inner = fake.evaluate(none, 1).over_format("rgba.red")[HEIGHT // 2 : -HEIGHT // 2, WIDTH // 2 : -WIDTH // 2]
    np.testing.assert_array_equal(inner, noise(10))
    crop = nuke.nodes.Crop(inputs=[read], box=[2, 3, 12, 9])
    picture = fake.evaluate(crop, 1)
    assert (picture.bbox, picture.size.width) == ((2, 3, 12, 9), WIDTH)
    np.testing.assert_array_equal(picture.channels["rgba.red"], noise(10)[HEIGHT - 9 : HEIGHT - 3, 2:12])
    crop["reformat"].setValue(True)
    assert (crop.width(), crop.height()) == (10, 6)
    moved = nuke.nodes.Transform(inputs=[read], translate=[3, -2])
    assert fake.evaluate(moved, 1).bbox == (3, -2, WIDTH + 3, HEIGHT - 2)


def test_groups_and_viewers(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read, other = nuke.nodes.Read(file=plate(1)), nuke.nodes.Constant(color=[0, 0, 0, 0.5])
    group = nuke.nodes.Group()
    with group:
        first, second = nuke.nodes.Input(), nuke.nodes.Input(number=1)
        nuke.nodes.Output(inputs=[nuke.nodes.Copy(inputs=[first, second])])
    assert group.maxInputs() == 2
    group.setInput(0, read)
    group.setInput(1, other)
    viewer = nuke.nodes.Viewer(inputs=[other, group], input_number=1)
    picture = fake.evaluate(viewer, 1)
    assert (picture.over_format("rgba.alpha") == 0.5).all()
    np.testing.assert_array_equal(picture.over_format("rgba.red"), noise(10))
    assert group.width() == WIDTH
    with pytest.raises(RuntimeError, match="no Output"):
        fake.evaluate(nuke.nodes.Group(), 1)


def test_views(fake: Any, tmp_path: Path, plate: Callable[..., str]) -> None:
    import nuke

    nuke.root()["views"].setValue("left #ff0000\nright #00ff00")
    plate(1, name="left")
    plate(2, name="right")
    (tmp_path / "right.0002.exr").rename(tmp_path / "right.0001.exr")
    by_name = nuke.nodes.Read(file=str(tmp_path / "%V.####.exr"))
    assert (shown(fake, by_name, 1, "left"), shown(fake, by_name, 1, "right")) == (1, 2)
    assert shown(fake, nuke.nodes.OneView(inputs=[by_name], view="right"), 1, "left") == 2
    swapped = [nuke.nodes.Read(file=str(tmp_path / f"{view}.####.exr")) for view in ("right", "left")]
    assert shown(fake, nuke.nodes.JoinViews(inputs=swapped), 1, "left") == 2
    planes = {"R": noise(30), "right.R": noise(40)}
    write_exr(tmp_path / "both.exr", planes, multiView=["left", "right"])
    both = nuke.nodes.Read(file=str(tmp_path / "both.exr"))
    assert (shown(fake, both, 1, "left"), shown(fake, both, 1, "right")) == (3, 4)


def test_proxy(fake: Any, plate: Callable[..., str], tmp_path: Path) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1))
    nuke.root()["proxy"].setValue(True)
    picture = fake.evaluate(read, 1)
    assert (picture.size.width, picture.size.height) == (WIDTH // 2, HEIGHT // 2)
    blocks = noise(10).reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(picture.over_format("rgba.red"), blocks, atol=1e-6)
    assert fake.evaluate(read, 1, scale=1).size.width == WIDTH
    assert read.width() == WIDTH  # formats are spoken of at full size
    small = noise(7, WIDTH // 2, HEIGHT // 2)
    write_exr(tmp_path / "proxy.exr", {"R": small}, display=(WIDTH // 2, HEIGHT // 2))
    read["proxy"].setValue(str(tmp_path / "proxy.exr"))
    np.testing.assert_array_equal(fake.evaluate(read, 1).over_format("rgba.red"), small)
    nuke.root()["proxy_scale"].setValue(0.4)
    read["proxy"].setValue("")
    assert fake.evaluate(read, 1).size.width == 13


def test_a_read_remembers_until_reload(fake: Any, plate: Callable[..., str]) -> None:
    import nuke

    read = nuke.nodes.Read(file=plate(1001), first=1001, last=1002, on_error="black")
    assert [shown(fake, read, frame) for frame in (1001, 1002)] == [1001, 0]
    plate(1002)
    assert shown(fake, read, 1002) == 0  # the trap: it still knows that the file is missing
    fake.click(read, "reload")
    assert shown(fake, read, 1002) == 1002
    assert read["version"].value() == 1


def test_cryptomatte(fake: Any, tmp_path: Path) -> None:
    import nuke
    from fake_nuke.cryptomatte import murmur3

    assert murmur3(b"hello") == 0x248BFA47  # published test values of MurmurHash3_x86_32
    assert murmur3(b"hello, world") == 0x149BBB7F
    ids = {name: murmur3(name.encode()) for name in ("ball", "cat")}
    # a name whose hash would be no finite float: the lowest bit of its exponent is flipped
    ids["odd"] = next(number for number in range(9999) if murmur3(f"{number}".encode()) >> 23 & 255 == 255)
    odd, ids["odd"] = str(ids["odd"]), murmur3(str(ids["odd"]).encode()) ^ 1 << 23
    share = np.abs(noise(3)) / 4
    planes = {
        "crypto00.R": np.full((HEIGHT, WIDTH), ids["ball"], np.uint32).view(np.float32),
        "crypto00.G": share,
        "crypto00.B": np.full((HEIGHT, WIDTH), ids["cat"], np.uint32).view(np.float32),
        "crypto00.A": 1 - share,
        "crypto01.R": np.full((HEIGHT, WIDTH), ids["odd"], np.uint32).view(np.float32),
        "crypto01.G": share * 2,
    }
    path = tmp_path / "crypto.exr"
    facts = {"type": OpenEXR.scanlineimage, "cryptomatte/1234567/name": "crypto"}
    OpenEXR.File(facts, {name: np.ascontiguousarray(plane) for name, plane in planes.items()}).write(str(path))
    node = nuke.createNode("Cryptomatte")
    node.setInput(0, nuke.nodes.Read(file=str(path), raw=True))
    node["matteList"].setValue("cat")
    np.testing.assert_array_equal(fake.evaluate(node, 1).over_format("rgba.alpha"), 1 - share)
    node["matteList"].setValue(odd)
    np.testing.assert_array_equal(fake.evaluate(node, 1).over_format("rgba.alpha"), share * 2)
    node["matteList"].setValue('"ball", cat')
    np.testing.assert_allclose(fake.evaluate(node, 1).over_format("rgba.alpha"), 1, atol=1e-6)
    node["cryptoLayer"].setValue("nosuch")
    with pytest.raises(RuntimeError, match="nosuch"):
        fake.evaluate(node, 1)
    node.setInput(0, nuke.nodes.Constant())
    with pytest.raises(RuntimeError, match="no Cryptomatte metadata"):
        fake.evaluate(node, 1)


def test_what_is_not_modeled_says_so(fake: Any) -> None:
    import nuke

    with pytest.raises(RuntimeError, match="makes no pictures of StickyNote"):
        fake.evaluate(nuke.nodes.StickyNote(), 1)
