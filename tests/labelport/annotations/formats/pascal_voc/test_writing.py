"""What is written as Pascal VOC: read back by us, and by the XML reader of Python."""

import json
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.writing import Collision
from tests.labelport.annotations.formats.one_file_an_image import facts, fixture_files, read, written
from tests.labelport.annotations.formats.pascal_voc.test_reading import VOC, a_file, an_object
from tests.labelport.annotations.made import a_set

SOURCES = [
    ("source-doc", "pascalvoc"),
    ("discolight", "pascalvoc"),
    ("discolight", "pascalvoc-additional"),
    ("datumaro", "voc", "voc_dataset1"),
    ("datumaro", "voc", "voc_dataset2"),
    ("datumaro", "roboflow", "voc"),
]


def boxes_of(body: bytes) -> list[tuple[str, list[float]]]:
    """Return (name, corners) as a reader of the standard library finds them."""
    return [
        (
            str(each.findtext("name")),
            [float(each.findtext(f"bndbox/{side}") or "nan") for side in ("xmin", "ymin", "xmax", "ymax")],
        )
        for each in ElementTree.fromstring(body).findall("object")
    ]


def codes(findings: Any) -> dict[str, int]:
    return {each.code: each.count for each in findings}


def with_states(given_set: AnnotationSet, *states: str) -> AnnotationSet:
    field = given_set.images.schema.field("state")
    at = given_set.images.schema.get_field_index("state")
    column = pa.array(states, pa.string()).dictionary_encode().cast(field.type)
    return AnnotationSet(given_set.images.set_column(at, field, column), given_set.categories, given_set.annotations)


@pytest.mark.parametrize("source", SOURCES, ids="/".join)
def test_what_was_read_is_read_again(source: tuple[str, ...]) -> None:
    first, _ = read(VOC, fixture_files(*source))
    files, _ = written(VOC, first)
    second, said = read(VOC, files)
    assert facts(second) == facts(first)
    assert written(VOC, second)[0] == files
    assert not said


def test_a_file_is_as_other_tools_expect_it() -> None:
    files, said = written(VOC, a_set([[40, 25, 160, 85.5]], names=("tray/0007.png",), size=(800, 600)))
    assert files == {
        "tray/0007.xml": b"<annotation>\n"
        b" <folder>tray</folder>\n"
        b" <filename>0007.png</filename>\n"
        b" <size><width>800</width><height>600</height><depth>3</depth></size>\n"
        b" <object><name>a</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>\n"
        b"  <bndbox><xmin>40</xmin><ymin>25</ymin><xmax>160</xmax><ymax>85.5</ymax></bndbox></object>\n"
        b"</annotation>\n"
    }
    assert not said


@pytest.mark.parametrize("origin", ["zero_exclusive", "one_inclusive", "zero_inclusive"])
def test_each_origin_is_read_as_it_was_written(origin: str) -> None:
    first = a_set([[0, 0, 100, 80], [10, 11, 30, 40]])
    files, _ = written(VOC, first, voc_origin=origin)
    second, _ = read(VOC, files, voc_origin=origin)
    assert facts(second) == facts(first)
    assert (
        boxes_of(files["x.xml"])[1][1]
        == {
            "zero_exclusive": [10, 11, 30, 40],
            "one_inclusive": [11, 12, 30, 40],
            "zero_inclusive": [10, 11, 29, 39],
        }[origin]
    )


def test_members_that_pascal_voc_has_are_written_again_and_others_told() -> None:
    extras = [b'{"truncated":true,"part":[{"name":"<head>"},{"name":"foot"}],"colour":"red"}', None]
    files, said = written(VOC, a_set([[1, 2, 3, 4]] * 2, extras=extras))
    objects = ElementTree.fromstring(files["x.xml"]).findall("object")
    assert [each.findtext("truncated") for each in objects] == ["1", "0"]
    assert [each.findtext("name") for each in objects[0].findall("part")] == ["<head>", "foot"]
    assert objects[0].find("colour") is None
    assert codes(said) == {"loss.extras": 1}


