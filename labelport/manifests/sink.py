"""Where a manifest's files go: a folder, a part's subfolder, or the draft of a generation.

Names are made of manifest names, and for CVAT's videos of object keys. ``safe_name`` is the one gate:
nothing that passes it can leave the folder.
"""

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Protocol

from labelport.manifests.contract import Sink

MOST_NAME = 1024
"""CVAT's limit on the name of a manifest file, characters [C]."""

MOST_SEGMENT = 255
"""Bytes of one part of a path that ordinary file systems take."""

COPY_BYTES = 1 << 20

SKIPPED = ".skipped.csv"
"""End of the name of the list of what was left out."""


_CONTROL = re.compile("[\x00-\x1f\x7f]")


def unsafe_because(name: str) -> str | None:
    """Return why a name cannot be a path below a folder, or null where it can.

    Refused: empty, absolute, ``.``, ``..`` or empty segments, control characters, a segment above 255
    bytes, more than 1,024 characters. Nothing is rewritten: two names would become one.
    """
    if not name or len(name) > MOST_NAME:
        return "is empty" if not name else f"is longer than {MOST_NAME} characters"
    if _CONTROL.search(name):
        return "holds a control character"
    for segment in name.split("/"):
        if segment in {"", ".", ".."}:
            return "is absolute" if name.startswith("/") else "has an empty segment, '.' or '..'"
        # A character takes four bytes at most: a short segment need not be counted.
        if len(segment) * 4 > MOST_SEGMENT and len(segment.encode("utf-8", "surrogatepass")) > MOST_SEGMENT:
            return f"has a segment of more than {MOST_SEGMENT} bytes"
    return None


def safe_name(name: str) -> str:
    """Return the name itself; raises ``ValueError`` for one that could leave its folder."""
    reason = unsafe_because(name)
    if reason:
        raise ValueError(f"the output name {name!r} {reason}")
    return name


class FolderSink:
    """Writes outputs below a folder, and remembers their names in the order of opening."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[str, None] = {}

    @property
    def names(self) -> list[str]:
        """Return the names of the outputs in the order of opening."""
        return list(self._names)

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open an output for writing; raises ``ValueError`` for an unsafe name or one that was opened."""
        if safe_name(name) in self._names:
            raise ValueError(f"the output {name!r} was opened twice")
        self._names[name] = None
        path = self.folder.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


class PartSink:
    """Puts every output into a subfolder of another sink: a part of a split."""

    def __init__(self, sink: Sink, part: str) -> None:
        self.sink = sink
        self.part = safe_name(part)

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open ``<part>/<name>``."""
        return self.sink.open(f"{self.part}/{name}")


class WithoutSkipped:
    """Passes every output on but lists of skipped objects: a batch is of what there is, the full list is beside it."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open an output of the sink, or for a list of skipped objects something that is forgotten."""
        return io.BytesIO() if name.endswith(SKIPPED) else self.sink.open(name)


class FileDraft(Protocol):
    """The part of a catalogue's draft that takes files."""

    def open_file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file of the generation for writing."""
        ...


class DraftSink:
    """Writes outputs as files of a generation's draft."""

    def __init__(self, draft: FileDraft) -> None:
        self.draft = draft

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file of the draft; raises ``ValueError`` for an unsafe name."""
        return self.draft.open_file(safe_name(name))


def copy_outputs(source: FolderSink, target: Sink) -> None:
    """Copy what a folder sink holds into another sink, in the order in which it was opened."""
    for name in source.names:
        with source.folder.joinpath(*name.split("/")).open("rb") as read, target.open(name) as write:
            shutil.copyfileobj(read, write, COPY_BYTES)


class LazyOutput:
    """An output that comes into being with its first byte: a manifest of no entry is no file."""

    def __init__(self, sink: Sink, name: str) -> None:
        self._sink = sink
        self._name = name
        self._opened: AbstractContextManager[IO[bytes]] | None = None
        self._file: IO[bytes] | None = None
        self.offset = 0

    def write(self, data: bytes) -> None:
        """Append bytes; ``offset`` is where the next ones go."""
        if self._file is None:
            self._opened = self._sink.open(self._name)
            self._file = self._opened.__enter__()
        self._file.write(data)
        self.offset += len(data)

    def finish(self, error: BaseException | None = None) -> None:
        """Close the output, if it was opened; an error is handed on so that nothing half-written stays."""
        if self._opened is not None:
            self._opened.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
            self._opened = None


@contextmanager
def lazily(sink: Sink, name: str) -> Iterator[LazyOutput]:
    """Give a ``LazyOutput`` and close it at the end."""
    output = LazyOutput(sink, name)
    try:
        yield output
    except BaseException as error:
        output.finish(error)
        raise
    output.finish()
