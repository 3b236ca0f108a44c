"""What the bucket makes of servers that refuse, lie, stumble, or are not there."""

import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from labelport.errors import BucketError, LabelportError, ObjectAbsent, ObjectChanged, PreconditionFailed
from labelport.storage.connection import Connection
from labelport.storage.listing import notes_of
from labelport.storage.s3.bucket import S3Bucket
from labelport.testing.bucket import keys_of, rows_of
from tests.labelport.storage.small_store import Reply, Request, SmallStore, error, served
from tests.servers import free_port

NAMEABLE, ODD = "x", "x//"
"""Keys that go through obstore and through boto3."""

ACTS: dict[str, Callable[[S3Bucket, str], Any]] = {
    "list": lambda bucket, key: list(bucket.list()),
    "head": lambda bucket, key: bucket.head(key),
    "get": lambda bucket, key: bucket.get(key),
    "read": lambda bucket, key: bucket.read_range(key, 0, 3),
    "put": lambda bucket, key: bucket.put(key, b"1"),
    "first": lambda bucket, key: bucket.put(key, b"1", if_none_match=True),
    "copy": lambda bucket, key: bucket.copy(key, "y"),
    "delete": lambda bucket, key: bucket.delete(key),
}


def always(reply: Reply) -> SmallStore:
    return SmallStore(lambda store, request: reply)


DENIED = error(403, "AccessDenied", "<AWSAccessKeyId>KEYID</AWSAccessKeyId><StringToSign>hush</StringToSign>")
REFUSALS = {
    "no right": (DENIED, r"s3:\w+ is denied to these credentials"),
    "no bucket": (error(404, "NoSuchBucket"), "there is no bucket bucket at http://127.0.0.1"),
    "secret": (error(403, "SignatureDoesNotMatch", "<StringToSign>hush</StringToSign>"), "check key and secret"),
    "key": (error(403, "InvalidAccessKeyId", "<AWSAccessKeyId>KEYID</AWSAccessKeyId>"), "check key and secret"),
    "clock": (error(403, "RequestTimeTooSkewed"), "set the clock"),
    "expired": (error(400, "ExpiredToken"), "have expired"),
    "signed": (error(400, "AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>"), "another region, eu-north-1"),
    "region": (error(301, "PermanentRedirect"), "lies in another region"),
}
EVERY = [(refusal, act, key) for refusal in ("no right", "no bucket") for act in ACTS for key in (NAMEABLE, ODD)]
SOME = [
    (refusal, act, key) for refusal in list(REFUSALS)[2:] for act, key in (("list", ""), ("head", "x"), ("head", "x//"))
]


@pytest.mark.parametrize(("refusal", "act", "key"), EVERY + SOME)
def test_a_refusal_says_what_to_do_and_no_secret(refusal: str, act: str, key: str) -> None:
    reply, words = REFUSALS[refusal]
    with served(always(reply), max_attempts=1) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        with pytest.raises(BucketError, match=words) as caught:
            ACTS[act](bucket, key)
    assert "bucket" in str(caught.value)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    for secret in ("hush", "KEYID", "Signature=", "Authorization:", "/bucket/x"):
        assert secret not in told
    seen: BaseException | None = caught.value
    while seen is not None:  # what a logger could find behind it
        assert isinstance(seen, LabelportError) or "labelport" in type(seen).__module__
        seen = seen.__cause__ or seen.__context__


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
@pytest.mark.parametrize("act", ["head", "get", "read", "copy"])
def test_an_absent_object_is_told_from_an_absent_bucket(act: str, key: str) -> None:
    with served(SmallStore()) as connection, pytest.raises(ObjectAbsent):
        ACTS[act](S3Bucket("s3://bucket", connection), key)
    with served(always(error(404, "NoSuchBucket"))) as connection, pytest.raises(BucketError, match="no bucket"):
        ACTS[act](S3Bucket("s3://bucket", connection), key)


