import pytest

from labelport.manifests.contract import EmitContext, Item
from labelport.manifests.object_text import TextFault, text_of
from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner
from tests.labelport.manifests.texts import text_in


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> Bucket:
    return open_bucket(f"memory://{request.node.name}")


def read(bucket: Bucket, body: bytes, *, most: int = 10, store: str = "raw") -> str:
    media = text_in(bucket, "n.txt", body)
    context = EmitContext(dataset="made", bucket=bucket, runner=InlineRunner)
    return text_of(context, Item({"store": store, "key": "n.txt"}, media), most=most)


def test_a_text_is_given_as_it_is_with_its_mark_and_line_ends(bucket: Bucket) -> None:
    assert read(bucket, "\ufeffé\r\n日本".encode()) == "\ufeffé\r\n日本"


@pytest.mark.parametrize("text", ["x" * 10, "é" * 10, "🫀" * 10, "x"])
def test_the_limit_counts_characters_not_bytes(bucket: Bucket, text: str) -> None:
    assert read(bucket, text.encode()) == text


@pytest.mark.parametrize("body", [b"x" * 11, ("🫀" * 11).encode(), b"x" * 100])
def test_a_longer_text_is_refused(bucket: Bucket, body: bytes) -> None:
    with pytest.raises(TextFault) as fault:
        read(bucket, body)
    assert fault.value.too_long


@pytest.mark.parametrize("body", [b"\xff", b"ab\xe9t\xe9", "é".encode()[:1], "é".encode("utf-16"), b"\xed\xa0\x80"])
def test_what_is_not_utf_8_is_refused_without_showing_it(bucket: Bucket, body: bytes) -> None:
    with pytest.raises(TextFault, match=r"byte \d is not UTF-8") as fault:
        read(bucket, body)
    assert not fault.value.too_long


def test_a_text_that_is_gone_or_another_one_is_refused(bucket: Bucket) -> None:
    media = text_in(bucket, "n.txt", b"old")
    item = Item({"store": "raw", "key": "n.txt"}, media)
    context = EmitContext(dataset="made", bucket=bucket, runner=InlineRunner)
    bucket.put("n.txt", b"new")
    with pytest.raises(TextFault, match="it changed since it was probed"):
        text_of(context, item, most=10)
    bucket.delete("n.txt")
    with pytest.raises(TextFault, match="it is not in the bucket any more"):
        text_of(context, item, most=10)


@pytest.mark.parametrize("body", [b"", b" \t\r\n"])
def test_there_is_nothing_to_label_in_blanks(bucket: Bucket, body: bytes) -> None:
    with pytest.raises(TextFault, match="nothing but blanks"):
        read(bucket, body)


def test_without_a_publish_bucket_no_text_in_it_can_be_read(bucket: Bucket) -> None:
    with pytest.raises(TextFault, match="no object can be opened"):
        read(bucket, b"x", store="publish")
