"""Reading long JSON: the standard library is the judge of what is JSON and what it says."""

import io
import json
import math
import tracemalloc
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests import json_elements
from labelport.manifests.json_elements import Doubled, JsonElements, JsonFault, NotJson, escaped, oddities, pointer_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(body: bytes) -> list[tuple[str, Any]]:
    members = JsonElements(io.BytesIO(body)).members()
    return [(m.name, m.value if m.elements is None else list(m.elements)) for m in members]


def fault(body: bytes) -> JsonFault:
    with pytest.raises(JsonFault) as raised:
        read(body)
    return raised.value


@given(st.dictionaries(st.text(max_size=8), VALUES), st.integers(1, 200), st.sampled_from([None, 1, 4]), st.booleans())
def test_it_reads_what_the_standard_library_reads_whatever_the_window(
    value: dict[str, Any], window: int, indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_elements, "WINDOW_CHARACTERS", window)
        assert read(body) == list(value.items())


@given(st.dictionaries(st.text(max_size=4), VALUES, min_size=1), st.data())
def test_a_text_cut_anywhere_is_a_fault_with_its_place(value: dict[str, Any], data: st.DataObject) -> None:
    body = json.dumps(value).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    assert fault(body[:cut]).place.startswith("1:") or cut == 0


@given(st.binary(max_size=60))
def test_any_bytes_are_json_to_both_or_to_neither(body: bytes) -> None:
    try:
        wanted = json.loads(body.decode())
    except (ValueError, RecursionError):
        wanted = None
    if isinstance(wanted, dict):
        read(body)
    else:
        fault(body)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1} x', "1:10"),
        ('{"a": 1,}', "1:9"),
        ('{"a" 1}', "1:6"),
        ('{"a": [1 2]}', "1:10"),
        ('{"a": [1,\n  tru]}', "2:3"),
        ('{"a": [1,\n\n  2', "3:4"),
        ("{'a': 1}", "1:2"),
        ("[1]", "1:1"),
        ("", "1:1"),
        ('{"a": ' + "[" * 100_000, "1:8"),
    ],
)
def test_what_is_no_json_object_is_told_with_line_and_column(text: str, place: str) -> None:
    assert fault(text.encode()).place == place


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf{}", b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16")])
def test_only_utf_8_without_a_byte_order_mark_is_read(body: bytes) -> None:
    assert fault(body).place == ""


def test_doubled_names_and_numbers_that_json_does_not_have_stay_visible() -> None:
    (member,) = read(b'{"a": [{"x": 1, "y/z": {"b": NaN, "b": 1e999}, "x": 2}, -Infinity]}')
    element, infinity = member[1]
    assert isinstance(element, Doubled)
    assert element == {"x": 2, "y/z": {"b": math.inf}}
    assert isinstance(infinity, NotJson)
    found = [(what, pointer_of(path)) for what, path in oddities(element)]
    assert found == [("doubled", "/x"), ("doubled", "/y~1z/b"), ("number", "/y~1z/b")]


def test_it_says_of_each_element_whether_it_is_odd() -> None:
    elements = JsonElements(io.BytesIO(b'{"a": [{"b": 1}, {"b": NaN}, 1e999, {"c": 1, "c": 1}, 2]}'))
    assert [elements.odd for member in elements.members() for _ in member.elements or ()] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_number_of_a_million_digits_costs_nothing() -> None:
    ((_, value),) = read(b'{"a": ' + b"9" * 1_000_000 + b"}")
    assert isinstance(value, NotJson)


def test_members_that_the_caller_does_not_read_are_stepped_over() -> None:
    members = JsonElements(io.BytesIO(b'{"a": [1, 2, 3], "b": 4}')).members()
    assert [(m.name, m.value) for m in members] == [("a", None), ("b", 4)]


def test_a_value_of_too_many_parts_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_elements, "MOST_VALUES", 50_000)
    assert "parts" in str(fault(b'{"a": {"b": [' + b"[]," * 2_000_000 + b"[]]}}"))


def test_an_object_of_too_many_members_is_refused() -> None:
    assert "members" in str(fault(b"{" + b'"a":1,' * 20_000 + b'"a":1}'))


def test_memory_is_that_of_a_window_not_of_the_file() -> None:
    class Endless(io.RawIOBase):
        """Six million bytes of small entries, made as they are read."""

        def __init__(self) -> None:
            self.left = 60

        def read(self, size: int = -1, /) -> bytes:
            self.left -= 1
            entries = b'{"objectUrl": "https://a/b.png"},' * 3000
            return b'{"images": [' + entries if self.left == 59 else entries if self.left > 0 else b""

    tracemalloc.start()
    member = next(JsonElements(Endless()).members())  # type: ignore[arg-type]
    count = sum(1 for _ in islice(member.elements or (), 59 * 3000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 59 * 3000
    assert peak < 6 << 20


def test_names_are_escaped_as_json_pointers_want_it() -> None:
    assert escaped("a/b~1") == "a~1b~01"
