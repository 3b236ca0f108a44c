"""The judge of formats of volumes finds what it is there for: each fault here is one that a format could have."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.nifti import Nifti
from labelport.annotations.joining import numbered
from labelport.annotations.ordering import renamed
from labelport.options import AnnotationOptions
from labelport.testing.annotation_volume_format import IMAGES, UNEVEN
from labelport.testing.annotation_volumes import bands, grids_of, volume_set
from labelport.testing.annotation_voxels import voxels_lost_silently, voxels_of

GRIDS = grids_of([*IMAGES, UNEVEN])
GIVEN = volume_set(IMAGES)


class Spoilt(Nifti):
    """One-hot NIfTI that reads something else than it wrote."""

    def __init__(self, spoil: Callable[[AnnotationSet], AnnotationSet]) -> None:
        super().__init__("onehot")
        self._spoil = spoil

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        parsed = super().read(files, claim, context)
        return replace(parsed, annotations=self._spoil(parsed.annotations))


def lost(spoil: Callable[[AnnotationSet], AnnotationSet], given: AnnotationSet = GIVEN) -> list[str]:
    return voxels_lost_silently(Spoilt(spoil), given, AnnotationOptions(), GRIDS)


def with_rows(given: AnnotationSet, kept: pa.Array) -> AnnotationSet:
    return replace(given, annotations=numbered(given.annotations.filter(kept)))


def one_row_less(given: AnnotationSet) -> AnnotationSet:
    return with_rows(given, pc.greater(given.annotations.column("annotation_id"), 0))


def one_series_less(given: AnnotationSet) -> AnnotationSet:
    gone = pc.equal(given.images.column("series_id"), IMAGES[1].series_id)
    rows = pc.indices_nonzero(gone)
    return with_rows(given, pc.invert(pc.is_in(given.annotations.column("image_id"), rows)))


def one_class_less(given: AnnotationSet) -> AnnotationSet:
    return with_rows(given, pc.equal(given.annotations.column("category_id"), 0))


def planes_turned(given: AnnotationSet) -> AnnotationSet:
    last = given.images.num_rows - 1
    turned = np.arange(last, -1, -1)
    return renamed(given, image_of=turned, category_of=np.arange(given.categories.num_rows))


def categories_turned(given: AnnotationSet) -> AnnotationSet:
    made = replace(given, categories=numbered(given.categories.take(pa.array([1, 0]))))
    return renamed(made, image_of=np.arange(given.images.num_rows), category_of=np.array([1, 0]))


def test_what_stays_as_it_is_has_no_fault() -> None:
    assert lost(lambda given: given) == []


@pytest.mark.parametrize("spoil", [one_row_less, one_series_less, one_class_less, planes_turned, categories_turned])
def test_what_is_lost_of_voxels_classes_and_series_is_found(spoil: Callable[[AnnotationSet], AnnotationSet]) -> None:
    assert spoil(GIVEN) != GIVEN
    assert len(lost(spoil)) >= 1


def test_a_series_that_was_refused_by_its_name_is_no_fault() -> None:
    given = volume_set([*IMAGES, UNEVEN])
    assert lost(lambda given: given, given) == []


def test_a_series_that_was_left_out_without_a_word_is_found() -> None:
    class Silent(Nifti):
        def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
            super().write(given, output, WriteContext(options=context.options, volumes=context.volumes))

    faults = voxels_lost_silently(Silent("onehot"), volume_set([*IMAGES, UNEVEN]), AnnotationOptions(), GRIDS)
    assert [UNEVEN.series_id in words for words in faults] == [True]


def test_voxels_of_a_set_are_those_that_were_put_in() -> None:
    found = voxels_of(GIVEN, GRIDS.volumes)
    assert set(found) == {(image.series_id, "") for image in IMAGES}
    for classes in found.values():
        for name, expected in zip(("liver", "kidney"), bands(2), strict=True):
            assert np.array_equal(classes[name], expected)
        assert not np.array_equal(classes["liver"], classes["kidney"])
