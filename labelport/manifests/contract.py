"""What a manifest is: emitted from series in order, and checked as the vendor would."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from labelport.errors import SettingsError
from labelport.findings import Finding
from labelport.options import ManifestOptions
from labelport.runners.contract import Runner
from labelport.storage.contract import Bucket

if TYPE_CHECKING:
    from labelport.dataset import UserFile  # at run time a cycle: the settings load the platforms


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


def _no_uri(store: str, key: str) -> str | None:  # noqa: ARG001
    return None


def _no_file(path: str) -> "UserFile":
    raise SettingsError(f"there is no file {path}: nothing was given to read it with")


def _told_nobody(series_id: str) -> None:
    """Drop what is told."""


@dataclass(frozen=True)
class EmitContext:
    """What an emitter may use beside the series."""

    dataset: str
    """Name of the dataset."""

    bucket: Bucket
    """Where the objects lie."""

    runner: Callable[[], Runner]
    """Gives the run's runner: exact modes decode in its workers, never here."""

    publish: Bucket | None = None
    """Where the objects of store ``publish`` lie (renditions); null: none of them can be opened."""

    rendition_names: tuple[str, ...] = ()
    """Renditions that the dataset has."""

    media: Callable[[], Iterator[Mapping[str, Any]]] | None = None
    """All media rows in key order: for manifests of a whole prefix, which name objects of no series."""

    renditions: Callable[[], Iterator[Mapping[str, Any]]] | None = None
    """Rows of ``tables.RENDITIONS`` at any order, for ``use`` (columns: ``renditions.COLUMNS``); null: none were
    made. For ``emit_manifest``: platforms see items that are renditions already."""

    url: Callable[[str, str], str] | None = None
    """How (store, key) is called in manifests: ``url_base`` or the storage's form; null: that of ``bucket``."""

    uri: Callable[[str, str], str | None] = _no_uri
    """How (store, key) is called by bucket and key: ``s3://bucket/prefix/key``, not percent-encoded; null
    where nobody can say it (a folder). For platforms that read the bucket by themselves."""

    file: Callable[[str], "UserFile"] = _no_file
    """Reads a file that the options name (a downloaded template): ``Dataset.file``, and its errors."""

    wrote: Callable[[str], None] = _told_nobody
    """To be called with the id of each series that has an entry in what was written, once, in any order:
    only such series count as given to the platform."""

    folder: str = ""
    """Where below ``publish`` the outputs will lie, with ``/`` at its end (``manifests/encord/train/``): for
    manifests that name files of their own."""

    whole: bool = True
    """False: the series are a selection of what the manifest takes (a batch, a part of a split)."""

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
    """One platform's manifest. Found through the entry points ``labelport.manifests``.

    A platform may also have, and most do not:

    - ``media_columns(options) -> names``: columns of ``tables.MEDIA`` that it reads beside the common ones;
    - ``toolchain(options) -> names``: packages on whose versions its bytes depend;
    - ``dialect(path, options) -> name``: which of its formats a file is, for people who check one;
    - ``files(options) -> paths``: files that its options name; a changed one writes the manifest anew;
    - ``of_changed: Mapping[str, str]``: the code to say when a batch holds series that the platform has and that
      are changed in ``addresses`` (other objects or another order), ``bytes`` (new content under the same
      addresses) or ``values`` (notes and metadata alone);
    - ``fixed_names = True``: its outputs have names of their own, not ``<manifest name>…``, so that a batch is
      a folder;
    - ``placements(options, names) -> {name: key}``: outputs to be put into the raw bucket as well.
    """

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
