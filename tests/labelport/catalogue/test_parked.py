import pyarrow as pa

from labelport.catalogue.stage import Stage
from labelport.storage.contract import Bucket
from tests.labelport.catalogue.rows import media


def test_what_is_parked_is_there_for_the_next_run_until_it_is_cleared(bucket: Bucket) -> None:
    Stage(bucket, "media_metadata", dataset="d").parked.park(media(["a", "b"], video={"codec": "h264"}))
    Stage(bucket, "media_metadata", dataset="d").parked.park(media(["c"]))
    next_run = Stage(bucket, "media_metadata", dataset="d").parked
    found = pa.concat_tables(next_run.batches())
    assert sorted(found["key"].to_pylist()) == ["a", "b", "c"]
    assert found.schema.equals(media(["a"]).schema)
    next_run.clear()
    assert list(next_run.batches()) == []


def test_an_unreadable_object_is_skipped(bucket: Bucket) -> None:
    parked = Stage(bucket, "media_metadata", dataset="d").parked
    parked.park(media(["a"]))
    [whole] = [key for batch in bucket.list("catalogue/media_metadata/parked/") for key in batch["key"].to_pylist()]
    body = bucket.get(whole).body
    for number, cut in enumerate((0, 4, len(body) // 2, len(body) - 1)):
        bucket.put(f"catalogue/media_metadata/parked/torn{number}.arrow", body[:cut])
    assert [rows["key"].to_pylist() for rows in parked.batches()] == [["a"]]


def test_stages_do_not_see_each_others(bucket: Bucket) -> None:
    Stage(bucket, "media", dataset="d").parked.park(media(["a"]))
    assert list(Stage(bucket, "media_metadata", dataset="d").parked.batches()) == []
