"""Manifests in chunks: greedy by every limit, a series never split, and an index beside them (specification 1.5).

``<base>.json``, or ``<base>.0001.json`` and so on where there is more than one, and ``<base>.index.json``.
Chunks are filled in the order of the series, so more series at the end change the last chunk and later
ones only.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from labelport.findings import Finding, finding
from labelport.manifests.contract import Sink
from labelport.manifests.sink import unsafe_because

INDEX = ".index.json"
"""End of the index's name."""

MOST_INDEX_BYTES = 64 << 20
HEAD_BYTES = 4096
MEMBERS = ("file", "entries", "urls", "bytes", "first", "last")


@dataclass(frozen=True)
class Entry:
    """One entry of a manifest, encoded."""

    section: str
    """Section of the file that it belongs to."""

    body: bytes
    """Its bytes as the chunk's layout wants them."""

    urls: int = 1
    """Objects that it names."""


@dataclass(frozen=True)
class Unit:
    """What stays in one chunk: the entries of one series."""

    title: str
    """How the series is called in the index."""

    entries: tuple[Entry, ...]
    """Its entries in their order."""

    @property
    def urls(self) -> int:
        """Return how many objects it names."""
        return sum(entry.urls for entry in self.entries)


@dataclass(frozen=True)
class Limits:
    """What a chunk may hold."""

    entries: int
    urls: int
    bytes: int


class Chunk(Protocol):
    """One file in the making: the layout of a platform."""

    def size_with(self, unit: Unit) -> int:
        """Return the bytes of the whole file if it held the unit too: exact, closing brackets included."""
        ...

    def add(self, unit: Unit) -> None:
        """Take a unit in."""
        ...

    def write(self, file: IO[bytes]) -> None:
        """Write the file."""
        ...


@dataclass
class _Open:
    """The chunk that is being filled."""

    chunk: Chunk
    size: int = 0
    entries: int = 0
    urls: int = 0
    first: str = ""
    last: str = ""

    def take(self, unit: Unit, limits: Limits) -> str | None:
        """Take a unit in, or return the limit that it would pass, with the numbers."""
        size, entries, urls = self.chunk.size_with(unit), self.entries + len(unit.entries), self.urls + unit.urls
        for name, reached, most in (
            ("entries", entries, limits.entries),
            ("URLs", urls, limits.urls),
            ("bytes", size, limits.bytes),
        ):
            if reached > most:
                return f"{reached:,} {name}, and {most:,} are the most"
        self.first = self.first if self.entries else unit.title
        self.size, self.entries, self.urls, self.last = size, entries, urls, unit.title
        self.chunk.add(unit)
        return None


class ChunkedOutput:
    """Writes the chunks of one manifest, and the index last. Memory: one chunk."""

    def __init__(self, sink: Sink, base: str, extension: str, limits: Limits, new_chunk: Callable[[], Chunk]) -> None:
        """``base``: name without extension, folders before it; ``extension``: with its dot."""
        self._sink = sink
        self._base = base
        self._extension = extension
        self._limits = limits
        self._new_chunk = new_chunk
        self._open = _Open(new_chunk())
        self._written: list[dict[str, Any]] = []
        self.entries = 0
        self.urls = 0

    def add(self, unit: Unit) -> str | None:
        """Add a unit; return why it is left out where it alone is over a limit, with the numbers."""
        if self._open.take(unit, self._limits) is not None:
            fresh = _Open(self._new_chunk())
            reason = fresh.take(unit, self._limits)
            if reason is not None:
                return reason
            self._write(f"{self._base}.{len(self._written) + 1:04d}{self._extension}")
            self._open = fresh
        self.entries += len(unit.entries)
        self.urls += unit.urls
        return None

    def finish(self) -> list[str]:
        """Write the last chunk and the index; return the names of the chunks. Nothing was added: no file."""
        if self._open.entries:
            number = f".{len(self._written) + 1:04d}" if self._written else ""
            self._write(f"{self._base}{number}{self._extension}")
        if self._written:
            with self._sink.open(f"{self._base}{INDEX}") as file:
                file.write(index_bytes(self._written))
        folder = self._base.rpartition("/")[0]
        return [f"{folder}/{chunk['file']}" if folder else chunk["file"] for chunk in self._written]

    def _write(self, name: str) -> None:
        done = self._open
        with self._sink.open(name) as file:
            done.chunk.write(file)
        values = (name.rpartition("/")[2], done.entries, done.urls, done.size, done.first, done.last)
        self._written.append(dict(zip(MEMBERS, values, strict=True)))


