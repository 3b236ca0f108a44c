"""Incremental equals from nothing: whatever the history, rows and content version are those of a fresh write."""

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.catalogue.keys import KeysUnsorted
from labelport.catalogue.stage import Stage
from labelport.storage.memory import MemoryBucket, forget
from labelport.tables import FINDINGS
from tests.labelport.catalogue.rows import (
    SCHEMAS,
    change,
    inventory,
    items,
    keys_of,
    numbered,
    publish,
    sealed,
    shard_sizes,
    words,
)

Key = tuple[str, int]
KEY = st.tuples(st.sampled_from(["", "a", "a\0", "b", "c", "é", "\uffff", "\U00010000"]), st.integers(-3, 3))
STEP = st.tuples(
    st.dictionaries(KEY, st.integers(0, 5), max_size=8),
    st.sets(KEY, max_size=8) | st.sets(KEY.map(lambda key: key[0]), max_size=3),
)


def _deletes(given: set[Key] | set[str]) -> list[pa.Table]:
    """Return deletes as several sorted tables, by the whole key or by its first column."""
    names = [{"word": key} if isinstance(key, str) else {"word": key[0], "number": key[1]} for key in given]
    names.sort(key=lambda name: (str(name["word"]).encode(), name.get("number", 0)))
    return [pa.Table.from_pylist(names[start : start + 2]) for start in range(0, len(names), 2)]


def _survives(key: Key, deletes: set[Key] | set[str]) -> bool:
    return key not in deletes and key[0] not in deletes


@settings(max_examples=60, deadline=None)
@given(start=st.dictionaries(KEY, st.integers(0, 5), max_size=30), steps=st.lists(STEP, max_size=4))
def test_any_sequence_of_updates_equals_a_fresh_write(
    start: dict[Key, int], steps: list[tuple[dict[Key, int], set[Key] | set[str]]]
) -> None:
    forget("updates")
    updated = Stage(MemoryBucket("updates"), "one", dataset="d", shard_rows=4, schemas=SCHEMAS)
    live = publish(updated, "words", words(start))
    expected = dict(start)
    for upserts, deletes in steps:
        draft = updated.draft(live)
        draft.update("words", upserts=[words(upserts)], deletes=_deletes(deletes))
        draft.keep("findings")
        sealed(draft)
        live = draft.publish()
        expected = {key: value for key, value in expected.items() if _survives(key, deletes)} | upserts
        sizes = shard_sizes(live, "words")
        assert sum(sizes) == len(expected)
        assert all(size <= 8 for size in sizes)
        assert sizes == [0] or 0 not in sizes
    fresh = publish(
        Stage(MemoryBucket("updates"), "two", dataset="d", shard_rows=4, schemas=SCHEMAS), "words", words(expected)
    )
    assert live.table("words").to_pylist() == fresh.table("words").to_pylist() == words(expected).to_pylist()
    assert live.stamp == fresh.stamp


def test_only_touched_shards_are_written(stage: Stage) -> None:
    base = publish(stage, "inventory", numbered(range(0, 1000, 2)))
    draft = stage.draft(base)
    draft.update("inventory", upserts=[numbered([401])], deletes=[pa.table({"key": ["k00990"]})])
    assert (draft.written, draft.copied) == (2, 3)
    draft.drop()


def test_untouched_shards_keep_their_bytes(stage: Stage, memory: MemoryBucket) -> None:
    base = publish(stage, "inventory", numbered(range(500)))
    after = change(stage, "inventory", upserts=numbered([0], token="new"))
    for one, two in zip(base.shards("inventory").shards[1:], after.shards("inventory").shards[1:], strict=True):
        assert one.sha256 == two.sha256
        assert memory.get(base.shard_key("inventory", one)) == memory.get(after.shard_key("inventory", two))


def test_an_update_with_nothing_carries_everything_over(stage: Stage) -> None:
    base = publish(stage, "inventory", numbered(range(500)))
    draft = stage.draft(base)
    draft.update("inventory", upserts=[])
    draft.keep("findings")
    assert (draft.written, draft.copied) == (1, 5), "only the empty shard of no findings is made anew"
    sealed(draft)
    assert draft.publish().stamp == base.stamp


@pytest.mark.parametrize("number", [-1, 5000], ids=["before the first shard", "after the last shard"])
def test_upserts_outside_of_all_shards_find_one(stage: Stage, number: int) -> None:
    publish(stage, "inventory", numbered(range(500)))
    new = "a" if number < 0 else "z"
    after = change(stage, "inventory", upserts=inventory({new: "t"}))
    keys = keys_of(after)
    assert len(keys) == 501
    assert keys[0 if number < 0 else -1] == new


