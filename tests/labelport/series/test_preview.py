"""Five rows of what is worth looking at."""

from typing import Any

import pyarrow as pa

from labelport.series.preview import flag_counts, largest, newest, oddest
from labelport.tables import SERIES


def series(**items: tuple[int, list[str]]) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {"series_id": name, "rule": "pattern", "kind": "frames", "group_key": name, "items": count, "flags": flags}
        for name, (count, flags) in items.items()
    ]
    return pa.Table.from_pylist(rows, schema=SERIES.schema)


MADE = series(
    a=(3, ["index_gap"]), b=(9, []), c=(1, ["damaged"]), d=(9, ["mixed_padding"]), e=(2, ["index_gap", "mixed_size"])
)


def ids(table: pa.Table) -> list[str]:
    return [str(one) for one in table["series_id"].to_pylist()]


def test_the_largest_come_first_and_equal_ones_by_id() -> None:
    assert ids(largest(MADE)) == ["b", "d", "a", "e", "c"]
    assert ids(largest(MADE, rows=2)) == ["b", "d"]


def test_the_oddest_have_the_worst_flags_and_those_without_are_not_shown() -> None:
    assert ids(oddest(MADE)) == ["c", "e", "a", "d"]
    assert ids(oddest(series(b=(9, [])))) == []


def test_a_recording_with_too_many_pictures_is_odder_than_one_without() -> None:
    assert ids(oddest(series(a=(1, ["no_picture"]), b=(1, ["picture_ambiguous"]), c=(1, ["stride"])))) == [
        "b",
        "a",
        "c",
    ]


def test_the_newest_are_those_that_the_generation_remembers_and_that_are_still_there() -> None:
    assert ids(newest(MADE, ["d", "gone", "a"])) == ["d", "a"]
    assert ids(newest(MADE)) == []


def test_flags_are_counted_the_most_frequent_first() -> None:
    assert flag_counts(MADE) == {"index_gap": 2, "damaged": 1, "mixed_padding": 1, "mixed_size": 1}
    assert list(flag_counts(MADE)) == ["index_gap", "damaged", "mixed_padding", "mixed_size"]
    assert flag_counts(SERIES.empty()) == {}
