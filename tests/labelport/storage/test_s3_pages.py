"""A page of a listing taken apart by us, against botocore's own parser as the judge."""

from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import pytest
from botocore import parsers
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.storage.s3.pages import PageObjects, take_objects
from labelport.storage.s3.refusals import Refusal

SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
WHEN = "2026-11-21T12:30:05.000Z"


def page(objects: str, *, space: str = SPACE, root: str = "ListBucketResult", more: str = "") -> bytes:
    name = f' xmlns="{space}"' if space else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{name}><Name>b</Name><Prefix>p</Prefix>{more}{objects}'
        f"<IsTruncated>true</IsTruncated><NextContinuationToken>t/+=</NextContinuationToken></{root}>"
    ).encode()


def contents(key: str, *, size: object = 1, etag: str | None = '"e"', when: str | None = WHEN, inside: str = "") -> str:
    tag = f"<ETag>{escape(etag, {chr(34): '&quot;'})}</ETag>" if etag is not None else ""
    time = f"<LastModified>{when}</LastModified>" if when is not None else ""
    return f"<Contents>{inside}<Key>{escape(key)}</Key>{time}{tag}<Size>{size}</Size></Contents>"


def taken(body: bytes, name: str = "Contents") -> tuple[PageObjects, bytes]:
    found = take_objects(body, name)
    assert found is not None
    return found


@cache
def service() -> Any:
    return Session().get_service_model("s3")


def by_botocore(body: bytes, operation: str = "ListObjectsV2") -> dict[str, Any]:
    answer = {"status_code": 200, "headers": {}, "body": body}
    parsed: dict[str, Any] = parsers.RestXMLParser().parse(answer, service().operation_model(operation).output_shape)
    return parsed


KEYS = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\x7f\ufffe\uffff"), min_size=1
)


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS, st.integers(0, 2**60)), max_size=5), st.sampled_from([SPACE, "", "https://other/"]))
def test_objects_are_what_botocore_would_say_and_the_rest_is_left(objects: list[tuple[str, int]], space: str) -> None:
    body = page("".join(contents(key, size=size) for key, size in objects), space=space)
    found, rest = taken(body)
    expected = by_botocore(body).get("Contents", [])
    assert (found.keys, found.sizes) == ([each["Key"] for each in expected], [each["Size"] for each in expected])
    assert found.modified.to_pylist() == [each["LastModified"] for each in expected]
    left = by_botocore(rest)
    assert "Contents" not in left
    assert (left["NextContinuationToken"], left["IsTruncated"], left["Prefix"]) == ("t/+=", True, "p")


def test_a_page_without_objects_is_a_page() -> None:
    found, _ = taken(page(""))
    assert (found.keys, len(found.modified)) == ([], 0)


def test_an_owner_in_an_object_is_not_taken_for_it() -> None:
    found, _ = taken(page(contents("k", inside="<Owner><ID>Key</ID><Key>other</Key><Size>9</Size></Owner>")))
    assert (found.keys, found.sizes) == (["k"], [1])


def test_encoded_keys_are_decoded_where_the_server_says_that_they_are() -> None:
    written = ["a+b%2B%25%C3%A9%0A.jpg", "plain", "%", "größe+%20"]
    body = "".join(map(contents, written))
    assert taken(page(body))[0].keys == written
    found, _ = taken(page(body, more="<EncodingType>url</EncodingType>"))
    assert found.keys == ["a b+%é\n.jpg", "plain", "%", "größe  "]


def test_a_key_that_is_no_utf8_is_set_aside_and_the_others_stay() -> None:
    body = contents("a") + contents("%FF.jpg", size=7) + contents("b", size=2)
    found, _ = taken(page(body, more="<EncodingType>url</EncodingType>"))
    assert (found.keys, found.sizes, found.unnamed) == (["a", "b"], [1, 2], ["%FF.jpg"])
    assert len(found.modified) == len(found.etags) == len(found.versions) == 2


def test_etags_lose_their_quotes_and_may_be_absent() -> None:
    body = contents("a", etag='"x-3"') + contents("b", etag=None) + contents("c", etag="bare") + contents("d", etag="")
    assert taken(page(body))[0].etags == ["x-3", None, "bare", None]


def test_times_are_utc_in_whole_seconds_and_nonsense_is_null() -> None:
    texts = [WHEN, "2026-11-21T12:30:05Z", "2026-11-21T12:30:05.987654321Z", "2026-11-21T14:30:05+02:00", None, "soon"]
    found, _ = taken(page("".join(contents(f"{n}", when=text) for n, text in enumerate(texts))))
    assert found.modified.to_pylist() == [datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)] * 4 + [None, None]
    odd, _ = taken(page(contents("a", when="2026-13-99T12:30:05Z")))
    assert odd.modified.to_pylist() == [None]


def version(key: str, version_id: str, *, latest: bool) -> str:
    inside = f"<VersionId>{version_id}</VersionId><IsLatest>{str(latest).lower()}</IsLatest>"
    return contents(key, inside=inside).replace("Contents>", "Version>")


def test_of_versions_the_latest_are_taken_and_delete_markers_are_none() -> None:
    marker = "<DeleteMarker><Key>gone</Key><VersionId>m</VersionId><IsLatest>true</IsLatest></DeleteMarker>"
    body = page(
        version("a", "2", latest=True) + version("a", "1", latest=False) + marker + version("gone", "1", latest=False)
        + version("old", "null", latest=True), root="ListVersionsResult",
        more="<NextKeyMarker>old</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker>",
    )  # fmt: skip
    found, rest = taken(body, "Version")
    assert (found.keys, found.versions) == (["a", "old"], ["2", None])
    left = by_botocore(rest, "ListObjectVersions")
    assert (left["NextKeyMarker"], left["NextVersionIdMarker"]) == ("old", "null")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><ListBucketResult>&b;</ListBucketResult>'


@pytest.mark.parametrize(
    "body", [BOMB.encode(), BOMB.encode("utf-16"), BOMB.encode("utf-16-be"), BOMB.encode("utf-32")]
)
def test_a_document_type_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        take_objects(body, "Contents")


@pytest.mark.parametrize(
    "objects",
    [
        "<Contents><Size>1</Size></Contents>",
        "<Contents><Key>a</Key></Contents>",
        "<Contents><Key>a</Key><Size>many</Size></Contents>",
        "<Contents><Key>a</Key><Size></Size></Contents>",
    ],
)
def test_an_object_without_key_or_size_is_refused(objects: str) -> None:
    with pytest.raises(Refusal):
        take_objects(page(objects), "Contents")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><p>Sign in</html>",
        page(contents("a"))[:-9],
        b"\xff\xfe",
        b"{}",
        b"<html/>",
        b"<Error><Code>InternalError</Code></Error>",
    ],
)
def test_what_is_no_listing_is_left_to_botocore(body: bytes) -> None:
    assert take_objects(body, "Contents") is None


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(body: bytes) -> None:
    for text in (body, b"<ListBucketResult>" + body + b"</ListBucketResult>"):
        with suppress(Refusal):
            take_objects(text, "Contents")
