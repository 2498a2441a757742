"""What weights Mattewire can use: source, license, and the architecture each belongs to.

Sources are the publishers' own. SAM 2: ``checkpoints/download_ckpts.sh`` of facebookresearch/sam2, whose README puts
code and checkpoints under Apache-2.0. GroundingDINO: the release files that IDEA-Research/GroundingDINO's README
links, Apache-2.0. "GroundingDINO 1.5" and "1.6" have no public weights; they exist as a web service only. Depth
Anything V2: the README of DepthAnything/Depth-Anything-V2 puts small under Apache-2.0 and base and large under
CC-BY-NC-4.0. MiDaS' DPT networks: the pages of Intel/dpt-large and Intel/dpt-hybrid-midas say Apache-2.0 (the code they
come from, isl-org/MiDaS, is MIT). ViTMatte: the pages of hustvl/vitmatte-small-composition-1k and
vitmatte-base-composition-1k say Apache-2.0 (the code they come from, hustvl/ViTMatte, is MIT); they were trained on
Adobe's Composition-1k, whose own terms are those of its owner.

A size is given only where the publisher states it. No hash is given: none is published; the one of the first pull or
add is recorded and checked from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mattewire_protocol.errors import BadField

APACHE = "Apache-2.0"
NON_COMMERCIAL = "CC-BY-NC-4.0"
COMPOSITION = "Apache-2.0; trained on Adobe's Composition-1k, which is given out for research"


@dataclass(frozen=True)
class Source:
    """One file of an entry. ``size``: bytes, None where the publisher does not state it."""

    name: str
    url: str
    size: int | None = None


@dataclass(frozen=True)
class Entry:
    """One set of weights. ``config``: what the engine needs to build the architecture.

    ``checkpoint`` is the file that an engine loads; empty when it loads the folder itself (Hugging Face layout).
    ``commercial``: whether the license allows commercial work; one that does not is fetched only when the artist
    accepts the license.
    """

    name: str
    label: str
    engine: str
    files: tuple[Source, ...]
    license: str
    license_url: str
    commercial: bool
    checkpoint: str = ""
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int | None:
        """Bytes of all files together, None when one of them is not known."""
        sizes = [source.size for source in self.files]
        return None if any(size is None for size in sizes) else sum(size or 0 for size in sizes)


def entry(name: str) -> Entry:
    """The entry called ``name``. ``BadField`` lists the names there are."""
    for each in MANIFEST:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in MANIFEST)
    raise BadField(f"{name!r} is not in the list of weights: {known}.", field="name", advice="Choose one of them.")


def _sam2(version: str, size: str, folder: str, file: str) -> Entry:
    url = f"https://dl.fbaipublicfiles.com/segment_anything_2/{folder}/{file}"
    return Entry(
        name=f"sam{version}-{size}",
        label=f"SAM {version.replace('2.0', '2')} {size.replace('base-plus', 'base+')}",
        engine="sam2",
        files=(Source(file, url),),
        license=APACHE,
        license_url="https://github.com/facebookresearch/sam2/blob/main/LICENSE",
        commercial=True,
        checkpoint=file,
        config={"version": version, "size": size},
    )


def _grounding_dino(name: str, label: str, tag: str, file: str, backbone: str) -> Entry:
    return Entry(
        name=name,
        label=label,
        engine="grounding-dino",
        files=(Source(file, f"https://github.com/IDEA-Research/GroundingDINO/releases/download/{tag}/{file}"),),
        license=APACHE,
        license_url="https://github.com/IDEA-Research/GroundingDINO/blob/main/LICENSE",
        commercial=True,
        checkpoint=file,
        config={"architecture": "grounding-dino", "backbone": backbone},
    )


def _hugging_face(
    name: str, label: str, repository: str, files: tuple[str, ...], license: str, commercial: bool, **config: str
) -> Entry:
    page = f"https://huggingface.co/{repository}"
    return Entry(
        name=name,
        label=label,
        engine="grounding-dino",
        files=tuple(Source(file, f"{page}/resolve/main/{file}") for file in files),
        license=license,
        license_url=page,
        commercial=commercial,
        config=config,
    )


def _mm_grounding_dino(size: str, repository: str) -> Entry:
    # The license of these files is stated on their page only; until somebody has read it there for their own use,
    # commercial use counts as not allowed.
    return _hugging_face(
        f"mm-grounding-dino-{size}",
        f"MM-Grounding-DINO {size}",
        f"openmmlab-community/{repository}",
        ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
        license="as stated on the model's page",
        commercial=False,
        architecture="mm-grounding-dino",
    )


def _depth(
    name: str, label: str, engine: str, repository: str, license: str = APACHE, commercial: bool = True
) -> Entry:
    page = f"https://huggingface.co/{repository}"
    files = ("config.json", "model.safetensors", "preprocessor_config.json")
    return Entry(
        name=name,
        label=label,
        engine=engine,
        files=tuple(Source(file, f"{page}/resolve/main/{file}") for file in files),
        license=license,
        license_url=page,
        commercial=commercial,
    )


def _matting(size: str, tensors: str) -> Entry:
    # What a license of weights is worth whose training pictures are for research is for the artist's house to say.
    page = f"https://huggingface.co/hustvl/vitmatte-{size}-composition-1k"
    files = ("config.json", tensors, "preprocessor_config.json")
    return Entry(
        name=f"vitmatte-{size}-composition-1k",
        label=f"ViTMatte {size}",
        engine="vitmatte",
        files=tuple(Source(file, f"{page}/resolve/main/{file}") for file in files),
        license=COMPOSITION,
        license_url=page,
        commercial=False,
    )


MANIFEST: tuple[Entry, ...] = (
    _sam2("2.1", "tiny", "092824", "sam2.1_hiera_tiny.pt"),
    _sam2("2.1", "small", "092824", "sam2.1_hiera_small.pt"),
    _sam2("2.1", "base-plus", "092824", "sam2.1_hiera_base_plus.pt"),
    _sam2("2.1", "large", "092824", "sam2.1_hiera_large.pt"),
    _sam2("2.0", "tiny", "072824", "sam2_hiera_tiny.pt"),
    _sam2("2.0", "small", "072824", "sam2_hiera_small.pt"),
    _sam2("2.0", "base-plus", "072824", "sam2_hiera_base_plus.pt"),
    _sam2("2.0", "large", "072824", "sam2_hiera_large.pt"),
    _grounding_dino(
        "groundingdino-swint-ogc", "GroundingDINO Swin-T OGC", "v0.1.0-alpha", "groundingdino_swint_ogc.pth", "swin-t"
    ),
    _grounding_dino(
        "groundingdino-swinb-cogcoor",
        "GroundingDINO Swin-B cogcoor",
        "v0.1.0-alpha2",
        "groundingdino_swinb_cogcoor.pth",
        "swin-b",
    ),
    _mm_grounding_dino("tiny", "mm_grounding_dino_tiny_o365v1_goldg_v3det"),
    _mm_grounding_dino("base", "mm_grounding_dino_base_all"),
    _mm_grounding_dino("large", "mm_grounding_dino_large_all"),
    _hugging_face(
        "bert-base-uncased",
        "BERT vocabulary, for the GroundingDINO files",
        "google-bert/bert-base-uncased",
        ("vocab.txt", "tokenizer.json", "tokenizer_config.json"),
        license=APACHE,
        commercial=True,
        architecture="vocabulary",
    ),
    _depth(
        "depth-anything-v2-small",
        "Depth Anything V2 small",
        "depth-anything",
        "depth-anything/Depth-Anything-V2-Small-hf",
    ),
    _depth(
        "depth-anything-v2-base",
        "Depth Anything V2 base",
        "depth-anything",
        "depth-anything/Depth-Anything-V2-Base-hf",
        license=NON_COMMERCIAL,
        commercial=False,
    ),
    _depth(
        "depth-anything-v2-large",
        "Depth Anything V2 large",
        "depth-anything",
        "depth-anything/Depth-Anything-V2-Large-hf",
        license=NON_COMMERCIAL,
        commercial=False,
    ),
    _depth("dpt-large", "MiDaS 3.0 DPT-Large", "midas", "Intel/dpt-large"),
    _depth("dpt-hybrid-midas", "MiDaS 3.0 DPT-Hybrid", "midas", "Intel/dpt-hybrid-midas"),
    _matting("small", "model.safetensors"),
    _matting("base", "pytorch_model.bin"),
)
"""Every set of weights, in the order they are listed to people."""
