"""Every node class that the fake knows, with its inputs and knobs. Any other class is an unknown command.

Knob names, choices and defaults follow the tables of Foundry's reference guide and script files in public
repositories; a knob that is not listed here does not exist in the fake, also where Nuke has it.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Type

from . import session
from .choice_knobs import Channel_Knob, ChannelMask_Knob, ChannelMatrix, Enumeration_Knob
from .formats import Format_Knob
from .groups import BackdropNode, Gizmo, Group, Root, Viewer
from .knobs import ALWAYS_SAVE, DO_NOT_WRITE, NO_UNDO, Knob
from .nodes import Node
from .number_knobs import (
    AColor_Knob,
    BBox_Knob,
    Boolean_Knob,
    ColorChip_Knob,
    Disable_Knob,
    Double_Knob,
    Int_Knob,
    WH_Knob,
    XY_Knob,
)
from .panel_knobs import PyScript_Knob
from .roto import CurveKnob
from .text_knobs import EvalString_Knob, File_Knob, Multiline_Eval_String_Knob, NameKnob, String_Knob

COLORSPACES = ["default", "linear", "sRGB", "sRGBf", "rec709", "Cineon", "Gamma1.8", "Gamma2.2", "AlexaV3LogC", "ACES"]
OCIO_CONFIGS = ["nuke-default", "aces_1.2", "aces_1.3", "fn-nuke_cg-config-v1.0.0_aces-v1.3_ocio-v2.1", "custom"]
OPERATIONS = ["atop", "copy", "divide", "from", "mask", "max", "min", "minus", "multiply", "out", "over", "plus"]
OPERATIONS += ["screen", "stencil", "under"]
BOUNDS = ["union", "intersection", "A", "B"]
EDGES = ["hold", "loop", "bounce", "black"]
EXR_KNOBS = {
    "datatype": ["16 bit half", "32 bit float"],
    "compression": ["none", "Zip (1 scanline)", "Zip (16 scanlines)", "PIZ Wavelet (32 scanlines)", "RLE"],
    "metadata": ["no metadata", "default metadata", "default metadata and exr/*", "all metadata"],
}
PNG_KNOBS = {"datatype": ["8 bit", "16 bit"]}


class Kind(NamedTuple):
    """A node class: its inputs (``least`` are always there, ``optional`` is the mask), and how to make its knobs."""

    name: str
    python: Type[Node]
    least: int
    most: int
    own: Callable[[], List[Knob]]
    optional: int = -1
    outputs: bool = True

    def knobs(self) -> List[Knob]:
        made = self.own() + (_root_only() if self.python is Root else _common(self.name))
        for knob in made:
            knob._settle()
        return made


def _with(knob: Knob, value: Any = None, flags: int = 0) -> Any:
    if value is not None:
        knob.setValue(value)
    knob._flags |= flags
    return knob


def _enumeration(name: str, words: List[str], chosen: Optional[str] = None) -> Enumeration_Knob:
    knob = Enumeration_Knob(name, None, words)
    if chosen is not None:
        knob._numbers = [float(words.index(chosen))]
    return knob


def _number(name: str, value: float = 0, kind: Any = Double_Knob) -> Any:
    knob = kind(name)
    knob._numbers = [float(value)] * len(knob._numbers)
    return knob


def _common(name: str) -> List[Knob]:
    knobs: List[Knob] = [
        _with(NameKnob("name"), flags=ALWAYS_SAVE),
        Multiline_Eval_String_Knob("label"),
        Int_Knob("xpos"),
        Int_Knob("ypos"),
        ColorChip_Knob("tile_color"),
        ColorChip_Knob("gl_color"),
        String_Knob("note_font", None, "Verdana"),
        _number("note_font_size", 11),
        ColorChip_Knob("note_font_color"),
        _with(Boolean_Knob("selected"), flags=NO_UNDO),
        Boolean_Knob("hide_input"),
        Boolean_Knob("bookmark"),
        String_Knob("help"),
        String_Knob("icon"),
        String_Knob("autolabel"),
        String_Knob("onCreate"),
        String_Knob("onDestroy"),
        String_Knob("knobChanged"),
        String_Knob("updateUI"),
    ]
    if name not in ("BackdropNode", "StickyNote", "Viewer", "Input", "Output"):
        knobs += [Disable_Knob("disable"), Boolean_Knob("cached"), Boolean_Knob("postage_stamp", None, name == "Read")]
    return knobs


def _root_only() -> List[Knob]:
    return [
        _with(File_Knob("name"), flags=ALWAYS_SAVE),
        File_Knob("project_directory"),
        Multiline_Eval_String_Knob("label"),
        _with(_number("frame", 1, Int_Knob), flags=NO_UNDO),
        _number("first_frame", 1, Int_Knob),
        _number("last_frame", 100, Int_Knob),
        Boolean_Knob("lock_range"),
        _number("fps", 24),
        Format_Knob("format"),
        Boolean_Knob("proxy"),
        _enumeration("proxy_type", ["format", "scale"], "scale"),
        Format_Knob("proxy_format"),
        _number("proxy_scale", 0.5),
        Multiline_Eval_String_Knob("views", None, "main #ffffff"),
        _enumeration("colorManagement", ["Nuke", "OCIO"]),
        _enumeration("OCIO_config", OCIO_CONFIGS),
        File_Knob("customOCIOConfigPath"),
        _enumeration("workingSpaceLUT", COLORSPACES, "linear"),
        String_Knob("onCreate"),
        String_Knob("onScriptLoad"),
        String_Knob("onScriptSave"),
        String_Knob("onScriptClose"),
    ]


def _file_frames() -> List[Knob]:
    return [_enumeration("frame_mode", ["expression", "start at", "offset"]), EvalString_Knob("frame")]


_RELOAD = "nuke.thisNode()['version'].setValue(nuke.thisNode()['version'].value() + 1)"


def _read() -> List[Knob]:
    return [
        _with(File_Knob("file"), flags=ALWAYS_SAVE),
        _enumeration("file_type", ["", "exr", "png", "jpeg", "tiff", "dpx", "mov"]),
        Format_Knob("format"),
        File_Knob("proxy"),
        Format_Knob("proxy_format"),
        _enumeration("localizationPolicy", ["on", "from auto-localize path", "on demand", "off"], "off"),
        _number("first", 1, Int_Knob),
        _enumeration("before", EDGES),
        _number("last", 1, Int_Knob),
        _enumeration("after", EDGES),
        *_file_frames(),
        _number("origfirst", 1, Int_Knob),
        _number("origlast", 1, Int_Knob),
        Boolean_Knob("origset"),
        _enumeration("on_error", ["error", "black", "checkerboard", "nearest frame"]),
        _with(PyScript_Knob("reload", None, _RELOAD), flags=DO_NOT_WRITE),
        _number("version", 0, Int_Knob),
        _enumeration("colorspace", list(COLORSPACES)),
        Boolean_Knob("premultiplied"),
        Boolean_Knob("raw"),
        Boolean_Knob("auto_alpha"),
        _enumeration("edge_pixels", ["plate detect", "edge detect", "repeat", "black"]),
    ]


def _write() -> List[Knob]:
    return [
        _with(Channel_Knob("channels", None, "rgb"), flags=ALWAYS_SAVE),
        _with(File_Knob("file"), flags=ALWAYS_SAVE),
        File_Knob("proxy"),
        *_file_frames(),
        _enumeration("colorspace", list(COLORSPACES)),
        Boolean_Knob("premultiplied"),
        Boolean_Knob("raw"),
        _enumeration("file_type", ["", "exr", "png", "jpeg", "tiff", "dpx", "mov"]),
        String_Knob("views", None, "main"),
        _number("render_order", 1),
        Boolean_Knob("create_directories"),
        Boolean_Knob("use_limit"),
        _number("first", 1, Int_Knob),
        _number("last", 1, Int_Knob),
    ]


def file_type_knobs(file_type: str) -> List[Knob]:
    """The knobs that appear on a Write once its file type is chosen."""
    if file_type == "exr":
        made: List[Knob] = [_enumeration(name, words) for name, words in EXR_KNOBS.items()]
        made[1].setValue("Zip (1 scanline)")
        made[2].setValue("default metadata")
        made += [Boolean_Knob("autocrop"), Boolean_Knob("write_ACES_compliant_EXR")]
    elif file_type == "png":
        made = [_enumeration(name, words) for name, words in PNG_KNOBS.items()]
    else:
        made = []
    for knob in made:
        knob._settle()
    return made


def _copy() -> List[Knob]:
    pairs: List[Knob] = []
    for number in range(4):
        start = "rgba.alpha" if number == 0 else "none"
        pairs += [Channel_Knob(f"from{number}", None, start, 1), Channel_Knob(f"to{number}", None, start, 1)]
    return [
        *pairs,
        Channel_Knob("channels"),
        _enumeration("bbox", ["union", "intersection", "A side", "B side"]),
        *_mix(),
    ]


def _mix() -> List[Knob]:
    return [ChannelMask_Knob("maskChannelInput", None, "none", 1), Boolean_Knob("inject"), _number("mix", 1)]


def _shuffle() -> List[Knob]:
    outs = ["red", "green", "blue", "alpha", "black", "white"]
    knobs: List[Knob] = [Channel_Knob("in", None, "rgba"), Channel_Knob("in2")]
    knobs += [_enumeration(name, list(outs), name) for name in outs[:4]]
    return [*knobs, Channel_Knob("out", None, "rgba")]


def _shuffle2() -> List[Knob]:
    return [
        _enumeration("fromInput1", ["B", "A"]),
        Channel_Knob("in1", None, "rgba"),
        _enumeration("fromInput2", ["B", "A"]),
        Channel_Knob("in2"),
        Channel_Knob("out1", None, "rgba"),
        Channel_Knob("out2"),
        ChannelMatrix("mappings"),
    ]


def _grade() -> List[Knob]:
    ones = [_number(name, 1, AColor_Knob) for name in ("whitepoint", "white", "multiply", "gamma")]
    zeros = [_number(name, 0, AColor_Knob) for name in ("blackpoint", "black", "add")]
    return [
        Channel_Knob("channels", None, "rgb"),
        *zeros,
        *ones,
        Boolean_Knob("reverse"),
        Boolean_Knob("black_clamp", None, True),
        Boolean_Knob("white_clamp"),
        *_mix(),
    ]


def _merge() -> List[Knob]:
    return [
        _enumeration("operation", OPERATIONS, "over"),
        _enumeration("bbox", BOUNDS),
        Channel_Knob("Achannels", None, "rgba"),
        Channel_Knob("Bchannels", None, "rgba"),
        Channel_Knob("output", None, "rgba"),
        *_mix(),
    ]


def _reformat() -> List[Knob]:
    return [
        _enumeration("type", ["to format", "to box", "scale"]),
        Format_Knob("format"),
        _number("box_width", 200, Int_Knob),
        _number("box_height", 200, Int_Knob),
        Boolean_Knob("box_fixed"),
        _number("scale", 1, WH_Knob),
        _enumeration("resize", ["none", "width", "height", "fit", "fill", "distort"], "width"),
        Boolean_Knob("center", None, True),
        Boolean_Knob("flip"),
        Boolean_Knob("flop"),
        _enumeration("filter", ["impulse", "cubic", "Lanczos4"], "cubic"),
        Boolean_Knob("black_outside"),
        Boolean_Knob("pbb"),
    ]


def _retime() -> List[Knob]:
    edges = [_number(name, value, Int_Knob) for name, value in (("input.first", 1), ("input.last", 100))]
    outs = [_number(name, value, Int_Knob) for name, value in (("output.first", 1), ("output.last", 100))]
    return [
        *edges,
        *outs,
        Boolean_Knob("reverse"),
        _number("speed", 1),
        _enumeration("before", ["hold", "black", "continue"], "continue"),
        _enumeration("after", ["hold", "black", "continue"], "continue"),
        _enumeration("filter", ["nearest", "box", "none"], "box"),
    ]


def _roto() -> List[Knob]:
    return [
        Channel_Knob("output", None, "rgba"),
        Channel_Knob("premultiply"),
        _enumeration("cliptype", ["none", "bbox", "format"], "format"),
        Boolean_Knob("replace"),
        CurveKnob("curves"),
        _number("opacity", 1),
        Format_Knob("format"),
    ]


def _cryptomatte() -> List[Knob]:
    return [
        String_Knob("matteList"),
        PyScript_Knob("clear"),
        PyScript_Knob("forceUpdate"),
        _with(_enumeration("cryptoLayerChoice", [" "]), flags=DO_NOT_WRITE),
        String_Knob("cryptoLayer"),
        Boolean_Knob("cryptoLayerLock"),
        Boolean_Knob("previewEnabled", None, True),
        _enumeration("previewMode", ["Colors", "Edges", "None"]),
        Boolean_Knob("matteOnly"),
        Boolean_Knob("singleSelection"),
        Boolean_Knob("unpremultiply"),
        Channel_Knob("matteOutput", None, "alpha"),
    ]


def _oneview() -> List[Knob]:
    root = session.current().root
    return [_enumeration("view", root._views() if root is not None else ["main"])]


_KINDS = (
    Kind("Root", Root, 0, 0, list, outputs=False),
    Kind("Read", Node, 0, 0, _read),
    Kind("Write", Node, 1, 1, _write),
    Kind(
        "Constant",
        Node,
        0,
        1,
        lambda: [Channel_Knob("channels", None, "rgb"), AColor_Knob("color"), Format_Knob("format")],
    ),
    Kind("Copy", Node, 2, 3, _copy, 2),
    Kind("Shuffle", Node, 1, 2, _shuffle),
    Kind("Shuffle2", Node, 1, 2, _shuffle2),
    Kind(
        "Premult",
        Node,
        1,
        1,
        lambda: [Channel_Knob("channels", None, "rgb"), Channel_Knob("alpha", None, "rgba.alpha", 1)],
    ),
    Kind(
        "Unpremult",
        Node,
        1,
        1,
        lambda: [Channel_Knob("channels", None, "rgb"), Channel_Knob("alpha", None, "rgba.alpha", 1)],
    ),
    Kind("Grade", Node, 1, 2, _grade, 1),
    Kind("Reformat", Node, 1, 1, _reformat),
    Kind("Merge2", Node, 2, 100, _merge, 2),
    Kind("Switch", Node, 1, 100, lambda: [_number("which", 0)]),
    Kind("Dot", Node, 1, 1, list),
    Kind("NoOp", Node, 1, 1, list),
    Kind("TimeOffset", Node, 1, 1, lambda: [_number("time_offset", 0, Int_Knob), Boolean_Knob("reverse_input")]),
    Kind("FrameHold", Node, 1, 1, lambda: [_number("first_frame", 1, Int_Knob), _number("increment", 0, Int_Knob)]),
    Kind("Retime", Node, 1, 1, _retime),
    Kind("Crop", Node, 1, 1, lambda: [BBox_Knob("box"), Boolean_Knob("reformat"), Boolean_Knob("crop", None, True)]),
    Kind(
        "Transform",
        Node,
        1,
        2,
        lambda: [XY_Knob("translate"), _enumeration("filter", ["impulse", "cubic"], "cubic")],
        1,
    ),
    Kind("OneView", Node, 1, 1, _oneview),
    Kind("JoinViews", Node, 2, 100, list),
    Kind("Roto", Node, 1, 2, _roto, 1),
    Kind("Cryptomatte", Gizmo, 1, 1, _cryptomatte),
    Kind("Group", Group, 0, 100, list),
    Kind("Input", Node, 0, 1, lambda: [_number("number", 0, Int_Knob)]),
    Kind("Output", Node, 1, 1, list, outputs=False),
    Kind(
        "Viewer",
        Viewer,
        0,
        100,
        lambda: [_number("frame", 1, Int_Knob), _number("input_number", 0, Int_Knob)],
        outputs=False,
    ),
    Kind(
        "BackdropNode",
        BackdropNode,
        0,
        0,
        lambda: [_number("bdwidth", 80), _number("bdheight", 80), _number("z_order", 0)],
        outputs=False,
    ),
    Kind("StickyNote", Node, 0, 0, list, outputs=False),
)
CATALOG: Dict[str, Kind] = {kind.name: kind for kind in _KINDS}


def kind_of(name: str) -> Kind:
    """The node class. Raises ``RuntimeError`` in Nuke's words ("Aton: Unknown command", sosoyan/aton issue 69)."""
    if name not in CATALOG:
        raise RuntimeError(f"{name}: Unknown command")
    return CATALOG[name]
