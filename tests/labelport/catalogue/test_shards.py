import hashlib
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.catalogue.keys import KeysUnsorted
from labelport.catalogue.shards import GROUP_ROWS, ShardFile, ShardWriter
from labelport.tables import INVENTORY, MEDIA
from tests.labelport.catalogue.rows import WORDS, media, numbered, words


class Files(dict[str, bytes]):
    """Shards by name."""

    def put(self, name: str, body: bytes) -> None:
        self[name] = body


def test_equal_rows_give_equal_bytes_however_they_come() -> None:
    rows = media([f"k{number:03d}" for number in range(50)], video={"codec": "h264", "keyframes": [0, 12]}, fps=29.97)
    encoded_otherwise = rows.set_column(
        rows.schema.get_field_index("kind"),
        rows.schema.field("kind"),
        pa.DictionaryArray.from_arrays(pa.array([2] * 50, pa.int32()), ["audio", "video", "image"]),
    )
    bodies = []
    for parts in (
        [rows],
        [rows.slice(0, 7), rows.slice(7)],
        rows.to_batches(max_chunksize=3),
        [encoded_otherwise],
        [rows.replace_schema_metadata({"pandas": "{}"})],
    ):
        files = Files()
        writer = ShardWriter(files.put, MEDIA)
        for part in parts:
            writer.add(part, slack=10)
        writer.finish()
        bodies.append(files)
    assert all(body == bodies[0] for body in bodies)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 90), st.integers(1, 17), st.sampled_from([2, 8]))
def test_shards_are_near_the_aim_and_hold_all_rows_in_order(rows: int, size: int, slack: int) -> None:
    files = Files()
    writer = ShardWriter(files.put, INVENTORY, aim=8)
    for start in range(0, rows, size):
        writer.add(numbered(range(start, min(start + size, rows))), slack=slack)
    writer.finish()
    assert [shard.name for shard in writer.shards] == sorted(files)
    sizes = [shard.rows for shard in writer.shards]
    assert sum(sizes) == rows
    assert all(size == 8 for size in sizes[:-1])
    assert sizes[-1] <= 8 + slack
    assert len(sizes) == 1 or sizes[-1] > slack
    read = [key for name in sorted(files) for key in pq.read_table(pa.BufferReader(files[name]))["key"].to_pylist()]
    assert read == numbered(range(rows))["key"].to_pylist()


def test_a_shard_says_what_is_in_it() -> None:
    files = Files()
    writer = ShardWriter(files.put, WORDS)
    writer.add(words({("b", 2): 1, ("a", 7): 2}), slack=1)
    writer.finish()
    [shard] = writer.shards
    [body] = files.values()
    assert (shard.first_key, shard.last_key, shard.rows, shard.size) == (["a", 7], ["b", 2], 2, len(body))
    assert shard.sha256 == hashlib.sha256(body).hexdigest()


def test_row_groups_are_at_most_32768_rows_with_statistics_of_the_key() -> None:
    files = Files()
    writer = ShardWriter(files.put, INVENTORY)
    writer.add(numbered(range(80_000)), slack=1)
    writer.finish()
    [body] = files.values()
    metadata = pq.read_metadata(pa.BufferReader(body))
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [GROUP_ROWS, GROUP_ROWS, 80_000 - 2 * GROUP_ROWS]
    assert groups[1].column(0).statistics.min == "k32768"
    assert groups[0].column(0).compression == "ZSTD"
    batches = list(ShardFile(pa.BufferReader(body)).batches(INVENTORY))
    assert max(batch.num_rows for batch in batches) <= GROUP_ROWS
    assert sum(batch.num_rows for batch in batches) == 80_000
    assert len(batches) <= math.ceil(80_000 / GROUP_ROWS) + 1


def test_a_key_that_comes_twice_in_different_batches_is_named() -> None:
    writer = ShardWriter(Files().put, INVENTORY)
    writer.add(numbered([1, 2]), slack=1)
    with pytest.raises(KeysUnsorted, match=r"inventory: the key \(key='k00002'\) comes twice"):
        writer.add(numbered([2, 3]), slack=1)


def test_a_column_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="words has no column colour"):
        ShardWriter(Files().put, WORDS).add(words([("a", 1)]).append_column("colour", [["red"]]), slack=1)


def test_a_null_where_none_may_be_is_refused_with_its_key() -> None:
    rows = numbered([1, 2]).set_column(5, "token", pa.array(["t", None]))
    with pytest.raises(ValueError, match=r"inventory.token may not be null, and is at the key \['k00002'\]"):
        ShardWriter(Files().put, INVENTORY).add(rows, slack=1)


def test_a_value_that_does_not_fit_is_refused_by_the_name_of_its_column() -> None:
    rows = numbered([1]).set_column(1, "size", pa.array(["large"]))
    with pytest.raises(ValueError, match=r"inventory\.size must be int64, not string"):
        ShardWriter(Files().put, INVENTORY).add(rows, slack=1)


def test_columns_that_rows_lack_are_null() -> None:
    files = Files()
    writer = ShardWriter(files.put, WORDS)
    writer.add(words([("a", 1)]).select(["word", "number"]), slack=1)
    writer.finish()
    assert pq.read_table(pa.BufferReader(files["part-00000.parquet"])).to_pylist() == [
        {"word": "a", "number": 1, "value": None, "mood": None}
    ]


def test_what_is_given_stays_as_it_was() -> None:
    rows = words([("a", 1), ("b", 1)])
    before = rows.to_pylist()
    ShardWriter(Files().put, WORDS, aim=1).add(rows, slack=0)
    assert rows.to_pylist() == before
