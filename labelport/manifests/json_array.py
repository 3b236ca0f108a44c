"""A manifest that is a JSON array, one entry a line: its chunks, and reading it again element by element."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from labelport.findings import Finding, finding
from labelport.manifests.chunks import ChunkedOutput, Entry, Limits, Unit
from labelport.manifests.contract import Sink
from labelport.manifests.json_elements import JsonElements, JsonFault

EXTENSION = ".json"

_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_START, _BETWEEN, _END = b"[\n", b",\n", b"\n]\n"


def array_entry(members: Mapping[str, Any], urls: int = 1, *, section: str = "") -> Entry:
    """Return an entry as the line that it becomes; raises ``ValueError`` for NaN and infinities.

    ``section``: a word for what it holds, to be counted.

    >>> array_entry({"name": "é"}).body.decode()
    '{"name":"é"}'
    """
    return Entry(section, _ENCODE(members).encode(), urls)


class ArrayChunk:
    """One JSON array in the making. Memory: its bytes."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def size_with(self, unit: Unit) -> int:
        """Return the bytes of the file with one more unit."""
        lines = sum(len(entry.body) + len(_BETWEEN) for entry in unit.entries)
        first = 0 if self._bytes else len(_START) - len(_BETWEEN)
        return len(self._bytes) + first + lines + len(_END)

    def add(self, unit: Unit) -> None:
        """Take the entries of a unit in."""
        for entry in unit.entries:
            self._bytes += (_BETWEEN if self._bytes else _START) + entry.body

    def write(self, file: IO[bytes]) -> None:
        """Write the file; nothing was added: there is none."""
        file.write(self._bytes)
        file.write(_END)


class ArrayElements(JsonElements):
    """The elements of the JSON array that a file is. Iterated once."""

    def elements(self) -> Iterator[Any]:
        """Yield the elements in the order of the file.

        Raises ``JsonFault``: a byte order mark, no UTF-8, no JSON, no array, or beyond the limits.
        """
        self._grow()
        if self._text.startswith("\ufeff"):
            raise JsonFault("the file starts with a byte order mark")
        self._expect("[", "the file is no JSON array")
        yield from self._elements()
        if self._peek() != "":
            raise self._fault("there is text after the end of the JSON array")


@dataclass
class Written:
    """What was written."""

    entries: int = 0
    urls: int = 0
    sections: Counter[str] = field(default_factory=Counter)
    """Entries by what they hold."""

    files: list[str] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    """One for each series that alone is over a limit."""


def write_arrays(
    units: Iterable[Unit | None],
    sink: Sink,
    *,
    base: str,
    most_entries: int,
    most_bytes: int,
    wrote: Callable[[str], None],
    stage: str,
    code: str,
) -> Written:
    """Write ``<base>.json`` or its chunks, and the index; memory: one chunk.

    ``units``: null for a series that is left out. The title of a unit is the id of its series: ``wrote`` is
    told it, and ``code`` says that one alone is over a limit. Objects are limited by the bytes alone.
    """
    written = Written()
    limits = Limits(entries=most_entries, urls=most_bytes, bytes=most_bytes)
    chunks = ChunkedOutput(sink, base, EXTENSION, limits, ArrayChunk)
    for unit in units:
        if unit is None:
            continue
        reason = chunks.add(unit)
        if reason is None:
            wrote(unit.title)
            written.sections.update(entry.section for entry in unit.entries)
        else:
            words = f"the series alone is over a limit of a file, and it is never split: {reason}"
            place = f"series={unit.title}"
            written.refused.append(finding(code, stage=stage, pointer=place, message=words, series_id=unit.title))
    written.files = chunks.finish()
    written.entries, written.urls = chunks.entries, chunks.urls
    return written
