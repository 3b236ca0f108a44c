"""Which way up volumes are shown: nibabel says where their axes lead."""

from itertools import permutations, product
from typing import Any

import nibabel
import numpy as np
import pytest

from labelport.annotations.structures_view.layout import Layout
from labelport.annotations.structures_view.views import letters, views_of
from labelport.geometry.stacks import Stack
from tests.labelport.annotations.structures_view.phantoms import stack_of

nib: Any = nibabel
"""nibabel, whose functions have no types."""

OTHER = dict(zip("RLAPSI", "LRPAIS", strict=True))
AFFINES = [
    np.vstack([np.column_stack([np.eye(3)[list(order)] * signs, [5, 6, 7]]), [0, 0, 0, 1]])
    for order in permutations(range(3))
    for signs in product((1.0, -2.0), (1.0, -3.0), (1.5, -1.0))
]


@pytest.mark.parametrize("affine", AFFINES)
def test_the_right_is_at_the_left_the_front_on_top_and_the_head_up(affine: np.ndarray) -> None:
    codes = nib.aff2axcodes(affine)
    axial, coronal, sagittal = views_of(Layout.of(Stack.of_affine(affine, (4, 5, 6))), oriented=True)
    found = [
        (codes[view.axis], *(OTHER[codes[way]] if flip else codes[way] for way, flip in ways))
        for view in (axial, coronal, sagittal)
        for ways in [((view.across, view.flip_across), (view.down, view.flip_down))]
    ]
    assert [each[1:] for each in found] == [("L", "P"), ("L", "I"), ("P", "I")]
    assert [each[0] in pair for each, pair in zip(found, ("SI", "AP", "LR"), strict=True)] == [True] * 3
    assert [axial.letters, coronal.letters, sagittal.letters] == [
        ("R", "L", "A", "P"),
        ("R", "L", "H", "F"),
        ("A", "P", "H", "F"),
    ]
    assert [view.name for view in (axial, coronal, sagittal)] == ["axial", "coronal", "sagittal"]


def test_a_tilted_gantry_still_gives_axial_slices() -> None:
    angle = np.deg2rad(18.5)
    stack = stack_of(along_column=(0, np.cos(angle), np.sin(angle)))
    assert [view.name for view in views_of(Layout.of(stack), oriented=True)] == ["axial", "coronal", "sagittal"]


def test_the_planes_of_an_oblique_stack_are_named_as_such() -> None:
    angle = np.deg2rad(30)
    stack = stack_of(along_column=(0, np.cos(angle), np.sin(angle)))
    views = views_of(Layout.of(stack), oriented=True)
    assert [view.title(3) for view in views] == ["slice 3, oblique", "row 3, oblique", "column 3, oblique"]
    assert [view.letters for view in views] == [
        ("R", "L", "AF", "PH"),
        ("R", "L", "HA", "FP"),
        ("AF", "PH", "HA", "FP"),
    ]


def test_without_an_orientation_no_side_has_a_letter() -> None:
    views = views_of(Layout.of(stack_of()), oriented=False)
    assert {view.letters for view in views} == {("", "", "", "")}
    assert [view.title(0) for view in views] == ["slice 0", "row 0", "column 0"]


def test_a_single_plane_is_shown_alone() -> None:
    (view,) = views_of(Layout.of(stack_of(planes=1)), oriented=True)
    assert (view.name, view.axis) == ("axial", 2)


def test_letters_name_what_a_direction_leans_to() -> None:
    assert letters(np.array([-0.6, -0.55, -0.58])) == "RFA"
