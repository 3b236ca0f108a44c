"""What was written is read by our own reader: every voxel, name, number and colour, and nothing to say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelport.annotations.formats.rtstruct import RTSTRUCT
from labelport.annotations.formats.rtstruct.structure_set import read_structure_set
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.structures import Structure
from labelport.findings import Finding
from tests.labelport.annotations.formats.rtstruct.written_files import (
    Told,
    a_set,
    any_stack,
    structure,
    volume,
    written,
)

MASKS = arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 1))


def read_again(image: ImageVolume, some: list[Structure], **options: Any) -> tuple[list[Structure], list[Finding]]:
    files, told = written(a_set({image: some}), [image], Told(), **options)
    said = Said()
    body = files[f"structures/{image.series_id}.dcm"]
    found = read_structure_set(body, "s.dcm", known_volumes([image]), RTSTRUCT.Options(), said)
    assert found is not None
    (one,) = found.labelled
    return list(one.structures), [*told, *said.findings()]


def mask_of(given: Structure, image: ImageVolume) -> Any:
    columns, rows, planes = image.shape
    found = np.zeros((planes, rows, columns), np.uint8)
    for plane, patch in given.patches.items():
        found[plane] = patch.onto(rows, columns)
    return found


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
@settings(max_examples=60, deadline=None)
@given(MASKS, st.integers(0, 1 << 20))
def test_every_mask_comes_back_on_any_planes(holes: str, mask: Any, seed: int) -> None:
    image = volume(any_stack(seed, *mask.shape))
    (found,), said = read_again(image, [structure("x", 1, mask)], holes=holes)
    assert np.array_equal(mask_of(found, image), mask)
    expected = {"rtstruct.empty_roi"} if not mask.any() else set()
    inside = np.flatnonzero(mask.any(axis=(1, 2)))
    if len(inside) and len(inside) <= inside[-1] - inside[0]:
        expected = {"rtstruct.missing_planes"}
    assert {each.code for each in said} == expected


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_noise_of_a_real_size_comes_back(holes: str) -> None:
    mask = (np.random.default_rng(2).random((1, 160, 128)) < 0.6).astype(np.uint8)
    image = volume(any_stack(8, *mask.shape))
    (found,), said = read_again(image, [structure("x", 1, mask)], holes=holes)
    assert np.array_equal(mask_of(found, image), mask)
    assert not said


def test_names_numbers_and_colours_come_back() -> None:
    image = volume(any_stack(3, 1, 4, 4))
    mask = np.ones((1, 4, 4))
    given_ = [structure("größe 日本", 7, mask, colour=(1, 2, 3)), structure("x", 3, mask, colour=(0, 0, 255))]
    found, said = read_again(image, given_)
    assert [(each.name, each.number, each.colour) for each in found] == [
        ("größe 日本", "7", (1, 2, 3)),
        ("x", "3", (0, 0, 255)),
    ]
    assert [each.voxels for each in found] == [16, 16]
    assert not said
