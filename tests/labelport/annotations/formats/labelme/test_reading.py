"""What is read of LabelMe files, and what is said of them."""

import base64
import io
import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from labelport.annotations.contract import Claim, Format, ReadContext
from labelport.annotations.detecting import SURE, taken
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.labelme import LABELME
from labelport.annotations.said import Said
from labelport.annotations.shapes import shape_of
from labelport.geometry import rle
from tests.labelport.annotations.formats.one_file_an_image import (
    ORACLE_SIZES,
    assert_sound,
    broken,
    fixture_files,
    oracle,
    read,
)

TOLD: Format = LABELME


def a_file(*shapes: object, **members: Any) -> str:
    return json.dumps(
        {
            "version": "5.5.0",
            "flags": {},
            "shapes": list(shapes),
            "imagePath": "x.jpg",
            "imageData": None,
            "imageHeight": 80,
            "imageWidth": 100,
            **members,
        }
    )


def a_shape(points: object, form: object = "polygon", **members: Any) -> dict[str, Any]:
    return {"label": "a", "points": points, "group_id": None, "shape_type": form, "flags": {}, **members}


def a_png(mask: np.ndarray[Any, Any], **options: Any) -> str:
    target = io.BytesIO()
    Image.fromarray(mask).save(target, "PNG", **options)
    return base64.b64encode(target.getvalue()).decode()


def rows(found: Any) -> list[tuple[Any, ...]]:
    table = found.annotations
    columns = (table.column(name).to_pylist() for name in ("kind", "x0", "y0", "x1", "y1"))
    return list(zip(*columns, strict=True))


def said_of(body: str, **options: Any) -> list[tuple[str, str, str]]:
    return [(each.code, each.severity, each.pointer) for each in read(TOLD, {"x.json": body}, told=True, **options)[1]]


def test_the_made_file_gives_the_annotations_and_findings_of_the_oracle() -> None:
    count, findings = oracle("labelme")["labelme/shapes.json"]
    found, said = read(TOLD, fixture_files("made", "labelme"), sizes=ORACLE_SIZES)
    assert found.annotations.num_rows == count
    assert {(each.code, each.pointer) for each in said} == findings
    assert found.images.column("key").to_pylist() == ["x.jpg"]
    assert rows(found) == [
        ("polygon", 1, 1, 9, 9),
        ("box", 10, 12, 20, 30),
        ("circle", 45, 35, 55, 45),
        ("line", 1, 1, 5, 5),
        ("line", 1, 1, 9, 5),
        ("point", 7, 7, 7, 7),
        ("point", 3, 3, 3, 3),
        ("box", 1, 1, 4, 5),
    ]
    assert json.loads(found.images.column("extras")[0].as_py()) == {"flags": {"night": True}}


def test_the_polygons_of_one_point_of_the_vendors_page_are_points() -> None:
    found, said = read(TOLD, fixture_files("source-doc", "labelme"))
    assert [kind for kind, *_ in rows(found)] == ["point"] * 3
    assert found.categories.column("name").to_pylist() == ["Ox", "P"]
    assert [(each.code, each.severity) for each in said] == [("labelme.short_polygon", "warning")] * 3


def test_the_xml_of_labelme_3_is_refused_by_name() -> None:
    files = {name: body for name, body in fixture_files("datumaro", "labelme").items() if name.endswith(".xml")}
    found, said = read(TOLD, files)
    assert not found.images.num_rows
    assert [each.code for each in said] == ["labelme.xml_v3"]


def test_files_of_other_formats_are_not_claimed() -> None:
    folders = (("made", "coco"), ("made", "createml"), ("made", "skeleton"), ("made", "voc"), ("datumaro", "voc"))
    files = [in_memory(name, body) for each in folders for name, body in fixture_files(*each).items()]
    assert TOLD.claims(files, told=False) == []


def test_files_are_taken_without_being_told() -> None:
    body = a_file(a_shape([[1, 1], [9, 1], [9, 9]]))
    files = [in_memory("a.json", body.encode()), in_memory("b.json", body[:-30].encode())]
    found = [each for each in taken(files, "auto", Said()) if each.format.id == "labelme"]
    assert [each.claim.parts for each in found] == [("a.json", "b.json")]
    assert found[0].claim.confidence > SURE


