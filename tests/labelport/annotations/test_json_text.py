"""Small JSON files: what is no JSON is said with its place, and nothing ends the run."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.annotations.json_text import deeper_than, read_json
from labelport.annotations.said import Said


def told(body: bytes) -> tuple[object, list[tuple[str, str]]]:
    said = Said()
    value = read_json(body, "f.json", said)
    return value, [(found.code, found.pointer) for found in said.findings()]


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b'{"a": 1,}', "json.not_json", "1:9"),
        (b'{"a":\n [1, 2', "json.not_json", "2:7"),
        (b'{"a": "NaN",\n "b": NaN}', "json.not_json", "2:7"),
        (b'{"a": -Infinity}', "json.not_json", "1:7"),
        (b'{"a": "\xff"}', "json.not_json", "1:8"),
        (b"[" * 100_000, "json.too_deep", ""),
        (b"[" * 70 + b"]" * 70, "json.too_deep", ""),
        (b"// comment\n{}", "json.not_json", "1:1"),
        (b"", "json.not_json", "1:1"),
    ],
)
def test_what_is_no_json_is_refused_with_line_and_column(body: bytes, code: str, place: str) -> None:
    assert told(body) == (None, [(code, place)])


def test_a_doubled_name_is_an_error_at_its_pointer_and_the_last_value_counts() -> None:
    value, findings = told(b'{"a": {"b/c": 1, "b/c": 2}}')
    assert value == {"a": {"b/c": 2}}
    assert findings == [("json.duplicate_key", "/a/b~1c")]


def test_a_number_beyond_every_type_is_said_at_its_pointer() -> None:
    _, findings = told(b'{"a": [1e999, ' + b"9" * 5000 + b"]}")
    assert findings == [("json.number", "/a/0"), ("json.number", "/a/1")]


def test_a_byte_order_mark_is_no_fault() -> None:
    assert told(b'\xef\xbb\xbf{"a": 1}') == ({"a": 1}, [])


def test_depth_is_counted_in_levels() -> None:
    assert not deeper_than([[]], 2)
    assert deeper_than([[[]]], 2)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_json_writes_is_read_as_it_was(value: object) -> None:
    assert told(json.dumps(value).encode()) == (value, [])


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_finding(body: bytes) -> None:
    value, findings = told(body)
    assert findings or value == json.loads(body)
