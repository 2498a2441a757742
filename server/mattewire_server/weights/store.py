"""The weights folder: ``<data folder>/weights/NAME/`` with files and ``record.json``. No torch; only pull uses the net.

The record holds the SHA-256 and size of every file as they were when they were first pulled or added; no hash is
published for these weights, so none is invented. ``locate`` does not hash (gigabytes would delay every start); it
compares sizes, and ``check`` reads everything.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField, WeightsMissing

from ..durable import output_error, whole_file, write_bytes
from . import licenses
from .download import download
from .manifest import MANIFEST, Entry, entry

RECORD = "record.json"
TENSORS = "pytorch_model.bin"
"""What older Hugging Face folders have in the place of ``model.safetensors``."""
_CHUNK = 1 << 20

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all (0: not known)."""


@dataclass(frozen=True)
class Kept:
    """One file as it was recorded."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Record:
    """What ``record.json`` says. ``origin``: the address or the path the files came from, for people to read."""

    name: str
    origin: str
    files: dict[str, Kept] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """One hash for the set: the file's own when there is one file, else of the sorted "hash  name" lines."""
        if len(self.files) == 1:
            return next(iter(self.files.values())).sha256
        lines = "".join(f"{kept.sha256}  {name}\n" for name, kept in sorted(self.files.items()))
        return sha256(lines.encode()).hexdigest()


def weights_folder() -> Path:
    return data_folder() / "weights"


def locate(name: str) -> Path:
    """The checkpoint file of ``name``, or its folder where the engine loads a Hugging Face folder.

    ``WeightsMissing`` says the three ways out when the files are not here, or not as they were recorded.
    """
    item = entry(name)
    record, folder = record_of(name), weights_folder() / name
    for file, kept in record.files.items():
        path = folder / file
        if not path.is_file():
            raise missing(item, f"{path} is gone")
        if path.stat().st_size != kept.size:
            raise missing(
                item, f"{path} is not the file that was recorded ({path.stat().st_size} of {kept.size} bytes)"
            )
    if len(record.files) == 1:
        return folder / next(iter(record.files))
    return folder


def record_of(name: str) -> Record:
    """What was recorded when ``name`` was pulled or added. ``WeightsMissing`` when it was not."""
    item = entry(name)
    path = weights_folder() / name / RECORD
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        files = {file: Kept(str(kept["sha256"]), int(kept["size"])) for file, kept in raw["files"].items()}
        return Record(str(raw["name"]), str(raw["origin"]), files)
    except FileNotFoundError:
        raise missing(item, "it is not on this machine") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise missing(item, f"{path} cannot be read ({problem})") from problem


def installed() -> list[str]:
    """Names of all weights that are here, in the manifest's order."""
    here = []
    for each in MANIFEST:
        try:
            locate(each.name)
        except WeightsMissing:
            continue
        here.append(each.name)
    return here


def pull(name: str, *, accept_license: bool = False, progress: Progress | None = None) -> Record:
    """Downloads ``name`` from its publisher; what an interrupted pull left is resumed.

    The hash is recorded at the first pull; a later pull of other bytes is refused. A license that had to be accepted
    counts as accepted for the engine from then on. Raises ``BadField`` when the
    license must be accepted first, ``WeightsMissing`` when the download fails, ``DiskFull``, ``NotWritable``.
    """
    item = entry(name)
    if not item.commercial and not accept_license:
        raise BadField(
            f"The license of {item.label} does not plainly allow commercial work ({item.license}; {item.license_url}).",
            field="--accept-license",
            advice="Read it, and pull again with --accept-license if it allows what you do.",
        )
    folder = _made(weights_folder() / name)
    before = _recorded(name)
    files: dict[str, Kept] = {}
    for source in item.files:
        path = folder / source.name
        if not path.is_file() or before is None or source.name not in before.files:
            try:
                download(source.url, path, expected=source.size, progress=progress)
            except WeightsMissing as problem:
                raise missing(item, problem.message.rstrip(".")) from problem
        kept = digest(path)
        earlier = before.files.get(source.name) if before else None
        if earlier is not None and earlier != kept:
            raise missing(item, f"{path} differs from the record ({kept.sha256[:12]}…, not {earlier.sha256[:12]}…)")
        files[source.name] = kept
    if not item.commercial:
        licenses.accept(item.engine, item.license)
    return _write_record(folder, Record(name, item.files[0].url, files))


