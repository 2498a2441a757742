"""A Fusion composition as text: MediaIn, a Loader with the mattes, MatteControl that makes them its alpha, MediaOut.

The form is that of compositions which Resolve exports: a Lua table, MediaIn stored as a Loader and MediaOut as a Saver
of that name. Times count from the clip's first frame on the timeline; handles before it are negative. MatteControl's
menu *Matte Combine* counts None, Red, Green, Blue, Alpha from 0 (its page in the Fusion reference manual).

Nobody has seen yet what a real Resolve shows of it: experimental.
"""

from __future__ import annotations

MEDIA_IN, MATTE, CONTROL, MEDIA_OUT = "MediaIn1", "MattewireMatte", "MattewireControl", "MediaOut1"
TOOLS = (MEDIA_IN, MATTE, CONTROL, MEDIA_OUT)
COMBINE_ALPHA = 4
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\0": "\\0"}

_TEXT = """Composition {{
    CurrentTime = 0,
    RenderRange = {{ 0, {end} }},
    GlobalRange = {{ {first}, {global_end} }},
    Tools = ordered() {{
        {media_in} = Loader {{
            CtrlWShown = false,
            ViewInfo = OperatorInfo {{ Pos = {{ 0, 0 }} }},
        }},
        {matte} = Loader {{
            Clips = {{
                Clip {{
                    ID = "Clip1",
                    Filename = {file},
                    FormatID = "OpenEXRFormat",
                    StartFrame = {number},
                    Length = {count},
                    LengthSetManually = true,
                    TrimIn = 0,
                    TrimOut = {last},
                    ExtendFirst = 0,
                    ExtendLast = 0,
                    Loop = 0,
                    AspectMode = 0,
                    Depth = 0,
                    TimeCode = 0,
                    GlobalStart = {first},
                    GlobalEnd = {global_end},
                }},
            }},
            NameSet = true,
            Inputs = {{
                ["Clip1.OpenEXRFormat.RedName"] = Input {{ Value = FuID {{ "R" }} }},
                ["Clip1.OpenEXRFormat.GreenName"] = Input {{ Value = FuID {{ "G" }} }},
                ["Clip1.OpenEXRFormat.BlueName"] = Input {{ Value = FuID {{ "B" }} }},
                ["Clip1.OpenEXRFormat.AlphaName"] = Input {{ Value = FuID {{ "A" }} }},
                Comments = Input {{ Value = {comment} }},
            }},
            ViewInfo = OperatorInfo {{ Pos = {{ 0, 99 }} }},
        }},
        {control} = MatteControl {{
            NameSet = true,
            Inputs = {{
                MatteCombine = Input {{ Value = {combine} }},
                PostMultiply = Input {{ Value = 1 }},
                Background = Input {{ SourceOp = "{media_in}", Source = "Output" }},
                Foreground = Input {{ SourceOp = "{matte}", Source = "Output" }},
            }},
            ViewInfo = OperatorInfo {{ Pos = {{ 110, 0 }} }},
        }},
        {media_out} = Saver {{
            CtrlWShown = false,
            Inputs = {{
                Index = Input {{ Value = "0" }},
                Input = Input {{ SourceOp = "{control}", Source = "Output" }},
            }},
            ViewInfo = OperatorInfo {{ Pos = {{ 220, 0 }} }},
        }},
    }},
}}
"""


def text(file: str, number: int, count: int, first: int, duration: int, comment: str) -> str:
    """The composition of a clip of ``duration`` record frames.

    ``file``: the first file of the mattes, ``number`` its own number, ``count`` how many there are; they begin at time
    ``first``, 0 being the clip's first frame. ``comment``: shown on the Loader, such as the job and its prompt.
    """
    return _TEXT.format(
        media_in=MEDIA_IN,
        matte=MATTE,
        control=CONTROL,
        media_out=MEDIA_OUT,
        file=quoted(file),
        comment=quoted(comment),
        number=number,
        count=count,
        last=count - 1,
        first=first,
        global_end=first + count - 1,
        end=duration - 1,
        combine=COMBINE_ALPHA,
    )


def quoted(words: str) -> str:
    """``words`` as a Lua string. Letters beyond ASCII stay: Fusion reads and writes UTF-8."""
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in words) + '"'
