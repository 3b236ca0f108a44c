"""Where volumes are cut, and what of structures is on the cuts: compared with the places in the patient themselves."""

from typing import Any

import numpy as np
import pytest

from labelport.annotations.structures_view.cuts import Crossing, crossing_of, mask_on, pictured, size_of
from labelport.annotations.structures_view.layout import Layout
from labelport.annotations.structures_view.views import View, views_of
from labelport.annotations.volumes.structures import Structure, cropped
from labelport.geometry.stacks import Stack
from tests.labelport.annotations.structures_view.phantoms import stack_of, structure_of

FINE: dict[str, Any] = {"rows": 80, "columns": 100, "row_mm": 1.0, "column_mm": 0.75, "gap": 1.2, "planes": 66}
STACKS = {
    "axial": stack_of(**FINE),
    "feet first": stack_of(**FINE, along_row=(-1, 0, 0), along_column=(0, -1, 0)),
    "sagittal": stack_of(**FINE, along_row=(0, 1, 0), along_column=(0, 0, -1)),
    "coronal, upside down": stack_of(**FINE, along_row=(1, 0, 0), along_column=(0, 0, 1)),
    "tilted": stack_of(**FINE, lean=(0, 0.4, 0)),
}
"""In steps of other sizes along each axis, so that axes cannot be taken for one another."""


def wedge(x: Any, y: Any, z: Any) -> Any:
    """Return an L that is wider at the patient's left, lower at the back and cut away at the head: no mirror of itself."""
    inside = (abs(x) < 25) & (abs(y) < 20) & (abs(z) < 15)
    return inside & ~((x < -5) & (y < 5)) & ~((z > 3) & (y > 8)) & ~((x > 12) & (z < -5))


@pytest.mark.parametrize("name", STACKS)
def test_what_is_on_a_cut_is_what_lies_there_in_the_patient(name: str) -> None:
    stack = STACKS[name]
    layout = Layout.of(stack)
    structure = structure_of(stack, wedge, "wedge")
    crossing = crossing_of(layout, [structure])
    for view in views_of(layout, oriented=True):
        mask = mask_on(layout, view, crossing.of(view.axis), structure)
        assert mask is not None
        size = size_of(layout, view)
        found = pictured(layout, view, mask, size)
        wanted = lying_there(stack, layout, view, crossing, size)
        assert wanted.sum() > 1000
        assert (found != wanted).sum() / wanted.sum() < 0.06, f"{view.name}: only edges of voxels differ"
        mirrored = min((found[:, ::-1] != wanted).sum(), (found[::-1] != wanted).sum())
        assert mirrored / wanted.sum() > 0.15


def lying_there(stack: Stack, layout: Layout, view: View, crossing: Crossing, size: tuple[int, int]) -> Any:
    """Return whether the place in the patient of each pixel is inside of the wedge; the phantom lies around 0."""
    patient = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}[view.name]
    width, height = layout.lengths_mm[view.across], layout.lengths_mm[view.down]
    right = ((np.arange(size[0]) + 0.5) / size[0] - 0.5) * width
    down = ((np.arange(size[1]) + 0.5) / size[1] - 0.5) * height * (1 if view.name == "axial" else -1)
    middle = stack.points(np.array([[stack.columns / 2, stack.rows / 2]]), crossing.plane)[0]
    through = {
        2: middle,
        1: middle + (crossing.row - layout.sizes[1] / 2 + 0.5) * stack.row_mm * stack.along_column,
        0: middle + (crossing.column - layout.sizes[0] / 2 + 0.5) * stack.column_mm * stack.along_row,
    }[view.axis]
    if view.axis != 2:  # a tilted stack's planes lie beside one another: the box's middle is the phantom's
        middle_mm = {1: stack.along_column, 0: stack.along_row}[view.axis]
        through = through - (middle @ middle_mm) * middle_mm
    places: list[Any] = [None, None, None]
    places[patient[0]], places[patient[1]] = np.meshgrid(right, down)
    places[patient[2]] = np.full((size[1], size[0]), through[patient[2]])
    return wedge(*places)


def blocks(*where: tuple[slice, slice, slice], shape: tuple[int, int, int] = (20, 48, 64)) -> list[Structure]:
    made = []
    for number, box in enumerate(where):
        values = np.zeros(shape)
        values[box] = 1
        patches = {plane: cropped(mask) for plane, mask in enumerate(values) if mask.any()}
        made.append(Structure(f"s{number}", str(number), {p: each for p, each in patches.items() if each}))
    return made


def test_the_cut_goes_where_most_structures_are_and_not_where_the_largest_one_is() -> None:
    large = (np.s_[0:8], np.s_[0:48], np.s_[0:64])
    small = [(np.s_[12:15], np.s_[30:33], np.s_[at : at + 3]) for at in (10, 20, 30)]
    found = crossing_of(Layout.of(stack_of()), blocks(large, *small))
    assert (found.plane, found.row) == (13, 31)


def test_of_equal_planes_the_middle_one_is_cut() -> None:
    found = crossing_of(Layout.of(stack_of()), blocks((np.s_[4:9], np.s_[10:21], np.s_[30:37])))
    assert (found.plane, found.row, found.column) == (6, 15, 33)


def test_a_single_voxel_of_a_large_plane_is_not_lost() -> None:
    layout = Layout.of(stack_of(rows=2000, columns=2000, row_mm=0.1, column_mm=0.1, planes=3))
    view = views_of(layout, oriented=True)[0]
    (dot,) = blocks((np.s_[1:2], np.s_[777:778], np.s_[1234:1235]), shape=(3, 2000, 2000))
    mask = mask_on(layout, view, 1, dot)
    assert mask is not None
    picture = pictured(layout, view, mask, (200, 200))
    assert np.argwhere(picture).tolist() == [[77, 123]]


def test_voxels_that_are_larger_than_pixels_keep_their_edges() -> None:
    layout = Layout.of(stack_of(rows=10, columns=12, row_mm=2, column_mm=2, planes=5, gap=2))
    view = views_of(layout, oriented=True)[0]
    (block,) = blocks((np.s_[1:2], np.s_[3:5], np.s_[6:9]), shape=(5, 10, 12))
    mask = mask_on(layout, view, 1, block)
    assert mask is not None
    rows, columns = np.nonzero(pictured(layout, view, mask, (120, 100)))
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (30, 50, 60, 90)


@pytest.mark.parametrize(("lengths", "axial"), [((200, 100, 150), (240, 120)), ((100, 100, 900), (240, 240))])
def test_views_have_one_scale_unless_one_would_be_small(lengths: tuple[int, int, int], axial: tuple[int, int]) -> None:
    stack = stack_of(columns=lengths[0], rows=lengths[1], planes=lengths[2], row_mm=1, column_mm=1, gap=1)
    layout = Layout.of(stack)
    views = views_of(layout, oriented=True)
    assert size_of(layout, views[0]) == axial
    longest = max(lengths)
    assert size_of(layout, views[1]) == (round(240 * lengths[0] / longest), round(240 * lengths[2] / longest))


def test_planes_reach_half_way_to_their_neighbours() -> None:
    origins = np.array([[0, 0, each] for each in (0.0, 2.0, 12.0)])
    layout = Layout.of(Stack(origins, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 1, 1, rows=4, columns=4))
    assert layout.lengths_mm[2] == 2 / 2 + 12 + 10 / 2
    assert layout.voxel_at(2, length=18, flipped=False).tolist() == [0] * 2 + [1] * 6 + [2] * 10
