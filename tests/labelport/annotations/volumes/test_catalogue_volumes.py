"""Image volumes of a real catalogue: through listing, probing and series, as a run makes it."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from labelport.annotations.files import in_memory
from labelport.annotations.reading import read_annotations
from labelport.annotations.volumes.catalogue_volumes import volumes_of
from labelport.annotations.volumes.identities import ImageGone
from labelport.annotations.volumes.image_identities import ImageIdentities
from labelport.dataset import Dataset
from labelport.privacy import pseudonym
from tests.labelport.probing.dicom_files import AXIAL, SAGITTAL, data_set, enhanced, saved, structures
from tests.labelport.tiles.buckets import grouped
from tests.labelport.tiles.volumes import volume

SECRET = b"a key of the project"


def slices(count: int = 4, *, gap: float = 2.5, **tags: Any) -> dict[str, bytes]:
    """Return slices whose names and numbers run against their positions."""
    return {
        f"ct/{count - place}.dcm": saved(data_set(count - place, at=(7, -3, gap * place), **tags))
        for place in range(count)
    }


@pytest.fixture
def ct(tmp_path: Path) -> Dataset:
    files = slices() | {"ct/structures.dcm": saved(structures("2.25.3")), "chest.nii.gz": volume()}
    return grouped(tmp_path, files)


def test_planes_stand_in_the_order_of_their_positions_with_their_objects(ct: Dataset) -> None:
    with volumes_of(ct) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
        assert image.kind == "dicom"
        assert list(image.keys) == ["ct/4.dcm", "ct/3.dcm", "ct/2.dcm", "ct/1.dcm"]
        assert list(image.items) == [0, 1, 2, 3]
        assert image.shape == (6, 4, 4)
        assert image.stack.positions.tolist() == [0, 2.5, 5, 7.5]
        assert image.affine is not None
        assert image.affine[:3, 3].tolist() == [-7, 3, 0]


def test_a_volume_is_found_by_whatever_names_it(ct: Dataset) -> None:
    with volumes_of(ct) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
        assert volumes.of_series(image.series_id) is image
        assert [each.series_id for each in volumes.of_key("ct/2.dcm")] == [image.series_id]
        assert [each.series_id for each in volumes.of_frame_of_reference("2.25.4")] == [image.series_id]
        assert [each.series_id for each in volumes.below("ct")] == [image.series_id]
        assert volumes.of_study("2.25.2") == [image.series_id]
        assert [each.kind for each in volumes.of_key("chest.nii.gz")] == ["nifti"]
        for absent in (volumes.of_key("ct"), volumes.of_key("ct/9.dcm"), volumes.of_series_uid("2.25.9")):
            assert absent == []
        assert volumes.of_series("dicom-absent") is None


def test_a_nifti_volume_has_the_planes_of_its_third_stored_axis(ct: Dataset) -> None:
    with volumes_of(ct) as volumes:
        [image] = volumes.of_key("chest.nii.gz")
        assert list(image.frames) == list(range(image.shape[2]))
        assert set(image.keys) == {"chest.nii.gz"}
        assert np.allclose(image.stack.affine(), image.affine)  # type: ignore[arg-type]


def test_under_a_key_uids_are_found_by_their_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", SECRET.decode())
    dataset = grouped(tmp_path, slices(), privacy={"key_env": "TEST_KEY"})
    with volumes_of(dataset) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
        assert image.series_uid == pseudonym("2.25.3", tag="SeriesInstanceUID", key=SECRET)
        assert volumes.same_uid("2.25.1.4", image.sop_uids[0])
        assert not volumes.same_uid("2.25.1.3", image.sop_uids[0])
        assert volumes.of_study("2.25.2") == [image.series_id]
        assert volumes.same_object("2.25.1") not in {"2.25.1", pseudonym("2.25.1", tag="SOPInstanceUID", key=SECRET)}


def test_frames_of_one_object_are_planes_of_their_stacks(tmp_path: Path) -> None:
    planes = [("1", 0, AXIAL), ("2", 0, SAGITTAL), ("1", 1, AXIAL), ("2", 1, SAGITTAL)]
    dataset = grouped(tmp_path, {"both.dcm": saved(enhanced(1, planes))})
    with volumes_of(dataset) as volumes:
        found = sorted(list(image.frames) for image in volumes.of_key("both.dcm"))
        assert found == [[0, 2], [1, 3]]


def two_time_points(count: int) -> dict[str, bytes]:
    """Return slices that stand twice at each place."""
    return {
        f"{time}-{place}.dcm": saved(
            data_set(10 * time + place, at=(0, 0, 3.0 * place), TemporalPositionIdentifier=time)
        )
        for time in (1, 2)
        for place in range(count)
    }


def test_of_time_points_the_first_one_gives_the_planes(tmp_path: Path) -> None:
    with volumes_of(grouped(tmp_path, two_time_points(3))) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
        assert list(image.keys) == ["1-0.dcm", "1-1.dcm", "1-2.dcm"]


def test_images_without_a_place_are_no_volume(tmp_path: Path) -> None:
    files = {"xray.dcm": saved(data_set(1, at=None)), **slices(2)}
    with volumes_of(grouped(tmp_path, files)) as volumes:
        assert volumes.of_key("xray.dcm") == []
        assert len(volumes.of_key("ct/1.dcm")) == 1


def test_who_the_images_are_is_read_from_them_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", SECRET.decode())
    dataset = grouped(tmp_path, slices(), privacy={"key_env": "TEST_KEY"})
    with volumes_of(dataset) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
    given = ImageIdentities(dataset.bucket, dataset.key)
    found = given.of(image)
    assert (found.study_uid, found.series_uid, found.frame_of_reference_uid) == ("2.25.2", "2.25.3", "2.25.4")
    assert list(found.sop_uids) == ["2.25.1.4", "2.25.1.3", "2.25.1.2", "2.25.1.1"]
    assert given.of(image, pseudonyms=True).sop_uids == image.sop_uids
    assert "2.25" not in repr(found).replace("sop_class_uids", "")


def test_an_image_that_is_gone_or_another_one_is_told(tmp_path: Path) -> None:
    dataset = grouped(tmp_path, slices())
    with volumes_of(dataset) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
    given = ImageIdentities(dataset.bucket, None)
    (tmp_path / "raw/ct/2.dcm").write_bytes(saved(data_set(99, at=(7, -3, 5))))
    with pytest.raises(ImageGone, match=r"ct/2\.dcm"):
        given.of(image)
    (tmp_path / "raw/ct/2.dcm").unlink()
    with pytest.raises(ImageGone, match=r"ct/2\.dcm"):
        given.of(image)
    with pytest.raises(ValueError, match="no key"):
        given.of(image, pseudonyms=True)


def test_new_uids_are_equal_for_equal_content_and_keyed() -> None:
    one, two = (ImageIdentities(None, key) for key in (b"one", b"two"))  # type: ignore[arg-type]
    assert one.own_uid("series", b"x") == one.own_uid("series", b"x")
    assert len({one.own_uid("series", b"x"), one.own_uid("object", b"x"), two.own_uid("series", b"x")}) == 3
    assert one.own_uid("series", b"x").startswith("2.25.")
    assert len(one.own_uid("series", b"x")) <= 64


def test_labels_on_the_first_of_several_time_points_are_told(tmp_path: Path) -> None:
    with volumes_of(grouped(tmp_path, two_time_points(2))) as volumes:
        [image] = volumes.of_series_uid("2.25.3")
        labels = nib.Nifti1Image(np.ones((6, 4, 2), np.uint8), image.affine)  # type: ignore[no-untyped-call]
        made = [
            in_memory("labels.json", b'[{"id": 1, "name": "a"}]'),
            in_memory(f"{image.series_id}.nii", labels.to_bytes()),
        ]
        read = read_annotations(made, volumes=volumes)
    assert [found.code for found in read.findings] == ["volume.first_time_point"]
    assert read.annotations.annotations.num_rows == 2
