from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.reading import StageSeries, TableSeries, joined, rows_of, with_media
from labelport.tables import ITEMS, MEDIA
from labelport.testing.manifest import Prefix, made_prefix, media_row


def test_series_come_in_the_order_of_their_ids_bytes_with_their_items_by_index() -> None:
    prefix = made_prefix().shuffled(5)
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    for _ in range(2):
        found = list(series)
        assert [one.row["series_id"] for one in found] == sorted(row["series_id"] for row in prefix.series)
        assert all([item.row["index"] for item in one.items] == list(range(len(one.items))) for one in found)
        assert all(item.media["key"] == item.row["key"] for one in found for item in one.items)


def test_media_are_looked_up_once_a_batch_and_each_object_once() -> None:
    prefix = Prefix()
    row = media_row("a.gif")
    identity = prefix.add("a", [row], kind="frames")
    prefix.add_item(identity, 1, row, frame=1)
    prefix.add_item(identity, 2, media_row("lost.png"))
    asked: list[pa.Table] = []

    def lookup(keys: pa.Table) -> pa.Table:
        asked.append(keys)
        return pa.table({"store": ["raw"], "key": ["a.gif"], "kind": ["image"]})

    batch = pa.RecordBatch.from_pylist(prefix.items, schema=ITEMS.schema)
    found = list(with_media(batch, lookup))
    assert [keys.to_pylist() for keys in asked] == [
        [{"store": "raw", "key": "a.gif"}, {"store": "raw", "key": "lost.png"}]
    ]
    assert [item.media["kind"] for item in found] == ["image", "image", "unknown"]
    assert found[2].media["status"] == "unreadable"


def test_items_of_no_series_are_an_error_and_not_lost_in_silence() -> None:
    prefix = made_prefix()
    items = iter(next(iter(TableSeries(prefix.series, prefix.items, prefix.media))).items)
    with pytest.raises(ValueError, match="outside the order"):
        list(joined(iter([{"series_id": "zzz"}]), items))


@given(
    objects=st.lists(st.tuples(st.sampled_from("ab\0é"), st.integers(0, 3)), max_size=12),
    there=st.sets(st.sampled_from("ab\0é")),
    batches=st.integers(1, 12),
)
def test_each_item_gets_the_row_of_its_own_object_however_the_items_are_cut(
    objects: list[tuple[str, int]], there: set[str], batches: int
) -> None:
    """An independent join: keys lie in no order, some come twice, some have no media row."""
    rows = [
        {**dict.fromkeys(ITEMS.schema.names), "series_id": "s", "index": place, "role": "image", "label_this": True}
        | {"store": "raw", "key": key, "frame": frame}
        for place, (key, frame) in enumerate(objects)
    ]
    media = pa.Table.from_pylist(
        [{"store": "raw", "key": key, "kind": "image", "status": "ok"} for key in sorted(there)],
        schema=pa.schema([MEDIA.schema.field(name) for name in ("store", "key", "kind", "status")]),
    )

    class Items:
        def batches(self, table: str, **_: Any) -> Iterator[pa.RecordBatch]:
            if table == "series":
                yield pa.RecordBatch.from_pylist([{"series_id": "s"}])
                return
            for start in range(0, len(rows), batches):
                yield pa.RecordBatch.from_pylist(rows[start : start + batches], schema=ITEMS.schema)

        def lookup(self, table: str, keys: pa.Table, **_: Any) -> pa.Table:
            return media.filter(pc.is_in(media["key"], value_set=keys["key"]))

    [series] = StageSeries(Items(), Items())
    assert [(item.row["key"], item.row["frame"]) for item in series.items] == objects
    for item in series.items:
        assert item.media["key"] == item.row["key"]
        assert item.media["kind"] == ("image" if item.row["key"] in there else "unknown")


def test_rows_are_what_arrow_says_words_and_nulls_and_maps_included() -> None:
    rows = [
        {"word": word, "text": text, "pairs": pairs}
        for word, text, pairs in zip(
            ["a", None, "b", "a"] * 900, [None, "x"] * 1800, [[("k", "v")], [], None] * 1200, strict=True
        )
    ]
    schema = pa.schema(
        [
            ("word", pa.dictionary(pa.int32(), pa.string())),
            ("text", pa.string()),
            ("pairs", pa.map_(pa.string(), pa.string())),
        ]
    )
    batch = pa.RecordBatch.from_pylist(rows, schema=schema)
    assert list(rows_of(batch)) == rows
    assert list(rows_of(pa.Table.from_batches([batch, batch.slice(7)]))) == [*rows, *rows[7:]]
    assert list(rows_of(batch.slice(0, 0))) == []
