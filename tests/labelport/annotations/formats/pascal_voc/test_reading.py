"""What is read of Pascal VOC files, and what is said of them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from labelport.annotations.contract import Format
from labelport.annotations.detecting import SURE, formats, taken
from labelport.annotations.files import in_memory
from labelport.annotations.formats.pascal_voc import PASCAL_VOC
from labelport.annotations.said import Said
from tests.labelport.annotations.formats.one_file_an_image import (
    ORACLE_SIZES,
    assert_sound,
    broken,
    fixture_files,
    oracle,
    read,
)

VOC: Format = PASCAL_VOC


def a_file(
    objects: str = "", *, filename: str | None = "x.jpg", size: tuple[object, object] | None = (100, 80), more: str = ""
) -> str:
    sides = "" if size is None else f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>\n"
    name = "" if filename is None else f"<filename>{filename}</filename>\n"
    return f"<annotation>\n{name}{sides}{more}{objects}</annotation>\n"


def an_object(box: tuple[object, ...] = (10, 11, 30, 40), *, name: str = "a", more: str = "") -> str:
    corners = "".join(f"<{k}>{v}</{k}>" for k, v in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=False))
    return f"<object><name>{name}</name>{more}\n<bndbox>{corners}</bndbox></object>\n"


def boxes(given_set: Any) -> list[list[float]]:
    columns = [given_set.annotations.column(side).to_pylist() for side in ("x0", "y0", "x1", "y1")]
    return [list(each) for each in zip(*columns, strict=True)]


def said_of(body: str | bytes, **options: Any) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in read(VOC, {"x.xml": body}, told=True, **options)[1]]


@pytest.mark.parametrize("name", ["ok", "doctype", "swapped_corners", "parts", "zero_min"])
def test_each_made_file_gives_the_annotations_and_findings_of_the_oracle(name: str) -> None:
    count, findings = oracle("voc")[f"voc/{name}.xml"]
    files = {f"{name}.xml": fixture_files("made", "voc")[f"{name}.xml"]}
    found, said = read(VOC, files, sizes=ORACLE_SIZES)
    assert found.annotations.num_rows == count
    assert {(each.code, each.pointer) for each in said} == findings


def test_the_box_of_the_vendors_page_is_read_as_its_coco_says() -> None:
    found, said = read(VOC, fixture_files("source-doc", "pascalvoc"))
    assert boxes(found) == [[260, 177, 491, 376]]
    assert found.categories.column("name").to_pylist() == ["WBC"]
    assert not said


@pytest.mark.parametrize(("folder", "names"), [("pascalvoc", ["1"]), ("pascalvoc-additional", ["1", "test"])])
def test_the_vendors_older_fixtures_have_76_boxes(folder: str, names: list[str]) -> None:
    found, said = read(VOC, fixture_files("discolight", folder))
    first = found.images.column("name_given").to_pylist().index("wheat1.jpg")
    row = found.annotations.column("image_id").to_pylist().index(first)
    assert found.annotations.num_rows == 76
    assert boxes(found)[row] == [0, 819.00032, 37.999616, 963.00032]
    assert found.categories.column("name").to_pylist() == names
    assert set(found.images.column("width").to_pylist()) == {1024}
    assert not said


@pytest.mark.parametrize(
    ("folder", "images", "count"),
    [
        (("voc", "voc_dataset1"), 1, 2),
        (("voc", "voc_dataset2"), 5, 4),
        (("voc", "voc_dataset3"), 1, 1),
        (("kaggle", "relaxed_voc1"), 1, 2),
        (("kaggle", "relaxed_voc2"), 1, 2),
        (("roboflow", "voc"), 3, 4),
        (("cvat",), 0, 0),
        (("labelme",), 0, 0),
    ],
)
def test_files_of_other_tools_have_the_counts_of_their_readme(folder: tuple[str, ...], images: int, count: int) -> None:
    found, said = read(VOC, fixture_files("datumaro", *folder))
    assert (found.images.num_rows, found.annotations.num_rows) == (images, count)
    assert not said


def test_a_name_with_two_extensions_leads_to_its_image() -> None:
    sizes = {"img/wheat3.jpg": (1024, 1024)}
    found, said = read(VOC, {"voc/wheat3.jpg.xml": a_file(filename="wheat3.jpg", size=None)}, sizes=sizes)
    assert found.images.column("key").to_pylist() == ["img/wheat3.jpg"]
    assert found.images.column("width").to_pylist() == [1024]
    assert not said


def test_of_images_of_one_name_the_one_beside_the_file_is_meant() -> None:
    sizes = {"JPEGImages/a/1.jpg": (9, 9), "JPEGImages/b/1.jpg": (9, 9)}
    files = {f"Annotations/{each}/1.xml": a_file(filename="1.jpg", size=None) for each in "ab"}
    found, said = read(VOC, files, sizes=sizes)
    assert found.images.column("key").to_pylist() == list(sizes)
    assert not said


def test_where_the_name_inside_leads_nowhere_that_of_the_file_is_taken_and_said() -> None:
    files = {"a/7.xml": a_file(filename="renamed.jpg")}
    found, said = read(VOC, files, sizes={"a/7.jpg": (100, 80), "a/8.jpg": (100, 80)})
    assert found.images.column("key").to_pylist() == ["a/7.jpg"]
    assert [(each.code, each.pointer, each.value) for each in said] == [("voc.filename_differs", "2", "renamed.jpg")]


def test_without_a_name_inside_the_file_is_called_as_its_image() -> None:
    found, said = read(VOC, {"a/7.xml": a_file(filename=None)}, sizes={"a/7.png": (100, 80)})
    assert found.images.column("key").to_pylist() == ["a/7.png"]
    assert not said


def test_the_folder_belongs_to_the_name_where_the_file_lies_in_it() -> None:
    inside, _ = read(VOC, {"tray/7.xml": a_file(filename="7.png", more="<folder>tray</folder>")})
    devkit, _ = read(VOC, {"Annotations/7.xml": a_file(filename="7.png", more="<folder>VOC2007</folder>")})
    assert inside.images.column("name_given").to_pylist() == ["tray/7.png"]
    assert devkit.images.column("name_given").to_pylist() == ["7.png"]


def test_equal_names_of_two_folders_stay_two_images() -> None:
    found, _ = read(VOC, {"a/1.xml": a_file(filename="1.jpg"), "b/1.xml": a_file(filename="1.jpg")})
    assert found.images.column("name_given").to_pylist() == ["a/1.jpg", "b/1.jpg"]


def test_a_path_of_another_machine_is_ignored_and_not_kept() -> None:
    found, said = read(VOC, {"x.xml": a_file(more=r"<path>C:\Users\somebody\x.jpg</path>")})
    assert found.images.column("extras").to_pylist() == [None]
    assert not said


@pytest.mark.parametrize(
    ("origin", "box"),
    [("zero_exclusive", [10, 11, 30, 40]), ("one_inclusive", [9, 10, 30, 40]), ("zero_inclusive", [10, 11, 31, 41])],
)
def test_the_option_says_how_pixels_are_counted(origin: str, box: list[float]) -> None:
    found, said = read(VOC, {"x.xml": a_file(an_object())}, voc_origin=origin)
    assert boxes(found) == [box]
    assert not said


@pytest.mark.parametrize(
    ("origin", "box"),
    [
        ("one_inclusive", (0, 11, 30, 40)),
        ("zero_exclusive", (10, 11, 101, 40)),
        ("zero_inclusive", (10, 11, 30, 80)),
    ],
)
def test_numbers_against_the_origin_are_counted_over_all_files(origin: str, box: tuple[int, ...]) -> None:
    files = {f"{i}.xml": a_file(an_object(box) + an_object(), filename=f"{i}.jpg") for i in range(3)}
    _, said = read(VOC, files, voc_origin=origin)
    found = [each for each in said if each.code == "voc.origin"]
    assert [(each.severity, each.file, each.pointer) for each in found] == [("info", "0.xml", "5")]
    assert found[0].message.startswith("3 of 6 boxes")


@pytest.mark.parametrize("origin", ["zero_exclusive", "one_inclusive"])
def test_a_maximum_of_the_width_decides_nothing(origin: str) -> None:
    assert not said_of(a_file(an_object((1, 1, 100, 80))), voc_origin=origin)


def test_corners_stand_in_any_order_and_may_have_fractions_and_blanks() -> None:
    corners = "<ymax> 40.5 </ymax><xmax>30</xmax><ymin>11</ymin><xmin>1e1</xmin>"
    found, said = read(VOC, {"x.xml": a_file(f"<object><bndbox>{corners}</bndbox><name> a b </name></object>")})
    assert boxes(found) == [[10, 11, 30, 40.5]]
    assert found.categories.column("name").to_pylist() == ["a b"]
    assert not said


def test_a_comment_within_a_number_does_not_cut_it() -> None:
    found, _ = read(VOC, {"x.xml": a_file(an_object((10, 11, "3<!-- ! -->0", 40)))})
    assert boxes(found) == [[10, 11, 30, 40]]


def test_members_without_a_column_are_kept() -> None:
    more = "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult><occluded>1</occluded>"
    more += "<attributes><attribute><name>wet</name><value>yes</value></attribute></attributes>"
    more += "<part><name>head</name></part><part><name>foot</name></part>"
    found, _ = read(VOC, {"x.xml": a_file(an_object(more=more), more="<source><database>d</database></source>")})
    assert json.loads(found.annotations.column("extras")[0].as_py()) == {
        "pose": "Left",
        "truncated": "1",
        "occluded": "1",
        "attributes": {"attribute": {"name": "wet", "value": "yes"}},
        "part": [{"name": "head"}, {"name": "foot"}],
    }
    assert json.loads(found.images.column("extras")[0].as_py()) == {"source": {"database": "d"}}


def test_values_that_every_tool_writes_are_no_extras() -> None:
    more = "<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>"
    found, _ = read(VOC, {"x.xml": a_file(an_object(more=more), more="<segmented>0</segmented>")})
    assert found.annotations.column("extras").to_pylist() == [None]
    assert found.images.column("extras").to_pylist() == [None]


def test_an_image_is_labelled_negative_or_lost_its_labels() -> None:
    files = {
        "a.xml": a_file(an_object(), filename="a.jpg"),
        "b.xml": a_file(filename="b.jpg"),
        "c.xml": a_file("<object><name>a</name></object>", filename="c.jpg"),
        "d.xml": a_file(an_object((30, 11, 10, 40)), filename="d.jpg"),
        "e.xml": "<annotation><filename>e.jpg</filename>",
    }
    found, said = read(VOC, files)
    assert found.images.column("state").to_pylist() == ["labelled", "negative", "unlabelled", "unlabelled"]
    assert {(each.file, each.code) for each in said} == {
        ("c.xml", "voc.no_box"),
        ("d.xml", "box.negative_size"),
        ("e.xml", "xml.not_xml"),
    }


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        (a_file(an_object(("x", 11, 30, 40))), [("voc.bad_number", "5")]),
        (a_file(an_object(("nan", 11, "inf", "1_0"))), [("voc.bad_number", "5")] * 3),
        (a_file(an_object((1, 2, 3))), [("voc.bad_number", "5")]),
        (a_file(an_object(name=" ")), [("voc.no_name", "4")]),
        (a_file("<object/>"), [("voc.no_name", "4"), ("voc.no_box", "4")]),
        (a_file(an_object((1, 1, 1, 40))), [("box.zero_size", "5")]),
        (a_file(an_object((1, 1, 120, 40))), [("box.outside_image", "5")]),
        (a_file(an_object(more="<name>b</name>")), [("voc.doubled", "4")]),
        (a_file(an_object((1, 2, 3, "4</ymax><ymax>5"))), [("voc.doubled", "5")]),
        (a_file(size=("0", "0")), [("voc.bad_size", "3")]),
        (a_file(size=("1e12", "4")), [("voc.bad_size", "3")]),
        (a_file(size=("640.5", "x")), [("voc.bad_size", "3")]),
        (a_file(size=("", "")), []),
        ("<annotations/>", [("voc.not_voc", "1")]),
        ("\n<a:annotation xmlns:a='b'/>", [("voc.not_voc", "2")]),
        (a_file("<object>" + "<part>" * 40 + "</part>" * 40 + "</object>"), [("xml.too_deep", "4")]),
    ],
)
def test_every_fault_is_said_at_its_line(body: str, findings: list[tuple[str, str]]) -> None:
    assert said_of(body) == findings


def test_a_size_other_than_the_images_is_said() -> None:
    found, said = read(VOC, {"x.xml": a_file(size=(80, 100))}, sizes=ORACLE_SIZES)
    assert [(each.code, each.pointer) for each in said] == [("voc.size_differs", "3")]
    assert found.images.column("width").to_pylist() == [80]


def test_a_bad_size_is_that_of_the_catalogue() -> None:
    found, _ = read(VOC, {"x.xml": a_file(size=(0, 0))}, sizes=ORACLE_SIZES)
    assert found.images.column("height").to_pylist() == [80]


def test_all_other_files_are_read_where_one_is_broken() -> None:
    files: dict[str, str | bytes] = {f"{i}.xml": a_file(an_object(), filename=f"{i}.jpg") for i in range(5)}
    files["2.xml"] = "<annotation><object></annotation>"
    found, said = read(VOC, files)
    assert found.annotations.num_rows == 4
    assert [(each.code, each.file) for each in said] == [("xml.not_xml", "2.xml")]


def test_cvat_and_the_xml_of_labelme_are_left_to_others() -> None:
    names = ("cvat/for_images/export_task/train.xml", "labelme/Annotations/subset1/img1.xml")
    files = fixture_files("datumaro")
    assert VOC.claims([in_memory(name, files[name]) for name in names], told=False) == []


def test_files_are_taken_without_being_told() -> None:
    assert "pascal_voc" in formats()
    files = [in_memory(name, body) for name, body in fixture_files("datumaro", "voc", "voc_dataset2").items()]
    wanted = {file.name for file in files if file.name.endswith(".xml")}
    found = [each for each in taken(files, "auto", Said()) if each.format.id == "pascal_voc"]
    assert [set(each.claim.parts) for each in found] == [wanted]
    assert found[0].claim.confidence > SURE


WHOLE = (
    a_file(an_object() + an_object((0, 0.5, 100, 80), more="<part><bndbox/></part>")).encode(),
    a_file(filename="ä.jpg", size=None).encode(),
)


@settings(max_examples=200, deadline=None)
@given(broken(WHOLE))
def test_no_broken_file_raises(body: bytes) -> None:
    found, said = read(VOC, {"x.xml": body, "y.xml": WHOLE[0]}, told=True, sizes=ORACLE_SIZES)
    assert_sound(found, said)
    assert found.annotations.num_rows >= 2
