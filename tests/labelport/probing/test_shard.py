"""From listed objects to rows of media, in this process."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from labelport.errors import BucketError
from labelport.probing import shard as shard_module
from labelport.probing.contract import BudgetSpent, Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.shard import GONE, TRANSIENT, media_batch, probe_shard
from labelport.probing.versions import current_versions, probes
from labelport.storage.memory import MemoryBucket
from labelport.tables import MEDIA
from tests.labelport.probing.files import jpeg, png
from tests.media import figures, kitti, pcd


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> MemoryBucket:
    return MemoryBucket(request.node.name)


def rows_of(bucket: MemoryBucket, /, **options: Any) -> Iterator[dict[str, Any]]:
    """Probe all objects of a bucket; yield their rows in key order."""
    listed = pa.Table.from_batches(bucket.list()).sort_by("key").combine_chunks().to_batches()[0]
    yield from rows_of_listing(bucket, listed, **options)


def rows_of_listing(bucket: MemoryBucket, listed: pa.RecordBatch, /, **options: Any) -> Iterator[dict[str, Any]]:
    begun: list[int] = []
    given = {"bucket": bucket.uri, "versions": current_versions(), **options}
    batch = probe_shard(listed, given, begun.append)
    assert begun == list(range(listed.num_rows))
    assert batch.schema.equals(MEDIA.schema)
    yield from batch.to_pylist()


class Behaving:
    """A probe of images that does what a test says."""

    kind, version, formats = "image", "image-1", {"png": "image/png"}
    limits = Limits()

    def __init__(self, act: Any) -> None:
        self._act = act

    def probe(self, head: bytes, size: int, read: RangeRead, limits: Limits, context: ProbeContext) -> MediaRow:
        row: MediaRow = self._act(read)
        return row


def raises(error: BaseException) -> Any:
    def act(_: RangeRead) -> MediaRow:
        raise error

    return act


@pytest.fixture
def behave(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a probe of images into the place of ours."""
    return lambda act: monkeypatch.setattr(shard_module, "probes", lambda: {**probes(), "image": Behaving(act)})


def test_content_decides_and_the_extension_is_compared(bucket: MemoryBucket) -> None:
    bucket.put("a.png", png(8, 6))
    bucket.put("b.png", jpeg(4, 3))
    one, two = rows_of(bucket)
    assert (one["kind"], one["format"], one["width"], one["height"], one["status"]) == ("image", "png", 8, 6, "ok")
    assert (one["extension"], one["extension_mismatch"]) == (".png", False)
    assert (two["format"], two["mime_type"], two["extension_mismatch"]) == ("jpeg", "image/jpeg", True)
    assert one["probe_version"] == current_versions()["image"]
    assert (one["store"], one["probe_requests"], one["probe_bytes"]) == ("raw", 1, len(png(8, 6)))


def test_objects_of_which_nothing_but_the_head_is_read_are_named(bucket: MemoryBucket) -> None:
    bucket.put("a.txt", b"hello there\n")
    bucket.put("b.zip", b"PK\x05\x06" + bytes(18))
    bucket.put("c", bytes([7, 200, 3, 250]) * 64)
    bucket.put("d.png", b"")
    bucket.put("e.ply", b"ply\nformat ascii 1.0\n")
    rows = list(rows_of(bucket))
    assert [(row["kind"], row["status"]) for row in rows] == [
        ("text", "ok"),
        ("archive", "ok"),
        ("unknown", "not_media"),
        ("unknown", "empty"),
        ("unknown", "unsupported"),
    ]
    made_by = [current_versions()[kind] for kind in ("text", "archive")]
    assert [row["probe_version"] for row in rows] == [*made_by, "unknown-0", "unknown-0", "unknown-0"]
    assert [row["probe_requests"] for row in rows] == [1, 1, 1, 0, 1]
    assert rows[0]["mode"] == "utf-8"


def test_clouds_and_documents_are_rows(bucket: MemoryBucket) -> None:
    bucket.put("a.pcd", pcd(6, grid=(3, 3)))
    bucket.put("b.bin", kitti(500))
    bucket.put("c.pdf", figures(2))
    cloud, floats, document = rows_of(bucket)
    assert (cloud["kind"], cloud["points"], cloud["flags"]) == ("pointcloud", 6, ["pcd_points"])
    assert (floats["format"], floats["points"], floats["pointcloud"]["estimated"]) == ("kitti", 500, True)
    assert (document["kind"], document["pages"], document["status"]) == ("pdf", 2, "ok")
    assert [row["extension_mismatch"] for row in (cloud, floats, document)] == [False] * 3
    assert (floats["probe_requests"], floats["probe_bytes"]) == (1, 4096)


def test_an_object_that_is_another_one_now_is_changed(bucket: MemoryBucket) -> None:
    bucket.put("a.png", png())
    (listed,) = bucket.list()
    bucket.put("a.png", png(9, 9))
    (row,) = rows_of_listing(bucket, listed)
    assert (row["status"], row["flags"], row["token"]) == ("changed", None, listed.column("token")[0].as_py())


