"""Which files are segmentation objects: their SOP class says it, not their name."""

import pytest
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from labelport.annotations.detecting import taken
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.dicom_seg import DICOM_SEG
from labelport.annotations.said import Said
from labelport.errors import ObjectAbsent
from tests.labelport.probing.dicom_files import CT, data_set, saved, structures
from tests.needs import fixtures

SEG, LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"


def an_object(sop_class: str = SEG, syntax: str = ExplicitVRLittleEndian) -> bytes:
    made = data_set(1, sop_class=sop_class)
    made.file_meta.TransferSyntaxUID = UID(syntax)
    return saved(made)


def claimed(*bodies: bytes, told: bool = False) -> list[str]:
    files = [in_memory(f"{number}.bin", body) for number, body in enumerate(bodies)]
    return [part for claim in DICOM_SEG.claims(files, told=told) for part in claim.parts]


@pytest.mark.parametrize("sop_class", [SEG, LABEL_MAP])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_both_classes_are_claimed_however_they_are_written(sop_class: str, syntax: str) -> None:
    assert claimed(an_object(sop_class, syntax)) == ["0.bin"]


def test_an_object_without_a_preamble_or_with_another_class_in_its_meta_group_is_claimed_by_its_data_set() -> None:
    body = an_object()
    meta = body.index(SEG.encode())
    assert claimed(body[132:], body[:meta] + body[meta:].replace(SEG.encode(), CT.ljust(28, "\0").encode(), 1)) == [
        "0.bin",
        "1.bin",
    ]


def test_other_dicom_other_files_and_damaged_ones_are_not_claimed() -> None:
    deflated = an_object(SEG, DeflatedExplicitVRLittleEndian)
    others = [
        an_object(CT),
        saved(structures("2.25.3")),
        b"",
        b"{}",
        bytes(128) + b"DICM",
        deflated[:400] + b"\xff" * 90,
    ]
    assert claimed(*others) == []
    assert claimed(*others, told=True) == ["0.bin", "1.bin", "4.bin", "5.bin"]


def test_a_file_that_cannot_be_read_is_not_claimed() -> None:
    def gone(start: int, length: int) -> bytes:
        raise ObjectAbsent("x")

    assert DICOM_SEG.claims([AnnotationFile("a.dcm", 900, "", gone)], told=False) == []


def test_each_object_is_a_claim_of_its_own_and_no_other_format_takes_it() -> None:
    said = Said()
    files = [in_memory(f"{number}.dcm", an_object()) for number in range(2)]
    found = taken(files, "auto", said)
    assert [(each.format.id, each.claim.parts) for each in found] == [
        ("dicom_seg", ("0.dcm",)),
        ("dicom_seg", ("1.dcm",)),
    ]
    assert not said.findings()


def test_of_the_real_objects_the_segmentations_are_claimed_and_no_other() -> None:
    folder = fixtures("dicom", "highdicom") / "data" / "test_files"
    files = [in_memory(path.name, path.read_bytes()) for path in sorted(folder.glob("*.dcm"))]
    (claim,) = DICOM_SEG.claims(files, told=False)
    assert set(claim.parts) == {path.name for path in folder.glob("seg_*.dcm")}


def test_a_class_far_behind_in_a_deflated_object_is_found_without_inflating_all_of_it() -> None:
    made = data_set(1, sop_class=SEG)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    made.PixelData = bytes(3 << 20)
    body = saved(made)
    assert len(body) < 10_000
    assert claimed(body) == ["0.bin"]