def test_a_picture_before_the_shapes_hides_nothing() -> None:
    body = json.dumps({"imageData": "A" * 200_000, "imagePath": "x.jpg", "shapes": []}).encode()
    assert TOLD.claims([in_memory("x.json", body)], told=False)[0].parts == ("x.json",)


def test_the_picture_in_a_file_is_not_kept() -> None:
    found, said = read(TOLD, {"x.json": a_file(imageData="A" * 100_000)})
    assert found.images.column("extras").to_pylist() == [None]
    assert not said


@pytest.mark.parametrize("count", [1, 2])
def test_the_option_says_what_a_short_polygon_is(count: int) -> None:
    body = a_file(a_shape([[1, 1], [5, 9]][:count]))
    as_point, said = read(TOLD, {"x.json": body})
    skipped, skipping = read(TOLD, {"x.json": body}, short_polygon="skip")
    assert [kind for kind, *_ in rows(as_point)] == [["point", "line"][count - 1]]
    assert skipped.images.column("state").to_pylist() == ["unlabelled"]
    assert [each.severity for each in (*said, *skipping)] == ["warning", "warning"]
    assert said_of(body, short_polygon="error") == [("labelme.short_polygon", "error", "/shapes/0/points")]


def test_more_points_may_be_asked_of_a_polygon() -> None:
    body = a_file(a_shape([[1, 1], [9, 1], [9, 9]]))
    assert said_of(body, polygon_min_points=4) == [("labelme.point_count", "error", "/shapes/0/points")]


@pytest.mark.parametrize(
    ("form", "count"),
    [
        ("polygon", 0),
        ("rectangle", 1),
        ("rectangle", 3),
        ("rectangle", 5),
        ("oriented_rectangle", 3),
        ("point", 2),
        ("points", 0),
        ("line", 3),
        ("linestrip", 1),
        ("circle", 1),
        ("mask", 3),
    ],
)
def test_a_wrong_number_of_points_is_said(form: str, count: int) -> None:
    body = a_file(a_shape([[i, i * i] for i in range(count)], form))
    assert said_of(body) == [("labelme.point_count", "error", "/shapes/0/points")]


def test_a_turned_rectangle_is_no_box() -> None:
    turned = [[5, 0], [10, 5], [5, 10], [0, 5]]
    found, said = read(TOLD, {"x.json": a_file(a_shape(turned, "rectangle"), a_shape(turned, "oriented_rectangle"))})
    assert rows(found) == [("rotated_box", 0, 0, 10, 10)] * 2
    assert json.loads(found.annotations.column("segmentation")[1].as_py()) == turned
    assert not said


def test_files_of_version_3_have_polygons_without_a_type() -> None:
    shape = {"label": "a", "line_color": None, "fill_color": None, "points": [[1, 1], [9, 1], [9, 9]]}
    body = json.dumps({"flags": {}, "shapes": [shape], "lineColor": [0, 255, 0, 128], "imagePath": "x.jpg"})
    found, said = read(TOLD, {"x.json": body}, sizes=ORACLE_SIZES)
    assert rows(found) == [("polygon", 1, 1, 9, 9)]
    assert found.images.column("width").to_pylist() == [100]
    assert not said


def test_polygons_of_one_label_and_group_are_one_annotation() -> None:
    def ring(at: int) -> list[list[int]]:
        return [[at, 1], [at + 5, 1], [at + 5, 9]]

    body = a_file(
        a_shape(ring(0), group_id=1),
        a_shape(ring(10), group_id=2),
        a_shape(ring(20), group_id=1, description="far"),
        a_shape(ring(30), group_id=1, label="b"),
        a_shape([[40, 1], [50, 9]], "rectangle", group_id=1),
        a_shape(ring(60)),
        a_shape(ring(70)),
    )
    found, said = read(TOLD, {"x.json": body})
    table = found.annotations
    assert rows(found)[0] == ("polygon", 0, 1, 25, 9)
    assert table.column("group_id").to_pylist() == ["1", "2", "1", "1", None, None]
    assert table.column("pointer").to_pylist() == [f"/shapes/{i}" for i in (0, 1, 3, 4, 5, 6)]
    assert json.loads(table.column("segmentation")[0].as_py()) == [[0, 1, 5, 1, 5, 9], [20, 1, 25, 1, 25, 9]]
    assert json.loads(table.column("extras")[0].as_py()) == {"shapes": [{}, {"description": "far"}]}
    assert not said


