"""What a filled Centaur manifest, or a template, says of the portal's own ids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from labelport.annotations.formats.csv.headers import plain
from labelport.annotations.formats.csv.rows import read_rows
from labelport.annotations.said import Said

MOST_DIGITS = 9
"""Of an index in a series."""


@dataclass(frozen=True)
class Contents:
    """Objects by Content ID."""

    origins: Mapping[str, str] = field(default_factory=dict)
    """Origin of each."""

    series: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Series and index in it of each that is in one."""


def contents_of(body: bytes) -> Contents:
    """Return what a CSV with the columns content_id and origin says; nothing where it is none.

    Where an id stands in several rows, the first one counts.
    """
    rows = read_rows(body, "", Said(), lambda _: "")
    if rows is None:
        return Contents()
    columns: dict[str, pa.Array] = {}
    for name, column in zip(rows.header, rows.columns, strict=True):
        columns.setdefault(plain(name.strip()), column)
    if "contentid" not in columns or "origin" not in columns:
        return Contents()
    ids, origins = (_stripped(columns[name]) for name in ("contentid", "origin"))
    blank = [""] * len(ids)
    series, places = (_stripped(columns[name]) if name in columns else blank for name in ("series", "seriesindex"))
    known: dict[str, str] = {}
    placed: dict[str, tuple[str, int]] = {}
    for content, origin, name, place in zip(ids, origins, series, places, strict=True):
        if content and origin:
            known.setdefault(content, origin)
        if content and name and place.isascii() and place.isdigit() and len(place) <= MOST_DIGITS:
            placed.setdefault(content, (name, int(place)))
    return Contents(known, placed)


def together(parts: Iterable[Contents]) -> Contents:
    """Return what several files say; the first one counts."""
    origins: dict[str, str] = {}
    series: dict[str, tuple[str, int]] = {}
    for each in parts:
        origins = {**each.origins, **origins}
        series = {**each.series, **series}
    return Contents(origins, series)


def _stripped(column: pa.Array) -> list[str]:
    return [each.strip() for each in column.to_pylist()]