def index_bytes(chunks: Sequence[dict[str, Any]]) -> bytes:
    """Return the index of chunks (each with ``MEMBERS``): one line of JSON."""
    index = {
        "chunks": list(chunks),
        "total_entries": sum(chunk["entries"] for chunk in chunks),
        "total_urls": sum(chunk["urls"] for chunk in chunks),
    }
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def is_index(name: str, head: bytes) -> bool:
    """Return whether a file is the index of chunks."""
    return name.endswith(INDEX) and head.lstrip().startswith(b'{"chunks"')


def check_chunked(
    files: Sequence[Path], check_one: Callable[[Path, bytes], tuple[list[Finding], tuple[int, int] | None]]
) -> list[Finding]:
    """Return every violation of the files, in their order; each index after the chunks that it names.

    ``check_one``: gives the findings of a file by its first bytes, and for a chunk its entries and URLs. A file
    that cannot be opened is a finding.
    """
    found: list[Finding] = []
    counts: dict[Path, tuple[int, int]] = {}
    indices: list[Path] = []
    for path in files:
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
            if is_index(path.name, head):
                indices.append(path)
                continue
            said, counted = check_one(path, head)
        except OSError as error:
            said, counted = (
                [_about(path, "manifest.unreadable", "", f"the file cannot be read: {error.strerror}")],
                None,
            )
        found += said
        if counted is not None:
            counts[path] = counted
    return [*found, *(each for path in indices for each in check_index(path, counts.get))]


def check_index(path: Path, counts: Callable[[Path], tuple[int, int] | None] = lambda _: None) -> list[Finding]:
    """Return what is wrong with an index and the chunks beside it.

    ``counts``: gives entries and URLs of a chunk that was checked, or null. Names that lead out of the
    folder are refused, not followed.
    """
    if path.stat().st_size > MOST_INDEX_BYTES:
        return [_about(path, "manifest.unreadable", "", f"the index has more than {MOST_INDEX_BYTES:,} bytes")]
    try:
        given = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return [_about(path, "manifest.unreadable", "", "the index is no JSON")]
    chunks = given.get("chunks") if isinstance(given, dict) else None
    if not isinstance(chunks, list) or not all(isinstance(chunk, dict) for chunk in chunks):
        return [_about(path, "manifest.index_stale", "/chunks", "the index has no list of chunks")]
    found = [each for number, chunk in enumerate(chunks) for each in _chunk_findings(path, number, chunk, counts)]
    for total, member in (("total_entries", "entries"), ("total_urls", "urls")):
        numbers = [chunk.get(member) for chunk in chunks]
        if not all(isinstance(number, int) for number in numbers) or given.get(total) != sum(numbers):
            found.append(_about(path, "manifest.index_stale", f"/{total}", f"it is not the sum of {member}"))
    return found


def _chunk_findings(
    path: Path, number: int, chunk: dict[str, Any], counts: Callable[[Path], tuple[int, int] | None]
) -> Iterable[Finding]:
    for pointer, message in _chunk_faults(path, chunk, counts):
        yield _about(path, "manifest.index_stale", f"/chunks/{number}/{pointer}", message)


def _chunk_faults(
    path: Path, chunk: dict[str, Any], counts: Callable[[Path], tuple[int, int] | None]
) -> Iterator[tuple[str, str]]:
    name = chunk.get("file")
    if not isinstance(name, str) or "/" in name or unsafe_because(name):
        yield "file", "it is no name of a file in this folder"
        return
    file = path.with_name(name)
    if not file.is_file():
        yield "file", "the chunk is not beside the index"
        return
    if chunk.get("bytes") != file.stat().st_size:
        yield "bytes", f"the chunk has {file.stat().st_size:,} bytes"
    counted = counts(file)
    for member, there in zip(("entries", "urls"), counted or (), strict=False):
        if chunk.get(member) != there:
            yield member, f"the chunk has {there:,} {member}"


def _about(path: Path, code: str, pointer: str, message: str) -> Finding:
    return finding(code, stage="check", file=str(path), pointer=pointer, message=message)
