from collections.abc import Callable

import pytest

from labelport.catalogue.stage import Stage
from labelport.errors import BucketError, StoreUnfit
from labelport.storage import conditional
from labelport.storage.conditional import require_conditional_put
from labelport.storage.folder import FolderBucket
from labelport.storage.opening import open_bucket
from labelport.storage.s3.bucket import S3Bucket
from tests.labelport.storage.small_store import Reply, Request, SmallStore, error, served


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    """Forget the stores of other tests: a port may come again."""
    conditional._try.cache_clear()


def puts(store: SmallStore) -> int:
    return sum(request.method == "PUT" for request in store.asked)


def test_a_store_that_keeps_its_word_is_tried_once_and_left_clean() -> None:
    store = SmallStore()
    with served(store) as connection:
        require_conditional_put(S3Bucket("s3://bucket/derived", connection))
        assert (puts(store), store.objects) == (4, {})
        assert all(request.key.startswith("derived/.labelport/") for request in store.asked)
        require_conditional_put(S3Bucket("s3://bucket/other", connection))
        assert puts(store) == 4, "one store is tried once"


def only(header: str) -> Callable[[SmallStore, Request], Reply | None]:
    """Look at one of the two conditions, and not at the other."""

    def first(store: SmallStore, request: Request) -> Reply | None:
        other = "If-None-Match" if header == "If-Match" else "If-Match"
        if request.method != "PUT" or other not in request.headers:
            return None
        return store.do(Request("PUT", request.key, {}, {}, request.body))

    return first


def refusing(store: SmallStore, request: Request) -> Reply | None:
    condition = "If-Match" in request.headers or "If-None-Match" in request.headers
    return error(501, "NotImplemented") if request.method == "PUT" and condition else None


@pytest.mark.parametrize(
    ("store", "why"),
    [
        (SmallStore(conditions=False), "only if there is none"),
        (SmallStore(only("If-Match")), "only if there is none"),
        (SmallStore(only("If-None-Match")), "not the one that was read"),
        (SmallStore(etags=False), "gives no ETag"),
        (SmallStore(refusing), "refuses to write under a condition"),
    ],
)
def test_a_store_that_does_not_is_refused_with_the_remedy(store: SmallStore, why: str) -> None:
    with served(store) as connection:
        bucket = open_bucket("s3://bucket/derived", connection=connection)
        for _ in range(2):
            with pytest.raises(StoreUnfit, match=why) as caught:
                require_conditional_put(bucket)
        assert f"{connection.endpoint}/bucket cannot hold a catalogue" in str(caught.value)
        assert "another store, or in a folder" in str(caught.value)
        with pytest.raises(StoreUnfit):
            Stage(bucket, "bucket_inventory", dataset="birds").draft(None)
    assert store.objects == {}


def test_a_store_that_cannot_be_written_is_not_called_unfit() -> None:
    def denying(store: SmallStore, request: Request) -> Reply | None:
        return error(403, "AccessDenied") if request.method == "PUT" else None

    with served(SmallStore(denying)) as connection:
        with pytest.raises(BucketError, match="s3:PutObject is denied") as caught:
            require_conditional_put(S3Bucket("s3://bucket", connection))
        assert not isinstance(caught.value, StoreUnfit)


def test_a_lost_answer_makes_no_store_unfit() -> None:
    lost: list[str] = []

    def losing(store: SmallStore, request: Request) -> Reply | None:
        if request.method == "PUT" and not lost:
            lost.append(request.key)
            store.do(request)
            return error(500, "InternalError")  # it was written all the same, and obstore asks again
        return None

    with served(SmallStore(losing)) as connection:
        require_conditional_put(S3Bucket("s3://bucket", connection))
    assert lost


def test_a_folder_is_ours_and_not_tried(tmp_path: str) -> None:
    bucket = FolderBucket(str(tmp_path))
    require_conditional_put(bucket)
    assert list(bucket.list()) == []
