import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labelport.errors import BucketError
from labelport.storage.s3 import shards
from labelport.storage.s3.listing import Page
from labelport.storage.s3.pages import PageObjects
from labelport.storage.s3.shards import Pages, listed


def page(keys: list[str], folders: list[str]) -> Page:
    nothing: list[str | None] = [None] * len(keys)
    return Page(PageObjects(keys, [0] * len(keys), nothing, nothing, pa.nulls(len(keys)), []), folders)


def store(keys: set[str], *, page_keys: int = 2, backwards: bool = False) -> Pages:
    """Return the pages of a store that holds these keys, as S3 defines Prefix and Delimiter."""

    def pages(prefix: str, *, folders: bool = False) -> Iterator[Page]:
        below = sorted((key for key in keys if key.startswith(prefix)), reverse=backwards)
        entries: list[str] = []
        for key in below:
            head, slash, _ = key[len(prefix) :].partition("/")
            entries.append(prefix + head + slash if folders and slash else key)
        entries = list(dict.fromkeys(entries))
        for at in range(0, max(len(entries), 1), page_keys):
            part = entries[at : at + page_keys]
            ends = [folders and "/" in entry[len(prefix) :] for entry in part]
            yield page(
                [entry for entry, is_folder in zip(part, ends, strict=True) if not is_folder],
                [entry for entry, is_folder in zip(part, ends, strict=True) if is_folder],
            )

    return pages


KEYS = st.sets(
    st.lists(st.sampled_from(["a", "b", "/", "//", "é", "a/", "/b"]), min_size=1, max_size=5).map("".join), max_size=12
)


@settings(deadline=None)
@given(
    keys=KEYS,
    prefix=st.sampled_from(["", "a", "a/", "/", "b"]),
    flat=st.integers(0, 2),
    dense=st.integers(1, 3),
    backwards=st.booleans(),
)
@example(
    keys={"a/1", "a/2", "a", "b"}, prefix="", flat=0, dense=1, backwards=False
)  # what lies at the level that is split
def test_a_split_listing_has_every_key_once(
    keys: set[str], prefix: str, flat: int, dense: int, backwards: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "FLAT_PAGES", flat)
        patch.setattr(shards, "DENSE", dense)
        found = [key for objects in listed(store(keys, backwards=backwards), prefix) for key in objects.keys]
    assert sorted(found) == sorted(key for key in keys if key.startswith(prefix))


@pytest.fixture
def always_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "FLAT_PAGES", 0)
    monkeypatch.setattr(shards, "DENSE", 1)


def test_a_small_bucket_is_listed_without_threads_and_only_once() -> None:
    asked: list[str] = []
    pages = store({f"{number % 7}/{number}" for number in range(100)}, page_keys=10)

    def counting(prefix: str, *, folders: bool = False) -> Iterator[Page]:
        asked.append(threading.current_thread().name)
        return pages(prefix, folders=folders)

    assert sum(len(objects.keys) for objects in listed(counting, "")) == 100
    assert asked == [threading.current_thread().name]


def test_folders_with_few_keys_are_not_worth_a_listing_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "FLAT_PAGES", 3)
    asked: list[str] = []
    pages = store({f"{number}/only" for number in range(100)}, page_keys=10)

    def counting(prefix: str, *, folders: bool = False) -> Iterator[Page]:
        asked.append(prefix)
        return pages(prefix, folders=folders)

    assert sum(len(objects.keys) for objects in listed(counting, "")) == 100
    assert asked == [""]


@pytest.mark.usefixtures("always_split")
def test_a_folder_that_cannot_be_listed_fails_the_whole() -> None:
    pages = store({f"{number % 20}/{number}" for number in range(200)})

    def failing(prefix: str, *, folders: bool = False) -> Iterator[Page]:
        if prefix == "7/":
            raise BucketError("denied")
        return pages(prefix, folders=folders)

    with pytest.raises(BucketError, match="denied"):
        list(listed(failing, ""))
    assert_no_lister_is_left()


@pytest.mark.usefixtures("always_split")
def test_a_listing_that_nobody_reads_to_its_end_leaves_no_thread() -> None:
    reading = listed(store({f"{number % 20}/{number}" for number in range(2000)}), "")
    next(reading)
    reading.close()  # type: ignore[attr-defined]  # it is a generator
    assert_no_lister_is_left()


@pytest.mark.usefixtures("always_split")
@pytest.mark.parametrize("folder", ["", "other/", "a/"])
def test_a_folder_that_is_none_is_an_error_and_no_endless_listing(folder: str) -> None:
    def wrong(prefix: str, *, folders: bool = False) -> Iterator[Page]:
        yield page([] if folders else [f"{prefix}a/x"], [folder] if folders else [])

    with pytest.raises(BucketError, match="cannot be trusted"):
        list(listed(wrong, "a/"))


@pytest.mark.usefixtures("always_split")
def test_folders_are_listed_side_by_side() -> None:
    pages = store({f"{number % 2}/{number}" for number in range(80)})
    both = threading.Barrier(2, timeout=10)

    def meeting(prefix: str, *, folders: bool = False) -> Iterator[Page]:
        if prefix:
            both.wait()  # the listing of the other folder has begun too
        return pages(prefix, folders=folders)

    assert sum(len(objects.keys) for objects in listed(meeting, "")) == 80


def assert_no_lister_is_left() -> None:
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("listing")]