def test_numbers_of_outlines_stay_as_they_were_given() -> None:
    found, _ = read(TOLD, {"x.json": a_file(a_shape([[1, 1.5], [62.576687116564415, 1], [9.0, 9]]))})
    assert found.annotations.column("segmentation").to_pylist() == [b"[[1,1.5],[62.576687116564415,1],[9.0,9]]"]


MASK = np.array([[1, 1, 0], [0, 1, 1]], np.uint8)


@pytest.mark.parametrize(
    "png", [a_png(MASK), a_png(MASK * 255), a_png(MASK.astype(bool)), a_png(np.stack([MASK * 255] * 3, axis=2))]
)
def test_a_mask_lies_in_its_box_with_the_last_pixel_inside(png: str) -> None:
    found, said = read(TOLD, {"x.json": a_file(a_shape([[10.0, 20.0], [12.0, 21.0]], "mask", mask=png))})
    assert rows(found) == [("mask", 10, 20, 13, 22)]
    shape = shape_of(found.annotations.column("segmentation")[0].as_py(), "png")
    assert shape is not None
    assert shape.counts is not None
    assert rle.decode(shape.counts, 2, 3).tolist() == MASK.tolist()
    assert not said


def a_bomb(width: int, height: int) -> str:
    """Return a PNG that says another size than its box has, and would unpack to gigabytes."""
    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    packed = b"IDAT" + zlib.compress(bytes(1 << 20))
    chunks = (head, packed, b"IEND")
    body = b"".join((len(c) - 4).to_bytes(4, "big") + c + zlib.crc32(c).to_bytes(4, "big") for c in chunks)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


@pytest.mark.parametrize(
    "mask",
    [
        None,
        5,
        "",
        "no base64!",
        a_png(MASK)[:-12],
        a_png(MASK[:1]),
        a_bomb(60_000, 60_000),
        base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(100)).decode(),
        "A" * 200_000,
        "\ud800",
    ],
)
def test_a_mask_that_cannot_be_read_is_said(mask: object) -> None:
    assert said_of(a_file(a_shape([[10, 20], [12, 21]], "mask", mask=mask))) == [
        ("labelme.bad_mask", "error", "/shapes/0/mask")
    ]


@pytest.mark.parametrize("points", [[[0, 0], [1e9, 1e9]], [[0, 0], [1e300, 1]], [[59_999, 59_999], [0, 0]]])
def test_a_mask_of_a_huge_box_is_not_decoded(points: list[list[float]]) -> None:
    body = a_file(a_shape(points, "mask", mask=a_bomb(60_000, 60_000)))
    assert ("labelme.bad_mask", "error", "/shapes/0/mask") in said_of(body)


