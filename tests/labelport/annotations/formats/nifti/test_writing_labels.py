"""labels.json as it is written: a class for each name, with the ids of its source."""

from dataclasses import replace

import numpy as np
import pytest

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.formats.nifti import NIFTI_INDEX, NIFTI_ONEHOT
from labelport.tables import CATEGORIES
from labelport.testing.annotation_volumes import (
    bands,
    dicom_volume,
    volume_set,
)
from tests.labelport.annotations.formats.nifti.exports import FILE, box, codes, labels, of, stored, written


def test_structures_of_one_name_are_one_class_and_that_is_told() -> None:
    image = dicom_volume()
    given = of(image, ("lesion", "1", box(0, 1, 1)), ("lesion", "4", box(0, 2, 2)))
    files, found = written(NIFTI_INDEX, given, [image])
    assert [(each.code, each.file, each.pointer, each.count) for each in found] == [
        ("loss.duplicate_name", FILE, "1", 1)
    ]
    assert labels(files) == [(1, "lesion")]
    assert np.array_equal(stored(files[FILE]), (box(0, 1, 1) | box(0, 2, 2)).transpose(2, 1, 0))


def with_categories(given: AnnotationSet, *categories: tuple[str, str | None]) -> AnnotationSet:
    """Return a set with other categories: name, source id."""
    names, ids = ([each[at] for each in categories] for at in range(2))
    return replace(given, categories=rows_of(CATEGORIES, len(names), name=names, source_id=ids, source_file="source"))


@pytest.mark.parametrize(
    ("ids", "kept", "told"),
    [
        (["2", "9"], [2, 9], []),
        ([None, None], [1, 2], []),
        (["0", "1"], [1, 2], ["loss.ids"]),
        (["5", "5"], [1, 2], ["loss.ids"]),
        (['"a"', "7"], [1, 2], ["loss.ids"]),
        (["true", "7"], [1, 2], ["loss.ids"]),
        (["1", None], [1, 2], []),
        (["3", None], [1, 2], ["loss.ids"]),
    ],
)
def test_ids_of_the_source_stay_where_a_reader_takes_them(
    ids: list[str | None], kept: list[int], told: list[str]
) -> None:
    image = dicom_volume()
    given = with_categories(volume_set([image]), ("liver", ids[0]), ("kidney", ids[1]))
    files, found = written(NIFTI_INDEX, given, [image])
    assert (labels(files), codes(found)) == ([(kept[0], "liver"), (kept[1], "kidney")], told)
    assert sorted(np.unique(stored(files[FILE]))) == [0, *kept]


def test_an_id_beyond_16_bits_stays_in_one_hot_and_is_given_anew_for_voxels() -> None:
    image = dicom_volume()
    given = with_categories(volume_set([image]), ("liver", "70000"), ("kidney", "2"))
    onehot, found = written(NIFTI_ONEHOT, given, [image])
    assert (labels(onehot), found) == ([(70_000, "liver"), (2, "kidney")], [])
    index, found = written(NIFTI_INDEX, given, [image])
    assert (labels(index), codes(found)) == ([(1, "liver"), (2, "kidney")], ["loss.ids"])
    assert stored(index[FILE]).dtype == np.uint8


def test_categories_of_one_name_are_one_class_and_nameless_ones_are_left_out() -> None:
    image = dicom_volume()
    given = with_categories(volume_set([image], ("a", "b", "c")), ("liver", "1"), (" ", "2"), ("liver", "3"))
    files, found = written(NIFTI_ONEHOT, given, [image])
    assert labels(files) == [(1, "liver")]
    assert [(each.code, each.file, each.pointer) for each in found] == [
        ("loss.characters", "labels.json", ""),
        ("loss.duplicate_name", "labels.json", "/0"),
        ("loss.duplicate_name", FILE, "1"),
    ]
    first, _, last = bands(3)
    assert np.array_equal(stored(files[FILE])[..., 0], (first | last).transpose(2, 1, 0))


def test_names_of_any_script_stand_as_they_are_and_in_no_finding() -> None:
    image = dicom_volume()
    names = ("größe 日本", 'quote" and\nline', "größe 日本 ")
    given = with_categories(volume_set([image], ("a", "b", "c")), *((name, "5") for name in names))
    files, found = written(NIFTI_ONEHOT, given, [image])
    assert [name for _, name in labels(files)] == list(names)
    assert not [each for each in found if any(name in f"{each.message}{each.value}" for name in names)]
