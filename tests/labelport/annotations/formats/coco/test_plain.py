"""The fast way and the one that decodes every object: one result, wherever the fast one takes the job."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.coco.elements import any_elements
from labelport.annotations.formats.coco.plain import plain_elements

VALUES = st.recursive(
    st.one_of(st.none(), st.integers(-5, 99), st.sampled_from(["", "a", '", "b": ', "{", "}", "]", "\\", "é"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c", "segmentation", "%d", 'q"q']), VALUES, min_size=1, max_size=5)


@st.composite
def lists(draw: st.DrawFn) -> Any:
    """Draw objects that are mostly alike."""
    first = draw(OBJECTS)
    rows = [first]
    for _ in range(draw(st.integers(0, 4))):
        row = {key: draw(st.one_of(st.just(value), VALUES)) for key, value in first.items()}
        rows.append(row if draw(st.integers(0, 4)) else draw(OBJECTS))
    separators = draw(st.sampled_from([(", ", ": "), (",", ":"), (" ,\n ", " : ")]))
    body = json.dumps(rows, separators=separators, ensure_ascii=draw(st.booleans()))
    return body.encode()


def _both(body: Any) -> Any:
    raws = msgspec.json.decode(body, type=list[msgspec.Raw])
    lengths = np.array([len(raw) for raw in raws], np.int64)
    return plain_elements(body, lengths), any_elements(raws)


@settings(max_examples=300, deadline=None)
@given(lists())
def test_both_ways_cut_the_same_values(body: Any) -> None:
    fast, slow = _both(body)
    if fast is None:
        return
    assert fast.columns.keys() == slow.columns.keys()
    for name, column in fast.columns.items():
        assert column.to_pylist() == slow.columns[name].to_pylist()
    assert list(fast.forms) == list(slow.forms)
    assert fast.layouts.tolist() == slow.layouts.tolist()


@pytest.mark.parametrize(
    "rows",
    [
        ['{"segmentation": [[1]], "id": 1}', '{"segmentation": [[1]], "zzz": [1], "id": 2}'],
        ['{"a": ""}', '{"a": null, "b": 0}'],
        ['{"a": ["x", "y"]}', '{"a": ["x"], "b": 0}'],
        ['{"segmentation": [[1]], "id": 1}', '{"segmentation": [{"x": [1], "id": 5}], "id": 2}'],
        ['{"segmentation": {"a": 1}, "id": 1}', '{"segmentation": {"a": 1, "id": 3, "b": {"id": 4}}}'],
        ['{"segmentation": {"a": 1}, "id": 1}', '{"segmentation": {"a": 1}, "x": {}, "id": 3}'],
        ['{"a": 1, "b": 2}', '{"a": 1, "b": 2, "b": 3}'],
        ['{"a": 1, "b": 2}', '{"b": 1, "a": 2}'],
        ['{"a": 1, "b": 2}', '{"a":1 , "b": 2}'],
        ['{"a": {}, "o": "zz", "b": 5}', '{"a": null, "o": {"z":1, "b": 5}}'],
    ],
)
def test_objects_that_only_look_alike_are_left_to_the_slow_way(rows: Any) -> None:
    body = ("[" + ", ".join(rows) + "]").encode()
    assert _both(body)[0] is None


def test_objects_with_rings_here_and_runs_there_take_the_fast_way() -> None:
    rows = ['{"segmentation": [[1, 2]], "id": 1}', '{"segmentation": {"size": [1, 2], "counts": "abc"}, "id": 22}']
    fast = _both(("[" + ", ".join(rows) + "]").encode())[0]
    assert fast.columns["id"].to_pylist() == [b"1", b"22"]
    assert fast.columns["segmentation"].to_pylist() == [b"[[1, 2]]", b'{"size": [1, 2], "counts": "abc"}']
