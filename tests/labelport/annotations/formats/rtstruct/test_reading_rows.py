"""Structure sets as rows of the annotation tables, found and read as every format is."""

import json
from typing import Any

import numpy as np
import pytest

from labelport.annotations.contract import Claim, Format, Parsed, ReadContext
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.rtstruct import RTSTRUCT
from labelport.annotations.said import Said
from labelport.annotations.volumes.document import read_document
from labelport.errors import ObjectAbsent
from labelport.findings import Finding
from labelport.geometry import rle
from tests.labelport.annotations.formats.rtstruct.structure_sets import (
    CLOSED,
    KNOWN,
    SCAN,
    Roi,
    square,
    structure_set,
)

FORMAT: Format = RTSTRUCT

LIVER = Roi([(CLOSED, square(4.5, 5.5, 9.5, 9.5, plane)) for plane in (3, 4)], "Leber, größer")
EMPTY = Roi([], "empty")


def parsed(bodies: dict[str, bytes]) -> tuple[Parsed, list[Finding]]:
    files = {name: in_memory(name, body) for name, body in bodies.items()}
    said = Said()
    made = FORMAT.read(files, Claim(tuple(files)), ReadContext(said=said, volumes=KNOWN))
    return made, said.findings()


def test_a_row_is_a_structure_on_a_slice_with_the_place_of_its_contour() -> None:
    made, findings = parsed({"a/s.dcm": structure_set(SCAN, [EMPTY, LIVER])})
    assert [each.code for each in findings] == ["rtstruct.empty_roi"]
    images = made.annotations.images.to_pylist()
    assert [(row["key"], row["series_id"], row["item_index"], row["width"], row["height"]) for row in images] == [
        ("scan1/3.dcm", "dicom-1", 3, 32, 24),
        ("scan1/4.dcm", "dicom-1", 4, 32, 24),
    ]
    rows = made.annotations.annotations.to_pylist()
    assert [(row["image_id"], row["track_id"], row["kind"], row["pointer"]) for row in rows] == [
        (0, "2", "rle", "(3006,0039)[1].(3006,0040)[0]"),
        (1, "2", "rle", "(3006,0039)[1].(3006,0040)[1]"),
    ]
    assert [rows[0][side] for side in ("x0", "y0", "x1", "y1")] == [5, 6, 10, 10]
    assert made.annotations.categories.column("name").to_pylist() == ["empty", "Leber, größer"]
    runs = json.loads(rows[0]["segmentation"])
    mask = rle.decode(rle.counts_of_text(runs["counts"].encode()), *runs["size"])
    assert np.argwhere(mask)[[0, -1]].tolist() == [[6, 5], [9, 9]]


def test_the_document_lists_all_structures_with_colours_and_types_and_nothing_of_the_header() -> None:
    made, _ = parsed({"s.dcm": structure_set(SCAN, [EMPTY, LIVER])})
    body = made.annotations.documents["s.dcm"]
    document = read_document(body)
    assert document is not None
    (grid,) = document.grids
    assert [(each.number, each.name, each.voxels, each.colour) for each in grid.structures] == [
        ("1", "empty", 0, (255, 128, 1)),
        ("2", "Leber, größer", 40, (255, 128, 2)),
    ]
    assert document.object == KNOWN.same_object("2.25.77.9")
    assert document.extras == {"interpreted_types": {"1": "ORGAN", "2": "ORGAN"}}
    assert b"Secret" not in body
    assert b"SECRET" not in body
    assert b"2.25." not in body


def test_a_type_that_is_no_term_of_the_standard_is_not_kept() -> None:
    def edit(made: Any) -> None:
        made.RTROIObservationsSequence[0].RTROIInterpretedType = "SECRET NAME"

    made, _ = parsed({"s.dcm": structure_set(SCAN, [LIVER], edit=edit)})
    document = read_document(made.annotations.documents["s.dcm"])
    assert document is not None
    assert document.extras == {}


