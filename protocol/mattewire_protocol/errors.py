"""The one error tree of Mattewire: every failure an artist or a pipeline can meet.

    MattewireError
    ├── MessageError         BadMessage  UnknownMessage  WrongProtocol  TooLarge  BadField
    ├── ConnectionFailed     DaemonUnreachable  AlreadyRunning  NotAuthorized  TimedOut  DaemonStopping
    ├── JobError             UnknownJob  JobIdTaken  WorkerDied  StoreUnwritable  NotKept
    ├── PlateError           PlateNotFound  PlateUnreadable  FrameMissing  PlateChanged
    │                        RangeOutsidePlate  CameraRaw  UnknownColorspace  ColorConfigUnreadable  BadPattern
    ├── PromptError          PromptNotUnderstood  NothingFound
    ├── EngineError          UnknownEngine  WeightsMissing  EngineFailed  OutOfMemory
    ├── OutputError          NotWritable  DiskFull  OutputExists  UnknownFormat
    ├── InstallIncomplete
    └── InternalError

Each leaf has a wire ``code`` that never changes meaning, a ``sentence`` an artist can act on, and says
whether trying the same thing again can help. ``protocol/SPEC.md`` carries the table made from this module.
"""

from __future__ import annotations

from typing import Dict, List, Type


class MattewireError(Exception):
    """Any failure; ``code``, ``sentence`` and ``retryable`` are fixed by the class.

    ``message`` says what happened this time, ``field`` names the request field at fault (``""`` when none),
    ``advice`` is the way out (the class sentence when none is given).
    """

    code = "error"
    sentence = "Something went wrong."
    retryable = False

    def __init__(self, message: str = "", *, field: str = "", advice: str = "") -> None:
        self.message = message or self.sentence
        self.field = field
        self.advice = advice or (self.sentence if message else "")
        super().__init__(self.message)

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.message}" + (f" {self.advice}" if self.advice else "")


class MessageError(MattewireError):
    """The message itself is at fault; nothing was done."""


class BadMessage(MessageError):
    code = "bad_message"
    sentence = "The message could not be read. Update the panel so that both sides match."


class UnknownMessage(MessageError):
    code = "unknown_message"
    sentence = "The daemon does not know this kind of message. Update Mattewire."


class WrongProtocol(MessageError):
    code = "wrong_protocol"
    sentence = "The panel and the daemon speak different protocol versions. Update the older one."


class TooLarge(MessageError):
    code = "too_large"
    sentence = "The message is too large. Send paths, not pixels, and fewer points."


class BadField(MessageError, ValueError):
    """A field is missing, of the wrong type or out of range. Also a ``ValueError``, for use in dataclasses."""

    code = "bad_field"
    sentence = "A value is missing or wrong. Correct the named field and send again."

    def __init__(self, message: str = "", *, field: str = "", advice: str = "") -> None:
        super().__init__(message, field=field, advice=advice)

    def within(self, prefix: str) -> BadField:
        """The same error seen from the enclosing message, its field prefixed by ``prefix``."""
        dot = "." if prefix and self.field and not self.field.startswith("[") else ""
        return BadField(self.message, field=f"{prefix}{dot}{self.field}", advice=self.advice)


class ConnectionFailed(MattewireError):
    """No conversation with the daemon."""

    retryable = True


class DaemonUnreachable(ConnectionFailed):
    code = "daemon_unreachable"
    sentence = "The Mattewire daemon is not running. Start it with `mattewire serve` or the panel's Start button."


class AlreadyRunning(ConnectionFailed):
    """Not on the wire: whoever meets it just uses the daemon that runs."""

    code = "already_running"
    sentence = "A Mattewire daemon already runs for this user. Use it, or stop it first."
    retryable = False


class NotAuthorized(ConnectionFailed):
    code = "not_authorized"
    sentence = "The daemon refused this client's key. Restart the panel so that it reads the new connection file."
    retryable = False


class TimedOut(ConnectionFailed):
    code = "timed_out"
    sentence = "The daemon did not answer in time. Try again; if it stays silent, restart it."


class DaemonStopping(ConnectionFailed):
    code = "daemon_stopping"
    sentence = "The daemon is shutting down. Try again when it is back."


class JobError(MattewireError):
    """A job could not be found, made or finished."""


class UnknownJob(JobError):
    code = "unknown_job"
    sentence = "There is no such job. It may have been removed; look at the job list."


class JobIdTaken(JobError):
    code = "job_id_taken"
    sentence = "Another request already used this job id. Send the new request with a new id."


class WorkerDied(JobError):
    code = "worker_died"
    sentence = "The worker stopped unexpectedly. Finished frames are kept; submit again to go on."
    retryable = True


