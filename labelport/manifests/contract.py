"""What a manifest is: emitted from series in order, and checked as the vendor would."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from labelport.findings import Finding
from labelport.options import ManifestOptions
from labelport.runners.contract import Runner
from labelport.storage.contract import Bucket


@dataclass(frozen=True)
class Item:
    """One item of a series with the media row of its object."""

    row: Mapping[str, Any]
    """Row of ``tables.ITEMS``."""

    media: Mapping[str, Any]
    """Row of ``tables.MEDIA`` of the object (or of its rendition)."""


@dataclass(frozen=True)
class Series:
    """One series with its items in output order."""

    row: Mapping[str, Any]
    """Row of ``tables.SERIES``."""

    items: tuple[Item, ...]
    """All roles; by (index, role)."""


class SeriesReader(Protocol):
    """The series that a manifest takes, one shard in memory. Can be iterated again."""

    def __iter__(self) -> Iterator[Series]: ...


class Sink(Protocol):
    """Opens named outputs of the draft."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open an output for writing; the name is relative, with ``/``. A name opens once."""
        ...


@dataclass(frozen=True)
class EmitContext:
    """What an emitter may use beside the series."""

    dataset: str
    """Name of the dataset."""

    bucket: Bucket
    """Where the objects lie."""

    runner: Callable[[], Runner]
    """Gives the run's runner: exact modes decode in its workers, never here."""

    rendition_names: tuple[str, ...] = ()
    """Renditions that the dataset has."""

    media: Callable[[], Iterator[Mapping[str, Any]]] | None = None
    """All media rows in key order: for manifests of a whole prefix, which name objects of no series."""

    url: Callable[[str, str], str] | None = None
    """How (store, key) is called in manifests: ``url_base`` or the storage's form; null: that of ``bucket``."""

    cache: Mapping[str, Any] = field(default_factory=dict)
    """What the last generation's ``cache`` returned: checksums by (key, token, toolchain)."""


@dataclass
class Emitted:
    """What ``emit`` did."""

    findings: list[Finding]
    """What was left out, and what is odd."""

    entries: int = 0
    """Entries written, over all files."""

    cache: dict[str, Any] = field(default_factory=dict)
    """Kept with the generation for the next run (JSON values)."""


class Platform(Protocol):
    """One platform's manifest. Found through the entry points ``labelport.manifests``."""

    name: str
    """cvat, centaur, encord …"""

    version: str
    """Another one writes all manifests of this platform anew."""

    Options: type[ManifestOptions]

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the manifest. Deterministic: equal tables and options give equal bytes."""
        ...

    def check(self, files: Sequence[Path], options: Any | None = None) -> list[Finding]:
        """Return every violation of the files, with pointer or ``line:column``."""
        ...

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of this platform's manifests: 0 to 1."""
        ...
