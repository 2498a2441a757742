"""One minimal and one full example of every message: what the golden vectors are made from.

Full examples use every field, a value away from its default, and text that is not ASCII where an artist may type it.
"""

from __future__ import annotations

from mattewire_protocol import deliver, errors, messages, request

ANSWERS = {
    "welcome": "hello",
    "pong": "ping",
    "accepted": "submit",
    "watching": "watch",
    "canceling": "cancel",
    "jobs": "list",
    "detected": "detect",
    "report": "status",
    "released": "release",
    "stopping": "stop",
}
"""Which message answers which; ``error`` may answer any."""

GROUPS = {
    "conversation": ("hello", "welcome", "ping", "pong", "error"),
    "jobs": ("submit", "finish", "accepted", "watch", "watching", "unwatch", "cancel", "canceling", "list", "jobs"),
    "events": ("job", "stage", "found", "frame", "snapshot"),
    "daemon": ("detect", "detected", "status", "report", "release", "released", "stop", "stopping"),
}
"""Vector files and SPEC sections, in reading order."""

JOB_ID = "shot010-3f9a2c71"
_BALL = messages.Detection(1, 812.5, 300.25, 1004.0, 498.75, "red ball", 0.875, True)
_OTHER = messages.Detection(2, 96.0, 410.0, 180.5, 495.0, "red ball", 0.5, False)
_PLATE = request.Plate("/shots/010/plate.####.exr", "ACEScg", "left", 1.5)
_OUT = [
    deliver.Deliverable("/shots/010/matte.####.exr", "exr"),
    deliver.Deliverable("/shots/010/matte.%04d.png", "png16"),
    deliver.Deliverable("/shots/010/{object}_{version}.####.exr", "exr", "matte", 2, "RGBA", "float", "piz"),
    deliver.Deliverable("/shots/010/cut.####.exr", "exr", "cutout", depth="half", premultiplied=True),
    deliver.Deliverable("/shots/010/cut.mov", "prores4444", "cutout", fps=23.976),
    deliver.Deliverable("/shots/010/fore.####.exr", "exr", "cutout", colors="foreground", z=True),
    deliver.Deliverable("/shots/010/roto.json", "splines", tolerance=1.5),
]
_NAMES = [deliver.ObjectName(1, "Käfer"), deliver.ObjectName(2, "ball (left)")]
_CLEAN_UP = [deliver.CleanUp(2, 12.0, 6.5, 4.0, 2.5, 1, -0.75, 3.25)]
_EDGES = deliver.Edges("matting", "vitmatte-s", 12.5, True)
_DEPTH = deliver.Depth("depth-anything-v2-small", True, 0.125)
_SHAPES = [
    deliver.Shape(
        "garbage",
        [deliver.Vertex(10.5, 20.0), deliver.Vertex(400.0, 20.0), deliver.Vertex(200.25, 310.0)],
        first=1001,
        last=1010,
        outside=True,
        object=2,
    ),
    deliver.Shape("holdout", path="/shots/010/pillar.####.exr"),
]

_FULL_REQUEST = request.MatteRequest(
    plate=_PLATE,
    out=_OUT,
    first=1001,
    last=1096,
    keyframe=1024,
    prompts=["red ball", "Käfer auf der Mauer"],
    exclude=["shadow"],
    pick="1,3",
    boxes=[request.Box(1024, 812.5, 300.25, 1004.0, 498.75, 2)],
    points=[request.Point(1024, 900.0, 400.0, True, 2), request.Point(1040, 10.5, 20.0, False, 2)],
    engine="sam2",
    detector="grounding-dino",
    segmenter="sam2.1-large",
    box_threshold=0.3,
    text_threshold=0.25,
    max_objects=4,
    quality="draft",
    overwrite=True,
    priority=-5,
    ocio="/studio/aces.ocio",
    label="010 ball 玉",
    redetect_every=24,
    detect_long_edge=1440,
    refine_below=0.45,
    roi=True,
    names=_NAMES,
    clean_up=_CLEAN_UP,
    shapes=_SHAPES,
    reuse=False,
    finish_of="shot010-tracked1",
    edges=_EDGES,
    depth=_DEPTH,
)

