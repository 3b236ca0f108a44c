"""Whatever lies in a queue: what names an object is found, and nothing raises."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.events.messages import Hints, NamedObject, hints_of
from tests.labelport.events.shapes import TEST_EVENT, by_sns, encoded, envelope, notification, record

ODD_KEYS = ["x y+%é.jpg", "a", "a/1", " ", "a//b", "../up", "naïve/日本.dcm", "100%.png", "a%2Fb", "new\nline", "d/"]


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("red+flower.jpg", "red flower.jpg"),  # the example of the S3 user guide
        ("x+y%2B%25%C3%A9.jpg", "x y+%é.jpg"),  # seen of moto
        ("test%2F10%3A47%3A07.log", "test/10:47:07.log"),  # aws-sdk-js issue 837, and MinIO
        ("plain/key.jpg", "plain/key.jpg"),
        ("é.jpg", "é.jpg"),  # stores that encode only what they must
        ("50%.png", "50%.png"),
    ],
)
def test_keys_of_a_notification_are_decoded_as_a_form_is(sent: str, key: str) -> None:
    event = record("raw", "x")
    event["s3"]["object"]["key"] = sent
    assert hints_of(json.dumps({"Records": [event]})) == Hints((NamedObject("raw", key),))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_of_eventbridge_are_taken_as_they_are(key: str) -> None:
    assert hints_of(envelope("raw", key)) == Hints((NamedObject("raw", key),))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_one_key_comes_out_of_every_shape(key: str) -> None:
    named = Hints((NamedObject("raw", key),))
    for body in (notification("raw", key), envelope("raw", key)):
        assert hints_of(body) == hints_of(by_sns(body)) == named


def test_what_happened_is_not_asked() -> None:
    deleted = notification("raw", "k", event="ObjectRemoved:DeleteMarkerCreated")
    assert hints_of(deleted) == hints_of(notification("raw", "k"))
    assert hints_of(envelope("raw", "k", kind="Object Deleted")) == hints_of(envelope("raw", "k"))


def test_a_message_names_several_objects_in_its_order() -> None:
    found = hints_of(notification("raw", "b", "a", "b"))
    assert [named.key for named in found.objects] == ["b", "a", "b"]


def test_the_test_event_is_understood_and_names_nothing() -> None:
    assert hints_of(TEST_EVENT) == hints_of(by_sns(TEST_EVENT)) == Hints()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no JSON",
        "null",
        "[]",
        '"Records"',
        "{}",
        '{"Records": {}}',
        '{"Records": [1]}',
        '{"Records": [{"s3": {"bucket": {"name": "raw"}, "object": {"key": 7}}}]}',
        '{"Records": [{"s3": {"bucket": {"name": null}, "object": {"key": "k"}}}]}',
        '{"detail": null}',
        '{"detail": {"bucket": "raw", "object": {"key": "k"}}}',
        '{"Type": "Notification", "Message": "hello"}',
        '{"Type": "Notification", "Message": {"Records": []}}',
        '{"Type": "SubscriptionConfirmation", "Token": "2336412f37fb687f5d51e6e241d09c"}',
        '{"Event": "s3:OtherEvent"}',
        '{"a": ' * 100_000,
        "[" * 200_000,
        "[" * 100_000 + "]" * 100_000,
        '{"n": ' + "9" * 10_000 + "}",
        '{"a": NaN, "b": Infinity}',
        "\ud800",
        "\0",
        by_sns(by_sns(notification("raw", "k"))),
        notification("raw", "k").replace('"Records"', '"records"'),
    ],
)
def test_what_is_no_event_is_not_understood(body: str) -> None:
    assert hints_of(body) == Hints(understood=False)


@pytest.mark.parametrize(
    "key",
    ["", "\0", "a\0b", "\ud800", "\udfffx", "k" * 1025, "é" * 513],
    ids=["empty", "NUL", "NUL inside", "surrogate", "low surrogate", "1025 bytes", "1026 bytes"],
)
def test_what_no_object_can_be_called_is_not_understood(key: str) -> None:
    assert hints_of(envelope("raw", key)) == Hints(understood=False)


@pytest.mark.parametrize("sent", ["%ff", "%C3", "%00", "%ED%A0%80", "%E9t%E9"])
def test_what_decodes_to_no_key_is_not_understood(sent: str) -> None:
    """Bytes that are no UTF-8 are not replaced: that would be another key."""
    event = record("raw", "x")
    event["s3"]["object"]["key"] = sent
    assert hints_of(json.dumps({"Records": [event]})) == Hints(understood=False)


def test_the_longest_key_is_a_key() -> None:
    for key in ("k" * 1024, "é" * 512):
        assert hints_of(notification("raw", key)).objects == (NamedObject("raw", key),)


def test_a_bad_record_costs_itself_alone() -> None:
    body = json.dumps({"Records": [record("raw", "a"), {"s3": "?"}, record("raw", "b")]})
    assert hints_of(body) == Hints((NamedObject("raw", "a"), NamedObject("raw", "b")), understood=False)


def test_a_body_beyond_what_a_queue_takes_is_not_read() -> None:
    padded = notification("raw", "k") + " " * (1 << 20)
    assert hints_of(padded) == Hints(understood=False)
    assert hints_of(padded[: 1 << 20]).objects


def test_of_doubled_names_one_is_taken() -> None:
    body = notification("raw", "k").replace('"key": "k"', '"key": "j", "key": "k"')
    assert [named.key for named in hints_of(body).objects] == ["k"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["Records", "s3", "bucket", "name", "object", "key", "detail", "Type", "Message", "Event"]
LIKE_AN_EVENT = st.recursive(
    JSON | st.sampled_from(["Notification", "s3:TestEvent", TEST_EVENT, "%", "%zz", "\ud800", "+"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)


def _is_sound(hints: Hints) -> bool:
    return all(
        isinstance(named.bucket, str) and 0 < len(named.key.encode()) <= 1024 and "\0" not in named.key
        for named in hints.objects
    )


@settings(max_examples=300, deadline=None)
@given(st.text() | JSON.map(json.dumps) | LIKE_AN_EVENT.map(json.dumps))
def test_nothing_raises_and_what_is_named_can_be_asked_for(body: str) -> None:
    assert _is_sound(hints_of(body))
    assert _is_sound(hints_of(by_sns(body)))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
def test_any_key_survives_the_way(key: str) -> None:
    expected: Any = (NamedObject("raw", key),)
    assert hints_of(notification("raw", key)).objects == hints_of(envelope("raw", key)).objects == expected


@settings(max_examples=200, deadline=None)
@given(st.text(), st.integers(0, 400), st.text(max_size=3))
def test_a_message_that_was_cut_or_tampered_with_does_not_raise(key: str, at: int, put: str) -> None:
    body = notification("raw", key.encode("utf-8", "replace").decode())
    assert _is_sound(hints_of(body[:at]))
    assert _is_sound(hints_of(body[:at] + put + body[at + 1 :]))


def test_the_judge_encodes_as_the_guide_says() -> None:
    assert encoded("red flower.jpg") == "red+flower.jpg"
    assert encoded("x y+%é.jpg") == "x+y%2B%25%C3%A9.jpg"
