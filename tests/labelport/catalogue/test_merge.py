from collections.abc import Iterator, Mapping

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from labelport.catalogue.merge import Run, diff, merge_sorted, overlay
from tests.labelport.catalogue.rows import WORDS, inventory, media, words

KEY = st.tuples(st.sampled_from(["", "a", "a\0", "b", "é", "\uffff", "\U00010000"]), st.integers(-2, 3))
ROWS = st.dictionaries(KEY, st.integers(0, 3), max_size=20)


def run(rows: pa.Table, size: int) -> Iterator[pa.RecordBatch]:
    return iter(rows.unify_dictionaries().combine_chunks().to_batches(max_chunksize=size))


def ordered(keys: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(keys, key=lambda key: (key[0].encode(), key[1]))


def pairs(rows: pa.Table | pa.RecordBatch) -> list[tuple[str, int]]:
    return list(zip(rows.column("word").to_pylist(), rows.column("number").to_pylist(), strict=True))


@given(st.lists(st.tuples(ROWS, st.integers(1, 5)), max_size=4))
def test_merged_runs_are_all_their_rows_in_order(runs: list[tuple[dict[tuple[str, int], int], int]]) -> None:
    merged = list(merge_sorted([run(words(rows), size) for rows, size in runs], WORDS.key))
    found = [pair for batch in merged for pair in pairs(batch)]
    assert found == ordered([key for rows, _ in runs for key in rows])
    moods = [mood for batch in merged for mood in batch.column("mood").to_pylist()]
    values = [value for batch in merged for value in batch.column("value").to_pylist()]
    assert moods == [("glad", "sad")[value % 2] for value in values]


def test_merging_asks_a_run_for_no_more_than_it_needs() -> None:
    asked = []

    def slow(name: str, keys: list[str]) -> Iterator[pa.RecordBatch]:
        for key in keys:
            asked.append(name)
            yield from inventory({key: "t"}).to_batches()

    merged = merge_sorted([slow("low", ["a", "b", "c"]), slow("high", ["x", "y", "z"])], ("key",))
    next(merged)
    assert asked.count("high") == 1


def test_merging_nothing_gives_nothing() -> None:
    assert list(merge_sorted([], ("key",))) == []
    assert list(merge_sorted([iter([])], ("key",))) == []


@given(ROWS, ROWS, st.integers(1, 5), st.integers(1, 5))
def test_a_difference_is_what_two_dictionaries_would_say(
    old: Mapping[tuple[str, int], int], new: Mapping[tuple[str, int], int], one: int, two: int
) -> None:
    parts = list(diff(run(words(old), one), run(words(new), two), key=WORDS.key, compare=("value", "mood")))
    added = [key for part in parts for key in pairs(part.added)]
    changed = [key for part in parts for key in pairs(part.changed)]
    deleted = [key for part in parts for key in pairs(part.deleted)]
    assert added == ordered([key for key in new if key not in old])
    assert changed == ordered([key for key in new if key in old and new[key] != old[key]])
    assert deleted == ordered([key for key in old if key not in new])
    assert sum(part.same for part in parts) == sum(key in new and new[key] == old[key] for key in old)
    assert [v for part in parts for v in part.changed["value"].to_pylist()] == [new[key] for key in changed]


def test_null_equals_null_and_differs_from_every_value() -> None:
    old = media(["a", "b", "c"], width=None)
    new = pa.concat_tables([media(["a"], width=None), media(["b"], width=0), media(["c"], width=None)])
    [part] = diff(run(old, 9), run(new, 9), key=("store", "key"), compare=("width",))
    assert part.changed["key"].to_pylist() == ["b"]


def test_nested_columns_can_be_compared() -> None:
    old = media(["a", "b"], video={"codec": "h264", "keyframes": [0, 10]})
    new = pa.concat_tables(
        [media(["a"], video={"codec": "h264", "keyframes": [0, 10]}), media(["b"], video={"codec": "h264"})]
    )
    [part] = diff(run(old, 9), run(new, 9), key=("store", "key"), compare=("video",))
    assert part.changed["key"].to_pylist() == ["b"]


def test_only_one_side_has_rows() -> None:
    rows = inventory({"a": "1", "b": "1"})
    [added] = diff(iter([]), run(rows, 9), key=("key",), compare=("token",))
    assert added.added["key"].to_pylist() == ["a", "b"]
    assert added.deleted.schema.equals(rows.schema)
    [deleted] = diff(run(rows, 9), iter([]), key=("key",), compare=("token",))
    assert deleted.deleted["key"].to_pylist() == ["a", "b"]
    assert deleted.added.schema.equals(rows.schema)


@given(ROWS, ROWS, st.integers(1, 5), st.integers(1, 5))
def test_what_lies_over_hides_rows_of_equal_key(
    under: dict[tuple[str, int], int], over: dict[tuple[str, int], int], one: int, two: int
) -> None:
    laid = list(overlay(Run(run(words(under), one), WORDS.key), Run(run(words(over), two), WORDS.key)))
    found = [(key, value) for part in laid for key, value in zip(pairs(part), part["value"].to_pylist(), strict=True)]
    expected = under | over
    assert found == [(key, expected[key]) for key in ordered(list(expected))]
