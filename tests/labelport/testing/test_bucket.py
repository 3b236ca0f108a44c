"""The contract finds a bucket that breaks it: each broken one here differs from a good one in one thing."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from labelport.errors import LabelportError
from labelport.storage.contract import Got
from labelport.storage.listing import Listing, ListingNotes
from labelport.storage.memory import MemoryBucket, forget
from labelport.testing.bucket import BucketContract
from labelport.testing.race import WRITERS


class Contract(BucketContract):
    """The contract over a broken bucket; not collected by pytest, whose classes begin with Test."""

    def put(self, bucket: Any, key: str, body: bytes) -> None:
        MemoryBucket("broken").put(key, body)

    def got(self, bucket: Any, key: str) -> bytes | None:
        stored = MemoryBucket("broken")._store.objects.get(key)
        return None if stored is None else stored.body


class IgnoresConditions(MemoryBucket):
    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        return super().put(key, body)


class LooksBeforeItWrites(MemoryBucket):
    """Looks, then writes, with nothing to hold the others off in between."""

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        if if_none_match and key not in self._store.objects:
            self.all_have_looked.wait()
            return super().put(key, body)
        return super().put(key, body, if_match=if_match, if_none_match=if_none_match)

    all_have_looked = threading.Barrier(WRITERS)


class IgnoresTokens(MemoryBucket):
    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        return super().read_range(key, start, length)


class ReadsOneTooMany(MemoryBucket):
    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        return super().read_range(key, start, length + 1, token=token)


class DecodesKeys(MemoryBucket):
    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        return super().put(key.replace("+", " "), body, if_match=if_match, if_none_match=if_none_match)


class ListsFolders(MemoryBucket):
    def list(self, prefix: str = "") -> Listing:
        return super().list(prefix.rsplit("/", 1)[0] + "/" if "/" in prefix else "")


class DropsTheLastBatch(MemoryBucket):
    def list(self, prefix: str = "") -> Listing:
        batches = list(super().list(prefix))
        return Listing(iter(batches[:-1]), ListingNotes())


class ListsTwice(MemoryBucket):
    def list(self, prefix: str = "") -> Listing:
        def doubled() -> Iterator[pa.RecordBatch]:
            for batch in MemoryBucket.list(self, prefix):
                yield batch
                yield batch

        return Listing(doubled(), ListingNotes())


class FailsToDeleteTwice(MemoryBucket):
    def delete(self, key: str) -> None:
        del self._store.objects[key]


class DeletesByPrefix(MemoryBucket):
    def delete(self, key: str) -> None:
        for found in [found for found in self._store.objects if found.startswith(key)]:
            super().delete(found)


class AnswersEmptyForAbsent(MemoryBucket):
    def get(self, key: str) -> Got:
        return super().get(key) if key in self._store.objects else Got(b"", "")


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (IgnoresConditions, Contract.test_a_put_where_none_may_be),
        (IgnoresConditions, Contract.test_a_put_over_the_object_that_was_read),
        (IgnoresConditions, Contract.test_of_many_writers_over_one_state_exactly_one_wins),
        (IgnoresTokens, Contract.test_a_range_of_an_object_that_changed_is_refused),
        (DecodesKeys, Contract.test_odd_keys_are_written_and_read_as_they_are),
        (ListsFolders, Contract.test_a_prefix_is_text_and_no_folder),
        (DropsTheLastBatch, Contract.test_many_objects_come_in_batches_each_of_them_once),
        (ListsTwice, Contract.test_many_objects_come_in_batches_each_of_them_once),
        (FailsToDeleteTwice, Contract.test_deleting_twice_is_no_error),
        (DeletesByPrefix, Contract.test_deleting_one_leaves_its_neighbours),
        (AnswersEmptyForAbsent, Contract.test_an_absent_object_is_absent_to_every_reader),
    ],
)
def test_a_broken_bucket_is_found(broken: type[MemoryBucket], test: Callable[[Contract, Any], None]) -> None:
    forget("broken")
    test(Contract(), MemoryBucket("broken"))
    forget("broken")
    with pytest.raises((AssertionError, LabelportError, KeyError, pytest.fail.Exception)):
        test(Contract(), broken("broken"))


def test_a_bucket_that_looks_before_it_writes_loses_the_race() -> None:
    forget("broken")
    with pytest.raises(AssertionError):
        Contract().test_of_many_first_writers_exactly_one_wins(LooksBeforeItWrites("broken"))


@pytest.mark.parametrize(("start", "length", "expected"), [(0, 4, b"0123"), (3, 4, b"3456")])
def test_a_bucket_that_reads_too_much_is_found(start: int, length: int, expected: bytes) -> None:
    forget("broken")
    with pytest.raises(AssertionError):
        Contract().test_a_range_is_read(ReadsOneTooMany("broken"), start, length, expected)
