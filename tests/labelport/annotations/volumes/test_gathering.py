"""Rows as structures again, whatever the rows came from. Judges are the arrays that the rows were made of, and shapely."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.said import Said
from labelport.annotations.volumes.gathering import Drawn, drawn_volumes
from labelport.annotations.volumes.image_volume import ImageVolume, NoVolumes, Volumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES
from labelport.testing.annotation_volumes import dicom_volume, nifti_volume, structure, uneven

SHAPE = (4, 7, 9)
ROWS, COLUMNS = SHAPE[1:]
CT, OTHER, NIFTI = dicom_volume(), dicom_volume("dicom-other", number=2), nifti_volume()
KNOWN = known_volumes([OTHER, NIFTI, CT])


def noise(seed: int, *, share: float = 0.2) -> Any:
    return (np.random.default_rng(seed).random(SHAPE) < share).astype(np.uint8)


def whole(one: Structure) -> Any:
    """Return the voxels of a structure."""
    voxels = np.zeros(SHAPE, np.uint8)
    for plane, patch in one.patches.items():
        voxels[plane] = patch.onto(ROWS, COLUMNS)
    return voxels


def drawn(made: AnnotationSet, volumes: Volumes = KNOWN) -> tuple[list[Drawn], list[tuple[str, str, str | None]]]:
    """Return what is drawn, and what is said: code, pointer, value."""
    said = Said()
    found = list(drawn_volumes(made, volumes, said))
    return found, [(each.code, each.pointer, each.value) for each in said.findings()]


def rows_on(image: ImageVolume, *rows: dict[str, Any], frames: bool = False) -> AnnotationSet:
    """Return rows of any format on the first planes of a volume, a row a plane, as a matcher placed them."""
    planes = range(len(rows))
    return AnnotationSet(
        rows_of(
            ANNOTATION_IMAGES,
            len(rows),
            store="raw",
            key=[image.keys[plane] for plane in planes],
            series_id=image.series_id,
            frame=[image.frames[plane] for plane in planes] if frames else None,
            name_given=[f"image {plane}" for plane in planes],
            state="labelled",
            source_file="a.json",
            pointer="",
        ),
        rows_of(CATEGORIES, 1, name=["bolt"], source_file="a.json"),
        rows_of(
            ANNOTATIONS,
            len(rows),
            image_id=list(planes),
            category_id=0,
            source_file="a.json",
            pointer=[f"/{plane}" for plane in planes],
            **{
                name: [{"unit": "pixel", **row}.get(name) for row in rows]
                for name in ("kind", "unit", "segmentation", "segmentation_kind", "x0", "y0", "x1", "y1", "track_id")
            },
        ),
    )


def polygon(*rings: Any, **more: Any) -> dict[str, Any]:
    text = json.dumps([np.ravel(ring).tolist() for ring in rings]).encode()
    return {"kind": "polygon", "segmentation": text, "segmentation_kind": "polygons", **more}


def only(made: AnnotationSet, volumes: Volumes = KNOWN) -> Any:
    """Return the voxels of the one structure on the one volume; nothing is said."""
    found, said = drawn(made, volumes)
    assert said == []
    assert [len(each.structures) for each in found] == [1]
    return whole(found[0].structures[0])


@given(st.integers(0, 1 << 16), st.sampled_from([CT, NIFTI]))
@settings(deadline=None, max_examples=25)
def test_structures_become_rows_and_come_back_to_the_voxel(seed: int, image: ImageVolume) -> None:
    given_structures = [structure(name, str(n), noise(seed + n)) for n, name in enumerate(("b", "a", "b"), 9)]
    found, said = drawn(annotation_set([VolumeFile("rt.dcm", [Labelled(image, given_structures)])]))
    assert said == []
    assert [each.image.series_id for each in found] == [image.series_id]
    # By category, then number, in which 9 comes before 11.
    assert [(each.name, each.number) for each in found[0].structures] == [("b", "9"), ("b", "11"), ("a", "10")]
    assert list(found[0].categories) == [0, 0, 1]
    by_number = {each.number: each for each in given_structures}
    for each in found[0].labelled.structures:
        assert np.array_equal(whole(each), whole(by_number[each.number]))


def test_a_grid_that_nobody_knows_comes_back_from_its_document() -> None:
    image, voxels = nifti_volume("", key="loose/a.nii"), noise(3)
    made = annotation_set([VolumeFile("a.nii", [Labelled(image, [structure("a", "1", voxels)])])])
    for volumes in (NoVolumes(), KNOWN):
        found, said = drawn(made, volumes)
        assert said == []
        assert (found[0].image.known, found[0].image.keys[0]) == (False, "loose/a.nii")
        assert found[0].image.stack.origins.tolist() == image.stack.origins.tolist()
        assert (whole(found[0].structures[0]) == voxels).all()


def test_a_grid_without_an_affine_is_told() -> None:
    made = annotation_set([VolumeFile("a.dcm", [Labelled(uneven(dicom_volume("")), [structure("a", "1", noise(1))])])])
    assert drawn(made) == ([], [("volume.no_grid", "", None)])


def test_series_come_by_their_ids_and_then_what_nobody_knows() -> None:
    images = [nifti_volume("", key="loose.nii"), OTHER, NIFTI, CT]
    made = annotation_set(
        [VolumeFile(f"{n}", [Labelled(image, [structure("a", "1", noise(n))])]) for n, image in enumerate(images)]
    )
    found, _ = drawn(made)
    assert [each.image.series_id for each in found] == ["dicom-made", "dicom-other", "nifti-made", ""]


def test_two_files_on_one_series_keep_their_structures_apart() -> None:
    first, second = noise(1), noise(2)
    files = [
        VolumeFile(name, [Labelled(CT, [structure("a", "1", voxels)])])
        for name, voxels in (("1.dcm", first), ("2.dcm", second))
    ]
    found, said = drawn(annotation_set(files))
    assert (len(found), said) == (1, [])
    for each, voxels in zip(found[0].structures, (first, second), strict=True):
        assert np.array_equal(whole(each), voxels)
    listed = annotation_set(files, listed=[("1", "a")], listed_in="labels.json")
    found, _ = drawn(listed)
    assert [(each.number, each.voxels) for each in found[0].structures] == [("1", first.sum()), ("1", second.sum())]


def test_empty_structures_and_colours_come_from_documents() -> None:
    full = Structure("full", "1", structure("full", "1", noise(1)).patches, (9, 8, 7))
    made = annotation_set([VolumeFile("rt.dcm", [Labelled(CT, [full, Structure("empty", "2", {}, (1, 2, 3))])])])
    found, said = drawn(made)
    assert said == []
    assert [(each.name, each.number, each.voxels > 0, each.colour) for each in found[0].structures] == [
        ("full", "1", True, (9, 8, 7)),
        ("empty", "2", False, (1, 2, 3)),
    ]
    nothing = annotation_set([VolumeFile("rt.dcm", [Labelled(CT, [Structure("empty", "2", {})])])])
    found, _ = drawn(nothing)
    assert [(each.image.series_id, each.structures[0].name) for each in found] == [("dicom-made", "empty")]


def test_polygons_are_filled_at_the_centres_of_pixels_and_united() -> None:
    first, second = [[1.2, 1.1], [6.8, 1.4], [3.3, 5.9]], [[5, 2], [8.6, 2], [8.6, 6.2], [5, 6.2]]
    voxels = only(rows_on(CT, polygon(first, second)))
    shape = shapely.union(shapely.Polygon(first), shapely.Polygon(second))
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    assert (voxels[0].astype(bool) == shapely.contains_xy(shape, x, y)).all()
    assert not voxels[1:].any()


def test_shares_of_the_plane_are_multiplied_by_its_size() -> None:
    box = np.array([[2, 1], [6, 1], [6, 4], [2, 4]])
    shares = polygon(box / [COLUMNS, ROWS], unit="normalised")
    percent = ", ".join(f"{x} {y}" for x, y in ([*box, box[0]] / np.array([COLUMNS, ROWS]) * 100).tolist())
    wkt = {"kind": "polygon", "segmentation": f"POLYGON (({percent}))".encode(), "segmentation_kind": "wkt"}
    for row in (polygon(box), shares, wkt):
        voxels = only(rows_on(CT, row))
        assert voxels[0].sum() == voxels[0, 1:4, 2:6].sum() == 12


def test_holes_of_a_shape_are_taken_away() -> None:
    outer, hole = "0 0, 100 0, 100 100, 0 100, 0 0", "30 30, 70 30, 70 70, 30 70, 30 30"
    row = {"kind": "polygon", "segmentation": f"POLYGON (({outer}), ({hole}))".encode(), "segmentation_kind": "wkt"}
    shape = shapely.from_wkt(f"POLYGON (({outer}), ({hole}))")
    y, x = (np.mgrid[:ROWS, :COLUMNS] + 0.5) / np.array([ROWS, COLUMNS])[:, None, None] * 100
    assert (only(rows_on(CT, row))[0].astype(bool) == shapely.contains_xy(shape, x, y)).all()


@pytest.mark.parametrize(("left", "top"), [(2, 1), (-2, -1), (7, 5), (0, 0)])
def test_a_picture_of_a_mask_lies_where_its_box_begins_and_is_cut_at_the_edge(left: int, top: int) -> None:
    mask = np.array([[255, 0, 255], [0, 255, 0], [255, 255, 0]], np.uint8)
    held = io.BytesIO()
    Image.fromarray(mask).save(held, "PNG")
    row = {"kind": "mask", "segmentation": base64.b64encode(held.getvalue()), "segmentation_kind": "png"}
    voxels = only(rows_on(CT, row | {"x0": float(left), "y0": float(top)}))
    wide = np.zeros((ROWS + 6, COLUMNS + 6), np.uint8)
    wide[top + 3 : top + 6, left + 3 : left + 6] = mask > 0
    assert (voxels[0] == wide[3:-3, 3:-3]).all()


def test_points_are_the_pixels_that_hold_them_and_lines_are_not_filled() -> None:
    points = {"kind": "point", "segmentation": b"[[2.9, 1.0]]", "segmentation_kind": "points"}
    line = {"kind": "line", "segmentation": b"[[0.5, 0.5], [6.5, 0.5], [6.5, 6.5]]", "segmentation_kind": "points"}
    voxels = only(rows_on(CT, points, line))
    assert np.argwhere(voxels[0]).tolist() == [[1, 2]]
    expected = np.zeros((ROWS, COLUMNS), np.uint8)
    expected[0, :7] = expected[:, 6] = 1
    assert (voxels[1] == expected).all()


def test_frames_of_one_object_are_its_planes() -> None:
    box = [[2, 1], [6, 1], [6, 4], [2, 4]]
    voxels = only(rows_on(NIFTI, polygon(box), polygon(box), frames=True))
    assert voxels.sum(axis=(1, 2)).tolist() == [12, 12, 0, 0]


def test_rows_of_one_category_and_track_are_one_structure_and_other_tracks_others() -> None:
    box, right = [[0, 0], [3, 0], [3, 3], [0, 3]], [[5, 0], [9, 0], [9, 3], [5, 3]]
    made = rows_on(
        CT, polygon(box, track_id="1"), polygon(right, track_id="1"), polygon(box, track_id="2"), polygon(box)
    )
    found, _ = drawn(made)
    assert [(each.number, each.voxels, sorted(each.patches)) for each in found[0].structures] == [
        ("", 9, [3]),
        ("1", 21, [0, 1]),
        ("2", 9, [2]),
    ]


RUNS = json.dumps({"size": [ROWS, COLUMNS + 1], "counts": [0, ROWS * (COLUMNS + 1)]}).encode()


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "rle", "segmentation": RUNS, "segmentation_kind": "rle_counts"},
        {"kind": "rle", "segmentation": b'{"size": [7, 9], "counts": [5]}', "segmentation_kind": "rle_counts"},
        {"kind": "rle", "segmentation": b"\xff", "segmentation_kind": "rle_text"},
        {"kind": "mask", "segmentation": b"iVBORw0KGgo=", "segmentation_kind": "png", "x0": 0.0, "y0": 0.0},
        {"kind": "polygon", "segmentation": None, "segmentation_kind": "none"},
        polygon([[0, 0], [1e300, 0], [1, 1]]),
        {"kind": "line", "segmentation": b"[[0, 0], [1e11, 0]]", "segmentation_kind": "points"},
    ],
)
def test_what_cannot_be_drawn_is_told_with_its_place_and_the_others_are_drawn(row: dict[str, Any]) -> None:
    good = polygon([[2, 1], [6, 1], [6, 4], [2, 4]])
    found, said = drawn(rows_on(CT, row, good))
    assert said == [("volume.not_drawn", "/0", None)]
    assert whole(found[0].structures[0]).sum() == 12


def test_boxes_and_classes_are_no_voxels_and_what_lies_outside_is_none_either() -> None:
    outside = polygon([[20, 20], [30, 20], [30, 30]])
    rows: list[dict[str, Any]] = [
        {"kind": "box", "segmentation_kind": "none", "x0": 0.0, "y0": 0.0, "x1": 5.0, "y1": 5.0},
        {"kind": "class", "segmentation_kind": "none"},
        outside,
    ]
    found, said = drawn(rows_on(CT, *rows))
    assert said == []
    assert [(each.name, each.voxels, each.patches) for each in found[0].structures] == [("bolt", 0, {})]


def test_images_that_are_no_planes_are_told_by_the_names_they_were_given() -> None:
    made = rows_on(CT, *[polygon([[2, 1], [6, 1], [6, 4]])] * 3)
    lost = made.images.to_pylist()
    lost[0] |= {"series_id": None, "key": "photo.jpg"}
    lost[1] |= {"series_id": "single-photo.jpg", "key": "photo.jpg"}
    lost[2] |= {"key": "scans/dicom-made/gone.dcm"}
    columns = {name: [row[name] for row in lost] for name in lost[0]}
    given_set = AnnotationSet(rows_of(ANNOTATION_IMAGES, 3, **columns), made.categories, made.annotations)
    found, said = drawn(given_set)
    assert said == [("volume.no_plane", "", "image 0, image 2, image 1")]
    assert [each.structures for each in found] == [[]]


def test_the_set_stays_as_it_was() -> None:
    made = annotation_set([VolumeFile("rt.dcm", [Labelled(CT, [structure("a", "1", noise(1))])])])
    before = [table.to_pylist() for table in (made.images, made.categories, made.annotations)], dict(made.documents)
    drawn(made)
    after = [table.to_pylist() for table in (made.images, made.categories, made.annotations)], dict(made.documents)
    assert before == after