def add(name: str, path: Path, *, progress: Progress | None = None) -> Record:
    """Copies weights that are on this machine already: the publisher's file, or a Hugging Face folder.

    Raises ``BadField`` when ``path`` is neither; see ``pull`` for the rest.
    """
    entry(name)
    if path.is_dir():
        sources = sorted(each for each in path.iterdir() if each.is_file() and _belongs(each.name))
        if not any(each.suffix == ".safetensors" or each.name in ("vocab.txt", TENSORS) for each in sources):
            raise BadField(f"{path} holds no .safetensors file, no {TENSORS} and no vocab.txt.", field="path")
    elif path.is_file():
        sources = [path]
    else:
        raise BadField(f"there is no file or folder {path}.", field="path", advice="Check the path.")
    folder = weights_folder() / name
    if folder.exists():
        shutil.rmtree(folder)
    _made(folder)
    total, done = sum(each.stat().st_size for each in sources), 0
    files: dict[str, Kept] = {}
    for source in sources:
        target = folder / source.name
        with whole_file(str(target), token="weights", subject=source.name) as temporary:
            done = _copied(source, Path(temporary), done, total, progress)
        files[source.name] = digest(target)
    return _write_record(folder, Record(name, str(path.resolve()), files))


def check(name: str) -> Record:
    """Reads every file of ``name`` again; ``WeightsMissing`` names the first that is not as recorded."""
    item = entry(name)
    locate(name)
    record = record_of(name)
    for file, kept in record.files.items():
        found = digest(weights_folder() / name / file)
        if found != kept:
            raise missing(item, f"{file} changed: its SHA-256 is {found.sha256}, {kept.sha256} was recorded")
    return record


def missing(item: Entry, reason: str) -> WeightsMissing:
    """The error for weights that cannot be used, with the three ways out."""
    *others, last = (file.name for file in item.files)
    page = item.files[0].url.rpartition("/")[0].replace("/resolve/", "/tree/") if others else item.files[0].url
    copied = f"{', '.join(others)} and {last} from {page} into one folder" if others else f"{last} from {page}"
    return WeightsMissing(
        f"The weights {item.name} ({item.label}) cannot be used: {reason}.",
        advice=(
            f"Run `mattewire weights pull {item.name}`; or, without a network, copy {copied} "
            f"and run `mattewire weights add {item.name} PATH`; or use --engine preview."
        ),
    )


def digest(path: Path) -> Kept:
    """SHA-256 and size of a file, read in pieces."""
    whole, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            whole.update(piece)
            size += len(piece)
    return Kept(whole.hexdigest(), size)


def digest_of(path: Path) -> str:
    """SHA-256 of weights that a path was given for: of the file, or of the list of a folder's files and theirs."""
    if path.is_file():
        return digest(path).sha256
    lines = [f"{digest(file).sha256}  {file.name}\n" for file in sorted(path.iterdir()) if file.is_file()]
    return sha256("".join(lines).encode()).hexdigest()


def _recorded(name: str) -> Record | None:
    try:
        return record_of(name)
    except WeightsMissing:
        return None


def _belongs(name: str) -> bool:
    return (name.endswith((".json", ".safetensors", ".txt")) or name == TENSORS) and name != RECORD


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise output_error(problem, str(folder), "The weights folder") from problem
    return folder


def _copied(source: Path, target: Path, done: int, total: int, progress: Progress | None) -> int:
    with source.open("rb") as reading, target.open("wb") as writing:
        while piece := reading.read(_CHUNK):
            writing.write(piece)
            done += len(piece)
            if progress is not None:
                progress(done, total)
    return done


def _write_record(folder: Path, record: Record) -> Record:
    text = json.dumps(asdict(record), indent=2, sort_keys=True) + "\n"
    path = str(folder / RECORD)
    with whole_file(path, token="weights", subject="The record") as temporary:
        write_bytes(temporary, text.encode())
    return record


__all__ = ["Kept", "Record", "add", "check", "digest", "installed", "locate", "missing", "pull", "record_of"]
