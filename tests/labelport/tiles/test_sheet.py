"""The drawing of a contact sheet: small enough, tellable, and pixels where they belong."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelport.tiles.picture import Picture
from labelport.tiles.sheet import LARGE, MOST_PNG_BYTES, TILE, Strip, large_sheet_png, short_ids, small_sheet_png

RED, GREEN = (250, 10, 20), (10, 240, 30)


def opened(png: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def like(png: bytes, colour: tuple[int, int, int]) -> int:
    """Return how many pixels have nearly this colour."""
    return int((np.abs(opened(png) - colour).max(axis=2) < 24).sum())


def flat(colour: Any, width: int = 96, height: int = 96) -> Picture:
    return Picture(width, height, np.full((height, width, 3), colour, np.uint8))


def noise(seed: int) -> Picture:
    return Picture(192, 192, np.random.default_rng(seed).integers(0, 255, (192, 192, 3), np.uint8))


def strip(name: str, *tiles: Picture | str, **row: Any) -> Strip:
    known = {"kind": "stack", "items": len(tiles), "width": 4, "height": 3, "flags": []}
    return Strip({**known, **row, "series_id": name}, "largest", tiles)


def test_a_few_tiles_are_drawn_in_full_with_their_colours() -> None:
    png = small_sheet_png([strip("dicom-abcdefgh", flat(RED), flat(GREEN), "audio")])
    assert like(png, RED) == like(png, GREEN) == TILE * TILE
    large = large_sheet_png([strip("dicom-abcdefgh", flat(RED), flat(GREEN), "audio")])
    assert like(large, RED) == LARGE * LARGE


def test_twelve_series_of_noise_still_fit_into_an_event_log() -> None:
    strips = [strip(f"dicom-{number:026}", *(noise(3 * number + n) for n in range(3))) for number in range(12)]
    small = small_sheet_png(strips)
    assert 0 < len(small) <= MOST_PNG_BYTES
    assert opened(small).shape[1] < opened(large_sheet_png(strips)).shape[1]


def test_what_cannot_be_small_enough_is_not_drawn() -> None:
    assert small_sheet_png([strip("a-b", noise(1))], most=100) == b""
    assert small_sheet_png([]) == large_sheet_png([]) == b""


def test_a_picture_keeps_its_form_in_its_square() -> None:
    png = small_sheet_png([strip("a-b", flat(RED, 96, 24))])
    rows, columns = np.nonzero(np.abs(opened(png) - RED).max(axis=2) < 24)
    assert [int(np.ptp(each)) + 1 for each in (rows, columns)] == [24, 96]


def test_a_white_picture_is_seen_on_white_paper() -> None:
    blank, white = (opened(small_sheet_png([strip("a-b", tile)])) for tile in (flat(255, 96, 40), flat(255, 96, 90)))
    assert not np.array_equal(blank, white)


def test_equal_sheets_are_equal_bytes() -> None:
    strips = [strip("a-b", noise(1), "text")]
    assert small_sheet_png(strips) == small_sheet_png(strips)
    assert large_sheet_png(strips) == large_sheet_png(strips)


def test_ids_are_short_and_longer_where_they_begin_alike() -> None:
    assert short_ids(["dicom-abcdefghijkl", "video-abcdefghijkl"]) == {
        "dicom-abcdefghijkl": "dicom-abcdefgh",
        "video-abcdefghijkl": "video-abcdefgh",
    }
    short = short_ids(["dicom-aaaaaaaaaaax", "dicom-aaaaaaaaaaay"])
    assert len(set(short.values())) == 2
    assert short_ids(["a", "b"]) == {"a": "a", "b": "b"}


@given(st.lists(st.text("ab-", max_size=30), unique=True, max_size=12))
def test_ids_of_a_sheet_are_told_apart(ids: list[str]) -> None:
    assert len(set(short_ids(ids).values())) == len(ids)


@given(
    st.lists(
        st.tuples(
            st.lists(st.text(max_size=40) | st.just(flat(RED, 9, 5)) | st.just(flat(GREEN, 1, 300)), max_size=3),
            st.text(max_size=60),
            st.lists(st.text(max_size=20), max_size=9),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=15, deadline=None)
def test_any_words_can_be_drawn(strips: list[tuple[list[Any], str, list[str]]]) -> None:
    made = [
        strip(f"rule-{number:08}", *tiles, kind=kind, flags=flags) for number, (tiles, kind, flags) in enumerate(strips)
    ]
    assert 0 < len(small_sheet_png(made)) <= MOST_PNG_BYTES
    assert large_sheet_png(made)


@pytest.mark.parametrize("words", ["cannot be decoded", "no decoder of lossless JPEG", "W" * 60, "a b " * 90])
def test_words_stay_inside_their_tile(words: str) -> None:
    alone, beside = (
        opened(small_sheet_png([strip("a-b", *tiles, items=1)])) for tiles in [(words,), (words, flat(RED))]
    )
    assert np.array_equal(alone[:, : TILE + 4], beside[:, : TILE + 4])
    tiles = np.abs(beside - RED).max(axis=2) < 24
    assert tiles.sum() == TILE * TILE