@pytest.mark.parametrize(
    ("shape", "finding"),
    [
        (5, ("json.wrong_type", "error", "/shapes/0")),
        ({"label": "a"}, ("json.wrong_type", "error", "/shapes/0/points")),
        (a_shape([[1, 1], [2, 2, 3], [3, 3]]), ("json.wrong_type", "error", "/shapes/0/points/1")),
        (a_shape([[1, 1], [2, "2"], [3, 3]]), ("json.wrong_type", "error", "/shapes/0/points/1/1")),
        (a_shape([[True, 1], [2, 2], [3, 3]]), ("json.wrong_type", "error", "/shapes/0/points/0/0")),
        (a_shape([[10**400, 1], [2, 2], [3, 3]]), ("json.wrong_type", "error", "/shapes/0/points/0/0")),
        (a_shape([[1, 1]], "ellipse"), ("labelme.unknown_shape", "error", "/shapes/0/shape_type")),
        (a_shape([[1, 1]], "\ud800"), ("labelme.unknown_shape", "error", "/shapes/0/shape_type")),
        (a_shape([[1, 1]], ["point"]), ("labelme.unknown_shape", "error", "/shapes/0/shape_type")),
        (a_shape([[1, 1]], "point", label=""), ("labelme.no_label", "error", "/shapes/0/label")),
        (a_shape([[1, 1]], "point", label=5), ("labelme.no_label", "error", "/shapes/0/label")),
        (a_shape([[1, 1]], "point", label="\udfff"), ("labelme.no_label", "error", "/shapes/0/label")),
        (a_shape([[1, 1]], "point", group_id=1.5), ("json.wrong_type", "warning", "/shapes/0/group_id")),
        (a_shape([[1e200, 0], [1.7e308, 1.7e308]], "circle"), ("box.not_finite", "error", "/shapes/0")),
    ],
)
def test_every_fault_of_a_shape_is_said_at_its_place(shape: object, finding: tuple[str, str, str]) -> None:
    assert said_of(a_file(shape)) == [finding]


@pytest.mark.parametrize(
    ("members", "findings"),
    [
        ({"imageWidth": 0}, [("json.wrong_type", "warning", "/imageWidth")]),
        ({"imageHeight": "80"}, [("json.wrong_type", "warning", "/imageHeight")]),
        ({"imageHeight": None, "imageWidth": None}, []),
        ({"imagePath": 5}, [("json.wrong_type", "warning", "/imagePath")]),
        ({"flags": []}, [("json.wrong_type", "warning", "/flags")]),
        ({"shapes": {}}, [("json.wrong_type", "error", "/shapes")]),
    ],
)
def test_every_fault_of_a_file_is_said_at_its_place(members: dict[str, Any], findings: list[tuple[str, ...]]) -> None:
    assert said_of(a_file(**members)) == findings


@pytest.mark.parametrize("body", ["[]", "{}", '"x"', "<annotation/>", "<html/>"])
def test_what_is_no_labelme_file_is_said(body: str) -> None:
    assert [code for code, _, _ in said_of(body)] in (["labelme.not_labelme"], ["labelme.xml_v3"])


def test_a_size_other_than_the_images_is_said() -> None:
    _, said = read(TOLD, {"x.json": a_file(imageWidth=80, imageHeight=100)}, sizes=ORACLE_SIZES)
    assert [(each.code, each.pointer) for each in said] == [("labelme.size_differs", "/imageWidth")]


@pytest.mark.parametrize(
    ("file", "path", "keys", "name"),
    [
        ("a/labels/7.json", "..\\images\\7.jpg", ("a/images/7.jpg", "b/images/7.jpg"), "a/images/7.jpg"),
        ("a/7.json", "./7.jpg", ("a/7.jpg", "b/7.jpg"), "a/7.jpg"),
        ("labels/7.json", "7.jpg", ("images/7.jpg",), "7.jpg"),
        ("labels/7.json", "C:\\Users\\somebody\\7.jpg", ("images/7.jpg",), "7.jpg"),
        ("labels/7.json", "/home/somebody/7.jpg", ("images/7.jpg",), "7.jpg"),
        ("a/7.json", "gone.jpg", ("a/7.png",), "gone.jpg"),
        ("a/7.json", "", ("a/7.png",), "a/7"),
    ],
)
def test_the_path_is_relative_to_the_file_and_then_its_stem_counts(
    file: str, path: str, keys: tuple[str, ...], name: str
) -> None:
    sizes = dict.fromkeys(keys, (100, 80))
    found, said = read(TOLD, {file: a_file(imagePath=path)}, sizes=sizes)
    assert found.images.column("key").to_pylist() == [keys[0]]
    assert found.images.column("name_given").to_pylist() == [name]
    assert not said


