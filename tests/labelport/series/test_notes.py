"""Values of several kinds in one map of text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.series.notes import KINDS, entry, is_joined, joined, of_rule

NAMES = st.text(max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(NAMES, JSON), st.dictionaries(NAMES, st.text(max_size=5)), st.dictionaries(NAMES, st.text()))
def test_what_is_written_is_read_back_kind_by_kind(
    values: dict[str, Any], notes: dict[str, str], own: dict[str, str]
) -> None:
    own = {name: text for name, text in own.items() if not is_joined(name)}
    pairs = [entry("client_metadata", name, value) for name, value in values.items()]
    pairs += [entry("notes", name, text) for name, text in notes.items()] + list(own.items())
    assert joined(pairs, "client_metadata") == values
    assert joined(dict(pairs), "notes") == notes
    assert of_rule(pairs) == own
    assert joined(pairs, "embedding") == joined(None, "notes") == {}


def test_only_the_first_colon_parts_kind_and_column() -> None:
    assert joined([entry("notes", "label:x", "y")], "notes") == {"label:x": "y"}
    assert joined([entry("notes", "label:x", "y")], "label") == {}


def test_names_of_rules_may_hold_colons_and_words_but_no_kind() -> None:
    assert [name for name in ("notes", "a:b", "label", *(f"{kind}:x" for kind in KINDS)) if is_joined(name)] == [
        f"{kind}:x" for kind in KINDS
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", object()])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        entry("client_metadata", "x", value)