def test_a_bucket_that_may_not_be_listed_is_no_empty_one() -> None:
    def denying(store: SmallStore, request: Request) -> Reply | None:
        return error(403, "AccessDenied") if "list-type" in request.query else None

    with served(SmallStore(denying)) as connection, pytest.raises(BucketError, match="s3:ListBucket is denied"):
        keys_of(S3Bucket("s3://bucket", connection))


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
@pytest.mark.parametrize("act", ACTS)
def test_an_endpoint_that_is_not_there_is_said_within_seconds(act: str, key: str) -> None:
    nowhere = Connection(endpoint=f"http://127.0.0.1:{free_port()}", access_key_id="KEYID", secret_access_key="hush")
    began = time.monotonic()
    with pytest.raises(BucketError, match="was not reached") as caught:
        ACTS[act](S3Bucket("s3://bucket", nowhere), key)
    assert time.monotonic() - began < 10
    assert "hush" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("body", [b"", b"<html><body>Sign in</body></html>", b"{}", b"<ListBucketResult>"])
def test_what_is_no_s3_is_no_empty_bucket(body: bytes) -> None:
    with (
        served(always(Reply(200, body)), max_attempts=1) as connection,
        pytest.raises(BucketError, match=r"is not S3|500 was the answer"),
    ):
        keys_of(S3Bucket("s3://bucket", connection))


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
@pytest.mark.parametrize(
    ("act", "bad"),
    [(act, bad) for act in ACTS for bad in (Reply(500), Reply(200, lost=True)) if (act, bad.lost) != ("first", True)]
    + [("read", Reply(429)), ("read", Reply(503))],
)  # where the answer to a first put is lost, nobody knows whether it was written: that is below
def test_a_bad_moment_is_sat_out(act: str, bad: Reply, key: str) -> None:
    left = [2]

    def stumbling(store: SmallStore, request: Request) -> Reply | None:
        left[0] -= 1
        return bad if left[0] >= 0 else None

    with served(SmallStore(stumbling, objects={"x": b"123", "x//": b"123"})) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        if act == "first":
            bucket.delete(key)
            left[0] = 2
        ACTS[act](bucket, key)
    assert left[0] < 0


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
def test_a_denial_is_asked_once(key: str) -> None:
    store = always(error(403, "AccessDenied"))
    with served(store) as connection, suppress(BucketError):
        S3Bucket("s3://bucket", connection).get(key)
    assert len(store.asked) == 1


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
def test_a_server_that_ignores_if_match_is_caught(key: str) -> None:
    with served(SmallStore(conditions=False)) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        bucket.put(key, b"before")
        token = bucket.head(key).token
        assert bucket.read_range(key, 0, 3, token=token) == b"bef"
        bucket.put(key, b"after it")
        for start, length in ((0, 3), (0, 0), (99, 1)):
            with pytest.raises(ObjectChanged):
                bucket.read_range(key, start, length, token=token)


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
def test_a_server_without_etags_gives_one_token_and_a_change_of_size_is_seen(key: str) -> None:
    with served(SmallStore(etags=False)) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        bucket.put(key, b"before")
        head = bucket.head(key)
        assert [row["token"] for row in rows_of(bucket)] == [head.token]
        assert (head.etag, bucket.read_range(key, 0, 3, token=head.token)) == (None, b"bef")
        bucket.put(key, b"after it")
        with pytest.raises(ObjectChanged):
            bucket.read_range(key, 0, 3, token=head.token)


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
def test_no_more_than_the_range_is_asked_for_and_none_beyond_it_is_taken(key: str) -> None:
    store = SmallStore(objects={key: bytes(1000)})
    with served(store) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        assert bucket.read_range(key, 10, 5) == bytes(5)
        assert [request.headers["Range"] for request in store.asked] == ["bytes=10-14"]
        store.first = lambda store, request: Reply(200, bytes(1000), {"ETag": '"e"'})
        with pytest.raises(BucketError, match="is not S3"):
            bucket.read_range(key, 10, 5)


