import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import given
from hypothesis import strategies as st

from labelport.errors import BucketError
from labelport.storage.connection import Addressing, Connection
from labelport.storage.keys import url_of
from labelport.storage.s3.address import S3Address, aws_suffix, is_virtual, parse_address, url_base
from labelport.storage.s3.clients import Clients


@pytest.mark.parametrize(
    ("uri", "name", "prefix"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("S3://bucket/x", "bucket", "x/"),
        ("s3://bucket/x/", "bucket", "x/"),
        ("s3://bucket/x//", "bucket", "x//"),
        ("s3://bucket//x", "bucket", "/x/"),
        ("s3://my.bucket_1/größe %20+/#1", "my.bucket_1", "größe %20+/#1/"),
    ],
)
def test_an_address_is_a_bucket_and_a_folder_in_it(uri: str, name: str, prefix: str) -> None:
    assert parse_address(uri) == S3Address(name, prefix)
    assert parse_address(parse_address(uri).uri) == S3Address(name, prefix)


@given(st.text().filter(lambda text: "?" not in text and text.isprintable()))
def test_one_place_has_one_uri(prefix: str) -> None:
    address = parse_address(f"s3://bucket/{prefix}")
    assert address.prefix in (prefix, f"{prefix}/")
    assert parse_address(address.uri) == address


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s3://", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://b/x", "no name of a bucket"),
        ("s3://two words/x", "no name of a bucket"),
        ("s3://-bucket/x", "no name of a bucket"),
        ("s3://arn:aws:s3:eu-west-2:123456789012:accesspoint/x", "alias"),
        ("s3://bucket/x?versionId=1", "no query"),
        ("s3://bucket/\udcff", "UTF-8"),
    ],
)
def test_what_names_no_bucket_is_refused(uri: str, words: str) -> None:
    with pytest.raises(BucketError, match=words):
        parse_address(uri)


@pytest.mark.parametrize(
    "uri", ["s3://KEYID:hush@bucket/x", "s3://hush@bucket", "s3://bucket/x.png?X-Amz-Signature=hush"]
)
def test_a_secret_in_an_address_is_refused_and_not_shown(uri: str) -> None:
    with pytest.raises(BucketError) as caught:
        parse_address(uri)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "region", "bucket", "key", "url"),
    [
        ("https://s3.eu-west-2.amazonaws.com", "eu-west-2", "raw", "a/1.png", "https://raw.s3.eu-west-2.amazonaws.com/a/1.png"),
        ("https://s3.amazonaws.com", "us-east-1", "raw", "a", "https://raw.s3.us-east-1.amazonaws.com/a"),
        ("https://s3.dualstack.eu-west-2.amazonaws.com", "eu-west-2", "raw", "a", "https://raw.s3.eu-west-2.amazonaws.com/a"),
        ("https://s3-fips.us-west-2.amazonaws.com", "us-west-2", "raw", "a", "https://raw.s3.us-west-2.amazonaws.com/a"),
        ("https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1", "raw", "a", "https://raw.s3.cn-north-1.amazonaws.com.cn/a"),
        ("https://s3.eu-west-2.amazonaws.com", "eu-west-2", "raw.x", "a", "https://s3.eu-west-2.amazonaws.com/raw.x/a"),
        ("https://s3.amazonaws.com", "us-east-1", "Old_Bucket", "a", "https://s3.us-east-1.amazonaws.com/Old_Bucket/a"),
        ("https://minio.acme.org", "us-east-1", "raw", "a b/é~+%.png", "https://minio.acme.org/raw/a%20b/%C3%A9~%2B%25.png"),
        ("http://127.0.0.1:9000", "x", "raw", "/lead//x/", "http://127.0.0.1:9000/raw//lead//x/"),
        ("https://acme.org/store", "x", "raw", "a", "https://acme.org/store/raw/a"),
    ],
)  # fmt: skip
def test_the_frozen_forms_of_addresses(endpoint: str, region: str, bucket: str, key: str, url: str) -> None:
    assert url_of(url_base(endpoint, region, bucket), key) == url


def test_only_the_hosts_of_aws_are_taken_for_them() -> None:
    assert aws_suffix("https://s3.eu-west-2.amazonaws.com") == "amazonaws.com"
    assert aws_suffix("https://s3.cn-north-1.amazonaws.com.cn") == "amazonaws.com.cn"
    assert aws_suffix("https://s3.amazonaws.com.acme.org") is None
    assert aws_suffix("https://acme.org/s3.amazonaws.com") is None
    assert aws_suffix("https://bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com") is None


PLACES = [
    (None, "us-east-1"),
    (None, "eu-west-2"),
    ("http://127.0.0.1:9000", "us-east-1"),
    ("https://minio.acme.org/store", "us-east-1"),
]
BUCKETS = ["raw", "raw.media", "Raw_Media"]
STYLES: list[Addressing] = ["auto", "path", "virtual"]
CASES = [
    (endpoint, region, bucket, addressing)
    for endpoint, region in PLACES
    for bucket in BUCKETS
    for addressing in STYLES
    # botocore makes raw.media.127.0.0.1 of this one, which is no host.
    if (endpoint, bucket, addressing) != ("http://127.0.0.1:9000", "raw.media", "virtual")
]


class Prepared(Exception):
    """A request was made ready, and is not sent."""


@pytest.mark.parametrize(("endpoint", "region", "bucket", "addressing"), CASES)
def test_the_bucket_stands_where_botocore_puts_it(
    endpoint: str | None, region: str, bucket: str, addressing: Addressing
) -> None:
    clients = Clients(Connection(endpoint=endpoint, region=region, unsigned=True, addressing=addressing), bucket)

    def refuse(request: AWSPreparedRequest, **_: object) -> None:
        raise Prepared(request.url)

    clients.boto.meta.events.register("before-send.s3.HeadObject", refuse)
    with pytest.raises(Prepared) as prepared:
        clients.boto.head_object(Bucket=bucket, Key="key")
    reach = clients.reach
    place = clients.store.config["endpoint"]
    assert str(prepared.value) == (f"{place}/key" if reach.virtual else f"{place}/{bucket}/key")
    assert reach.virtual is is_virtual(reach.endpoint, bucket, addressing)