def test_flags_are_classes_where_no_file_has_shapes() -> None:
    files = {
        "a.json": a_file(imagePath="a.jpg", flags={"cat": True, "dog": False}),
        "b.json": a_file(imagePath="b.jpg", flags={"cat": False, "a/b": True}),
        "c.json": a_file(imagePath="c.jpg", flags={"cat": False}),
    }
    found, said = read(TOLD, files)
    table = found.annotations
    assert table.column("kind").to_pylist() == ["class", "class"]
    assert table.column("pointer").to_pylist() == ["/flags/cat", "/flags/a~1b"]
    assert found.categories.column("name").to_pylist() == ["cat", "a/b"]
    assert found.images.column("state").to_pylist() == ["labelled", "labelled", "negative"]
    assert [(each.code, each.file) for each in said] == [("labelme.flags", "a.json")]


def test_flags_beside_shapes_are_kept_with_their_image_in_all_files() -> None:
    files = {
        "a.json": a_file(a_shape([[1, 1]], "point"), imagePath="a.jpg"),
        "b.json": a_file(imagePath="b.jpg", flags={"night": True}),
    }
    found, said = read(TOLD, files)
    assert found.annotations.column("kind").to_pylist() == ["point"]
    assert found.images.column("state").to_pylist() == ["labelled", "negative"]
    assert found.images.column("extras").to_pylist() == [None, b'{"flags":{"night":true}}']
    assert not said


def test_the_option_says_what_flags_are() -> None:
    files = {"a.json": a_file(a_shape([[1, 1]], "point"), flags={"night": True})}
    found, _ = read(TOLD, files, labelme_flags="classes")
    kept, _ = read(TOLD, {"b.json": a_file(flags={"cat": True})}, labelme_flags="kept")
    assert found.annotations.column("kind").to_pylist() == ["point", "class"]
    assert kept.annotations.num_rows == 0


@pytest.mark.parametrize("declared", [5, "night", {"night": 1}, ["day"], [["night"], None, 5]])
def test_only_flags_that_are_set_can_be_said_to_be_classes(declared: object) -> None:
    body = a_file(a_shape([[1, 1]], "point"), flags={"night": True, "day": False}, image_classes=declared)
    found, said = read(TOLD, {"x.json": body})
    assert found.annotations.column("kind").to_pylist() == ["point"]
    assert not said


def test_a_file_read_alone_is_bound_by_what_all_files_decided() -> None:
    files = {"b.json": in_memory("b.json", a_file(flags={"night": True}).encode())}
    context = ReadContext(decided={"labelme_flags": "kept"})
    parsed = LABELME.read(files, Claim(("b.json",)), context)
    alone = LABELME.read(files, Claim(("b.json",)), ReadContext())
    assert parsed.annotations.annotations.num_rows == 0
    assert alone.annotations.annotations.num_rows == 1
    assert alone.evidence == {"b.json": {"flags": 1}}
    assert LABELME.decide({"flags": 1}, LABELME.Options()) == alone.decided
    assert LABELME.decide({"flags": 1, "shapes": 1}, LABELME.Options()) == parsed.decided


def test_a_file_beyond_the_bound_is_not_opened() -> None:
    def never(start: int, length: int) -> bytes:
        raise AssertionError("the file was opened")

    said = Said()
    LABELME.read({"x": AnnotationFile("x", 1 << 40, "1", never)}, Claim(("x",)), ReadContext(said=said))
    assert [each.code for each in said.findings()] == ["format.too_large"]


WHOLE = (
    a_file(
        a_shape([[1, 1], [9, 1], [9, 9.5]], group_id=1),
        a_shape([[11, 1], [19, 1], [19, 9.5]], group_id=1, description="d"),
        a_shape([[10, 20], [12, 21]], "mask", mask=a_png(MASK)),
        a_shape([[50, 40], [53, 44]], "circle"),
        flags={"night": True},
    ).encode(),
    a_file(flags={"cat": True}).encode(),
)
OTHER = a_file(a_shape([[1, 1], [5, 5]], "rectangle"), imagePath="sub/x.jpg", imageWidth=50, imageHeight=40).encode()


@settings(max_examples=200, deadline=None)
@given(broken(WHOLE))
def test_no_broken_file_raises(body: bytes) -> None:
    found, said = read(TOLD, {"x.json": body, "y.json": OTHER}, told=True, sizes=ORACLE_SIZES)
    assert_sound(found, said)
    assert found.annotations.num_rows >= 1
