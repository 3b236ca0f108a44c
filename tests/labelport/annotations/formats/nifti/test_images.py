"""Which image the labels lie on, by the name of their file."""

import pytest

from labelport.annotations.volumes.image_volume import ImageVolume
from tests.labelport.annotations.formats.nifti.label_volumes import (
    AFFINE,
    LIST,
    base,
    image,
    onehot,
    read_all,
    read_one,
    slices,
    volume_bytes,
)

BODY = volume_bytes(base())


def found(name: str, *images: ImageVolume) -> str | None:
    """Return the series on which a volume of this name lies, or the code of why there is none."""
    result = read_one(BODY, images, name=name)
    if result.labelled is None:
        (only,) = result.findings
        assert only.file == name
        return only.code
    assert result.findings == []
    return result.labelled.image.series_id


def test_a_volume_called_by_a_series_id_lies_on_that_series() -> None:
    assert found("segmentations/dicom-x.nii.gz", slices("ct", series_id="dicom-x"), image()) == "dicom-x"


@pytest.mark.parametrize(
    "name",
    [
        "a.nii.gz",
        "labels/a.nii.gz",
        "a_seg.nii.gz",
        "labels/a_mask.nii.gz",
        "a_label.nii",
        "x/y/a_dseg.nii.gz",
        "a.nii",
    ],
)
def test_the_name_with_or_without_an_ending_of_labels_is_that_of_the_image(name: str) -> None:
    body = volume_bytes(base(), compress=name.endswith(".gz"))
    result = read_one(body, [image(key="images/a.nii.gz"), image(key="images/b.nii.gz", series_id="b")], name=name)
    assert result.findings == []
    assert result.labelled is not None
    assert result.labelled.image.series_id == "single-a"


def test_an_ending_says_that_the_image_is_called_without_it() -> None:
    images = [image(key="a.nii.gz"), image(key="a_seg.nii.gz", series_id="labels-themselves")]
    assert found("a_seg.nii.gz", *images) == "single-a"


def test_folders_tell_images_of_one_name_apart() -> None:
    images = [image(key=f"{place}/a.nii.gz", series_id=place) for place in ("p1", "p2")]
    assert found("p2/a.nii.gz", *images) == "p2"
    assert found("p2/a_seg.nii.gz", *images) == "p2"
    assert found("a.nii.gz", *images) == "name.ambiguous"


@pytest.mark.parametrize("name", ["p1.nii.gz", "labels/p1_seg.nii.gz", "p1/p1.nii.gz"])
def test_a_folder_of_one_dicom_series_may_be_called_as_the_labels_are(name: str) -> None:
    assert found(name, slices("ct/p1", series_id="one"), slices("ct/p2", series_id="two")) == "one"


def test_a_folder_of_several_series_is_the_name_of_none() -> None:
    images = [slices("p1", series_id="one"), slices("p1", series_id="two", names="b{}.dcm")]
    assert found("p1.nii.gz", *images) == "name.unmatched"


def test_one_slice_of_a_series_does_not_give_the_series_its_name() -> None:
    images = [slices("p1", series_id="one", names="00{}.dcm"), slices("002", series_id="two", names="s{}.dcm")]
    assert found("002.nii.gz", *images) == "two"
    assert found("001.nii.gz", *images) == "name.unmatched"


def test_a_name_that_leads_nowhere_is_told_once() -> None:
    assert found("b.nii.gz", image()) == "name.unmatched"
    assert found("b.nii.gz") == "name.unmatched"


def test_labels_without_their_image_are_not_in_the_set() -> None:
    given, findings = read_all({"labels.json": LIST, "a.nii.gz": BODY, "b.nii.gz": BODY}, [image()])
    assert set(given.images.column("source_file").to_pylist()) == {"a.nii.gz"}
    assert [(each.code, each.file) for each in findings] == [("name.unmatched", "b.nii.gz")]


def test_without_any_images_labels_lie_on_a_grid_of_their_own() -> None:
    result = read_one(BODY, None, name="x/a.nii.gz")
    assert result.labelled is not None
    lies_on = result.labelled.image
    assert (lies_on.kind, lies_on.series_id, lies_on.shape) == ("none", "", (5, 4, 3))
    assert (list(lies_on.keys), list(lies_on.frames)) == (["x/a.nii.gz"] * 3, [0, 1, 2])
    assert lies_on.affine is not None
    assert lies_on.affine.tolist() == AFFINE.tolist()


def test_rows_are_planes_of_the_image_with_the_labels_of_the_list() -> None:
    given, findings = read_all({"labels.json": LIST, "a.nii.gz": BODY}, [image()])
    assert findings == []
    images = given.images.select(["series_id", "key", "frame", "width", "height", "name_given"]).to_pylist()
    assert images == [
        {
            "series_id": "single-a",
            "key": "a.nii.gz",
            "frame": plane,
            "width": 5,
            "height": 4,
            "name_given": f"a.nii.gz#frame={plane}",
        }
        for plane in range(3)
    ]
    rows = given.annotations.select(["image_id", "category_id", "track_id", "pointer", "area_given", "x0", "y0"])
    assert [tuple(row.values()) for row in rows.to_pylist()] == [
        (0, 0, "1", "1", 4.0, 1.0, 1.0),
        (1, 0, "1", "1", 4.0, 1.0, 1.0),
        (1, 1, "2", "2", 4.0, 3.0, 0.0),
        (2, 1, "2", "2", 4.0, 3.0, 0.0),
    ]


def test_several_series_of_one_object_are_told_apart_by_their_grids() -> None:
    away = AFFINE.copy()
    away[:3, 3] += 100
    images = [image(series_id="near"), image(series_id="far", affine=away)]
    body = volume_bytes(base(), away)
    result = read_one(body, images)
    assert result.labelled is not None
    assert result.labelled.image.series_id == "far"
    twice = read_one(body, [*images, image(series_id="twin", affine=away)])
    assert twice.codes == ["name.ambiguous"]


def test_structures_are_those_of_the_list_also_without_voxels() -> None:
    voxels = onehot(base())
    voxels[..., 1] = 0
    result = read_one(volume_bytes(voxels), [image()], layout="onehot")
    assert result.labelled is not None
    assert [(each.number, each.name, each.voxels) for each in result.labelled.structures] == [
        ("1", "class1", 8),
        ("2", "class2", 0),
    ]
