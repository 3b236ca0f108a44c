"""The judges of annotation formats find what they are there for: each fault here is one that a format could have."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.holds import KEPT, Holds
from labelport.annotations.naming import written_names
from labelport.findings import finding
from labelport.testing.annotation_comparing import differences, images_of
from labelport.testing.annotation_exchange import broken
from labelport.testing.annotation_losses import lies_about_losses
from labelport.testing.annotation_rows import faults_of, faults_of_findings
from labelport.testing.annotation_sets import FILE, index_of, plain_set

BOXES = Holds({"box": KEPT}, sizes=KEPT)
FILES = (FILE,)


def with_column(given: AnnotationSet, table: str, name: str, values: list[Any]) -> AnnotationSet:
    rows: pa.Table = getattr(given, table)
    at = rows.schema.get_field_index(name)
    field = rows.schema.field(at)
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    column = pa.array(values, kind)
    if pa.types.is_dictionary(field.type):
        column = column.dictionary_encode().cast(field.type)
    changed: dict[str, Any] = {table: rows.set_column(at, field, column)}
    return replace(given, **changed)


def differ(given: AnnotationSet, back: AnnotationSet, holds: Holds = BOXES, told: set[str] | None = None) -> list[str]:
    return differences(
        images_of(given, written_names(given)), images_of(back, written_names(back)), holds, told or set()
    )


def lies(given: AnnotationSet, back: AnnotationSet, holds: Holds, told: set[str]) -> list[str]:
    return lies_about_losses(images_of(given, written_names(given)), images_of(back, written_names(back)), holds, told)


def test_a_plain_set_is_valid_and_equal_to_itself() -> None:
    assert faults_of(plain_set(), FILES) == []
    assert differ(plain_set(), plain_set()) == []
    assert lies(plain_set(), plain_set(), BOXES, set()) == []


@pytest.mark.parametrize(
    ("table", "name", "values"),
    [
        ("annotations", "annotation_id", [0, 1, 2, 4]),
        ("annotations", "image_id", [0, 0, 1, 2]),
        ("annotations", "category_id", [0, 1, 0, 2]),
        ("annotations", "category_id", [0, 1, 0, -1]),
        ("annotations", "kind", ["box", "box", "box", "square"]),
        ("annotations", "unit", ["pixel", "pixel", "pixel", "inch"]),
        ("annotations", "unit", ["pixel", "pixel", "pixel", None]),
        ("annotations", "x0", [0.0, 0.0, 0.0, float("nan")]),
        ("annotations", "x0", [0.0, 0.0, 0.0, None]),
        ("annotations", "x0", [0.0, 0.0, 0.0, 99.0]),
        ("annotations", "x1", [50.0, 50.0, 50.0, float("inf")]),
        ("annotations", "score", [None, None, None, float("nan")]),
        ("annotations", "keypoints", [None, None, None, [1.0, 2.0]]),
        ("annotations", "segmentation", [None, None, None, b"[[1, 2, 3, 4, 5, 6]]"]),
        ("annotations", "segmentation_kind", ["none", "none", "none", "polygons"]),
        ("annotations", "pointer", ["/0", "/1", "/2", ""]),
        ("annotations", "source_file", [FILE, FILE, FILE, "another"]),
        ("annotations", "source_id", ["1", "2", "3", "four"]),
        ("annotations", "extras", [None, None, None, b"[1]"]),
        ("annotations", "extras", [None, None, None, b"{"]),
        ("images", "image_id", [0, 2]),
        ("images", "state", ["labelled", "negative"]),
        ("images", "state", ["labelled", "seen"]),
        ("images", "name_given", ["x.jpg", ""]),
        ("categories", "category_id", [1, 0]),
        ("categories", "skeleton", [None, [[0, 1]]]),
    ],
)
def test_rows_that_cannot_be_are_found(table: str, name: str, values: list[Any]) -> None:
    assert len(faults_of(with_column(plain_set(), table, name, values), FILES)) >= 1


def test_a_column_of_another_type_is_found() -> None:
    given = plain_set()
    renamed = given.annotations.rename_columns([f"my_{name}" for name in given.annotations.column_names])
    assert faults_of(replace(given, annotations=renamed), FILES) == ["annotations: the schema is another"]


def test_findings_that_cannot_be_are_found() -> None:
    good = finding("box.zero_size", stage="annotations", file=FILE, message="it is flat")
    assert faults_of_findings([good], FILES) == []
    assert faults_of_findings([replace(good, code="box.blue")], FILES)
    assert faults_of_findings([replace(good, file="another")], FILES)
    assert faults_of_findings([replace(good, count=0)], FILES)
    assert faults_of_findings([replace(good, value="long" * 30)], FILES)


def test_a_moved_a_renamed_and_a_lost_annotation_are_found() -> None:
    given = plain_set()
    assert differ(given, with_column(given, "annotations", "x0", [0.0, 10.0, 20.0, 30.001]))
    assert differ(given, with_column(given, "annotations", "category_id", [0, 1, 0, 0]))
    assert differ(given, replace(given, annotations=given.annotations.slice(0, 3)))
    assert differ(replace(given, annotations=given.annotations.slice(0, 3)), given)
    assert differ(given, plain_set(images=("tray/x.jpg", "other.png")))


def test_a_move_below_the_digits_of_a_format_is_none() -> None:
    given = plain_set()
    assert differ(given, with_column(given, "annotations", "x0", [0.0, 10.0, 20.0, 30.0 + 1e-9])) == []


def test_an_image_that_becomes_a_negative_example_is_found() -> None:
    given = plain_set()
    emptied = replace(given, annotations=given.annotations.slice(0, 0))
    negative = with_column(emptied, "images", "state", ["negative", "negative"])
    assert any("negative example" in words for words in differ(given, negative, Holds()))
    unlabelled = with_column(emptied, "images", "state", ["unlabelled", "unlabelled"])
    assert any("negative example" in words for words in differ(unlabelled, negative, Holds()))
    assert differ(negative, unlabelled, Holds(unlabelled=KEPT)) == []


def test_what_a_format_says_to_keep_must_be_there() -> None:
    crowd = plain_set(iscrowd=[True, False, False, False], score=[0.5, None, None, None])
    assert differ(crowd, plain_set(), BOXES) == []
    assert differ(crowd, plain_set(), replace(BOXES, crowd=KEPT))
    assert differ(crowd, plain_set(), replace(BOXES, scores=KEPT))


def test_losses_that_were_not_told_and_losses_that_did_not_happen_are_found() -> None:
    crowd = plain_set(iscrowd=[True, False, False, False])
    assert lies(crowd, plain_set(), BOXES, set())
    assert lies(crowd, plain_set(), BOXES, {"loss.crowd"}) == []
    assert lies(crowd, crowd, BOXES, {"loss.crowd"})
    assert lies(crowd, crowd, replace(BOXES, crowd=KEPT), {"loss.crowd"})
    assert lies(plain_set(), plain_set(), Holds(), set())
    assert lies(plain_set(), plain_set(), BOXES, {"loss.kind"})
    assert lies(plain_set(), plain_set(), BOXES, {"loss.size_unknown"})


def test_shapes_are_compared_as_numbers_not_as_text() -> None:
    def ring(text: bytes) -> AnnotationSet:
        return plain_set(
            images=("x.jpg",), categories=("a",), kind="polygon", segmentation=[text], segmentation_kind="polygons"
        )

    holds = Holds({"polygon": KEPT}, rings=KEPT)
    assert differ(ring(b"[[1, 2, 3, 4, 5.0, 6]]"), ring(b"[[1.0,2,3,4,5,6]]"), holds) == []
    assert differ(ring(b"[[1, 2, 3, 4, 5, 6]]"), ring(b"[[1, 2, 3, 4, 5, 7]]"), holds)
    assert differ(ring(b"[[1, 2, 3, 4, 5, 6]]"), ring(b"[[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]"), holds)


def test_an_index_has_each_image_once_with_its_size() -> None:
    index = index_of(plain_set(), ["b", "a"])
    assert index.select(["key", "width", "height"]).to_pylist() == [
        {"key": "a", "width": 100, "height": 80},
        {"key": "b", "width": 100, "height": 80},
    ]


def test_a_file_is_broken_in_the_same_ways_every_time() -> None:
    body = b'{"a": [1, 2.5]}\n'
    assert list(broken(body)) == list(broken(body))
    assert len(set(broken(body))) > 30
    assert np.all([isinstance(each, bytes) for each in broken(b"")])
