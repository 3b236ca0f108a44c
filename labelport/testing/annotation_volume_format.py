"""The contract of formats of volumes (``volumes = True``): that of all formats, on series of slices and their voxels."""

from collections.abc import Sequence

import numpy as np
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Format
from labelport.annotations.holds import KEPT
from labelport.annotations.joining import joined
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled
from labelport.annotations.writing import Grids, is_on_volumes
from labelport.options import AnnotationOptions
from labelport.testing.annotation_exchange import Sample, read_all, written
from labelport.testing.annotation_format import AnnotationFormatContract
from labelport.testing.annotation_rows import faults_of_findings
from labelport.testing.annotation_sets import plain_set
from labelport.testing.annotation_volumes import (
    dicom_volume,
    grids_of,
    labelled,
    nifti_volume,
    structure,
    uneven,
    volume_set,
)
from labelport.testing.annotation_voxels import voxels_lost_silently

IMAGES = (dicom_volume(), dicom_volume("dicom-other", number=2), nifti_volume())
"""The series that labels lie on, unless a subclass gives others."""

UNEVEN = uneven(dicom_volume("dicom-uneven", number=3))

CATEGORIES = ("liver", "kidney")

EMPTY_TOO = ("liver", "kidney", "spleen", "lung", "empty", "nothing")
"""The last two have no voxel."""

OF_ROWS = {
    "crowd": ("iscrowd", True, "loss.crowd"),
    "scores": ("score", 0.5, "loss.scores"),
    "extras": ("extras", b'{"colour":"red"}', "loss.extras"),
    "keypoints": ("keypoints", [1.0, 2.0, 2.0], "loss.keypoints"),
}
"""By what a format may hold: a column, a value, and the code of its loss."""


class VolumeFormatContract(AnnotationFormatContract):
    """What every format of volumes must do. A subclass gives the fixtures ``chosen`` and ``samples``.

    Samples are labels on the series of ``grids``.
    """

    TWINS = ("tray/a.nii", "tray/a.nii.gz", "a.nii")
    SPOILT = 1

    @pytest.fixture
    def grids(self) -> Grids:
        return grids_of([*IMAGES, UNEVEN])

    @pytest.fixture
    def sets(
        self, chosen: Format, samples: list[Sample], options: AnnotationOptions, grids: Grids
    ) -> list[AnnotationSet]:
        """Return labels on all series, with structures without voxels as well, and what the samples hold."""
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        of_samples = [read_all(chosen, sample, options, grids.volumes)[0] for sample in samples]
        return [self.plain(), volume_set(IMAGES, EMPTY_TOO), *of_samples]

    def plain(self, *, images: Sequence[str] = (), categories: Sequence[str] = ()) -> AnnotationSet:
        """Return labels on all series; where images are named, on as many volumes of a dataset without images."""
        names = categories or CATEGORIES
        if not images:
            return volume_set(IMAGES, names)
        return annotation_set([VolumeFile(each, [labelled(nifti_volume("", key=each), names)]) for each in images])

    def lost(
        self, chosen: Format, given: AnnotationSet, options: AnnotationOptions, grids: Grids, *, odd: bool = False
    ) -> list[str]:
        """Return what an export lost: ``voxels_lost_silently``."""
        known = grids if given.images.column("series_id").null_count == 0 else Grids()
        return voxels_lost_silently(chosen, given, options, known, plain=self.plain() if odd else None)

    def test_it_says_that_it_is_of_volumes(self, chosen: Format) -> None:
        assert is_on_volumes(chosen)

    def test_overlapping_structures_both_stay_or_the_series_is_refused(
        self, chosen: Format, options: AnnotationOptions, grids: Grids
    ) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        both = np.zeros((4, 7, 9), np.uint8)
        both[1, 2:5, 2:7] = 1
        shared = [Labelled(IMAGES[0], [structure("liver", "1", both), structure("kidney", "2", both)])]
        given = annotation_set([VolumeFile("source", [*shared, labelled(IMAGES[1], CATEGORIES)])])
        assert self.lost(chosen, given, options, grids) == []

    def test_planes_that_are_not_evenly_spaced_stay_or_the_series_is_refused(
        self, chosen: Format, options: AnnotationOptions, grids: Grids
    ) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        assert UNEVEN.affine is None
        assert self.lost(chosen, volume_set([*IMAGES, UNEVEN]), options, grids) == []

    def test_pictures_are_told_of_and_cost_the_volumes_nothing(self, chosen: Format, grids: Grids) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        ring = b"[[1, 1, 9, 1, 9, 9]]"
        pictures = plain_set(categories=CATEGORIES, kind="polygon", segmentation=ring, segmentation_kind="polygons")
        alone, told = written(chosen, pictures, grids=grids)
        assert [(each.value, each.count) for each in told if each.code == "volume.no_plane"] == [
            ("tray/x.jpg, y.png", 2)
        ]
        assert faults_of_findings(told, [*alone, *(each.file for each in told)]) == []
        without, _ = written(chosen, self.plain(), grids=grids)
        beside, told = written(chosen, joined([self.plain(), pictures]), grids=grids)
        assert [(each.value, each.count) for each in told if each.code == "volume.no_plane"] == [
            ("tray/x.jpg, y.png", 2)
        ]
        assert beside == without

    def test_no_series_at_hand_is_told_and_nothing_raises(self, chosen: Format) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        _, told = written(chosen, self.plain(), grids=Grids())
        assert "volume.no_plane" in {each.code for each in told}

    @pytest.mark.parametrize("what", OF_ROWS)
    def test_what_it_does_not_hold_of_a_row_is_told(self, chosen: Format, grids: Grids, what: str) -> None:
        if chosen.holds is None:
            pytest.skip(f"{chosen.title} is not written")
        column, value, code = OF_ROWS[what]
        plain = self.plain()
        rows = plain.annotations.to_pylist()
        rows[0][column] = value
        given = AnnotationSet(
            plain.images,
            plain.categories,
            type(plain.annotations).from_pylist(rows, schema=plain.annotations.schema),
            documents=plain.documents,
        )
        told = {each.code: each.count for each in written(chosen, given, grids=grids)[1]}
        assert told.get(code, 0) == int(getattr(chosen.holds, what) != KEPT)
