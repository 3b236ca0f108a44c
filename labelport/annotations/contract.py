"""What an annotation format is: claims of files, a reader and a writer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import IO, Protocol

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.files import AnnotationFile
from labelport.annotations.holds import Holds
from labelport.annotations.places import Places, placed_nowhere
from labelport.annotations.said import Said
from labelport.annotations.volumes.identities import Identifying
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.options import AnnotationOptions

MOST_BYTES = 1 << 32
"""Bytes of one annotation file."""


@dataclass(frozen=True)
class Claim:
    """Files that one format takes to be its own, and that are read with each other."""

    parts: tuple[str, ...]
    """Names of files that hold annotations. Each can be read without the other parts."""

    shared: tuple[str, ...] = ()
    """Names of files that all parts need: class names and the like."""

    confidence: float = 1.0
    """0 to 1; below ``detecting.SURE`` the format is not taken without being told."""

    why: str = ""
    """The evidence, for people: ``lists images and annotations``."""


Where = Callable[[int], tuple[str, str]]
"""Gives (file, pointer) of a row by its number: built only where something is to be said of it."""


@dataclass(frozen=True)
class ReadContext:
    """What a reader may use beside the files."""

    options: AnnotationOptions = field(default_factory=AnnotationOptions)
    """How to read; of the format's own ``Options`` model where it has one."""

    said: Said = field(default_factory=Said)
    """Where findings go."""

    place: Callable[..., Places] = placed_nowhere
    """``place(names, at, alternatives=())``: leads names to the dataset's images (``places.py``)."""

    volumes: Volumes = field(default_factory=NoVolumes)
    """The dataset's series as grids, for labels of volumes."""

    decided: Mapping[str, str] = field(default_factory=dict)
    """What was decided for the whole claim, where only some of its parts are read again: it binds the reader."""

    def body(self, file: AnnotationFile, *, most: int = MOST_BYTES) -> bytes | None:
        """Return all bytes of a file, or null with a finding where it cannot be read or has more than ``most``."""
        if file.size > most:
            self.said.say("format.too_large", file.name, "", f"the file has {file.size:,} bytes; {most:,} are the most")
            return None
        try:
            return file.read(0, file.size)
        except (ObjectAbsent, ObjectChanged, OSError) as error:
            self.said.say("format.unreadable", file.name, "", f"the file could not be read: {type(error).__name__}")
            return None


@dataclass(frozen=True)
class Parsed:
    """What a reader read."""

    annotations: AnnotationSet
    """The rows. Boxes as the file gives them, in its unit: what lies outside of images is judged afterwards."""

    decided: Mapping[str, str] = field(default_factory=dict)
    """Options that the files do not say, as they were taken (``yolo_origin``: ``centre``)."""

    evidence: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By part: the counts on which it was decided; those of all parts are added up for ``decide``."""

    outside_told: frozenset[str] = frozenset()
    """Parts of which another finding says already why boxes reach outside of their images."""

    format: str = ""
    """The format id by content, where it is a narrower one (``coco_masks``); empty: the reader's."""


class Output(Protocol):
    """Takes the files of an export: a folder, an archive."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file for writing; the name is relative, with ``/``. A name opens once."""
        ...

    def put(self, name: str, body: bytes) -> None:
        """Write a small file at once."""
        ...


@dataclass(frozen=True)
class WriteContext:
    """What a writer may use beside the set."""

    options: AnnotationOptions = field(default_factory=AnnotationOptions)
    said: Said = field(default_factory=lambda: Said("export", store="publish"))
    names: Sequence[str] | None = None
    """How each image row is called in the export; null: ``naming.written_names``."""

    volumes: Volumes = field(default_factory=NoVolumes)
    """The dataset's series as grids, for labels of volumes."""

    identities: Identifying | None = None
    """Gives the UIDs of images; null: no images were named."""


class Format(Protocol):
    """One annotation format. Found through the entry points ``labelport.annotation_formats``.

    A format may also have, and most do not:

    - ``decide(evidence, options) -> decided``: what the counts of all parts together say, where the reader
      decides anything for a whole claim;
    - ``holds_with(options) -> Holds``: what it holds under options that change it; ``holds`` says it in words then;
    - ``separate = True``: each part declares its own categories, so that parts are claims of their own;
    - ``volumes = True``: its labels lie on volumes: it is given ``context.volumes``, and ``context.identities``;
    - ``box_pointer(pointer, side) -> pointer``: the place of a box's number in its annotation, where it has one;
      ``side`` is ``box``, ``width`` or ``height``; default: the annotation's own pointer.
    """

    id: str
    """Format id of the settings: coco, csv_corners …"""

    title: str
    """Name for people: ``COCO, boxes``."""

    version: str
    """Another one reads all files of this format anew and writes its exports anew."""

    reads: bool
    """False: it is only written (a narrower dialect of a format that is read under another id)."""

    holds: Holds | None
    """What its files can hold; null: it is not written."""

    Options: type[AnnotationOptions]

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return which files are of this format, judged by their heads.

        ``told``: the user says that the source is of this format: broken files are claimed as well.
        """
        ...

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the rows of ``claim.parts``. Whatever is wrong is a finding; never raises for content."""
        ...

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write a set. Losses are told by ``losses.py`` from ``holds``, not here."""
        ...


def bodies(
    files: Iterable[AnnotationFile], context: ReadContext, *, most: int
) -> Iterator[tuple[AnnotationFile, bytes]]:
    """Yield (file, bytes) of the files that can be read, in their order."""
    for file in files:
        body = context.body(file, most=most)
        if body is not None:
            yield file, body
