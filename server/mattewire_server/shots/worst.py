"""The list of frames that are most worth a look, as a job tells it when it is done."""

from __future__ import annotations

from collections.abc import Iterable

from mattewire_protocol.messages import MOST_WORST, FrameEvent, WorstFrame


def worst_of(events: Iterable[FrameEvent], most: int = MOST_WORST) -> list[WorstFrame]:
    """The flagged frames, lowest score first. ``events``: the last of each frame, in any order.

    Where there are more than ``most``, the worst of every stretch of adjacent ones goes before the rest of a longer
    one: a subject that is lost for a hundred frames must not hide what happened elsewhere.
    """
    asking = {event.frame: event for event in events if event.state == "flagged"}
    stretches: list[list[int]] = []
    for frame in sorted(asking):
        if stretches and stretches[-1][-1] == frame - 1:
            stretches[-1].append(frame)
        else:
            stretches.append([frame])

    def trust(frame: int) -> tuple[float, int]:
        return asking[frame].score, frame

    leading = {min(stretch, key=trust) for stretch in stretches}
    chosen = sorted(asking, key=lambda frame: (frame not in leading, trust(frame)))[:most]
    told = [asking[frame] for frame in sorted(chosen, key=trust)]
    return [WorstFrame(each.frame, each.score, each.flags, each.why) for each in told]
