import csv
import json
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.cli.writing import refuse_other_formats, replacing, write_table
from labelport.errors import BucketError, SettingsError
from labelport.storage.memory import MemoryBucket
from labelport.tables import MEDIA

ROWS = [
    {
        "store": "raw",
        "key": 'a "quoted", key\nof two lines.png',
        "token": "1",
        "size": 5,
        "status": "ok",
        "kind": "image",
        "width": 3,
        "extension_mismatch": False,
        "flags": ["odd"],
        "video": {"codec": "h264", "rotation": 90},
        "probe_version": "1",
    },
    {"store": "raw", "key": "b.bin", "token": "2", "size": 0, "status": "empty", "probe_version": "1"},
]


@pytest.fixture
def generation() -> Generation:
    draft = Stage(MemoryBucket(f"cli-writing-{uuid4()}"), "media_metadata", dataset="d").draft(None)
    draft.write("media", [pa.Table.from_pylist(ROWS, schema=MEDIA.schema)])
    draft.seal(inputs={}, code_version="1", settings_hash="1")
    return draft.publish()


def test_a_csv_keeps_every_cell(generation: Generation, tmp_path: Path) -> None:
    write_table(generation, "media", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["key"] == ROWS[0]["key"]
    assert (first["width"], first["extension_mismatch"]) == ("3", "false")
    assert json.loads(first["flags"]) == ["odd"]
    assert json.loads(first["video"])["rotation"] == 90
    assert (second["width"], second["flags"]) == ("", "")


def test_a_parquet_is_the_table(generation: Generation, tmp_path: Path) -> None:
    write_table(generation, "media", tmp_path / "deep" / "out.parquet")
    table = pq.read_table(tmp_path / "deep" / "out.parquet")
    assert table.schema.names == MEDIA.schema.names
    assert table["key"].to_pylist() == [row["key"] for row in ROWS]


def test_a_failed_writing_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(path) as unfinished:
        unfinished.write_text("new, and \ud800", encoding="utf-8")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("out.csv", "old")]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BucketError, match="cannot be written"), replacing(tmp_path / "file" / "out.csv"):
        pass


def test_another_extension_is_refused_before_any_work() -> None:
    refuse_other_formats(Path("a.CSV"))
    refuse_other_formats(None)
    with pytest.raises(SettingsError, match=r"\.parquet or \.csv"):
        refuse_other_formats(Path("a.xlsx"))
