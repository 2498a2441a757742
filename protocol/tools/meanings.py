"""What every field of protocol 1 means, and the limits that JSON Schema can state.

Feeds the tables of ``SPEC.md`` and the constraints of the schema. ``tests/protocol`` fails when a field has no
entry here, an entry has no field, or a limit is not the one the dataclass enforces.
"""

from __future__ import annotations

from typing import Any

from mattewire_protocol import checks, deliver, messages, request

Meaning = tuple[str, dict[str, Any]]


def _frame(text: str) -> Meaning:
    return text, {"minimum": -checks.FRAME_LIMIT, "maximum": checks.FRAME_LIMIT}


def _pixel(text: str) -> Meaning:
    return text, {"minimum": -checks.PIXEL_LIMIT, "maximum": checks.PIXEL_LIMIT}


def _share(text: str) -> Meaning:
    return text, {"minimum": 0.0, "maximum": 1.0}


def _object(text: str) -> Meaning:
    return text, {"minimum": 1, "maximum": 999}


def _length(text: str, most: float) -> Meaning:
    return text + ", plate pixels", {"minimum": 0.0, "maximum": most}


def _is(text: str, **limits: Any) -> Meaning:
    return text, limits


_JOB_ID = _is("the job's id, chosen by the client: letters, digits, `-`, `_`", pattern="^[A-Za-z0-9_-]{8,64}$")
_ENGINE = _is("engine preset, by name", minLength=1, maxLength=64)
_EXCLUDE = _is("phrases for what must not be matted; what they match is taken out of the matches", maxItems=64)
_SEQ = "the event's sequence number within its job, from 1, without gaps"
_ATTEMPT = "which run of the job this belongs to: 0 before the first, one more at each start"
_STATE = _is("the job's state", enum=list(messages.JOB_STATES))
_LONG_EDGE = _is(
    "long edge in pixels of the detector's copy of a frame, 128 to 8192; 0: the engine's own", minimum=0, maximum=8192
)
_OCIO = "path of the studio's OCIO config; empty: the built-in one"

_OUT = _is("the files wanted", minItems=1, maxItems=64)
_NAMES = _is("names of objects; others are named by their phrase", maxItems=999)
_CLEAN_UP = _is("work on the mattes; one for every object, and one for each that differs", maxItems=999)
_EDGES = _is("how the mattes get edges of plate pixels")
_DEPTH = _is("distances from the camera, and what they are for")
_SHAPES = _is("garbage mattes and holdouts", maxItems=64)

