"""What the head of an array tells: the standard library is the judge where the head is the whole file."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.array_detecting import members_of_entries

NAMES = st.sampled_from(["data", "row_data", "series", 'na"me', "a:b", "[{", "\\"])
VALUES = st.recursive(
    st.none() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=3), st.sampled_from([None, 2]))
def test_the_names_of_the_entries_are_found_and_no_others(entries: list[dict[str, Any]], indent: int | None) -> None:
    found = members_of_entries(json.dumps(entries, indent=indent).encode())
    names = {json.dumps(name)[1:-1] for entry in entries for name in entry}
    assert found == names


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=3), st.integers(0, 80))
def test_a_head_that_is_cut_names_no_member_that_is_not_there(entries: list[dict[str, Any]], cut: int) -> None:
    whole = json.dumps(entries).encode()
    assert members_of_entries(whole[:cut]) <= members_of_entries(whole)


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at(head: bytes) -> None:
    if not head.lstrip(b" \t\n\r").startswith(b"["):
        assert members_of_entries(head) == frozenset()
    else:
        members_of_entries(head)


@pytest.mark.parametrize("head", [b"", b"[", b"{}", b'"[{\\"data\\":1}]"', b"[[1]]", b"\xef\xbb\xbf[{}]"])
def test_what_is_no_array_of_objects_has_no_members(head: bytes) -> None:
    assert members_of_entries(head) == frozenset()
