"""What is measured on annotation formats: ours, the floor, the peers, and the files that they are given."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from benchmarks.coco_made import SIZES, Variant, write
from benchmarks.mediaset import CACHE
from labelport.runners.confinement import LARGE_PAGES

VERSION = 1
"""Another one makes the files anew."""

ROOT = Path(__file__).resolve().parent.parent
RUNNERS = ROOT / "benchmarks" / "peers"
ENVIRONMENTS = ROOT / ".bench-peers"
"""An environment a peer, made by ``make bench-peers``."""

TASKS = {"read": "read", "yolo": "to YOLO, folder", "tar": "to YOLO, tar", "voc": "to VOC, folder"}

_IMAGES = re.compile(r'"file_name": "([^"]+)"[^{}]*?"height": (\d+), "width": (\d+)')


@dataclass(frozen=True)
class Size:
    """How large a COCO file is."""

    name: str
    images: int
    annotations: int


SIZES_BY_NAME = {size.name: size for size in (Size("val", 5_000, 36_781), Size("train", 118_287, 860_001))}
TINY = Size("tiny", 20, 150)
"""Every tool once does every task on it: to fill caches, and to see that it can."""


@dataclass(frozen=True)
class Tool:
    """Something that does tasks, each in a fresh process."""

    name: str
    command: tuple[str, ...]
    """Followed by the task, the annotations and the output; of a peer, the images' folder before the output."""

    peer: bool = False
    most_images: Mapping[str, int] = field(default_factory=dict)
    """By task: beyond that it takes minutes or all memory, and is left out."""

    boxes_only: bool = False
    """It is given the file without polygons: with them it takes gigabytes."""

    def does(self, task: str, size: Size) -> bool:
        """Return whether it is measured on a task and a size."""
        if self.peer and task == "tar":
            return False  # no peer writes archives
        return size.images <= self.most_images.get(task, sys.maxsize)

    def run(self, task: str, files: "Files", out: Path) -> list[str]:
        """Return the command of one run."""
        annotations = files.boxes if self.boxes_only else files.whole
        images = [str(files.images)] if self.peer else []
        return [*self.command, task, str(annotations), *images, str(out)]


OURS = Tool(
    "ours",
    # As the stage reads: in a worker.
    (
        "env",
        *(f"{name}={value}" for name, value in LARGE_PAGES.items()),
        sys.executable,
        "-m",
        "benchmarks.annotation_run",
    ),
)
FLOOR = Tool("floor", (sys.executable, "-m", "benchmarks.annotation_floor"))

_VAL_ONLY = 10_000


def _peer(name: str, *, boxes_only: bool = False, **most_images: int) -> Tool:
    python = ENVIRONMENTS / name / "bin" / "python"
    command = (str(python), str(RUNNERS / f"run_{name}.py"))
    return Tool(name, command, peer=True, boxes_only=boxes_only, most_images=most_images)


PEERS = (
    _peer("hotcoco"),
    _peer("globox", voc=_VAL_ONLY),
    _peer("datumaro", voc=_VAL_ONLY),
    _peer("supervision", boxes_only=True, read=_VAL_ONLY, yolo=_VAL_ONLY, voc=_VAL_ONLY),
)


def installed(tool: Tool) -> bool:
    """Return whether the environment of a peer is there and whole."""
    return (ENVIRONMENTS / tool.name / ".ready").exists()


def version(tool: Tool) -> str:
    """Return the version of a peer that its requirements name."""
    lines = (RUNNERS / f"{tool.name}.txt").read_text(encoding="utf-8").split()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{tool.name}=="))


@dataclass(frozen=True)
class Files:
    """What the tools are given."""

    whole: Path
    boxes: Path
    """The same without polygons; made with the images."""

    images: Path
    """A file for each image, for peers that open them."""


def made(size: Size, *, with_images: bool, say: Callable[[str], None] = print) -> Files:
    """Return the files of a size; made where they are not there yet (train: half a minute, 0.7 GB)."""
    folder = CACHE / f"coco-{VERSION}-{size.images}-{size.annotations}"
    # The names are those by which datumaro knows instances from keypoints.
    whole, boxes = (folder / "annotations" / f"instances_{name}.json" for name in ("made", "boxes"))
    whole.parent.mkdir(parents=True, exist_ok=True)
    wanted = {whole: Variant()} | ({boxes: Variant(boxes_only=True)} if with_images else {})
    for path, variant in wanted.items():
        if not path.exists():
            say(f"making {path.relative_to(ROOT)} (once)")
            write(path, size.images, size.annotations, variant)
    images = folder / "images"
    images.mkdir(exist_ok=True)  # datumaro asks for the folder, and not for what is in it
    if with_images and not (images / ".done").exists():
        _link_images(whole, images)
        (images / ".done").touch()
    return Files(whole, boxes, images)


def _link_images(annotations: Path, folder: Path) -> None:
    """Make a name for each image: hard links to one grey JPEG a size."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for width, height in SIZES:
        Image.new("L", (width, height), 128).save(folder / f".{width}x{height}.jpg")
    text = annotations.read_text(encoding="ascii")
    for name, height, width in _IMAGES.findall(text[: text.index('"annotations": [')]):
        os.link(folder / f".{width}x{height}.jpg", folder / name)