def test_members_of_other_formats_cannot_break_a_file() -> None:
    nasty = {"pose": "</pose>", "part": {"a b": 1, "@x": '"<', "@": 1, "ok": ["\x00", [1], "\r"], "#text": "]]>"}}
    files, _ = written(VOC, a_set([[1, 2, 3, 4]], extras=[json.dumps(nasty).encode()]))
    found = ElementTree.fromstring(files["x.xml"])
    part = found.find("object/part")
    assert found.findtext("object/pose") == "</pose>"
    assert part is not None
    assert (part.attrib, part.text, [each.text for each in part]) == ({"x": '"<'}, None, ["\r"])


def test_extras_that_are_no_json_object_are_no_members() -> None:
    files, _ = written(VOC, a_set([[1, 2, 3, 4]] * 3, extras=[b"[1]", b"{", b"[" * 5000]))
    assert len(boxes_of(files["x.xml"])) == 3


@pytest.mark.parametrize("name", ["<b>&amp;", "a]]>b", "'\"", "ä汽🚗", "a\tb\nc\rd", "{%s}"])
def test_names_are_escaped(name: str) -> None:
    files, _ = written(VOC, a_set([[1, 2, 3, 4]], categories=(name,)))
    assert boxes_of(files["x.xml"]) == [(name, [1, 2, 3, 4])]


@pytest.mark.parametrize("name", ["a\x00", "\x0b", "a\ufffe", " ", ""])
def test_what_xml_cannot_hold_is_left_out_and_told(name: str) -> None:
    files, said = written(VOC, a_set([[1, 2, 3, 4]] * 3, categories=("a", name), category=[0, 1, 1]))
    assert boxes_of(files["x.xml"]) == [("a", [1, 2, 3, 4])]
    assert codes(said) == {"loss.characters": 2}


def test_blanks_around_a_name_are_told() -> None:
    _, said = written(VOC, a_set([[1, 2, 3, 4]] * 3, categories=("a", " b "), category=[0, 1, 1]))
    assert codes(said) == {"loss.blanks": 2}


def test_an_image_whose_name_xml_cannot_hold_is_left_out_and_told() -> None:
    files, said = written(VOC, a_set([[1, 2, 3, 4]], names=("a\uffff.jpg", "b.jpg")))
    assert list(files) == ["b.xml"]
    assert codes(said) == {"loss.characters": 1}


def test_negative_images_are_files_without_objects_and_unlabelled_ones_no_files() -> None:
    given_set = with_states(
        a_set([[1, 2, 3, 4]], names=("a.jpg", "b.jpg", "c.jpg")), "labelled", "negative", "unlabelled"
    )
    files, said = written(VOC, given_set)
    skipped, told = written(VOC, given_set, empty_images="skip")
    assert list(files) == ["a.xml", "b.xml"]
    assert boxes_of(files["b.xml"]) == []
    assert list(skipped) == ["a.xml"]
    assert not said
    assert codes(told) == {"loss.negative_images": 1}


def test_an_image_that_loses_all_annotations_is_no_negative_one() -> None:
    files, said = written(VOC, a_set([[1, 2, 1, 2]], kind="point", names=("a.jpg", "b.jpg")))
    assert list(files) == ["b.xml"]
    assert [(each.code, each.pointer, each.count) for each in said] == [
        ("loss.kind", "point", 1),
        ("loss.kind", "images", 1),
    ]


def test_outlines_become_boxes_and_that_is_told() -> None:
    files, said = written(VOC, a_set([[1, 2, 3, 4]] * 2, kind=["polygon", "rle"], iscrowd=[False, True]))
    assert len(boxes_of(files["x.xml"])) == 2
    assert codes(said) == {"loss.geometry": 1, "loss.crowd": 1}


def test_shares_become_pixels_where_the_size_is_known() -> None:
    known, _ = written(VOC, a_set([[0.1, 0.25, 0.5, 1]], unit="normalised"))
    unknown, said = written(VOC, a_set([[0.1, 0.25, 0.5, 1]], unit="normalised", size=None))
    assert boxes_of(known["x.xml"]) == [("a", [10, 20, 50, 80])]
    assert unknown == {}
    assert codes(said) == {"loss.size_unknown": 1, "loss.kind": 1}