MINIMAL: dict[str, object] = {
    "hello": messages.Hello(1, 1),
    "welcome": messages.Welcome(1, "mattewire 0.1.0"),
    "ping": messages.Ping(),
    "pong": messages.Pong(),
    "error": messages.Error("unknown_job", "There is no job of that id."),
    "submit": messages.Submit(
        JOB_ID,
        request.MatteRequest(
            request.Plate("plate.####.exr"), [deliver.Deliverable("matte.####.exr")], prompts=["red ball"]
        ),
    ),
    "finish": messages.Finish("shot010-finish-2", JOB_ID, [deliver.Deliverable("matte.####.exr")]),
    "accepted": messages.Accepted(JOB_ID, "queued", 1),
    "watch": messages.Watch(JOB_ID),
    "watching": messages.Watching(JOB_ID, 1),
    "unwatch": messages.Unwatch(JOB_ID),
    "cancel": messages.Cancel(JOB_ID),
    "canceling": messages.Canceling(JOB_ID, "stopping"),
    "list": messages.ListJobs(),
    "jobs": messages.Jobs(),
    "job": messages.JobEvent(JOB_ID, 1, 0, "queued"),
    "stage": messages.StageEvent(JOB_ID, 3, 1, "starting"),
    "found": messages.FoundEvent(JOB_ID, 5, 1, 1001),
    "frame": messages.FrameEvent(JOB_ID, 7, 1, 1001, "done"),
    "snapshot": messages.Snapshot(
        JOB_ID, 1, messages.JobSummary(JOB_ID, "queued"), messages.JobEvent(JOB_ID, 1, 0, "queued")
    ),
    "detect": messages.Detect(request.Search(request.Plate("plate.mov"), 1, ["white ball"])),
    "detected": messages.Detected(1, 1920, 1080),
    "status": messages.Status(),
    "report": messages.Report("mattewire 0.1.0", 4711),
    "release": messages.Release(),
    "released": messages.Released(),
    "stop": messages.Stop(),
    "stopping": messages.Stopping(),
}

_STAGE = messages.StageEvent(JOB_ID, 6, 2, "tracking backward", "From frame 1024 to 1001.", 12.5)
_FOUND = messages.FoundEvent(JOB_ID, 5, 2, 1024, [_BALL, _OTHER])
_FAILED = messages.JobEvent(
    job_id=JOB_ID,
    seq=240,
    attempt=2,
    state="failed",
    first=1001,
    last=1096,
    keyframe=1024,
    engine="sam2",
    colorspace="ACEScg",
    plate="9f2c41d07ab35e68",
    elapsed_s=31.25,
    outputs=["/shots/010/matte.####.exr", "/shots/010/matte.json"],
    error=messages.Error(
        "disk_full",
        "No space left while writing frame 1077.",
        "request.out[0].path",
        "Free space and submit again; finished frames are kept.",
        True,
    ),
    quality="draft",
    colorspace_from="file rules",
    exposure=1.5,
    kept="5d41402abc4b2a76b9719d911017c592",
    version=3,
    names=_NAMES,
    worst=[messages.WorstFrame(1031, 0.25, ["flicker"], ["The edge moves to and fro here."])],
)
_SUMMARY = messages.JobSummary(
    job_id=JOB_ID,
    state="failed",
    label="010 ball 玉",
    engine="sam2",
    priority=-5,
    frames_done=76,
    frames_total=96,
    attempt=2,
    seq=240,
    submitted_at=1767225600.5,
    ended_at=1767225660.25,
    error_code="disk_full",
    error_message="No space left while writing frame 1077.",
)

