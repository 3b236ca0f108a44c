"""Which files are taken for structure sets."""

from io import BytesIO
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from labelport.annotations.contract import Claim, Format
from labelport.annotations.detecting import formats, taken
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.rtstruct import RTSTRUCT
from labelport.annotations.said import Said
from labelport.errors import ObjectAbsent
from tests.labelport.annotations.formats.rtstruct.structure_sets import CLOSED, SCAN, Roi, read, square, structure_set

FORMAT: Format = RTSTRUCT
ROIS = [Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, 3))])]
DEFLATED, IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"


def claimed(body: bytes, *, told: bool = False) -> bool:
    found = FORMAT.claims([in_memory("a.bin", body)], told=told)
    assert found in ([], [Claim(("a.bin",), confidence=1.0, why="SOP class RT Structure Set Storage")])
    return bool(found)


def without_preamble(body: bytes) -> bytes:
    """The data set alone, implicit little endian: no preamble, no meta group."""
    into = BytesIO()
    made = pydicom.dcmread(BytesIO(body))
    plain = Dataset()
    plain.update(made)
    pydicom.dcmwrite(into, plain, implicit_vr=True, little_endian=True)
    return into.getvalue()


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", IMPLICIT, DEFLATED, BIG_ENDIAN])
def test_every_transfer_syntax_is_claimed_and_read(syntax: str) -> None:
    body = structure_set(SCAN, ROIS, syntax=syntax)
    assert claimed(body)
    made, findings = read(body)
    assert not findings
    assert made is not None
    assert [each.voxels for each in made.labelled[0].structures] == [25]


def test_a_file_without_preamble_is_claimed_and_read() -> None:
    body = without_preamble(structure_set(SCAN, ROIS))
    assert body[:2] == b"\x08\x00"
    assert claimed(body)
    made, findings = read(body)
    assert not findings
    assert made is not None


def test_objects_of_other_classes_are_claimed_only_where_the_user_says_so() -> None:
    def edit(made: Any) -> None:
        made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"

    body = structure_set(SCAN, ROIS, edit=edit)
    assert not claimed(body)
    assert claimed(body, told=True)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"P6 1 1 255 abc", b"\x08\x00", b"\0" * 400, b"\0" * 128 + b"DICM", b"x,y\n1,2\n"]
)
def test_what_is_no_structure_set_is_not_claimed(body: bytes) -> None:
    assert not claimed(body)


def test_what_is_no_dicom_is_not_claimed_though_the_user_says_so() -> None:
    assert not claimed(b"x,y\n1,2\n", told=True)
    assert claimed(b"\0" * 128 + b"DICM", told=True)


def test_a_file_that_is_gone_is_not_claimed() -> None:
    def gone(_start: int, _length: int) -> bytes:
        raise ObjectAbsent("a.dcm")

    assert FORMAT.claims([AnnotationFile("a.dcm", 1000, "", gone)], told=True) == []


def test_each_file_becomes_a_claim_of_its_own() -> None:
    body = structure_set(SCAN, ROIS)
    files = [in_memory(name, body) for name in ("a.dcm", "b", "c.txt")]
    assert "rtstruct" in formats()
    found = taken(files, "auto", Said())
    assert [(each.format.id, each.claim.parts) for each in found] == [
        ("rtstruct", ("a.dcm",)),
        ("rtstruct", ("b",)),
        ("rtstruct", ("c.txt",)),
    ]
