"""Checking Centaur's CSVs: header, cells, indices of each series, origins that are unique."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from labelport.findings import Finding, finding
from labelport.manifests.centaur.cells import AUDIO_HEADER, FORMULA_STARTS, SERIES_HEADER, unsafe_because

__all__ = ["check_centaur", "looks_like_centaur"]

BOM = "\ufeff"


class _Say(Protocol):
    """Makes a finding of a line."""

    def __call__(self, code: str, line: int, message: str, *, column: int = 1, warn: bool = False) -> Finding:
        """Return it."""
        ...


def header_of(line: str) -> tuple[str, ...]:
    """Return the header's cells, lower-case and trimmed, without a byte order mark."""
    return tuple(cell.strip().lower() for cell in line.removeprefix(BOM).rstrip("\r\n").split(","))


def looks_like_centaur(name: str, head: bytes) -> float:
    """Return how surely the first line is the header of a Centaur CSV, extra columns allowed."""
    first = header_of(head.split(b"\n", 1)[0].decode("utf-8", "replace"))
    if first in (SERIES_HEADER, AUDIO_HEADER):
        return 1.0
    if {"origin", "series", "series_index"} <= set(first):
        return 0.8
    return 0.5 if name.lower().endswith(".csv") and {"content_id", "origin"} <= set(first) else 0.0


def check_centaur(files: Sequence[Path]) -> list[Finding]:
    """Return every violation of the files, its pointer ``line:column`` (of the cell)."""
    return [found for path in files for found in _check_file(path)]


def _check_file(path: Path) -> Iterator[Finding]:
    def say(code: str, line: int, message: str, *, column: int = 1, warn: bool = False) -> Finding:
        return finding(
            code,
            stage="check",
            file=str(path),
            pointer=f"{line}:{column}",
            message=message,
            severity="warning" if warn else None,
        )

    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        yield say("manifest.unreadable", 1, f"byte {error.start} is not UTF-8")
        return
    if text.startswith(BOM):
        yield say("manifest.unreadable", 1, "the file starts with a byte order mark")
    rows = csv.reader(text.removeprefix(BOM).splitlines(keepends=True))
    try:
        header = tuple(cell.strip().lower() for cell in next(rows, []))
        body = [(number, row) for number, row in enumerate(rows, start=2) if row]
    except csv.Error:
        yield say("manifest.unreadable", rows.line_num, "the line is not CSV")
        return
    wanted: tuple[str, ...]
    if header[: len(AUDIO_HEADER)] == AUDIO_HEADER:
        wanted = AUDIO_HEADER
    else:
        wanted = SERIES_HEADER
        if header[: len(SERIES_HEADER)] != SERIES_HEADER:
            yield say("centaur.header", 1, f"the header is {','.join(header)[:200]}: it must be {','.join(wanted)}")
            return
    if not body:
        yield say("manifest.empty", 1, "the file has no row")
    good = []
    for number, row in body:
        if len(row) != len(header):
            yield say("centaur.row", number, f"{len(row)} cells where the header has {len(header)}")
            continue
        good.append((number, dict(zip(wanted, row, strict=False))))
        for column, cell in enumerate(row, start=1):
            reason = unsafe_because(cell) if column < len(row) else _unsafe_notes(cell)
            if reason:
                yield say("manifest.csv_unsafe", number, f"the cell {reason}", column=column)
    yield from (_series_rows(good, say) if wanted == SERIES_HEADER else _audio_rows(good, say))


def _unsafe_notes(cell: str) -> str | None:
    return unsafe_because(cell) if cell.startswith(FORMULA_STARTS) or '"' in cell or "," in cell else None


def _series_rows(rows: list[tuple[int, dict[str, str]]], say: _Say) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    indices: dict[str, dict[int, int]] = {}
    without_id = 0
    for number, row in rows:
        origin, series = row["origin"], row["series"]
        without_id += not row["content_id"]
        if not origin:
            yield say("centaur.row", number, "the origin is empty", column=2)
        elif origin in seen:
            yield say("centaur.duplicate_origin", number, f"the origin stands in line {seen[origin]} already", column=2)
        seen.setdefault(origin, number)
        if not series:
            if row["series_index"]:
                yield say("centaur.row", number, "an index without a series", column=3)
            continue
        if not (row["series_index"].isascii() and row["series_index"].isdigit()):
            yield say("centaur.row", number, "the index is no whole number from 0 on", column=4)
            continue
        index = int(row["series_index"])
        known = indices.setdefault(series, {})
        if index in known:
            yield say(
                "centaur.series_index", number, f"the index {index} stands in line {known[index]} already", column=4
            )
        known.setdefault(index, number)
    for known in indices.values():
        first, last = min(known), max(known)
        if last - first + 1 != len(known):
            gap = next(index for index in range(first, last) if index not in known)
            line = known[min(index for index in known if index > gap)]
            yield say("centaur.series_index", line, f"the index {gap} of this series is missing", column=4)
        elif first != 0:
            # A row of the vendor's own page stands alone with index 5: an excerpt, which is no fault.
            yield say("centaur.series_index", known[first], f"the series starts at {first}", column=4, warn=True)
    if without_id:
        some = without_id < len(rows)
        message = f"{without_id} of {len(rows)} rows have no content_id: the file cannot be uploaded as it is"
        yield say("centaur.row" if some else "centaur.no_template", 1, message)


def _audio_rows(rows: list[tuple[int, dict[str, str]]], say: _Say) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, row in rows:
        for column, name in enumerate(("origin", "image_id"), start=1):
            if not row[name]:
                yield say("centaur.row", number, f"{name} is empty", column=column)
        if row["origin"] in seen:
            yield say("centaur.audio_two_images", number, f"the recording stands in line {seen[row['origin']]} already")
        seen.setdefault(row["origin"], number)
