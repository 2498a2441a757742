"""All the files of one request: which there are, what is in their way, and the documents beside them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mattewire_protocol.deliver import MOVIES, ONE_FILE, SPLINES, Deliverable
from mattewire_protocol.errors import BadField, OutputExists
from mattewire_protocol.request import MatteRequest

from ..color import ColorTransform
from ..durable import make_writable_folder
from ..finish.movies import MovieWriter
from ..mattes import MatteWriter, NamedObject, expand, next_version, shot_name, tokens_in
from ..mattes.choice import no_such_object
from ..patterns import has_counter, sibling
from ..plates.model import PlateInfo
from ..sidecar import write_json_atomic

PLACEHOLDER = NamedObject(0, "object", "object")
"""Stands for ``{object}`` in checks that are made before any object is known. Its files are never written, nor looked
for: an artist may have used the name."""

SPLINES_SUFFIX = ".json"
DOCUMENTS = ("mattewire.json", "boxes.json")
"""Ends of the names of the documents beside every output."""

SEVERAL = ("layers", "cryptomatte")
"""Contents that hold every object in one file."""


@dataclass(frozen=True)
class SequenceOutput:
    """One image sequence: ``index`` of its deliverable in the request, ``object`` 0 for all of them."""

    index: int
    object: int
    writer: MatteWriter

    @property
    def place(self) -> str:
        return self.writer.pattern


@dataclass(frozen=True)
class WholeOutput:
    """One file for the whole shot, a movie or splines: ``place`` is it, tokens filled in. ``fps``: of a movie, an exact
    fraction, if known."""

    index: int
    object: int
    deliverable: Deliverable
    place: str
    fps: Fraction | None


class Outputs:
    """The files of ``request`` for the frames ``span``, first and last, both included.

    ``version``: what an earlier attempt filled in for ``{version}``; 0 chooses it. Made once before an engine runs, to
    refuse what can be refused then, and ``open``ed when the objects are known. ``light``: the plate's color. Raises
    what ``MatteWriter`` raises, and ``BadField``.
    """

    def __init__(
        self,
        request: MatteRequest,
        plate: PlateInfo,
        span: tuple[int, int],
        *,
        provenance: Mapping[str, str],
        token: str,
        version: int = 0,
        light: ColorTransform | None = None,
    ) -> None:
        self._light = light
        self._request, self._plate, self._span = request, plate, span
        self.provenance, self._token = provenance, token
        self._shot = shot_name(plate.path)
        self.version = version or self._next_version()
        self._make([])

    def open(self, objects: Sequence[NamedObject]) -> None:
        """Sets the sequences and movies for these objects."""
        self._make(objects)

    @property
    def writers(self) -> list[MatteWriter]:
        return [each.writer for each in self.sequences]

    @property
    def all(self) -> list[SequenceOutput | WholeOutput]:
        return [*self.sequences, *self.wholes]

    @property
    def wholes(self) -> list[WholeOutput]:
        """What can only be made when every frame is known: movies and splines."""
        return [*self.movies, *self.splines]

    @property
    def need_plate(self) -> bool:
        """Whether some file holds the plate's own numbers."""
        cutouts = [each for each in self.movies if each.deliverable.content == "cutout"]
        return bool(cutouts) or any(writer.needs_plate for writer in self.writers)

    @property
    def of_objects(self) -> bool:
        """Whether there are other files, or other channels in them, when there are more objects."""
        return any(each.content in SEVERAL or "object" in tokens_in(each.path) for each in self._request.out)

    def refuse_existing(self, objects: Collection[int] = ()) -> None:
        """``OutputExists`` when a file that would be written is there. ``objects``: only these objects' own files."""
        for each in self.sequences:
            if each.index in self._unnamed or (objects and each.object not in objects):
                continue
            there = each.writer.existing(*self._span)
            if there:
                count = f"{len(there)} of these frames are" if len(there) > 1 else "One of these frames is"
                message = f"{count} there already, the first is {each.writer.path(min(there))}."
                raise OutputExists(message, field=f"out[{each.index}].path")
        for movie in self.wholes:
            wanted = movie.index not in self._unnamed and (not objects or movie.object in objects)
            if wanted and os.path.lexists(movie.place):
                raise OutputExists(f"{movie.place} is there already.", field=f"out[{movie.index}].path")

    def there(self) -> frozenset[int] | None:
        """Frames that every sequence has on disk; None when there is no sequence."""
        existing = [frozenset(writer.existing(*self._span)) for writer in self.writers]
        return frozenset.intersection(*existing) if existing else None

    def remove(self, frames: Collection[int]) -> None:
        """Removes these frames' files. What cannot be removed is replaced later, or fails loudly then."""
        for path in [writer.path(frame) for frame in frames for writer in self.writers]:
            try:
                os.unlink(path)
            except OSError:
                continue

    def write_documents(self, documents: Mapping[str, Mapping[str, object]]) -> list[str]:
        """Writes each document (``mattewire.json``, …) beside every sequence and movie; returns all that was made."""
        made: list[str] = []
        for each in self.all:
            made.append(each.place)
            for name, document in documents.items():
                path = sibling(each.place, name)
                if path not in made:
                    write_json_atomic(path, document, token=self._token)
                    made.append(path)
        return made

    def described(self) -> list[dict[str, object]]:
        """What the sidecar says of them: file names without folders, so that a shot can be moved."""
        return [
            {"deliverable": each.index, "name": os.path.basename(each.place), "object": each.object}
            for each in sorted(self.all, key=lambda one: (one.index, one.object))
        ]

    # --- from deliverables to files ------------------------------------------------------------------------

    def _make(self, objects: Sequence[NamedObject]) -> None:
        self.sequences: list[SequenceOutput] = []
        self.movies: list[WholeOutput] = []
        self.splines: list[WholeOutput] = []
        self._unnamed: set[int] = set()
        for index, deliverable, number in self._expanded(objects):
            if deliverable.format in ONE_FILE:
                if objects and number not in (0, *(one.number for one in objects)):
                    raise no_such_object(number, objects, f"out[{index}]")
                wholes = self.movies if deliverable.format in MOVIES else self.splines
                wholes.append(self._whole(index, deliverable, number))
                continue
            if not objects:  # the object is checked once there are some
                deliverable = replace(deliverable, object=0)
            writer = MatteWriter(
                deliverable,
                plate=self._plate,
                objects=objects,
                provenance=self.provenance,
                token=self._token,
                field=f"out[{index}]",
                object=number if objects else 0,
                light=self._light,
            )
            self.sequences.append(SequenceOutput(index, number, writer))
        self._refuse_shared()

    def _expanded(self, objects: Sequence[NamedObject]) -> Iterator[tuple[int, Deliverable, int]]:
        """Every deliverable's place in the request, itself with its tokens filled in, and the object it is for."""
        for index, each in enumerate(self._request.out):
            wanted: Sequence[NamedObject] = [NamedObject(each.object, "", "")]
            if "object" in tokens_in(each.path) and each.content not in SEVERAL:
                wanted = [one for one in objects if each.object in (0, one.number)]
                if not objects and "object" not in tokens_in(os.path.dirname(each.path)):
                    wanted = [PLACEHOLDER]
                    self._unnamed.add(index)
            for one in wanted:
                path = expand(
                    each.path,
                    shot=self._shot,
                    view=self._plate.view,
                    version=self.version,
                    object_layer=one.layer,
                    field=f"out[{index}].path",
                )
                yield index, replace(each, path=path), one.number

    def _whole(self, index: int, deliverable: Deliverable, number: int) -> WholeOutput:
        path = os.path.abspath(deliverable.path)
        name, field = os.path.basename(path), f"out[{index}].path"
        if has_counter(name):
            raise BadField(f"{name!r} has a frame counter.", field=field, advice="Leave it out: it is one file.")
        if os.path.realpath(path) == os.path.realpath(self._plate.path):
            raise BadField("It would replace the plate itself.", field=field, advice="Choose another name or folder.")
        fps = deliverable.fps or self._plate.fps
        whole = WholeOutput(index, number, deliverable, path, Fraction(fps).limit_denominator(1001) if fps else None)
        if deliverable.format == SPLINES:
            self._check_splines(name, field, os.path.dirname(path))
        else:
            self.movie_writer(whole)  # checks all that can be checked now
        return whole

    def _check_splines(self, name: str, field: str, folder: str) -> None:
        if not name.lower().endswith(SPLINES_SUFFIX):
            raise BadField(
                f"{name!r} does not end in {SPLINES_SUFFIX}, but splines were asked for.",
                field=field,
                advice=f"Name it {os.path.splitext(name)[0]}{SPLINES_SUFFIX}.",
            )
        if name.endswith(tuple(f".{document}" for document in DOCUMENTS)):
            raise BadField(f"{name!r} is the name of a sidecar.", field=field, advice="Choose another name.")
        make_writable_folder(folder, token=self._token, subject="The splines' folder", field=field)

    def movie_writer(
        self, movie: WholeOutput, *, timecode: tuple[int, int] | None = None, first: int = 1
    ) -> MovieWriter:
        """Who writes the movie, whose first frame is number ``first``. Raises what ``MovieWriter`` raises."""
        return MovieWriter(
            movie.place,
            format=movie.deliverable.format,
            width=self._plate.display.width,
            height=self._plate.display.height,
            fps=movie.fps,
            pixel_aspect=self._plate.pixel_aspect,
            timecode=timecode,
            provenance=self.provenance,
            token=self._token,
            field=f"out[{movie.index}]",
            first=first,
        )

    def _next_version(self) -> int:
        """Of several paths the highest, so that what belongs together has one version."""
        versions = [
            next_version(
                each.path,
                shot=self._shot,
                view=self._plate.view,
                overwrite=self._request.overwrite,
                field=f"out[{index}].path",
            )
            for index, each in enumerate(self._request.out)
        ]
        return max(versions)

    def _refuse_shared(self) -> None:
        """Two outputs must not write the same file."""
        taken: dict[str, int] = {}
        for each in (one for one in self.sequences if one.index not in self._unnamed):
            # `#` and `####` part only below frame 1000, so both ends are compared.
            _claim(taken, {each.writer.path(frame) for frame in self._span}, each.index)
        for movie in (one for one in self.wholes if one.index not in self._unnamed):
            _claim(taken, {movie.place}, movie.index)


def _claim(taken: dict[str, int], paths: Collection[str], index: int) -> None:
    for path in sorted(paths):
        owner = taken.get(os.path.normcase(path))
        if owner is not None:
            raise BadField(
                f"writes the same files as out[{owner}], such as {path}.",
                field=f"out[{index}].path",
                advice="Give each output a name of its own.",
            )
    taken.update({os.path.normcase(path): index for path in paths})