def test_an_object_that_is_gone_is_said_to_be_gone(bucket: MemoryBucket) -> None:
    bucket.put("a.png", png())
    (listed,) = bucket.list()
    bucket.delete("a.png")
    (row,) = rows_of_listing(bucket, listed)
    assert (row["status"], row["flags"]) == ("changed", [GONE])


def test_an_object_shorter_than_listed_is_changed(bucket: MemoryBucket) -> None:
    bucket.put("a.png", png())
    (listed,) = bucket.list()
    longer = listed.set_column(1, listed.schema.field("size"), pa.array([5000]))
    (row,) = rows_of_listing(bucket, longer)
    assert row["status"] == "changed"


@pytest.mark.parametrize(
    "error", [MemoryError(), RecursionError(), SyntaxError("x"), OverflowError(), ValueError("Doe^John"), KeyError("k")]
)
def test_whatever_a_parser_raises_is_the_row_of_that_object(
    bucket: MemoryBucket, behave: Any, error: Exception
) -> None:
    behave(raises(error))
    bucket.put("a.png", png())
    bucket.put("b.txt", b"text")
    one, two = rows_of(bucket)
    assert (one["status"], one["kind"]) == ("unreadable", "image")
    assert type(error).__name__ in one["error"]
    assert "Doe" not in one["error"]
    assert two["status"] == "ok"


def test_a_fault_of_ours_is_no_row(bucket: MemoryBucket, behave: Any) -> None:
    behave(raises(KeyboardInterrupt()))
    bucket.put("a.png", png())
    with pytest.raises(KeyboardInterrupt):
        list(rows_of(bucket))


def test_a_bucket_that_cannot_be_opened_stops_the_shard(bucket: MemoryBucket) -> None:
    bucket.put("a.png", png())
    with pytest.raises(BucketError):
        list(rows_of(bucket, bucket="ftp://nowhere"))


def test_a_spent_budget_is_partial(bucket: MemoryBucket, behave: Any) -> None:
    behave(raises(BudgetSpent("more than 3 requests")))
    bucket.put("a.png", png())
    (row,) = rows_of(bucket)
    assert (row["status"], row["error"]) == ("partial", "The budget of an object was spent: more than 3 requests.")


def test_an_error_of_the_store_is_tried_again_whatever_a_library_made_of_it(
    bucket: MemoryBucket, behave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallow(read: RangeRead) -> MediaRow:
        with pytest.raises(BucketError):
            read(100_000, 10)
        return {"status": "ok"}

    behave(swallow)
    bucket.put("a.png", png() + bytes(200_000))
    whole = MemoryBucket.read_range

    def broken(self: MemoryBucket, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        if start:
            raise BucketError("the cable is out")
        return whole(self, key, start, length, token=token)

    monkeypatch.setattr(MemoryBucket, "read_range", broken)
    (row,) = rows_of(bucket)
    assert (row["status"], row["flags"]) == ("unreadable", [TRANSIENT])


def test_what_was_read_is_counted_and_never_read_twice(bucket: MemoryBucket, behave: Any) -> None:
    def reads(read: RangeRead) -> MediaRow:
        return {"width": len(read(100_000, 10)), "height": len(read(100_000, 10)), "stored_width": len(read(0, 9))}

    behave(reads)
    bucket.put("a.png", png() + bytes(200_000))
    (row,) = rows_of(bucket)
    assert (row["width"], row["height"], row["stored_width"]) == (10, 10, 9)
    assert row["probe_requests"] == 2
    assert (32 << 10) < row["probe_bytes"] < 200_000


def test_a_probe_may_correct_the_kind(bucket: MemoryBucket, behave: Any) -> None:
    behave(lambda read: {"kind": "audio", "format": "mp4", "mime_type": "audio/mp4"})
    bucket.put("a.png", png())
    (row,) = rows_of(bucket)
    assert (row["kind"], row["format"], row["mime_type"], row["probe_version"]) == (
        "audio",
        "mp4",
        "audio/mp4",
        current_versions()["audio"],
    )


@pytest.mark.parametrize(
    "found", [{"width": 1 << 40}, {"width": "wide"}, {"error": "\ud800"}, {"nifti": {"dims": ["x"]}}]
)
def test_values_that_no_column_holds_cost_their_row_only(bucket: MemoryBucket, behave: Any, found: MediaRow) -> None:
    behave(lambda read: found)
    bucket.put("a.png", png())
    bucket.put("b.txt", b"text")
    one, two = rows_of(bucket)
    assert (one["status"], one["key"], one["kind"]) == ("unreadable", "a.png", "image")
    assert two["status"] == "ok"


def test_no_rows_are_a_batch_of_no_rows() -> None:
    assert media_batch([]).schema.equals(MEDIA.schema)
