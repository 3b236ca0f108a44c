import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import labelport.catalogue
from labelport.catalogue.stage import Stage
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from tests.labelport.catalogue.rows import media, numbered, publish


def test_a_catalogue_gives_its_tables_as_pandas_and_as_datasets(bucket: Bucket) -> None:
    publish(Stage(bucket, "bucket_inventory", dataset="d", shard_rows=10), "inventory", numbered(range(35)))
    publish(Stage(bucket, "media_metadata", dataset="d"), "media", media(["a", "b"], width=640))
    catalogue = labelport.catalogue.open(bucket.uri)
    assert catalogue.tables() == ["findings", "inventory", "media"]
    frame = catalogue.frame("media", columns=["key", "kind", "width"])
    assert isinstance(frame, pd.DataFrame)
    assert frame.to_dict("list") == {"key": ["a", "b"], "kind": ["image", "image"], "width": [640, 640]}
    assert len(catalogue.frame("findings")) == 0, "the findings of both stages"
    assert catalogue.dataset("inventory").count_rows() == 35
    assert catalogue.dataset("inventory").to_table(columns=["key"])["key"].to_pylist()[:2] == ["k00000", "k00001"]
    with pytest.raises(KeyError, match="no stage has a table 'series'; there are findings, inventory, media"):
        catalogue.frame("series")


def test_an_opened_catalogue_keeps_its_generations(bucket: Bucket) -> None:
    stage = Stage(bucket, "bucket_inventory", dataset="d")
    publish(stage, "inventory", numbered(range(3)))
    catalogue = labelport.catalogue.open(bucket.uri)
    publish(stage, "inventory", numbered(range(5)))
    assert len(catalogue.frame("inventory")) == 3
    assert len(labelport.catalogue.open(bucket.uri).frame("inventory")) == 5


def test_a_folder_without_a_catalogue_is_said(tmp_path: Path) -> None:
    FolderBucket(str(tmp_path)).put("photo.jpg", b"1")
    with pytest.raises(FileNotFoundError, match="nothing was ever published"):
        labelport.catalogue.open(str(tmp_path))


def test_importing_the_package_imports_neither_pandas_nor_pyarrow() -> None:
    code = (
        "import sys, labelport.catalogue; print([m for m in ('pandas', 'pyarrow', 'matplotlib') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_stages_of_the_catalogue_do_not_import_pandas() -> None:
    code = "import sys, labelport.catalogue.stage; print('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
