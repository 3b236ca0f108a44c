import pyarrow as pa
import pytest

from labelport.manifests.reading import TableSeries, joined, with_media
from labelport.tables import ITEMS
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
