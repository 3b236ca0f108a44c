"""Which series are on a sheet."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from labelport.tables import SERIES
from labelport.tiles.choosing import MOST_SERIES, chosen_series, middle_item


def table(rows: dict[str, tuple[int, list[str]]]) -> pa.Table:
    made: list[dict[str, Any]] = [
        {"series_id": name, "rule": "dicom", "kind": "stack", "group_key": name, "items": items, "flags": flags}
        for name, (items, flags) in rows.items()
    ]
    return pa.Table.from_pylist(made, schema=SERIES.schema)


def chosen(rows: dict[str, tuple[int, list[str]]], newest: list[str]) -> list[tuple[str, str]]:
    return [(row["series_id"], why) for row, why in chosen_series(table(rows), newest)]


def test_the_oddest_come_first_then_the_largest_then_the_newest_each_once() -> None:
    rows = {"a": (9, ["tilt"]), "b": (8, []), "c": (1, ["damaged"]), "d": (1, [])}
    assert chosen(rows, ["d", "a"]) == [("c", "oddest"), ("a", "oddest"), ("b", "largest"), ("d", "largest")]


def test_four_of_each_sort_stand_before_a_fifth_of_one() -> None:
    rows = {f"odd{n:02}": (1, ["damaged"]) for n in range(20)} | {f"large{n:02}": (99 - n, []) for n in range(20)}
    rows |= {f"new{n}": (1, []) for n in range(5)}
    found = chosen(rows, [f"new{n}" for n in range(5)])
    assert [why for _, why in found] == ["oddest"] * 4 + ["largest"] * 4 + ["newest"] * 4
    assert [name for name, _ in found][:5] == ["odd00", "odd01", "odd02", "odd03", "large00"]


def test_where_one_sort_has_few_the_others_fill_the_sheet() -> None:
    rows = {f"odd{n:02}": (1, ["damaged"]) for n in range(20)}
    assert [why for _, why in chosen(rows, [])] == ["oddest"] * 8 + ["largest"] * 4
    assert chosen({}, ["gone"]) == []


def test_the_middle_of_a_volume_over_time_is_its_middle_slice() -> None:
    dims = [{"name": "slice", "size": 15}, {"name": "time", "size": 10}]
    assert divmod(middle_item({"dims": dims}, 150), 15) == (5, 7)
    assert middle_item({"dims": []}, 9) == 4
    assert middle_item({"dims": dims}, 9) == 4  # some are left out


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=3),
        st.tuples(st.integers(0, 50), st.lists(st.sampled_from(["tilt", "damaged", "x"]), max_size=2)),
        max_size=40,
    ),
    st.lists(st.text("abcdef", min_size=1, max_size=3), max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_choice_is_full_unique_and_of_no_order_of_rows(
    rows: dict[str, tuple[int, list[str]]], newest: list[str], random: Any
) -> None:
    found = chosen(rows, newest)
    assert len({name for name, _ in found}) == len(found) == min(len(rows), MOST_SERIES)
    mixed = list(rows)
    random.shuffle(mixed)
    assert chosen({name: rows[name] for name in mixed}, newest) == found