FULL: dict[str, object] = {
    "hello": messages.Hello(1, 3, "nuke-panel 0.1.0", "Nuke 15.1v3"),
    "welcome": messages.Welcome(
        protocol=1,
        server="mattewire 0.1.0",
        pid=4711,
        engines=[
            messages.EngineInfo("preview", "Preview", True, True, "", "Apache-2.0", ["red", "ball"], ["detect"]),
            messages.EngineInfo("sam2", "SAM 2.1", False, False, "Weights are not installed.", "Apache-2.0", []),
        ],
        formats=["exr", "png16"],
        limits=messages.Limits(524_288, 500_000, 2.5, 10.0, 500),
        capabilities=["detect_preview"],
    ),
    "error": _FAILED.error,
    "submit": messages.Submit(JOB_ID, _FULL_REQUEST),
    "finish": messages.Finish(
        "shot010-finish-2", JOB_ID, _OUT, _NAMES, _CLEAN_UP, _SHAPES, True, 10, "wider 玉", _EDGES, _DEPTH
    ),
    "accepted": messages.Accepted(JOB_ID, "running", 12, 3, True),
    "watch": messages.Watch(JOB_ID, 9_007_199_254_740_991),
    "watching": messages.Watching(JOB_ID, 240, False),
    "list": messages.ListJobs(500),
    "jobs": messages.Jobs([_SUMMARY, messages.JobSummary("job-00000002", "running")]),
    "job": _FAILED,
    "stage": _STAGE,
    "found": _FOUND,
    "frame": messages.FrameEvent(
        job_id=JOB_ID,
        seq=17,
        attempt=2,
        frame=-12,
        state="flagged",
        score=0.4375,
        flags=["score dropped"],
        paths=["/shots/010/matte.-012.exr"],
        objects=[_BALL],
        elapsed_s=1.5,
        why=["It is smaller than on frame -13."],
    ),
    "snapshot": messages.Snapshot(
        job_id=JOB_ID,
        seq=240,
        summary=_SUMMARY,
        job=_FAILED,
        frames=[
            messages.FrameRun(1001, 1023, "done"),
            messages.FrameRun(1024, 1024, "locked"),
            messages.FrameRun(1025, 1076, "flagged"),
            messages.FrameRun(1077, 1096, "missing"),
        ],
        stage=_STAGE,
        found=_FOUND,
    ),
    "detect": messages.Detect(
        request.Search(
            plate=_PLATE,
            frame=1024,
            prompts=["red ball"],
            exclude=["shadow"],
            engine="sam2",
            detector="grounding-dino",
            box_threshold=0.3,
            text_threshold=0.25,
            max_objects=8,
            preview_edge=1024,
            ocio="/studio/aces.ocio",
            detect_long_edge=1440,
            refine_below=0.45,
        )
    ),
    "detected": messages.Detected(
        1024, 4096, 1716, "sam2", "ACEScg", [_BALL, _OTHER], "image/jpeg", 0.25, "metadata", 1.5
    ),
    "report": messages.Report(
        "mattewire 0.1.0",
        4711,
        3600.5,
        "busy",
        4712,
        JOB_ID,
        2,
        2_147_483_648,
        6_442_450_944,
        ["sam2"],
        ["The job list was damaged. It is kept beside the new one."],
    ),
    "released": messages.Released(1_073_741_824, True),
    "stop": messages.Stop("idle"),
}
"""Messages without optional fields have no full form."""

BINARY = {"detected": b"\xff\xd8\xff\xe0 a JPEG \xff\xd9"}
"""Binary parts of the full examples."""


def error_samples() -> dict[str, messages.Error]:
    """One ``error`` body for each code of the error table, so that a client can be tested against all of them."""
    return {
        code: messages.Error(code, "What happened this time.", advice="The way out.", retryable=cls.retryable)
        for code, cls in errors.BY_CODE.items()
    }
