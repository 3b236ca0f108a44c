"""Five rows of what is worth looking at."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from labelport.series.preview import flag_counts, largest, newest, oddest, sizes, tables
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


def test_tables_for_people_say_how_a_series_is_made_and_no_uid() -> None:
    row = {
        "series_id": "dicom-a",
        "rule": "dicom",
        "kind": "stack",
        "group_key": "2.25.9",
        "items": 2,
        "flags": ["tilt"],
    }
    row |= {"width": 6, "height": 4, "order_basis": "ipp"}
    found = tables(pa.Table.from_pylist([row], schema=SERIES.schema), ["dicom-a"], redact=False)
    assert list(found) == ["largest", "oddest", "newest"]
    assert found["largest"] == found["oddest"] == found["newest"]
    assert found["largest"] == [
        {
            "series": "dicom-a",
            "kind": "stack",
            "items": 2,
            "ordered by": "ipp",
            "size": "6 x 4",
            "flags": "tilt",
            "grouped by": "a study",
        }
    ]


def test_what_a_series_was_grouped_by_is_redacted_as_keys_are() -> None:
    def grouped_by(key: str, redact: str | bool, rule: str = "pattern") -> str:
        row = {"series_id": "a", "rule": rule, "kind": "frames", "group_key": key, "items": 1, "flags": []}
        [shown] = tables(pa.Table.from_pylist([row], schema=SERIES.schema), redact=redact)["largest"]
        return str(shown["grouped by"])

    assert grouped_by("us/case9", "auto") == "us/case9"
    assert "JANE" not in grouped_by("us/DOE^JANE", "auto")
    assert "JANE" not in grouped_by("folder:us/DOE^JANE", "auto", "dicom")
    assert "case9" not in grouped_by("us/case9", True)
    assert grouped_by("us/DOE^JANE", False) == "us/DOE^JANE"


def test_sizes_are_counted_in_classes_that_double() -> None:
    assert sizes([1, 1, 3, 2, 8, 1500]) == {
        "1": 2,
        "2-3": 2,
        "4-7": 0,
        "8-15": 1,
        "16-31": 0,
        "32-63": 0,
        "64-127": 0,
        "128-255": 0,
        "256-511": 0,
        "512-1,023": 0,
        "1,024-2,047": 1,
    }
    assert sizes([0]) == {"0": 1}
    assert sizes([]) == {}


@given(st.lists(st.integers(0, 1 << 31), max_size=30))
def test_every_series_is_in_one_class_of_sizes(items: list[int]) -> None:
    assert sum(sizes(items).values()) == len(items)
