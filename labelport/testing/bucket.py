"""What every bucket must do. Subclass it, say how to reach the store without our code, run it under pytest."""

from collections.abc import Callable
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from labelport.errors import BucketError, ObjectAbsent, ObjectChanged, PreconditionFailed
from labelport.storage.contract import Bucket, ListedObject
from labelport.tables import INVENTORY
from labelport.testing.odd_keys import NO_PATHS, ODD_KEYS
from labelport.testing.race import race


class BucketContract:
    """What every bucket must do.

    Say where a bucket is (``bucket``), and how to write and read behind its back (``put``, ``got``), so
    that it is not tested with itself.
    """

    holds_a_key_beside_its_folder: ClassVar[bool] = True
    """Whether ``a`` and ``a/1`` can both be objects: a file system cannot do that."""

    cannot_hold: ClassVar[frozenset[str]] = frozenset()
    """Odd keys that the server under test, and not the bucket's code, refuses or renames."""

    holds_keys_that_are_no_paths: ClassVar[bool] = True
    """Whether ``d/``, ``a//b`` and ``.`` can be objects: a file system cannot do that."""

    keeps_versions: ClassVar[bool] = False
    """Whether an object that was overwritten or deleted is still read by the token that it had."""

    bad_keys: ClassVar[tuple[str, ...]] = ("",)
    """Keys that this bucket must refuse with ``BucketError``."""

    @pytest.fixture
    def bucket(self) -> Bucket:
        """Return an empty bucket."""
        raise NotImplementedError

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        """Write an object without the bucket's code."""
        raise NotImplementedError

    def got(self, bucket: Bucket, key: str) -> bytes | None:
        """Return the bytes of an object, or null, without the bucket's code."""
        raise NotImplementedError

    @property
    def odd_keys(self) -> list[str]:
        """Return the odd keys that the server can hold."""
        return [key for key in ODD_KEYS if key not in self.cannot_hold]

    # --- listing

    def test_an_empty_bucket_lists_nothing(self, bucket: Bucket) -> None:
        assert rows_of(bucket) == []

    def test_a_listing_has_the_schema_of_the_inventory(self, bucket: Bucket) -> None:
        self.put(bucket, "a.jpg", b"123")
        [batch] = bucket.list()
        assert batch.schema.equals(INVENTORY.schema)
        [row] = rows_of(bucket)
        assert (row["key"], row["size"]) == ("a.jpg", 3)
        assert row["token"]

    def test_odd_keys_are_listed_as_they_are(self, bucket: Bucket) -> None:
        for number, key in enumerate(self.odd_keys):
            self.put(bucket, key, b"x" * number)
        assert {row["key"]: row["size"] for row in rows_of(bucket)} == {k: n for n, k in enumerate(self.odd_keys)}

    def test_odd_keys_are_written_and_read_as_they_are(self, bucket: Bucket) -> None:
        for key in self.odd_keys:
            bucket.put(key, key.encode())
        assert {key: self.got(bucket, key) for key in self.odd_keys} == {key: key.encode() for key in self.odd_keys}
        assert all(bucket.get(key).body == key.encode() for key in self.odd_keys)

    def test_odd_keys_are_copied_and_deleted_as_they_are(self, bucket: Bucket) -> None:
        for key in self.odd_keys:
            self.put(bucket, "source", key.encode())
            bucket.copy("source", key)
            bucket.copy(key, "target")
            assert self.got(bucket, "target") == key.encode()
        assert keys_of(bucket) == sorted([*self.odd_keys, "source", "target"])
        for key in self.odd_keys:
            bucket.delete(key)
        assert keys_of(bucket) == ["source", "target"]

    def test_keys_that_are_no_paths_are_objects_of_their_own_or_refused(self, bucket: Bucket) -> None:
        keys = [key for key in NO_PATHS if key not in self.cannot_hold]
        if not self.holds_keys_that_are_no_paths:
            for key in keys:
                with pytest.raises(BucketError):
                    bucket.put(key, b"")
            assert keys_of(bucket) == []
            return
        for key in ("d", "e", "lead", "two", "a/b", "x", "b"):
            self.put(bucket, key, b"a path")
        for key in keys:
            etag = bucket.put(key, key.encode(), if_none_match=True)
            assert bucket.get(key) == (key.encode(), etag)
            assert self.got(bucket, key) == key.encode()
            head = bucket.head(key)
            assert bucket.read_range(key, 0, 99, token=head.token) == key.encode()
            assert [row for row in rows_of(bucket, key) if row["key"] == key] == [row_of(head)]
        assert keys_of(bucket) == sorted([*keys, "d", "e", "lead", "two", "a/b", "x", "b"])
        for key in keys:
            bucket.copy(key, "copy")
            assert self.got(bucket, "copy") == key.encode()
            bucket.delete(key)
        assert {key: self.got(bucket, key) for key in ("d", "x", "a/b")} == dict.fromkeys(("d", "x", "a/b"), b"a path")

    def test_addresses_of_odd_keys_differ_and_have_no_blanks(self, bucket: Bucket) -> None:
        addresses = [bucket.url(key) for key in ODD_KEYS]
        assert len(set(addresses)) == len(ODD_KEYS)
        assert all(address.isascii() and not set(address) & set(" \n\"'<>") for address in addresses)
        assert addresses == [bucket.url(key) for key in ODD_KEYS]

    def test_a_key_beside_its_own_folder(self, bucket: Bucket) -> None:
        bucket.put("a", b"1")
        if self.holds_a_key_beside_its_folder:
            bucket.put("a/1", b"2")
            assert sorted(row["key"] for row in rows_of(bucket)) == ["a", "a/1"]
            return
        with pytest.raises(BucketError):
            bucket.put("a/1", b"2")
        bucket.put("b/1", b"2")
        with pytest.raises(BucketError):
            bucket.put("b", b"1")
        with pytest.raises(ObjectAbsent):
            bucket.head("b")
        bucket.delete("b")
        assert {row["key"]: self.got(bucket, row["key"]) for row in rows_of(bucket)} == {"a": b"1", "b/1": b"2"}

    def test_a_prefix_is_text_and_no_folder(self, bucket: Bucket) -> None:
        for key in ("ab/1", "ab/2", "abc", "a/b", "b/ab"):
            self.put(bucket, key, b"")
        assert keys_of(bucket, "ab") == ["ab/1", "ab/2", "abc"]
        assert keys_of(bucket, "ab/") == ["ab/1", "ab/2"]
        assert keys_of(bucket, "ab/1") == ["ab/1"]
        assert keys_of(bucket, "nothing/here") == []

    def test_many_objects_come_in_batches_each_of_them_once(self, bucket: Bucket) -> None:
        keys = {f"{number % 7}/{number:05d}" for number in range(300)}
        for key in keys:
            self.put(bucket, key, b"")
        assert all(batch.num_rows <= 10_000 for batch in bucket.list())
        assert keys_of(bucket) == sorted(keys)

    def test_an_object_without_bytes_is_listed_and_read(self, bucket: Bucket) -> None:
        self.put(bucket, "empty", b"")
        assert [(row["key"], row["size"]) for row in rows_of(bucket)] == [("empty", 0)]
        assert bucket.read_range("empty", 0, 10) == b""
        assert bucket.get("empty").body == b""

    # --- one object

    def test_head_says_what_the_listing_says(self, bucket: Bucket) -> None:
        self.put(bucket, "x/y", b"12345")
        assert rows_of(bucket) == [row_of(bucket.head("x/y"))]

    def test_an_absent_object_is_absent_to_every_reader(self, bucket: Bucket) -> None:
        self.put(bucket, "there", b"")
        readers: list[Callable[[str], Any]] = [
            bucket.head,
            bucket.get,
            lambda key: bucket.read_range(key, 0, 1),
            lambda key: bucket.read_range(key, 0, 0),
            lambda key: bucket.copy(key, "target"),
        ]
        for read in readers:
            for key in ("absent", "absent/too", "there/not"):
                with pytest.raises(ObjectAbsent):
                    read(key)

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [(0, 4, b"0123"), (3, 4, b"3456"), (6, 4, b"6789"), (8, 10, b"89"), (10, 5, b""), (99, 5, b""), (2, 0, b"")],
    )
    def test_a_range_is_read(self, bucket: Bucket, start: int, length: int, expected: bytes) -> None:
        self.put(bucket, "digits", b"0123456789")
        assert bucket.read_range("digits", start, length) == expected
        assert bucket.read_range("digits", start, length, token=bucket.head("digits").token) == expected

    def test_a_range_of_an_object_that_changed_is_refused(self, bucket: Bucket) -> None:
        self.put(bucket, "x", b"before")
        token = bucket.head("x").token
        self.put(bucket, "x", b"after it")
        for start, length, kept in ((0, 3, b"bef"), (0, 0, b""), (99, 3, b"")):
            if self.keeps_versions:
                assert bucket.read_range("x", start, length, token=token) == kept
            else:
                with pytest.raises(ObjectChanged):
                    bucket.read_range("x", start, length, token=token)
        assert bucket.read_range("x", 0, 3) == b"aft"

    def test_a_range_of_an_object_that_was_deleted_is_absent(self, bucket: Bucket) -> None:
        bucket.put("x", b"before")
        token = bucket.head("x").token
        bucket.delete("x")
        if self.keeps_versions:
            assert bucket.read_range("x", 0, 3, token=token) == b"bef"
        else:
            with pytest.raises(ObjectAbsent):
                bucket.read_range("x", 0, 3, token=token)
        with pytest.raises(ObjectAbsent):
            bucket.read_range("x", 0, 3)

    def test_an_object_overwritten_at_once_by_equally_many_bytes_has_another_token(self, bucket: Bucket) -> None:
        tokens = set()
        for number in range(50):
            bucket.put("x", b"%02d" % number)
            tokens.add(bucket.head("x").token)
        assert len(tokens) == 50

    # --- writing

    def test_what_is_put_is_there_whole(self, bucket: Bucket) -> None:
        body = bytes(range(256)) * 1000
        etag = bucket.put("x/y", body)
        assert self.got(bucket, "x/y") == body
        assert bucket.get("x/y") == (body, etag)

    def test_a_put_replaces(self, bucket: Bucket) -> None:
        first = bucket.put("x", b"first, which is longer")
        second = bucket.put("x", b"second")
        assert first != second
        assert self.got(bucket, "x") == b"second"

    def test_a_put_where_none_may_be(self, bucket: Bucket) -> None:
        etag = bucket.put("x", b"mine", if_none_match=True)
        with pytest.raises(PreconditionFailed):
            bucket.put("x", b"theirs", if_none_match=True)
        assert bucket.get("x") == (b"mine", etag)

    def test_a_put_over_the_object_that_was_read(self, bucket: Bucket) -> None:
        read = bucket.put("x", b"1")
        now = bucket.put("x", b"2", if_match=read)
        with pytest.raises(PreconditionFailed):
            bucket.put("x", b"3", if_match=read)
        assert bucket.get("x") == (b"2", now)

    def test_a_put_over_an_object_that_is_gone(self, bucket: Bucket) -> None:
        etag = bucket.put("x", b"1")
        bucket.delete("x")
        with pytest.raises(PreconditionFailed):
            bucket.put("x", b"2", if_match=etag)
        assert self.got(bucket, "x") is None

    def test_of_many_first_writers_exactly_one_wins(self, bucket: Bucket) -> None:
        winners = race(lambda name: bucket.put("pointer", name, if_none_match=True))
        assert len(winners) == 1
        assert self.got(bucket, "pointer") == winners[0]

    def test_of_many_writers_over_one_state_exactly_one_wins(self, bucket: Bucket) -> None:
        etag = bucket.put("pointer", b"before")
        winners = race(lambda name: bucket.put("pointer", name, if_match=etag))
        assert len(winners) == 1
        assert self.got(bucket, "pointer") == winners[0]

    def test_a_refused_put_leaves_nothing_behind(self, bucket: Bucket) -> None:
        bucket.put("x", b"1")
        with pytest.raises(PreconditionFailed):
            bucket.put("x", b"2", if_none_match=True)
        assert keys_of(bucket) == ["x"]

    # --- copying and deleting

    def test_a_copy_is_equal_and_stays_when_the_source_goes(self, bucket: Bucket) -> None:
        bucket.put("from/here", b"body")
        bucket.copy("from/here", "to/there")
        bucket.put("from/here", b"something else")
        bucket.delete("from/here")
        assert {key: self.got(bucket, key) for key in keys_of(bucket)} == {"to/there": b"body"}

    def test_a_copy_replaces_also_a_copy_of_itself(self, bucket: Bucket) -> None:
        bucket.put("a", b"a")
        bucket.put("b", b"b")
        for _ in range(2):
            bucket.copy("a", "b")
        bucket.copy("a", "a")
        assert {key: self.got(bucket, key) for key in keys_of(bucket)} == {"a": b"a", "b": b"a"}

    def test_deleting_twice_is_no_error(self, bucket: Bucket) -> None:
        bucket.put("x/y/z", b"")
        bucket.delete("x/y/z")
        bucket.delete("x/y/z")
        bucket.delete("never/was")
        assert keys_of(bucket) == []

    def test_deleting_one_leaves_its_neighbours(self, bucket: Bucket) -> None:
        for key in ("x/1", "x/2", "xy"):
            bucket.put(key, b"")
        bucket.delete("x/1")
        bucket.delete("x")
        assert keys_of(bucket) == ["x/2", "xy"]

    def test_keys_that_cannot_be_are_refused_and_nothing_is_written(self, bucket: Bucket) -> None:
        for key in self.bad_keys:
            with pytest.raises(BucketError):
                bucket.put(key, b"")
        assert keys_of(bucket) == []


def rows_of(bucket: Bucket, prefix: str = "") -> list[dict[str, Any]]:
    """Return the rows of a listing in the order of their keys."""
    rows = pa.Table.from_batches(bucket.list(prefix), schema=INVENTORY.schema).to_pylist()
    return sorted(rows, key=lambda row: str(row["key"]))


def keys_of(bucket: Bucket, prefix: str = "") -> list[str]:
    """Return the keys of a listing in order."""
    return [row["key"] for row in rows_of(bucket, prefix)]


def row_of(listed: ListedObject) -> dict[str, Any]:
    """Return an object as a row of a listing."""
    return {name: getattr(listed, name) for name in INVENTORY.schema.names}
