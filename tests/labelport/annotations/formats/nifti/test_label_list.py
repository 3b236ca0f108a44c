"""labels.json: what is taken, and every fault at its place."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.nifti.label_list import Label, labels_of
from labelport.annotations.said import Said


def read(value: Any) -> tuple[list[Label] | None, list[tuple[str, str]]]:
    said = Said()
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return labels_of(body, "labels.json", said), [(each.code, each.pointer) for each in said.findings()]


def a_label(number: Any = 1, name: Any = "liver") -> dict[str, Any]:
    return {"id": number, "name": name}


def test_a_list_and_an_object_around_it_are_the_same() -> None:
    listed = [a_label(2, "kidney"), a_label(1, "liver")]
    for value in (listed, {"labels": listed, "version": 1}):
        assert read(value) == ([Label(2, "kidney"), Label(1, "liver")], [])


def test_further_members_are_left_alone() -> None:
    assert read([a_label() | {"colour": "red"}]) == ([Label(1, "liver")], [])


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ({"1": "liver"}, [""]),
        ({"labels": {"1": "liver"}}, [""]),
        ([], [""]),
        ({"labels": []}, ["/labels"]),
        ("liver", [""]),
        (None, [""]),
        (["liver"], ["/0"]),
        ([a_label(0)], ["/0/id"]),
        ([a_label(-1)], ["/0/id"]),
        ([a_label("1")], ["/0/id"]),
        ([a_label(1.0)], ["/0/id"]),
        ([a_label(True)], ["/0/id"]),
        ([a_label(2**63)], ["/0/id"]),
        ([{"name": "liver"}], ["/0/id"]),
        ([{"id": 1}], ["/0/name"]),
        ([a_label(1, "")], ["/0/name"]),
        ([a_label(1, "  ")], ["/0/name"]),
        ([a_label(1, 5)], ["/0/name"]),
        ([a_label(1, "\ud800")], ["/0/name"]),
        ([a_label(1, "a"), a_label(1, "b")], ["/1/id"]),
        ([a_label(1, "a"), a_label(2, "a")], ["/1/name"]),
        ([a_label(0, ""), a_label(2, "a"), a_label(2, "a")], ["/0/id", "/0/name", "/2/id", "/2/name"]),
        ({"labels": [a_label(), a_label()]}, ["/labels/1/id", "/labels/1/name"]),
    ],
)
def test_each_fault_is_told_at_its_pointer_and_refuses_the_list(value: Any, pointers: list[str]) -> None:
    assert read(value) == (None, [("nifti.bad_labels", pointer) for pointer in pointers])


def test_what_is_no_json_is_told_at_its_line() -> None:
    assert read(b'[{"id": 1,\n "name": }]') == (None, [("json.not_json", "2:10")])


def test_a_member_that_stands_twice_refuses_the_list() -> None:
    assert read(b'[{"id": 1, "id": 2, "name": "a"}]') == (None, [("json.duplicate_key", "/0/id")])


def test_names_do_not_stand_in_findings() -> None:
    said = Said()
    labels_of(json.dumps([a_label(1, "Jane Doe"), a_label(1, "Jane Doe")]).encode(), "labels.json", said)
    assert said.findings()
    assert "Jane" not in str(said.findings())


@settings(max_examples=80, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "name", "labels", "x"]), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_list_of_labels_or_told_of(value: Any) -> None:
    labels, told = read(json.dumps(value).encode())
    assert (labels is None) == bool(told)
