"""How images are called in an export."""

import pyarrow as pa
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.naming import has_extension, stem_of, written_names
from labelport.annotations.said import Said
from labelport.annotations.writing import Collision, files_of_images
from tests.labelport.annotations.made import a_set


def with_keys(names: tuple[str, ...], keys: list[str | None]) -> AnnotationSet:
    given = a_set([], names=names)
    at = given.images.schema.get_field_index("key")
    return AnnotationSet(given.images.set_column(at, given.images.schema.field(at), pa.array(keys, pa.string())))


@pytest.mark.parametrize(
    ("names", "keys", "written"),
    [
        (("a.jpg",), [None], ["a.jpg"]),
        (("a.jpg",), ["train/a.jpg"], ["a.jpg"]),  # as its source called it
        (("tray/7",), ["tray/7.png"], ["tray/7.png"]),  # a label file's stem: the key says more
        (("1.jpg", "1.jpg"), ["a/1.jpg", "b/1.jpg"], ["a/1.jpg", "b/1.jpg"]),
        (("1.jpg", "1.jpg"), [None, None], ["1.jpg", "1.jpg"]),
    ],
)
def test_an_image_is_called_as_its_source_called_it_unless_that_says_too_little(
    names: tuple[str, ...], keys: list[str | None], written: list[str]
) -> None:
    assert written_names(with_keys(names, keys)) == written


def test_extra_dots_are_part_of_the_stem() -> None:
    assert stem_of("img.v2.final.jpg") == "img.v2.final"
    assert stem_of("a.b/img") == "a.b/img"
    assert not has_extension("1.2.840.10008")


def test_the_file_of_an_image_keeps_its_sub_folder() -> None:
    assert files_of_images(["a/x.jpg", "b/x.jpg", ".\\c\\y.png"], ".txt", Said()) == ["a/x.txt", "b/x.txt", "c/y.txt"]


def test_two_images_that_would_get_one_file_stop_the_export() -> None:
    with pytest.raises(Collision, match=r"a\.jpg and a\.png") as caught:
        files_of_images(["a.jpg", "a.png"], ".txt", Said())
    assert [found.code for found in caught.value.findings] == ["name.collision"]


def test_a_name_that_leaves_the_folder_is_left_out_and_told() -> None:
    said = Said()
    assert files_of_images(["../../etc/passwd.jpg", "a.jpg"], ".txt", said) == [None, "a.txt"]
    assert [found.code for found in said.findings()] == ["name.unsafe"]