@pytest.mark.parametrize("colour", [[256, 0, 0], [1, 2], None])
def test_a_colour_that_is_none_is_not_kept(colour: list[int] | None) -> None:
    def edit(made: Any) -> None:
        made.ROIContourSequence[0].ROIDisplayColor = colour

    made, findings = parsed({"s.dcm": structure_set(SCAN, [LIVER], edit=edit)})
    assert not findings
    document = read_document(made.annotations.documents["s.dcm"])
    assert document is not None
    assert document.grids[0].structures[0].colour is None


@pytest.mark.filterwarnings("ignore:The value length", "ignore:Unknown encoding")
@pytest.mark.parametrize(
    ("charset", "raw", "name", "told"),
    [
        ("ISO_IR 192", "Größe".encode(), "Größe", []),
        ("ISO_IR 100", "Größe".encode("latin-1"), "Größe", []),
        ("\\ISO 2022 IR 87", "\x1b$B\x34\x4e\x42\x21\x1b(B".encode("latin-1"), "肝臓", []),
        ("ISO_IR 999", b"Gr\xf6\xdfe", "Größe", ["rtstruct.charset"]),
        ("ISO_IR 192", b"Gr\xf6\xdfe", "Größe", ["rtstruct.charset"]),
        ("ISO_IR 192", b"long" * 200, "long" * 200, []),
    ],
)
def test_names_are_read_whole_in_the_character_set_of_the_file(
    charset: str, raw: bytes, name: str, told: list[str]
) -> None:
    def edit(made: Any) -> None:
        made.StructureSetROISequence[0].add_new(0x30060026, "UN", raw + b" " * (len(raw) % 2))
        made.add_new(0x00080005, "CS", charset.split("\\"))

    made, findings = parsed({"s.dcm": structure_set(SCAN, [LIVER], edit=edit)})
    assert [each.code for each in findings] == told
    assert made.annotations.categories.column("name").to_pylist() == [name]


def test_no_finding_repeats_what_the_header_says() -> None:
    def edit(made: Any) -> None:
        made.StudyInstanceUID = "2.25.666"

    twice = [LIVER, LIVER, Roi([("ODD TYPE", square(4.5, 5.5, 9.5, 9.5, 3))], "Leber, odd")]
    for change in (None, edit):
        _, findings = parsed({"s.dcm": structure_set(SCAN, twice, edit=change)})
        assert findings
        told = repr(findings)
        assert not any(word in told for word in ("Leber", "Secret", "SECRET", "2.25", "ODD"))


def test_one_bad_file_does_not_cost_the_others() -> None:
    good = structure_set(SCAN, [LIVER])
    made, findings = parsed({"bad.dcm": good[:700], "good.dcm": good, "text.dcm": b"no DICOM at all"})
    assert {(each.code, each.file) for each in findings} == {
        ("rtstruct.unreadable", "bad.dcm"),
        ("rtstruct.unreadable", "text.dcm"),
    }
    assert set(made.annotations.annotations.column("source_file").to_pylist()) == {"good.dcm"}


def test_a_file_that_is_gone_or_too_large_is_told() -> None:
    def gone(_start: int, _length: int) -> bytes:
        raise ObjectAbsent("gone.dcm")

    files = {
        "gone.dcm": AnnotationFile("gone.dcm", 1000, "", gone),
        "large.dcm": AnnotationFile("large.dcm", (1 << 30) + 1, "", gone),
    }
    said = Said()
    made = FORMAT.read(files, Claim(tuple(files)), ReadContext(said=said, volumes=KNOWN))
    assert made.annotations.annotations.num_rows == 0
    assert [(each.code, each.file) for each in said.findings()] == [
        ("format.unreadable", "gone.dcm"),
        ("format.too_large", "large.dcm"),
    ]


def test_a_segmentation_is_not_read_as_a_structure_set() -> None:
    def edit(made: Any) -> None:
        made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"

    made, (finding,) = parsed({"s.dcm": structure_set(SCAN, [LIVER], edit=edit)})
    assert made.annotations.annotations.num_rows == 0
    assert (finding.code, finding.pointer) == ("rtstruct.unreadable", "(0008,0016)")