class StoreUnwritable(JobError):
    code = "store_unwritable"
    sentence = "The job list cannot be written. Make room in Mattewire's data folder, and try again."
    retryable = True


class NotKept(JobError):
    """The tracked shot that was to be finished again is no longer, or was never wholly, on disk."""

    code = "not_kept"
    sentence = "The tracked shot is no longer kept. Submit the request again: it is tracked anew."


class PlateError(MattewireError):
    """The plate cannot be used as asked."""


class PlateNotFound(PlateError):
    code = "plate_not_found"
    sentence = "There is no plate at that path. Check the path, and that this machine can see it."


class PlateUnreadable(PlateError):
    code = "plate_unreadable"
    sentence = "A frame of the plate cannot be read. Render or copy it again."


class FrameMissing(PlateError):
    code = "frame_missing"
    sentence = "The plate has a hole. Render the missing frames, or choose a range without them."


class PlateChanged(PlateError):
    code = "plate_changed"
    sentence = "The plate changed in mid-shot. Split the shot where it changes, or render it at one size."


class RangeOutsidePlate(PlateError):
    code = "range_outside_plate"
    sentence = "The frame range is not inside the plate. Choose frames that the plate has."


class CameraRaw(PlateError):
    code = "camera_raw"
    sentence = "Camera raw cannot be decoded here. Render the range to EXR, DPX or ProRes first."


class UnknownColorspace(PlateError):
    code = "unknown_colorspace"
    sentence = "The plate's colorspace is not known. Choose one of the listed colorspaces."


class ColorConfigUnreadable(PlateError):
    code = "color_config_unreadable"
    sentence = (
        "The OCIO config cannot be read. Give the path of a config.ocio that this machine sees, or leave it empty."
    )


class BadPattern(PlateError):
    code = "bad_pattern"
    sentence = "The file name pattern cannot be used. Use one counter, as in shot.####.exr or shot.%04d.exr."


class PromptError(MattewireError):
    """What to mask is not clear."""


class PromptNotUnderstood(PromptError):
    code = "prompt_not_understood"
    sentence = "This engine does not understand the phrase. Use words it lists, or draw a box."


class NothingFound(PromptError):
    code = "nothing_found"
    sentence = "Nothing on the keyframe matches. Choose another keyframe or other words, or draw a box."


class EngineError(MattewireError):
    """The model behind a seam failed or is not there."""


class UnknownEngine(EngineError):
    code = "unknown_engine"
    sentence = "There is no engine of that name. Choose one that the daemon lists."


class WeightsMissing(EngineError):
    code = "weights_missing"
    sentence = "The engine's weights are not installed. Add them with `mattewire weights`, or use --engine preview."


class EngineFailed(EngineError):
    code = "engine_failed"
    sentence = "The engine stopped with an error. Finished frames are kept; see the daemon's log."


class OutOfMemory(EngineError):
    code = "out_of_memory"
    sentence = "The engine ran out of memory. Choose draft quality, or free memory in the host and try again."
    retryable = True


class OutputError(MattewireError):
    """A matte cannot be written where or as asked."""


class NotWritable(OutputError):
    code = "not_writable"
    sentence = "The output folder cannot be written. Choose another folder, or ask for write permission."


class DiskFull(OutputError):
    code = "disk_full"
    sentence = "The disk is full. Free space and submit again; finished frames are kept."
    retryable = True


class OutputExists(OutputError):
    code = "output_exists"
    sentence = "Mattes are already there. Choose another name or version, or allow overwriting."


class UnknownFormat(OutputError):
    code = "unknown_format"
    sentence = "That file format is not offered. Choose one that the daemon lists."


class InstallIncomplete(MattewireError):
    code = "install_incomplete"
    sentence = "A part of Mattewire is not installed. Run the named pip command."


class InternalError(MattewireError):
    code = "internal_error"
    sentence = "Mattewire met a fault of its own. Send the log from `mattewire doctor` with what you did."


def _leaves(cls: Type[MattewireError]) -> List[Type[MattewireError]]:
    subclasses = cls.__subclasses__()
    return [leaf for sub in subclasses for leaf in _leaves(sub)] if subclasses else [cls]


BY_CODE: Dict[str, Type[MattewireError]] = {leaf.code: leaf for leaf in _leaves(MattewireError)}
"""Every error class by its wire code, in the order of the tree."""


def from_wire(code: str, message: str, field: str = "", advice: str = "", retryable: bool = False) -> MattewireError:
    """The error a peer sent. A code newer than this client stays readable as a plain ``MattewireError``."""
    cls = BY_CODE.get(code, MattewireError)
    error = cls(message, field=field, advice=advice)
    if cls is MattewireError:
        error.code, error.retryable = code, retryable
    return error
