"""Run lengths: equal to pycocotools wherever that may be asked, refused wherever it must not be."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as judge

from labelport.geometry.rle import (
    MOST_PIXELS,
    RleFault,
    RleSumFault,
    area_of,
    bounds_of,
    check,
    counts_of_text,
    decode,
    encode,
    text_of_counts,
)

MASKS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 1))


@given(MASKS)
def test_text_bounds_area_and_mask_are_those_of_pycocotools(mask: Any) -> None:
    theirs = judge.encode(np.asfortranarray(mask))
    counts = encode(mask)
    height, width = mask.shape
    check(counts, height, width)
    assert text_of_counts(counts) == theirs["counts"]
    assert counts_of_text(theirs["counts"]).tolist() == counts.tolist()
    assert decode(counts, height, width).tolist() == mask.tolist()
    assert area_of(counts) == judge.area(theirs)
    x, y, w, h = judge.toBbox(theirs).tolist()
    assert bounds_of(counts, height) == (x, y, x + w, y + h)


@given(st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_any_counts_survive_their_text(counts: Any) -> None:
    assert counts_of_text(text_of_counts(counts)).tolist() == counts


def test_text_of_large_and_falling_counts_is_that_of_pycocotools() -> None:
    counts = [0, 100_000, 3, 1, 40, 500_000, 16, 17, 31, 32, 1023]
    height, width = 1, sum(counts)
    theirs = judge.frPyObjects({"size": [height, width], "counts": counts}, height, width)
    assert text_of_counts(counts) == theirs["counts"]


@given(st.binary(max_size=40))
def test_no_text_raises_anything_but_its_own_fault(text: Any) -> None:
    try:
        counts = counts_of_text(text)
        check(counts, 4, 5)
    except RleFault:
        return
    assert counts.sum() == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b" 5", "none of a run"),
        (b"p5", "none of a run"),
        (b"5P", "ends within"),
        (b"PPPPPPPPPPPPP0", "beyond"),
    ],
)
def test_a_text_that_does_not_decode_whole_is_refused(text: Any, words: Any) -> None:
    with pytest.raises(RleFault, match=words):
        counts_of_text(text)


def test_runs_that_do_not_add_up_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(RleSumFault, match="10 pixels of 8000"):
        decode([5, 5], 80, 100)
    with pytest.raises(RleFault, match="shorter than nothing"):
        decode([10, -5, 5], 2, 5)


def test_a_sum_that_wraps_around_is_no_sum() -> None:
    huge = 2**62
    with pytest.raises(RleSumFault):
        check([huge, huge, huge, huge, 8], 2, 4)


def test_a_mask_of_a_hundred_million_columns_is_not_made() -> None:
    height = 100
    width = MOST_PIXELS // height + 1
    with pytest.raises(RleFault, match="not decoded"):
        decode([height * width], height, width)


@pytest.mark.parametrize("counts", [[1.5, 2], ["3"], [2**70], [None], [[1, 2], [3]]])
def test_counts_that_are_no_whole_numbers_are_refused(counts: Any) -> None:
    with pytest.raises(RleFault, match="whole number"):
        check(counts, 1, 3)


def test_nothing_inside_has_no_bounds() -> None:
    assert bounds_of([8], 2) == (0, 0, 0, 0)
    assert bounds_of([4, 0, 4], 2) == (0, 0, 0, 0)
    assert encode(np.zeros((0, 4))).tolist() == []