MEANINGS: dict[str, dict[str, Meaning]] = {
    "Header": {
        "protocol": _is("protocol version of this message"),
        "type": _is("message type: chooses the body", minLength=1, maxLength=64),
        "id": _is("the sender's id for this message, new for each", minLength=1, maxLength=64),
        "answers": _is("id of the message that this one answers; empty when it answers none", maxLength=64),
    },
    # --- the request
    "Plate": {
        "path": _is("any one frame, a pattern with one counter, or a movie", minLength=1, maxLength=4096),
        "colorspace": _is(
            "the plate's colorspace by name; empty: the daemon decides and says what it chose", maxLength=256
        ),
        "view": _is("one of several views; empty: the only or first one", maxLength=256),
        "exposure": _is(
            "stops that the models see the plate brighter by; absent: 0, but as much as needed for a dark plate",
            minimum=-request.MOST_STOPS,
            maximum=request.MOST_STOPS,
        ),
    },
    "Box": {
        "frame": _frame("the keyframe it is drawn on"),
        "x0": _pixel("left edge"),
        "y0": _pixel("top edge"),
        "x1": _pixel("right edge, larger than `x0`"),
        "y1": _pixel("bottom edge, larger than `y0`"),
        "object": _object("the object it belongs to"),
    },
    "Point": {
        "frame": _frame("the keyframe it is clicked on"),
        "x": _pixel("from the left"),
        "y": _pixel("from the top"),
        "keep": _is("true: on the subject; false: drop, off it"),
        "object": _object("the object it belongs to"),
    },
    "Deliverable": {
        "path": _is(
            "where the files go: a pattern with one counter, or a movie's or document's file; `{shot}`, `{object}`, "
            "`{version}` and `{view}` are filled in",
            minLength=1,
            maxLength=4096,
        ),
        "format": _is("file format, one of the daemon's `formats`", minLength=1, maxLength=64),
        "content": _is("what is in it; `layers` and `cryptomatte` need `exr`", enum=list(deliver.CONTENTS)),
        "object": _is("only this object; 0: all of them", minimum=0, maximum=999),
        "channels": _is(
            "of a matte: `A` alone, `Y` one gray channel, `RGB` gray without A, `RGBA` white with A the matte; empty: "
            "the format's own",
            enum=list(deliver.CHANNELS),
        ),
        "depth": _is(
            "of an EXR; empty: half, a cut-out's as the plate, Cryptomatte's float", enum=list(deliver.DEPTHS)
        ),
        "compression": _is("of an EXR; empty: zip", enum=list(deliver.COMPRESSIONS)),
        "premultiplied": _is("true: a cut-out's RGB is multiplied by A"),
        "fps": _is("of a movie, where the plate does not say it; 0: the plate's", minimum=0.0, maximum=deliver.FASTEST),
        "tolerance": _is(
            "of splines: plate pixels that they may lie off the matte's edge, 0.1 to 20; 0: 0.75",
            minimum=0.0,
            maximum=deliver.MOST_TOLERANCE,
        ),
        "colors": _is(
            "of a cut-out: `plate`, its own numbers, bit for bit (empty: the same), or `foreground`, the background "
            "taken out of soft edges",
            enum=list(deliver.COLORS),
        ),
        "z": _is("true: an EXR also has a Z channel, the distance from the camera; needs `depth.engine`"),
    },
    "Edges": {
        "method": _is(
            "`guided`: the plate's own edges steer the enlargement; `plain`: enlarged as it is; `closed_form`: alpha "
            "solved from the plate's colors; `matting`: a matting model",
            enum=list(deliver.EDGE_METHODS),
        ),
        "matting": _is("the matting model's name; empty: the daemon's own choice", maxLength=256),
        "band": _is(
            "plate pixels on either side of the contour that may change; 0: as the engine's resolution leaves open",
            minimum=0.0,
            maximum=deliver.WIDEST_BAND,
        ),
        "motion_blur": _is("true: the band is wider along the motion"),
    },
    "Depth": {
        "engine": _is("depth engine's name; empty: no distances are estimated", maxLength=256),
        "holdout": _is("true: what stands before an object cuts its matte"),
        "margin": _is(
            "how much nearer it must be, as a share of the distances' spread on the frame",
            minimum=0.0,
            maximum=deliver.MOST_MARGIN,
        ),
    },
    "ObjectName": {
        "object": _object("the object"),
        "name": _is("its name, unlike every other object's", minLength=1, maxLength=256),
    },
    "CleanUp": {
        "object": _is("the object it is for; 0: every one that has none of its own", minimum=0, maximum=999),
        "remove_specks": _length("largest diameter of a speck removed", deliver.LARGEST_SPECK),
        "fill_holes": _length("largest diameter of a hole filled", deliver.LARGEST_SPECK),
        "close": _length("widest gap closed", deliver.LARGEST_LENGTH),
        "smooth": _length("size of the wiggles taken off the contour", deliver.LARGEST_LENGTH),
        "temporal": _is(
            "frames on either side that an edge is steadied by", minimum=0, maximum=deliver.LONGEST_TEMPORAL
        ),
        "dilate": _is(
            "plate pixels that the edge moves outward; below 0 inward",
            minimum=-deliver.LARGEST_LENGTH,
            maximum=deliver.LARGEST_LENGTH,
        ),
        "feather": _length("width over which the edge is softened", deliver.LARGEST_LENGTH),
    },
    "Shape": {
        "use": _is("`garbage`: taken away before the clean-up; `holdout`: after it", enum=list(deliver.USES)),
        "polygon": _is("its corners, at least three; or else `path`", maxItems=deliver.MOST_VERTICES),
        "path": _is("a matte sequence of the plate's size, or a still; or else `polygon`", maxLength=4096),
        "first": _frame("first frame it holds on; absent: from the start"),
        "last": _frame("last one, included; absent: to the end"),
        "outside": _is("true: what lies outside of it is taken away"),
        "object": _is("the object it is for; 0: every one", minimum=0, maximum=999),
    },
    "Vertex": {"x": _pixel("from the left"), "y": _pixel("from the top")},
    "MatteRequest": {
        "plate": _is("the plate"),
        "out": _OUT,
        "first": _frame("first frame; absent: the plate's own"),
        "last": _frame("last frame, included, not before `first`; absent: the plate's own"),
        "keyframe": _frame("frame on which phrases are looked for; absent: first marked frame, else `first`"),
        "prompts": _is("phrases for what to mask, one object or several each", maxItems=64),
        "exclude": _EXCLUDE,
        "pick": _is(
            "which of the numbered matches: `best`, `all`, or numbers as in `1,3`",
            pattern="^(best|all|[1-9][0-9]{0,2}(,[1-9][0-9]{0,2})*)$",
        ),
        "boxes": _is("boxes drawn", maxItems=request.MAX_MARKS),
        "points": _is("points clicked", maxItems=request.MAX_MARKS),
        "engine": _ENGINE,
        "detector": _is("overrides the engine's detector; empty: the engine's own", maxLength=256),
        "segmenter": _is("overrides the engine's segmenter; empty: the engine's own", maxLength=256),
        "box_threshold": _share("least score of a match; absent: the engine's own"),
        "text_threshold": _share("least score of a word within a phrase; absent: the engine's own"),
        "max_objects": _object("most objects tracked through the shot"),
        "quality": _is("`draft` is faster and needs less memory", enum=list(request.QUALITIES)),
        "overwrite": _is("true: mattes already there may be replaced"),
        "priority": _is("higher runs first", minimum=-100, maximum=100),
        "ocio": _is(_OCIO, maxLength=4096),
        "label": _is("the artist's name for the job", maxLength=256),
        "redetect_every": _is(
            "phrases are looked for again every so many frames: finds again what was lost and, with `pick` `all`, "
            "adds what appears; 0: never",
            minimum=0,
            maximum=1000,
        ),
        "detect_long_edge": _LONG_EDGE,
        "refine_below": _share(
            "score under which a frame gets a second, closer look; absent: the engine's own for matches, and no second "
            "look at tracked frames"
        ),
        "roi": _is("true: the segmenter sees a crop that follows each boxed or found object: for large plates"),
        "names": _NAMES,
        "clean_up": _CLEAN_UP,
        "shapes": _SHAPES,
        "reuse": _is("true: a shot that was tracked with the same choices is finished from what is kept of it"),
        "finish_of": _is(
            "id of the job whose kept shot is finished again, never tracked anew; empty: none", maxLength=64
        ),
        "edges": _EDGES,
        "depth": _DEPTH,
    },
    "Search": {
        "plate": _is("the plate"),
        "frame": _frame("the frame to look at"),
        "prompts": _is("phrases to look for; may be empty when only the preview is wanted", maxItems=64),
        "exclude": _EXCLUDE,
        "engine": _ENGINE,
        "detector": _is("overrides the engine's detector; empty: the engine's own"),
        "box_threshold": _share("least score of a match; absent: the engine's own"),
        "text_threshold": _share("least score of a word within a phrase; absent: the engine's own"),
        "max_objects": _object("most matches to list"),
        "preview_edge": _is("long edge in pixels of a JPEG of the frame; 0: none", minimum=0, maximum=2048),
        "ocio": _is(_OCIO),
        "detect_long_edge": _LONG_EDGE,
        "refine_below": _share("score under which a match gets a second, closer look; absent: the engine's own"),
    },
    # --- parts of the daemon's messages
    "EngineInfo": {
        "name": _is("what `engine` in a request says"),
        "label": _is("name for the panel"),
        "preview": _is("true: no weights, no claim of quality; the panel labels its results"),
        "ready": _is("false: cannot run now"),
        "reason": _is("why it is not ready"),
        "license": _is("license of the engine's weights"),
        "understands": _is("words it understands, when they are few; empty: any phrase"),
        "does": _is("what it may be named for: " + ", ".join(f"`{skill}`" for skill in messages.SKILLS)),
    },
    "Limits": {
        "message_bytes": _is("most bytes of header and body together"),
        "preview_bytes": _is("most bytes of one binary part"),
        "heartbeat_s": _is("seconds of silence after which a `ping` is due"),
        "silence_s": _is("seconds of silence after which a peer is given up"),
        "replay_events": _is("most events replayed to a `watch` before a `snapshot` is sent instead"),
    },
    "Detection": {
        "object": _is("object number, from 1; 0 for a match that is no numbered object"),
        "x0": _pixel("left edge"),
        "y0": _pixel("top edge"),
        "x1": _pixel("right edge"),
        "y1": _pixel("bottom edge"),
        "phrase": _is("the phrase it matches; empty for a drawn object"),
        "score": _share("how sure the engine is"),
        "picked": _is("whether it is, or would be, tracked"),
    },
    "FrameRun": {
        "first": _frame("first frame of the run"),
        "last": _frame("last frame of the run, included"),
        "state": _is("the state they share", enum=list(messages.FRAME_STATES)),
    },
    "WorstFrame": {
        "frame": _frame("the frame"),
        "score": _share("how far it can be trusted"),
        "flags": _is("why it is worth a look: names of flags"),
        "why": _is("the flags as sentences for the artist"),
    },
    "JobSummary": {
        "job_id": _is("the job's id"),
        "state": _is("the job's state"),
        "label": _is("the artist's name for the job"),
        "engine": _is("engine preset"),
        "priority": _is("the request's priority"),
        "frames_done": _is("frames whose mattes are on disk"),
        "frames_total": _is("frames of the range; 0 until the plate has been looked at"),
        "attempt": _is("runs so far"),
        "seq": _is("the newest event's sequence number"),
        "submitted_at": _is("when it was accepted, Unix seconds UTC"),
        "ended_at": _is("when it reached a final state, Unix seconds UTC; absent until then"),
        "error_code": _is("code of the error that ended it; empty when none"),
        "error_message": _is("what happened, for the artist"),
    },
    # --- conversation
    "Hello": {
        "protocol_min": _is("oldest protocol version the client speaks", minimum=1, maximum=65535),
        "protocol_max": _is("newest one, not below `protocol_min`", minimum=1, maximum=65535),
        "client": _is("panel or tool and its version"),
        "host": _is("application around it, and its version"),
    },
    "Welcome": {
        "protocol": _is("the version spoken from here on"),
        "server": _is("daemon and its version"),
        "pid": _is("the daemon's process id"),
        "engines": _is("engines on offer"),
        "formats": _is("file formats on offer"),
        "limits": _is("sizes and times of this connection"),
        "capabilities": _is("names of optional abilities; ones you do not know mean nothing to you"),
    },
    "Ping": {},
    "Pong": {},
    "Error": {
        "code": _is("one of the error table"),
        "message": _is("what happened this time"),
        "field": _is("path of the field at fault, as in `request.boxes[2].x1`; empty when none"),
        "advice": _is("the way out, for the artist"),
        "retryable": _is("whether the same again can succeed"),
    },
    # --- jobs
    "Submit": {"job_id": _JOB_ID, "request": _is("what is asked for")},
    "Finish": {
        "job_id": _JOB_ID,
        "of": _is("id of the job whose tracked shot it is", pattern="^[A-Za-z0-9_-]{8,64}$"),
        "out": _OUT,
        "names": _NAMES,
        "clean_up": _CLEAN_UP,
        "shapes": _SHAPES,
        "overwrite": _is("true: mattes already there may be replaced"),
        "priority": _is("higher runs first", minimum=-100, maximum=100),
        "label": _is("the artist's name for the job", maxLength=256),
        "edges": _EDGES,
        "depth": _DEPTH,
    },
    "Accepted": {
        "job_id": _is("the job's id"),
        "state": _STATE,
        "seq": _is("the newest event's sequence number"),
        "ahead": _is("jobs that run before it"),
        "repeated": _is("true: it was stored already, nothing new was made"),
    },
    "Watch": {
        "job_id": _JOB_ID,
        "last_seq": _is("the last event seen; 0: none", minimum=0, maximum=2**53 - 1),
    },
    "Watching": {
        "job_id": _is("the job's id"),
        "seq": _is("the newest event's sequence number"),
        "follows": _is("whether events follow"),
    },
    "Unwatch": {"job_id": _JOB_ID},
    "Cancel": {"job_id": _JOB_ID},
    "Canceling": {"job_id": _is("the job's id"), "state": _STATE},
    "ListJobs": {"limit": _is("most jobs to list", minimum=1, maximum=500)},
    "Jobs": {"jobs": _is("newest first")},
    # --- events
    "JobEvent": {
        "job_id": _is("the job's id"),
        "seq": _is(_SEQ),
        "attempt": _is(_ATTEMPT),
        "state": _STATE,
        "first": _is("first frame of the range, once known"),
        "last": _is("last frame, included, once known"),
        "keyframe": _is("frame on which phrases are looked for, once known"),
        "engine": _is("engine preset"),
        "colorspace": _is("the colorspace the plate is read as, once known"),
        "plate": _is("the plate's identity, once known: it differs when a frame of the shot was replaced"),
        "elapsed_s": _is("seconds of this attempt so far"),
        "outputs": _is("patterns and sidecars written, with `done`"),
        "error": _is("why, with `failed`, `set_aside`, and a `queued` that repeats an attempt"),
        "quality": _is("what the mattes are made at, once known: below the request's when memory did not suffice"),
        "colorspace_from": _is("who said so: `request`, `file rules`, `metadata` or `file kind`"),
        "exposure": _is("stops that the models see the plate brighter by"),
        "kept": _is("where the tracked shot is kept; empty while, or when, it is not"),
        "version": _is("what `{version}` in a path stands for; 0: nothing"),
        "names": _is("the objects' names, once known"),
        "worst": _is("with `done`: the frames most worth a look, worst first", maxItems=messages.MOST_WORST),
    },
    "StageEvent": {
        "job_id": _is("the job's id"),
        "seq": _is(_SEQ),
        "attempt": _is(_ATTEMPT),
        "stage": _is("what the worker does now: " + ", ".join(f"`{stage}`" for stage in messages.STAGES)),
        "note": _is("a sentence for the artist"),
        "elapsed_s": _is("seconds of this attempt so far"),
    },
    "FoundEvent": {
        "job_id": _is("the job's id"),
        "seq": _is(_SEQ),
        "attempt": _is(_ATTEMPT),
        "frame": _is("the keyframe that was looked at"),
        "objects": _is("everything found, picked or not"),
    },
    "FrameEvent": {
        "job_id": _is("the job's id"),
        "seq": _is(_SEQ),
        "attempt": _is(_ATTEMPT),
        "frame": _frame("the frame"),
        "state": _is("its state now", enum=list(messages.FRAME_STATES)),
        "score": _share("how sure the engine is of this frame"),
        "flags": _is("why it is worth a look: names of flags"),
        "paths": _is("files written for it, one for each deliverable"),
        "objects": _is("where each object is; one that is out of sight is not listed"),
        "elapsed_s": _is("seconds of this attempt so far"),
        "why": _is("the flags as sentences for the artist"),
    },
    "Snapshot": {
        "job_id": _is("the job's id"),
        "seq": _is("the newest event it contains"),
        "summary": _is("the line of the job list"),
        "job": _is("the last `job` event"),
        "frames": _is("the state of every frame of the range, in runs"),
        "stage": _is("the last `stage` event, if any"),
        "found": _is("the last `found` event, if any"),
    },
    # --- one look, and the daemon itself
    "Detect": {"search": _is("what to look for, where")},
    "Detected": {
        "frame": _is("the frame looked at"),
        "width": _is("width of the plate's display window, plate pixels"),
        "height": _is("its height"),
        "engine": _is("engine that looked"),
        "colorspace": _is("the colorspace the plate was read as"),
        "objects": _is("every match, best first"),
        "preview": _is("media type of the binary part, `image/jpeg`; empty: there is none"),
        "preview_scale": _is("preview pixels for each plate pixel"),
        "colorspace_from": _is("who said so: `request`, `file rules`, `metadata` or `file kind`"),
        "exposure": _is("stops that the models saw the plate brighter by"),
    },
    "Status": {},
    "Report": {
        "server": _is("daemon and its version"),
        "pid": _is("the daemon's process id"),
        "uptime_s": _is("seconds since it started"),
        "worker": _is("`off`, `starting`, `idle` or `busy`"),
        "worker_pid": _is("the worker's process id; 0 when off"),
        "running": _is("id of the job that runs; empty when none"),
        "queued": _is("jobs that wait"),
        "memory_bytes": _is("memory the worker holds"),
        "gpu_bytes": _is("GPU memory the worker holds"),
        "engines_loaded": _is("engines whose models are in memory"),
        "notes": _is("sentences for the artist about the daemon itself, as that its job list was damaged"),
    },
    "Release": {},
    "Released": {
        "gpu_bytes": _is("GPU memory still held"),
        "busy": _is("true: a job uses the models; nothing was unloaded"),
    },
    "Stop": {"when": _is("`now`, or `idle`: after the last job", enum=list(messages.STOP_WHEN))},
    "Stopping": {},
}
