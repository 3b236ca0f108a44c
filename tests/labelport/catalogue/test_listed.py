from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.catalogue.listed import listed_objects
from labelport.errors import BucketError
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.globs import key_filter
from labelport.storage.listing import Listing, ListingNotes
from labelport.storage.memory import MemoryBucket, forget
from labelport.tables import INVENTORY

ALL = key_filter(["**/*"])


def filled(*keys: str) -> MemoryBucket:
    forget("listed")
    bucket = MemoryBucket("listed")
    for key in keys:
        bucket.put(key, b"" if key.endswith("/") else b"1")
    return bucket


def keys(batches: Iterator[pa.RecordBatch]) -> list[str]:
    return [key for batch in batches for key in batch.column("key").to_pylist()]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4), unique=True), st.integers(1, 7))
def test_keys_come_in_the_order_of_their_bytes_whatever_the_bucket_gives(given_keys: list[str], run_rows: int) -> None:
    bucket = filled(*given_keys)
    objects = [key for key in given_keys if not key.endswith("/")]
    with listed_objects(bucket, wanted=ALL, run_rows=run_rows) as listed:
        assert keys(listed.batches) == sorted(objects, key=str.encode)
        assert listed.num_rows == len(objects)


def test_folder_markers_are_counted_and_left_out_and_only_those_without_bytes() -> None:
    bucket = filled("a/", "b/c/", "b/c/x")
    bucket.put("d/", b"bytes")
    with listed_objects(bucket, wanted=ALL) as listed:
        assert keys(listed.batches) == ["b/c/x", "d/"]
        assert listed.notes.counts == {"inventory.folder_marker": 2}
        assert listed.notes.examples == {"inventory.folder_marker": ["a/", "b/c/"]}


def test_globs_choose_and_what_publish_holds_is_no_object() -> None:
    bucket = filled("a.jpg", "a.txt", "tmp/b.jpg", "derived/c.jpg", "derived2/d.jpg")
    wanted = key_filter(["**/*.jpg"], ["tmp/**"])
    with listed_objects(bucket, wanted=wanted, inside="derived/") as listed:
        assert keys(listed.batches) == ["a.jpg", "derived2/d.jpg"]


def test_only_the_folders_that_the_globs_name_are_listed(tmp_path: Path) -> None:
    asked: list[str] = []

    class Watched(FolderBucket):
        def list(self, prefix: str = "") -> Listing:
            asked.append(prefix)
            return super().list(prefix)

    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_bytes(b"")
    with listed_objects(Watched(str(tmp_path)), wanted=key_filter(["a/*", "b/c*"])) as listed:
        assert keys(listed.batches) == ["a/x"]
    assert asked == ["a/", "b/c"]


def test_a_key_that_comes_twice_is_an_error_of_the_listing_with_the_key() -> None:
    class Doubling(MemoryBucket):
        def list(self, prefix: str = "") -> Listing:
            def twice() -> Iterator[pa.RecordBatch]:
                yield from MemoryBucket.list(self, prefix)
                yield from MemoryBucket.list(self, prefix)

            return Listing(twice(), ListingNotes())

    filled("b", "a")
    for run_rows in (1, 100):
        with (
            listed_objects(Doubling("listed"), wanted=ALL, run_rows=run_rows) as listed,
            pytest.raises(BucketError, match="'a' twice"),
        ):
            keys(listed.batches)


def test_notes_of_several_prefixes_are_joined(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for number in range(4):
            (tmp_path / folder / str(number)).symlink_to("/outside")
    with listed_objects(FolderBucket(str(tmp_path)), wanted=key_filter(["a/*", "b/*"])) as listed:
        assert listed.notes.counts == {"inventory.link_outside": 8}
        assert len(listed.notes.examples["inventory.link_outside"]) == 5


def test_a_bucket_without_notes_is_listed(tmp_path: Path) -> None:
    class Plain(MemoryBucket):
        def list(self, prefix: str = "") -> Iterator[pa.RecordBatch]:  # type: ignore[override]
            return iter(list(super().list(prefix)))

    filled("x")
    bucket: Bucket = Plain("listed")
    with listed_objects(bucket, wanted=ALL) as listed:
        assert keys(listed.batches) == ["x"]
        assert all(batch.schema.equals(INVENTORY.schema) for batch in listed.batches)