def test_an_image_of_unknown_size_has_none_in_its_file() -> None:
    files, _ = written(VOC, a_set([[1, 2, 3, 4]], size=None))
    assert ElementTree.fromstring(files["x.xml"]).find("size") is None


def test_boxes_are_cut_to_their_image_where_that_is_wished() -> None:
    files, _ = written(VOC, a_set([[-5, 2, 130, 90]]), clip=True)
    assert boxes_of(files["x.xml"]) == [("a", [0, 2, 100, 80])]


def test_two_images_that_would_share_a_file_stop_the_export() -> None:
    with pytest.raises(Collision):
        written(VOC, a_set([[1, 2, 3, 4]], names=("a.jpg", "a.png")))


def test_rows_of_one_name_are_one_image() -> None:
    files, _ = written(
        VOC, a_set([[1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6]], image=[1, 0, 1], names=("a.jpg", "a.jpg"))
    )
    assert [box[0] for _, box in boxes_of(files["a.xml"])] == [1, 2, 3]


def test_more_files_than_are_made_at_once_have_each_their_own_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.annotations.formats.pascal_voc.writing.FILES_AT_ONCE", 3)
    names = tuple(f"{i}.jpg" for i in range(10))
    image = [7, 0, 9, 7, 3, 2, 2]
    files, _ = written(VOC, a_set([[i, 0, i + 1, 1] for i in range(7)], image=image, names=names))
    found = {name: [int(box[0]) for _, box in boxes_of(body)] for name, body in files.items()}
    assert list(found) == [f"{i}.xml" for i in range(10)]
    assert {name: rows for name, rows in found.items() if rows} == {
        "0.xml": [1],
        "2.xml": [5, 6],
        "3.xml": [4],
        "7.xml": [0, 3],
        "9.xml": [2],
    }


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", exclude_categories=("Cc", "Cs")), min_size=1
)
NUMBERS = st.floats(0, 1e9).map(abs)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=6),
    st.lists(NAMES.filter(lambda name: name == name.strip()), min_size=1, max_size=3, unique=True),
    st.data(),
)
def test_any_set_of_boxes_is_read_as_it_was_written(
    corners: list[tuple[float, ...]], categories: list[str], data: st.DataObject
) -> None:
    boxes = [[min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1] for a, b, c, d in corners]
    of = st.integers(0, len(categories) - 1)
    category: list[int | None] = [data.draw(of) for _ in boxes]
    image = [data.draw(st.integers(0, 1)) for _ in boxes]
    first = a_set(
        boxes, image=image, names=("a/b.jpg", "c.png"), size=None, categories=tuple(categories), category=category
    )
    files, said = written(VOC, first)
    second, told = read(VOC, files)
    order = np.argsort(image, kind="stable")
    sorted_first = AnnotationSet(first.images, first.categories, first.annotations.take(pa.array(order)))
    assert facts(second) == facts(sorted_first)
    assert not said
    assert not told
    assert {name: boxes_of(body) for name, body in files.items()} == {
        file: [(categories[category[row] or 0], boxes[row]) for row in order if image[row] == number]
        for number, file in enumerate(("a/b.xml", "c.xml"))
    }


def test_the_root_keeps_that_somebody_checked_it() -> None:
    body = a_file(an_object()).replace("<annotation>", '<annotation verified="yes">')
    first, _ = read(VOC, {"x.xml": body})
    assert b'<annotation verified="yes">' in written(VOC, first)[0]["x.xml"]


def test_members_of_images_that_pascal_voc_does_not_have_are_told() -> None:
    first, _ = read(VOC, {"x.xml": a_file(an_object(), more="<weather>rain</weather><owner><name>n</name></owner>")})
    files, said = written(VOC, first)
    assert b"<owner><name>n</name></owner>" in files["x.xml"]
    assert [(each.code, each.pointer, each.count) for each in said] == [("loss.extras", "images", 1)]
