from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket, forget
from labelport.tables import FINDINGS, MEDIA, Table
from tests.labelport.catalogue.rows import SCHEMAS, WORDS, inventory, items, keys_of, media, numbered, publish, words


class Counted(MemoryBucket):
    """Counts which objects are read."""

    read: set[str]

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        self.read.add(key)
        return super().read_range(key, start, length, token=token)


def test_a_table_comes_in_the_order_of_its_keys_with_the_columns_of_its_schema(bucket: Bucket) -> None:
    stage = Stage(bucket, "media_metadata", dataset="d", shard_rows=10)
    keys = [f"{number:03d}" for number in range(25)]
    rows = media(keys, video={"codec": "h264", "keyframes": [0, 5]}, flags=["bad_number"])
    live = publish(stage, "media", rows)
    batches = list(live.batches("media"))
    assert all(batch.schema.equals(MEDIA.schema) for batch in batches)
    assert live.table("media").equals(rows.unify_dictionaries())
    assert live.tables() == ["findings", "media"]
    assert live.uri == f"{bucket.uri}/catalogue/media_metadata/generations/{live.id}"


def test_only_the_columns_that_are_asked_for_come_in_that_order(stage: Stage) -> None:
    live = publish(stage, "words", words([("a", 1)]))
    [batch] = live.batches("words", columns=["mood", "word"])
    assert batch.schema.names == ["mood", "word"]
    assert pa.types.is_dictionary(batch.schema.field("mood").type)
    assert live.table("words", columns=["value"]).to_pylist() == [{"value": 0}]


def test_unknown_tables_and_columns_are_named(stage: Stage) -> None:
    live = publish(stage, "words", words([("a", 1)]))
    with pytest.raises(KeyError, match="no table 'media'; it has findings, words"):
        live.table("media")
    with pytest.raises(KeyError, match="words has no column colour"):
        live.batches("words", columns=["colour"])


def test_a_column_that_was_added_since_reads_as_null(memory: MemoryBucket) -> None:
    older = Table("words", pa.schema([WORDS.schema.field("word"), WORDS.schema.field("number")]), WORDS.key)
    publish(
        Stage(memory, "s", dataset="d", schemas={"words": older, "findings": FINDINGS}),
        "words",
        words([("a", 1), ("b", 1)]).select(["word", "number"]),
    )
    stage = Stage(memory, "s", dataset="d", schemas=SCHEMAS)
    live = stage.require()
    [batch] = live.batches("words")
    assert batch.schema.equals(WORDS.schema)
    assert batch.column("mood").to_pylist() == [None, None]
    assert live.lookup("words", pa.table({"word": ["b"]}))["value"].to_pylist() == [None]
    draft = stage.draft(live)
    draft.keep("words")
    kept = draft.seal(inputs={}, code_version="1", settings_hash="s")
    fresh = stage.draft(None)
    fresh.write("words", [words([("a", 1), ("b", 1)]).select(["word", "number"])])
    written = fresh.seal(inputs={}, code_version="1", settings_hash="s")
    assert kept.stamp.content_version == written.stamp.content_version


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.tuples(st.sampled_from(["a", "b", "b\0", "c"]), st.integers(-4, 4)), max_size=20),
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "b\0", "d"]), st.integers(-5, 5)), max_size=6),
)
def test_a_lookup_gives_the_rows_of_the_keys_and_no_others(
    there: set[tuple[str, int]], wanted: list[tuple[str, int]]
) -> None:
    forget("lookup")
    live = publish(
        Stage(MemoryBucket("lookup"), "s", dataset="d", shard_rows=4, schemas=SCHEMAS), "words", words(there)
    )
    keys = pa.table(
        {"word": pa.array([w for w, _ in wanted], pa.string()), "number": pa.array([n for _, n in wanted], pa.int32())}
    )
    found = live.lookup("words", keys, columns=["number", "word"]).to_pylist()
    assert found == [{"number": n, "word": w} for w, n in sorted(there) if (w, n) in wanted]
    by_word = live.lookup("words", keys.select(["word"]), columns=["number"])["number"].to_pylist()
    assert by_word == [n for w, n in sorted(there) if w in [word for word, _ in wanted]]


def test_a_lookup_opens_only_the_shards_that_can_hold_a_key() -> None:
    forget("counted")
    bucket = Counted("counted")
    bucket.read = set()
    stage = Stage(bucket, "s", dataset="d", shard_rows=100)
    live = publish(stage, "inventory", numbered(range(0, 1000, 2)))
    keys = inventory({"a": "t", "k00200": "t", "k00399": "t", "k00850": "t", "z": "t"}).select(["key"])
    assert live.lookup("inventory", keys, columns=["size", "key"]).to_pylist() == [
        {"size": 6, "key": "k00200"},
        {"size": 6, "key": "k00850"},
    ]
    opened = {key.rsplit("/", 1)[1] for key in bucket.read}
    assert opened == {"part-00001.parquet", "part-00004.parquet"}, "k00399 lies between two shards"


def test_a_lookup_by_the_first_column_finds_rows_in_several_shards(stage: Stage) -> None:
    live = publish(stage, "items", items({"a": 150, "b": 150, "c": 3}))
    found = live.lookup("items", pa.table({"series_id": ["c", "a", "a"]}), columns=["series_id", "index"])
    assert found["series_id"].value_counts().to_pylist() == [
        {"values": "a", "counts": 150},
        {"values": "c", "counts": 3},
    ]
    assert found.num_rows == 153


def test_a_lookup_by_other_columns_is_refused(stage: Stage) -> None:
    live = publish(stage, "items", items({"a": 1}))
    with pytest.raises(ValueError, match="series_id, index, role or its first columns, not by role"):
        live.lookup("items", pa.table({"role": ["image"]}))


def test_a_lookup_of_no_keys_gives_no_rows_with_the_right_columns(stage: Stage) -> None:
    live = publish(stage, "items", items({"a": 1}))
    assert live.lookup("items", pa.table({"series_id": pa.array([], pa.string())})).schema.equals(
        SCHEMAS["items"].schema
    )


@pytest.fixture
def on_disk(tmp_path: Path) -> tuple[Generation, Path]:
    stage = Stage(FolderBucket(str(tmp_path)), "media_metadata", dataset="d", shard_rows=10)
    rows = [
        media([f"{number:03d}" for number in range(15)], kind="image", width=640),
        media([f"{number:03d}" for number in range(15, 30)], kind="video", video={"codec": "h264", "keyframes": [0]}),
    ]
    live = publish(stage, "media", pa.concat_tables(rows))
    return live, Path(live.uri)


def test_plain_pandas_reads_the_folder_of_a_table(on_disk: tuple[Generation, Path]) -> None:
    live, folder = on_disk
    frame = pd.read_parquet(folder / "media")
    assert frame["key"].tolist() == keys_of(live, "media")
    assert frame["kind"].value_counts().to_dict() == {"image": 15, "video": 15}
    assert frame["video"].iloc[20]["codec"] == "h264"
    assert pd.read_parquet(folder / "findings").columns.tolist() == FINDINGS.schema.names


def test_duckdb_reads_the_folder_of_a_table(on_disk: tuple[Generation, Path]) -> None:
    _, folder = on_disk
    rows = duckdb.execute(
        f"select kind, count(*), max(video.codec) from read_parquet('{folder}/media/*.parquet') group by 1 order by 1"
    ).fetchall()
    assert rows == [("image", 15, None), ("video", 15, "h264")]
    assert duckdb.execute(f"select count(code) from read_parquet('{folder}/findings/*.parquet')").fetchall() == [(0,)]
