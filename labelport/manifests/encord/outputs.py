"""The files of a manifest: a set of chunks, the plan of groups beside it, and a set for each folder."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from tempfile import TemporaryFile
from typing import IO, Any, Self

from labelport.manifests.chunks import Chunk, ChunkedOutput, Entry, Limits, Unit
from labelport.manifests.contract import Sink
from labelport.manifests.encord.csv_layout import CsvChunk
from labelport.manifests.encord.detecting import GROUPS
from labelport.manifests.encord.json_layout import JsonChunk
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.sections import SECTIONS, camel
from labelport.manifests.ordering import SortedRows
from labelport.manifests.sink import lazily


@dataclass(frozen=True)
class Emittable:
    """One series, encoded, and where it goes."""

    unit: Unit

    folder: str = ""
    """Folder of its chunk set; empty: that of the manifest."""

    key: str = ""
    """Key of its first item, for findings."""

    plan: tuple[str, ...] = ()
    """URLs of what Encord shall group by hand; none where it groups by itself."""


@dataclass
class Written:
    """What was written."""

    entries: int = 0
    urls: int = 0
    sections: Counter[str] = field(default_factory=Counter)
    """Entries by section."""

    files: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)

    wrote: Callable[[str], None] = lambda _: None
    """Told the title of each series that was written."""

    refused: list[tuple[str, str, str]] = field(default_factory=list)
    """Series that alone are over a limit: title, key of the first item, and over which limit."""


def chunk_maker(options: EncordOptions) -> tuple[str, Callable[[], Chunk]]:
    """Return the extension of a chunk's name, and what makes an empty chunk."""
    if options.format == "csv":
        return ".csv", lambda: CsvChunk(options.dicom_header)
    flags = {
        "skip_duplicate_urls": options.skip_duplicate_urls,
        **({"upsert_metadata": True} if options.upsert else {}),
    }
    if options.dialect == "file":
        return ".json", lambda: JsonChunk(flags)
    spelled = {camel(name): value for name, value in flags.items()}
    sections = [section.sdk_name for section in SECTIONS.values()]
    return ".sdk.json", lambda: JsonChunk(spelled, sections=sections)


def write_outputs(
    given: Iterator[Emittable], options: EncordOptions, sink: Sink, *, wrote: Callable[[str], None]
) -> Written:
    """Write series in their order: one set of chunks, or with ``split_by`` one for each folder.

    ``wrote`` is told the title of each series that was written. Memory: one chunk. With ``split_by`` what is
    encoded waits in a temporary file.
    """
    written = Written(wrote=wrote)
    if options.split_by is None:
        _write_set("", given, options, sink, written)
        return written
    with _Waiting() as waiting:
        for one in given:
            waiting.add(one)
        for folder, some in waiting.folders():
            _write_set(folder, some, options, sink, written)
    return written


def _write_set(folder: str, given: Iterator[Emittable], options: EncordOptions, sink: Sink, written: Written) -> None:
    base = f"{folder}/{options.manifest_name}" if folder else options.manifest_name
    extension, new_chunk = chunk_maker(options)
    limits = Limits(entries=options.max_entries, urls=options.max_urls, bytes=options.max_bytes)
    chunks = ChunkedOutput(sink, base, extension, limits, new_chunk)
    with lazily(sink, f"{base}{GROUPS}") as plan:
        for one in given:
            reason = chunks.add(one.unit)
            if reason is not None:
                written.refused.append((one.unit.title, one.key, reason))
                continue
            written.wrote(one.unit.title)
            written.sections.update(entry.section for entry in one.unit.entries)
            if one.plan:
                plan.write(_plan_line(one.unit.title, one.plan, first=plan.offset == 0))
        if plan.offset:
            plan.write(b"\n}\n")
            written.plans.append(f"{base}{GROUPS}")
    written.files += chunks.finish()
    written.entries += chunks.entries
    written.urls += chunks.urls


def _plan_line(title: str, urls: Sequence[str], *, first: bool) -> bytes:
    """Return one group of the plan: what Encord makes a group of after registration, found by URL."""
    line = f"{json.dumps(title, ensure_ascii=False)}: {json.dumps(list(urls), ensure_ascii=False)}"
    return (("{\n  " if first else ",\n  ") + line).encode()


class _Waiting:
    """Encoded series in a temporary file, to be read again folder by folder."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._file: IO[bytes] = self._stack.enter_context(TemporaryFile())  # noqa: SIM115  -- the stack closes it
        self._rows = self._stack.enter_context(SortedRows(lambda row: (row[0].encode(), row[1])))
        self._offset = 0

    def add(self, one: Emittable) -> None:
        entries = [[entry.section, len(entry.body), entry.urls] for entry in one.unit.entries]
        row = [one.folder, self._rows.count, self._offset, one.unit.title, entries, one.key, list(one.plan)]
        self._rows.add(row)
        for entry in one.unit.entries:
            self._file.write(entry.body)
            self._offset += len(entry.body)

    def folders(self) -> Iterator[tuple[str, Iterator[Emittable]]]:
        """Yield each folder and its series in their order."""
        for folder, rows in groupby(self._rows, key=lambda row: row[0]):
            yield folder, (self._read(row) for row in rows)

    def _read(self, row: Sequence[Any]) -> Emittable:
        folder, _, offset, title, entries, key, plan = row
        self._file.seek(offset)
        unit = Unit(title, tuple(Entry(section, self._file.read(length), urls) for section, length, urls in entries))
        return Emittable(unit, folder, key, tuple(plan))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
