"""Pages of volumes: how large they may be, and what is on them at which pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from labelport.annotations.structures_view.drawing import MOST_PNG_BYTES, Panel, Slice, structures_png
from labelport.annotations.structures_view.greys import Ground
from labelport.annotations.structures_view.strokes import Outlined
from tests.labelport.annotations.structures_view.phantoms import coloured, rgb

RED, BLUE = (250, 20, 30), (20, 60, 250)


def a_slice(pixels: np.ndarray, *, blank: bool = False, title: str = "axial, slice 3") -> Slice:
    return Slice(title, ("R", "L", "A", "P"), Ground(pixels.astype(np.uint8), np.full(pixels.shape, blank)))


def box(top: int, left: int, bottom: int, right: int, shape: tuple[int, int] = (240, 200)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


GREY = np.full((240, 200), 100)


def test_nothing_is_no_picture() -> None:
    assert structures_png([]) == b""


def test_an_outline_lies_on_its_pixels_and_small_structures_on_large_ones() -> None:
    large, small = box(50, 40, 150, 140), box(50, 40, 90, 90)
    for order in ((large, small), (small, large)):
        structures = [Outlined("s", [mask], colour) for mask, colour in zip(order, (RED, BLUE), strict=True)]
        panel = Panel("dicom-x", [a_slice(GREY)], structures)
        body = structures_png([panel])
        page = rgb(body)
        of_small = RED if order[0] is small else BLUE
        swatch = 240 + 16  # the legend lies beneath the slice
        rows, columns = np.nonzero(coloured(body, of_small)[:swatch])
        assert (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) == (40, 50)
        assert len(rows) == 2 * 40 + 2 * 50 - 4, "none of it is hidden"
        assert page.shape[1] >= 240


@pytest.mark.parametrize("volumes", [1, 3])
def test_a_page_of_noise_is_small_enough_for_an_event_log(volumes: int) -> None:
    noise = np.random.default_rng(1)
    structures = [Outlined(f"structure {n}", [box(n, n, 90 + n, 60 + n)] * 3) for n in range(20)]
    panels = [
        Panel("dicom-x", [a_slice(noise.integers(0, 256, (240, 200))) for _ in range(3)], structures, ["a note"])
        for _ in range(volumes)
    ]
    body = structures_png(panels)
    assert 5_000 < len(body) <= MOST_PNG_BYTES
    larger = structures_png(panels, most=60_000)
    assert len(body) < len(larger) <= 60_000
    assert structures_png(panels, most=500) == b""


def test_equal_volumes_give_equal_bytes() -> None:
    panel = Panel("dicom-x", [a_slice(GREY)], [Outlined("s", [box(1, 1, 9, 9)])])
    assert structures_png([panel]) == structures_png([panel])


def test_what_was_not_read_is_hatched_and_no_grey_of_an_image() -> None:
    black, blank = (structures_png([Panel("x", [a_slice(GREY * 0, blank=each)], [])]) for each in (False, True))
    assert coloured(black, (128, 128, 128)).sum() == 0
    assert coloured(blank, (128, 128, 128)).sum() + coloured(blank, (104, 104, 104)).sum() == GREY.size


def test_letters_stand_beside_the_slice_and_never_on_it() -> None:
    body = structures_png([Panel("x", [a_slice(GREY, title="")], [])])
    with Image.open(io.BytesIO(body)) as picture:
        page = np.asarray(picture.convert("L"))
    rows, columns = np.nonzero(page == page[page.shape[0] // 2, page.shape[1] // 2])
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    assert (bottom - top + 1, right - left + 1) == GREY.shape
    assert (page[top : bottom + 1, left : right + 1] == 80).all()
    middle_row, middle_column = slice(top + 110, bottom - 110), slice(left + 90, right - 90)
    for beside in (
        page[middle_row, :left],
        page[middle_row, right + 1 :],
        page[:top, middle_column],
        page[bottom + 1 :, middle_column],
    ):
        assert (beside == 0).any()


def test_long_names_and_headings_make_the_page_wider_and_are_not_cut() -> None:
    short, long = (
        rgb(structures_png([Panel(name, [a_slice(GREY)], [Outlined(name, [None])])])) for name in ("x", "w" * 60)
    )
    assert long.shape[1] > short.shape[1] + 200
    assert (long[:, -4:] == 255).all()
