"""What to look at among series: the largest, the oddest, the newest; how often each flag occurs; how large they are.

Pure functions over columns of ``tables.SERIES``, for the Dagster UI and the command line alike.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.privacy import plain, shown_key

SHOWN = 5
"""Rows of each table."""

COLUMNS = ("series_id", "rule", "kind", "group_key", "order_basis", "items", "width", "height", "flags")
"""Columns of ``tables.SERIES`` that these functions take."""

WEIGHTS = {
    "damaged": 5,
    "uid_conflict": 5,
    "bad_index": 5,
    "incomplete": 4,
    "missing_slices": 4,
    "irregular": 4,
    "no_geometry": 4,
    "picture_ambiguous": 4,
    "recording_ambiguous": 4,
    "duplicate_parts": 4,
    "tilt": 3,
    "index_duplicate": 3,
    "index_gap": 3,
    "version_missing": 3,
    "folders_joined": 3,
    "no_picture": 2,
    "no_series_uid": 2,
    "no_study_uid": 2,
    "mixed_size": 2,
}
"""How severe a flag is; 1 where it is not named: it says something of the series, not against it."""


def largest(series: pa.Table, *, rows: int = SHOWN) -> pa.Table:
    """Return the series of most items, the most first."""
    return series.take(pc.sort_indices(series, [("items", "descending"), ("series_id", "ascending")])[:rows])


def oddest(series: pa.Table, *, rows: int = SHOWN) -> pa.Table:
    """Return the flagged series, the most severe flags first; fewer rows where fewer are flagged."""
    flagged = series.filter(pc.greater(pc.fill_null(pc.list_value_length(series["flags"]), 0), 0))
    if not flagged.num_rows:
        return flagged
    lists = flagged["flags"].to_pylist()
    weights = [sorted((WEIGHTS.get(flag, 1) for flag in flags), reverse=True) for flags in lists]
    ids = flagged["series_id"].to_pylist()
    worst_first = sorted(range(len(ids)), key=lambda row: (-weights[row][0], -sum(weights[row]), ids[row]))
    return flagged.take(pa.array(worst_first[:rows]))


def newest(series: pa.Table, ids: Sequence[str] = (), *, rows: int = SHOWN) -> pa.Table:
    """Return the series that came last, the newest first.

    ``ids``: what the generation remembers (``extras["newest"]``): tables hold no times, for equal media
    must give equal series whatever the history. Without it there are no rows.
    """
    there = series.filter(pc.is_in(series["series_id"], value_set=pa.array(list(ids), pa.string())))
    places = {one: place for place, one in enumerate(there["series_id"].to_pylist())}
    return there.take(pa.array([places[one] for one in ids if one in places][:rows], pa.int64()))


def flag_counts(series: pa.Table) -> dict[str, int]:
    """Return how many series have each flag, the most frequent first."""
    flags = pc.list_flatten(series["flags"].combine_chunks()).to_pylist()
    return dict(sorted(Counter(flags).items(), key=lambda pair: (-pair[1], pair[0])))


def tables(series: pa.Table, ids: Sequence[str] = (), *, redact: str | bool) -> dict[str, list[dict[str, object]]]:
    """Return the rows of the three tables that people see, by name: largest, oddest, newest.

    ``ids``: as of ``newest``. ``redact``: ``privacy.redact_keys``, for what a series was grouped by.
    """
    parts = {"largest": largest(series), "oddest": oddest(series), "newest": newest(series, ids)}
    return {name: [_shown(row, redact) for row in part.to_pylist()] for name, part in parts.items()}


def _shown(row: Mapping[str, Any], redact: str | bool) -> dict[str, object]:
    return {
        "series": row["series_id"],
        "kind": row["kind"],
        "items": row["items"],
        "ordered by": row["order_basis"] or "",
        "size": f"{row['width']} x {row['height']}" if row["width"] and row["height"] else "",
        "flags": ", ".join(row["flags"] or ()),
        "grouped by": _grouped_by(row, redact),
    }


def _grouped_by(row: Mapping[str, Any], redact: str | bool) -> str:
    """Return what a series was grouped by; UIDs say nothing to people."""
    if row["rule"] == "dicom" and not row["group_key"].startswith("folder:"):
        return "a study"
    return plain(shown_key(row["group_key"], redact), most=40)


def sizes(items: Iterable[int]) -> dict[str, int]:
    """Return how many series have how many items: 0, 1, 2-3, 4-7, 8-15 …, from the smallest to the largest there is."""
    classes = Counter(count.bit_length() for count in items)
    if not classes:
        return {}
    return {_size(number): classes[number] for number in range(min(classes), max(classes) + 1)}


def _size(bits: int) -> str:
    least, most = (1 << bits) >> 1, (1 << bits) - 1
    return f"{least:,}" if least == most else f"{least:,}-{most:,}"