@pytest.mark.parametrize("key", [NAMEABLE, ODD])
def test_the_answer_to_a_conditional_put_may_get_lost(key: str) -> None:
    """Each of three ends is told as it is: written, refused, or an error; the caller reads what is there."""

    def losing(store: SmallStore, request: Request) -> Reply | None:
        if request.method == "PUT":
            store.do(request)
            return Reply(200, lost=True)
        return None

    with served(SmallStore(losing)) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        with pytest.raises((PreconditionFailed, BucketError)):
            bucket.put(key, b"mine", if_none_match=True)
        assert bucket.get(key).body == b"mine"


def test_a_listing_that_goes_on_nowhere_is_no_whole_one() -> None:
    page = b"<ListBucketResult><IsTruncated>true</IsTruncated>%s</ListBucketResult>"

    for more in (b"", b"<NextContinuationToken>again</NextContinuationToken>"):
        reply = Reply(200, page % more)
        first = lambda store, request, reply=reply: reply if "list-type" in request.query else None  # noqa: E731
        with served(SmallStore(first)) as connection, pytest.raises(BucketError, match="not whole"):
            keys_of(S3Bucket("s3://bucket", connection))


def test_keys_of_another_prefix_are_an_error_of_the_server() -> None:
    page = b"<ListBucketResult><Contents><Key>other/1</Key><Size>1</Size></Contents></ListBucketResult>"
    first = lambda store, request: Reply(200, page) if "list-type" in request.query else None  # noqa: E731
    with served(SmallStore(first)) as connection, pytest.raises(BucketError, match="do not begin with 'mine/'"):
        keys_of(S3Bucket("s3://bucket/mine", connection))


ENABLED = Reply(200, b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")


@pytest.mark.parametrize("reply", [error(403, "AccessDenied"), error(501, "NotImplemented"), Reply(405)])
@pytest.mark.parametrize("right", ["s3:GetBucketVersioning", "s3:ListBucketVersions"])
def test_a_bucket_that_hides_its_versions_is_compared_by_etag(reply: Reply, right: str) -> None:
    def hiding(store: SmallStore, request: Request) -> Reply | None:
        if "versioning" in request.query:
            return reply if right == "s3:GetBucketVersioning" else ENABLED
        if "versions" in request.query:
            return reply
        answer = store.do(request)
        return Reply(answer.status, answer.body, answer.headers | {"x-amz-version-id": "v1"})

    with served(SmallStore(hiding, objects={"x": b"1"}), max_attempts=1) as connection:
        bucket = S3Bucket("s3://bucket", connection)
        listing = bucket.list()
        [row] = [row for batch in listing for row in batch.to_pylist()]
        assert row["version_id"] is None
        assert S3Bucket("s3://bucket", connection).head("x").token == row["token"] == row["etag"]
        assert bucket.read_range("x", 0, 9, token=row["token"]) == b"1"
        assert notes_of(listing).examples == {"inventory.versions_unknown": [right]}


def test_wrong_keys_are_not_taken_for_a_bucket_without_versions() -> None:
    def refusing(store: SmallStore, request: Request) -> Reply | None:
        return error(403, "InvalidAccessKeyId") if "versioning" in request.query else None

    with served(SmallStore(refusing)) as connection, pytest.raises(BucketError, match="check key and secret"):
        keys_of(S3Bucket("s3://bucket", connection))


def test_the_folder_itself_is_no_object_of_it() -> None:
    with served(SmallStore(objects={"x/": b"", "x/a": b"1", "x/d/": b""})) as connection:
        listing = S3Bucket("s3://bucket/x", connection).list()
        assert [key for batch in listing for key in batch["key"].to_pylist()] == ["a", "d/"]
        assert notes_of(listing).examples == {"inventory.prefix_itself": ["x/"]}


def test_a_page_of_more_than_a_batch_is_cut() -> None:
    with served(SmallStore(objects={f"{number:05d}": b"" for number in range(10_050)})) as connection:
        batches = list(S3Bucket("s3://bucket", connection).list())
    assert [batch.num_rows for batch in batches] == [10_000, 50]
    assert batches[1]["key"][0].as_py() == "10000"
