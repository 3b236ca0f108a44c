"""How large structures are, in numbers that were worked out by hand or by another library."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from labelport.annotations.said import Said
from labelport.annotations.structures_view.table import structure_table, voxel_mm3
from labelport.annotations.volumes.image_volume import ImageVolume, NoVolumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.structures import Labelled, Structure, cropped
from labelport.geometry.stacks import Stack
from tests.labelport.annotations.structures_view.phantoms import image_of, labels, stack_of, structure_of


def everywhere(x: Any, y: Any, z: Any) -> Any:
    return np.ones(np.shape(x), bool)


def block(planes: list[int], *, name: str = "block", number: str = "1") -> Structure:
    """Return two by three voxels on each of some planes."""
    patches = {plane: cropped(np.ones((2, 3)), top=1, left=2) for plane in planes}
    return Structure(name, number, {plane: patch for plane, patch in patches.items() if patch is not None})


def table(*structures: Structure, image: ImageVolume) -> list[dict[str, Any]]:
    return structure_table(labels(Labelled(image, structures)), known_volumes([image]))


def test_a_structure_has_its_voxels_millilitres_and_slices() -> None:
    image = image_of(stack_of(gap=2.5, row_mm=2.0, column_mm=1.5))
    assert table(block([3, 4, 7]), Structure("nothing", "2", {}), image=image) == [
        {
            "series": "dicom-x",
            "structure": "block",
            "number": "1",
            "voxels": 18,
            "ml": 0.135,  # 18 x 2.5 x 2.0 x 1.5 mm3
            "slices": 3,
            "first_slice": 3,
            "last_slice": 7,
            "image": image.keys[0],
        },
        {
            "series": "dicom-x",
            "structure": "nothing",
            "number": "2",
            "voxels": 0,
            "ml": 0.0,
            "slices": 0,
            "first_slice": None,
            "last_slice": None,
            "image": image.keys[0],
        },
    ]


def test_the_tilt_of_a_gantry_adds_no_volume() -> None:
    image = image_of(stack_of(lean=(0, 1.0, 0)))
    (row,) = table(structure_of(image.stack, everywhere, "all"), image=image)
    assert image.affine is not None
    assert row["ml"] == pytest.approx(20 * 48 * 64 * abs(np.linalg.det(image.affine)) / 1000)
    assert row["ml"] == pytest.approx(20 * 48 * 64 * 9 / 1000)


def irregular(*positions: float) -> ImageVolume:
    origins = np.array([[0, 0, each] for each in positions], float)
    return image_of(Stack(origins, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 1.0, 1.0, rows=4, columns=6))


@pytest.mark.parametrize(("plane", "mm"), [(0, 2.0), (1, 2.5), (2, 6.5), (3, 10.0)])
def test_where_gaps_differ_a_slice_counts_with_half_of_those_beside_it(plane: int, mm: float) -> None:
    (row,) = table(block([plane]), image=irregular(0, 2, 5, 15))
    assert row["ml"] == pytest.approx(6 * mm / 1000)


def test_the_slices_of_an_irregular_stack_have_together_the_length_from_end_to_end() -> None:
    image = irregular(0, 2, 5, 15)
    (row,) = table(structure_of(image.stack, everywhere, "all"), image=image)
    assert row["ml"] == pytest.approx(4 * 6 * (15 + 1 + 5) / 1000), "and half a gap beyond both ends"


def test_planes_against_the_normal_are_as_thick_as_those_along_it() -> None:
    (row,) = table(block([0]), image=irregular(9, 6, 3))
    assert row["ml"] == pytest.approx(6 * 3 / 1000)


def test_a_single_dicom_slice_has_no_volume_in_millilitres() -> None:
    (row,) = table(block([0]), image=image_of(stack_of(planes=1)))
    assert (row["voxels"], row["ml"]) == (6, None)


def test_a_single_nifti_plane_is_as_thick_as_its_header_says() -> None:
    affine = np.diag([1.0, 2.0, 7.0, 1.0])
    image = replace(image_of(Stack.of_affine(affine, (6, 4, 1)), kind="nifti"), affine=affine, frames=[0])
    (row,) = table(block([0]), image=image)
    assert row["ml"] == pytest.approx(6 * 14 / 1000)


def test_a_sheared_volume_has_the_determinant_of_its_affine() -> None:
    affine = np.array([[1.2, 0.3, 0.1, 0], [0, 1.5, 0.4, 0], [0.2, 0, 2.0, 0], [0, 0, 0, 1.0]])
    image = replace(image_of(Stack.of_affine(affine, (6, 4, 5)), kind="nifti"), affine=affine)
    mm3 = voxel_mm3(image)
    assert mm3 is not None
    assert mm3 == pytest.approx(np.full(5, np.linalg.det(affine[:3, :3])))


def test_planes_in_no_order_have_no_thickness() -> None:
    assert voxel_mm3(irregular(0, 3, 3, 6)) is None


def test_series_come_by_their_ids_and_two_structures_of_one_name_are_two_rows() -> None:
    images = [image_of(stack_of(), series_id=name, keys=[f"{name}{n}" for n in range(20)]) for name in ("b", "a")]
    given = labels(*(Labelled(image, [block([1]), block([2, 3], number="2")]) for image in images))
    found = structure_table(given, known_volumes(images))
    assert [(row["series"], row["structure"], row["number"], row["voxels"]) for row in found] == [
        ("a", "block", "1", 6),
        ("a", "block", "2", 12),
        ("b", "block", "1", 6),
        ("b", "block", "2", 12),
    ]


def test_labels_whose_images_are_not_known_have_the_size_of_their_own_grid() -> None:
    image = replace(image_of(stack_of(), series_id="", kind="none", keys=["x.nii"] * 20), frames=list(range(20)))
    (row,) = structure_table(labels(Labelled(image, [block([1])])), NoVolumes())
    assert (row["series"], row["voxels"], row["ml"]) == (None, 6, pytest.approx(6 * 9 / 1000))


def test_what_has_no_volume_is_told() -> None:
    said = Said()
    assert structure_table(labels(Labelled(image_of(stack_of()), [block([1])])), NoVolumes(), said) == []
    assert [each.code for each in said.findings()] == ["volume.no_plane"]