def test_a_base_of_no_rows_and_no_base_take_upserts_alike(stage: Stage) -> None:
    publish(stage, "inventory", inventory({}))
    after = change(stage, "inventory", upserts=numbered(range(300)))
    assert shard_sizes(after) == [100, 100, 100]
    first = stage.draft(None)
    first.update("inventory", upserts=[numbered(range(300))])
    first.write("findings", [FINDINGS.empty()])
    assert sealed(first).stamp == after.stamp


def test_an_emptied_shard_goes_and_an_emptied_table_keeps_an_empty_one(stage: Stage) -> None:
    publish(stage, "inventory", numbered(range(500)))
    after = change(stage, "inventory", deletes=numbered(range(100, 200)).select(["key"]))
    assert shard_sizes(after) == [100, 100, 100, 100]
    nothing = change(stage, "inventory", deletes=numbered(range(500)).select(["key"]))
    assert shard_sizes(nothing) == [0]
    assert nothing.table("inventory").num_rows == 0


def test_deletes_of_keys_that_are_not_there_change_nothing(stage: Stage) -> None:
    base = publish(stage, "inventory", numbered(range(0, 500, 2)))
    draft = stage.draft(base)
    draft.update("inventory", upserts=[], deletes=[inventory({"a": "t", "z": "t"}).select(["key"])])
    assert draft.written == 0
    draft.drop()


def test_deletes_apply_before_upserts(stage: Stage) -> None:
    publish(stage, "inventory", numbered(range(10)))
    after = change(stage, "inventory", deletes=numbered([3]).select(["key"]), upserts=numbered([3], token="new"))
    assert after.table("inventory")["token"].to_pylist().count("new") == 1
    assert len(keys_of(after)) == 10


def test_a_delete_of_leading_columns_takes_rows_of_several_shards(stage: Stage) -> None:
    publish(stage, "items", items({"a": 50, "b": 450, "c": 50}))
    after = change(stage, "items", deletes=pa.table({"series_id": ["b"]}), upserts=items({"b": 2}))
    assert after.table("items")["series_id"].value_counts().to_pylist() == [
        {"values": "a", "counts": 50},
        {"values": "b", "counts": 2},
        {"values": "c", "counts": 50},
    ]


def test_a_shard_below_a_quarter_takes_its_neighbours_rows_in(stage: Stage) -> None:
    publish(stage, "inventory", numbered(range(500)))
    after = change(stage, "inventory", deletes=numbered(range(110, 200)).select(["key"]))
    assert shard_sizes(after) == [100, 110, 100, 100]


def test_a_last_shard_below_a_quarter_joins_the_one_before(stage: Stage) -> None:
    base = publish(stage, "inventory", numbered(range(500)))
    after = change(stage, "inventory", deletes=numbered(range(410, 500)).select(["key"]))
    assert shard_sizes(after) == [100, 100, 100, 110]
    assert after.shards("inventory").digest != base.shards("inventory").digest
    assert keys_of(after) == keys_of(base)[:410]


def test_a_shard_past_twice_the_aim_is_split(stage: Stage) -> None:
    publish(stage, "inventory", numbered(range(0, 1000, 10)))
    grown = change(stage, "inventory", upserts=numbered(range(1, 1000, 10)))
    assert shard_sizes(grown) == [200]
    split = change(stage, "inventory", upserts=numbered([2]))
    assert shard_sizes(split) == [100, 101]


def test_upserts_and_deletes_out_of_order_are_named(stage: Stage) -> None:
    base = publish(stage, "inventory", numbered(range(10)))
    backwards = numbered([1, 2]).take([1, 0])
    with pytest.raises(KeysUnsorted, match=r"upserts of inventory: the key \(key='k00001'\) comes after a greater one"):
        stage.draft(base).update("inventory", upserts=[backwards])
    with pytest.raises(KeysUnsorted, match=r"deletes of inventory: the key \(key='k00001'\)"):
        stage.draft(base).update("inventory", upserts=[], deletes=[backwards.select(["key"])])


def test_deletes_by_other_columns_are_refused(stage: Stage) -> None:
    base = publish(stage, "words", words([("a", 1)]))
    with pytest.raises(ValueError, match="word, number or its first columns, not by number"):
        stage.draft(base).update("words", upserts=[], deletes=[pa.table({"number": [1]})])


def test_an_update_holds_a_batch_and_not_the_table(stage: Stage) -> None:
    """A stream that is far larger than a shard is cut while it comes."""
    base = publish(stage, "inventory", numbered(range(100)))
    draft = stage.draft(base)
    written = []

    def upserts() -> Iterator[pa.Table]:
        for start in range(200, 2000, 100):
            written.append(draft.written)
            yield numbered(range(start, start + 100))

    draft.update("inventory", upserts=upserts())
    assert written[-1] >= 14
    draft.drop()
