"""The DICOM probe: what its rows say, and what they never say."""

import io
import json
import struct
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian

from labelport.privacy import pseudonym
from labelport.probing.shard import media_batch
from tests.labelport.probing.dicom_files import AXIAL, Reads, data_set, enhanced, probed, saved, structures
from tests.needs import fixtures

CANARY = "Zaphod"


def written(made: Dataset, **how: Any) -> bytes:
    sink = io.BytesIO()
    made.save_as(sink, **how)
    return sink.getvalue()


def test_an_image_says_its_size_class_and_place() -> None:
    content = saved(data_set(7, at=(1, 2, 3.5), InstanceNumber=7, EchoTime=4.92))
    row = probed(content)
    assert (row["status"], row["kind"], row["width"], row["height"], row["frames"]) == ("ok", "dicom", 6, 4, 1)
    assert row["dicom"]["class"] == "image_single"
    assert row["dicom"]["ipp"] == [1, 2, 3.5]
    assert (row["dicom"]["instance_number"], row["dicom"]["te"]) == (7, 4.92)
    assert content[row["dicom"]["pixel_offset"] :] == b"\x07" * 24


@pytest.mark.parametrize(
    ("syntax", "how"),
    [
        (ImplicitVRLittleEndian, {"implicit_vr": True, "little_endian": True}),
        (ExplicitVRBigEndian, {"implicit_vr": False, "little_endian": False}),
    ],
)
def test_every_way_of_writing_gives_the_same_values(syntax: str, how: dict[str, bool]) -> None:
    made = data_set(3, EchoTime=2.5, WindowCenter=[40, 50])
    expected = probed(saved(made))["dicom"]
    made.file_meta.TransferSyntaxUID = UID(syntax)
    with_meta = probed(written(made, enforce_file_format=True))
    del made.file_meta
    without = probed(written(made, **how))
    differing = {"transfer_syntax", "header_bytes", "pixel_offset", "sample_digest"}
    for row in (with_meta, without):
        assert row["status"] == "ok"
        assert {name: value for name, value in row["dicom"].items() if name not in differing} == {
            name: value for name, value in expected.items() if name not in differing
        }


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_text_of_the_header_enters_the_row() -> None:
    made = data_set(1)
    for keyword in [
        "PatientName",
        "PatientID",
        "PatientAddress",
        "PatientComments",
        "AccessionNumber",
        "ReferringPhysicianName",
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "InstitutionName",
        "StationName",
        "OperatorsName",
        "ImageComments",
        "AdditionalPatientHistory",
        "DerivationDescription",
        "RequestedProcedureDescription",
        "PerformedProcedureStepDescription",
        "StudyID",
        "DeviceSerialNumber",
        "SoftwareVersions",
    ]:
        setattr(made, keyword, f"{CANARY}^{keyword}"[:60])
    for group in (0x0009, 0x0019, 0x0029):
        block = made.private_block(group, f"{CANARY} 1.0", create=True)
        block.add_new(1, "LO", CANARY)
        block.add_new(2, "UN", CANARY.encode())
    inner = Dataset()
    inner.PatientName, inner.CodeMeaning = CANARY, CANARY
    made.ProcedureCodeSequence, made.RequestAttributesSequence = Items([inner]), Items([inner])
    made.BodyPartExamined = f"{CANARY}^X"
    content = saved(made)
    assert CANARY.encode() in content
    for cut in (len(content), 900, 400, 200):
        for context in ({}, {"hmac_key": b"key"}, {"keep": frozenset({"patient_id"})}):
            row = probed(content[:cut], **context)
            assert CANARY.lower() not in json.dumps(row, default=str).lower()


def test_a_kept_description_enters_and_the_row_says_so() -> None:
    content = saved(data_set(1, SeriesDescription="Thorax nativ", StudyDescription="secret"))
    row = probed(content, keep=frozenset({"SeriesDescription"}))
    assert row["dicom"]["series_description"] == "Thorax nativ"
    assert row["dicom"].get("study_description") is None
    assert row["phi_risk"] == "text"
    assert probed(content)["phi_risk"] == "none"


def test_a_kept_text_is_decoded_by_its_character_set() -> None:
    content = saved(data_set(1, SpecificCharacterSet="ISO_IR 100", SeriesDescription="Schädel"))
    keep = frozenset({"series_description"})
    assert probed(content, keep=keep)["dicom"]["series_description"] == "Schädel"
    unknown = probed(content.replace(b"ISO_IR 100", b"ISO_IR 999"), keep=keep)
    assert unknown["dicom"]["series_description"] == "Schädel"
    assert "charset_fallback" in unknown["flags"]


def test_identifiers_are_keyed_hashes_and_a_reference_equals_what_it_refers_to() -> None:
    image = probed(saved(data_set(1)), hmac_key=b"key")["dicom"]
    assert image["series_uid"] == pseudonym("2.25.3", tag="SeriesInstanceUID", key=b"key")
    assert "2.25.1.1" not in json.dumps(image)
    reference = probed(saved(structures("2.25.3")), hmac_key=b"key")["dicom"]
    assert reference["class"] == "rtstruct"
    assert reference["referenced_series_uid"] == image["series_uid"]


def test_a_patient_id_enters_only_when_asked_for_and_only_hashed() -> None:
    content = saved(data_set(1, PatientID="12345"))
    keep = frozenset({"patient_id"})
    assert "patient_id" not in probed(content, hmac_key=b"key")["dicom"]
    kept = probed(content, hmac_key=b"key", keep=keep)["dicom"]["patient_id"]
    assert kept == pseudonym("12345", tag="PatientID", key=b"key")
    unkeyed = probed(content, keep=keep)
    assert "patient_id" not in unkeyed["dicom"]
    assert "patient_id_needs_key" in unkeyed["flags"]


def test_a_bad_number_is_null_and_a_flag() -> None:
    content = saved(data_set(10)).replace(b"\x20\x00\x13\x00IS\x02\x0010", b"\x20\x00\x13\x00IS\x02\x001A")
    row = probed(content)
    assert row["status"] == "ok"
    assert "instance_number" not in row["dicom"]
    assert row["flags"] == ["bad_number"]


def test_missing_pixels_are_counted() -> None:
    row = probed(saved(data_set(1))[:-5])
    assert (row["status"], row["error"]) == ("truncated", "5 bytes of its pixels are missing.")


def test_missing_pixels_are_seen_without_reading_to_them() -> None:
    block = data_set(1, Rows=512, Columns=512)
    block.private_block(0x0029, "X", create=True).add_new(1, "OB", bytes(60_000))
    content = saved(block)
    reads = Reads(content)
    assert probed(content, reads=reads)["status"] == "ok"
    assert not reads.calls
    assert probed(content[:-70_000])["status"] == "truncated"


def test_a_header_beyond_the_head_is_read_in_growing_pieces_and_gaps_are_jumped() -> None:
    made = data_set(1)
    made.private_block(0x0009, "X", create=True).add_new(1, "OB", bytes(3 << 20))
    content = saved(made)
    reads = Reads(content)
    row = probed(content, reads=reads)
    assert (row["status"], row["width"], row["dicom"]["has_private"]) == ("ok", 6, True)
    assert sum(length for _, length in reads.calls) <= 64 << 10


def test_a_head_of_any_length_gives_the_same_row() -> None:
    content = saved(enhanced(1, [("1", place, AXIAL) for place in range(40)]))
    rows = [probed(content, head=head) for head in (1, 140, 1000, 16 << 10, len(content))]
    assert all(row == rows[0] for row in rows)
    assert len(rows[0]["dicom"]["per_frame"]) == 40


def test_frames_of_an_enhanced_object_have_places() -> None:
    row = probed(saved(enhanced(1, [("A", 2, AXIAL), ("A", 0, AXIAL)])))
    first = row["dicom"]["per_frame"][0]
    assert row["dicom"]["class"] == "image_multiframe"
    assert (first["ipp"], first["stack_id"], first["in_stack_position"]) == ([0, 0, 8], "A", 3)
    assert row["frames"] == 2


def test_a_clip_has_a_rate() -> None:
    clip: dict[str, Any] = {"at": None, "sop_class": "1.2.840.10008.5.1.4.1.1.3.1"}
    steady = probed(saved(data_set(1, frames=5, FrameTime=40, **clip)))
    varying = probed(saved(data_set(1, frames=4, FrameTimeVector=[0, 30, 50, 40], **clip)))
    unknown = probed(saved(data_set(1, frames=3, **clip)))
    assert (steady["dicom"]["class"], steady["fps"], steady["phi_risk"]) == ("cine", 25, "high")
    assert (varying["fps"], varying["flags"]) == (25, ["variable_frame_time"])
    assert unknown["fps"] is None


@pytest.mark.parametrize(
    ("tags", "rate"),
    [
        ({"FrameTime": 40}, (25, False)),
        ({"FrameTime": 40, "CineRate": 10}, (25, False)),
        ({"FrameTime": 0, "FrameTimeVector": [0, 20, 20, 20]}, (50, False)),
        ({"FrameTimeVector": [0, 30, 50, 40], "CineRate": 10}, (25, True)),
        ({"FrameTimeVector": [0, 0, 0, 0], "CineRate": 10}, (10, False)),
        ({"CineRate": 15, "RecommendedDisplayFrameRate": 30}, (15, False)),
        ({"CineRate": 0, "RecommendedDisplayFrameRate": 30}, (30, False)),
        ({"FrameTime": -5}, (None, False)),
        ({}, (None, False)),
    ],
)
def test_the_rate_of_a_clip_is_that_of_the_first_tag_that_says_one(
    tags: dict[str, Any], rate: tuple[float, bool]
) -> None:
    for suffix in ("3.1", "12.1", "12.2", "12.1.1", "77.1.1.1"):
        row = probed(saved(data_set(1, at=None, frames=4, sop_class=f"1.2.840.10008.5.1.4.1.1.{suffix}", **tags)))
        assert row["dicom"]["class"] == "cine"
        assert (row["fps"], "variable_frame_time" in row["flags"]) == rate


def test_frame_times_that_are_not_one_a_frame_are_flagged() -> None:
    clip: dict[str, Any] = {"at": None, "sop_class": "1.2.840.10008.5.1.4.1.1.3.1", "frames": 4}
    assert probed(saved(data_set(1, FrameTimeVector=[0, 20, 20], **clip)))["flags"] == ["frame_times_differ"]
    assert probed(saved(data_set(1, FrameTimeVector=[0, 20, 20, 20], **clip)))["flags"] == []


def test_no_date_of_a_frame_enters_the_row() -> None:
    made = enhanced(1, [("1", place, AXIAL) for place in range(2)], AcquisitionDateTime="19870603101112")
    for frame in made.PerFrameFunctionalGroupsSequence:
        frame.FrameContentSequence[0].FrameAcquisitionDateTime = "19870603101112"
    row = probed(saved(made))
    assert row["dicom"]["per_frame"][0]["acquisition_time_s"] == row["dicom"]["acquisition_time_s"] == 36672
    assert "1987" not in json.dumps(row)


@pytest.mark.parametrize(("sop_class", "risk"), [("77.1.4", None), ("77.1.7", None), ("1.1", False)])
def test_a_photograph_may_show_a_face(sop_class: str, risk: bool | None) -> None:
    made = data_set(1, at=None, sop_class=f"1.2.840.10008.5.1.4.1.1.{sop_class}", Modality="XC")
    assert probed(saved(made))["face_risk"] is risk


@pytest.mark.parametrize(
    ("tags", "risk"),
    [
        ({}, "none"),
        ({"BurnedInAnnotation": "YES"}, "high"),
        ({"BurnedInAnnotation": "NO"}, "none"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "high"),
        ({"Modality": "US"}, "high"),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.7"}, "high"),
    ],
)
def test_pixels_that_may_name_a_person(tags: dict[str, Any], risk: str) -> None:
    assert probed(saved(data_set(1, **tags)))["phi_risk"] == risk


@pytest.mark.parametrize(("part", "risk"), [("HEAD", True), ("CHEST", False), (None, None)])
def test_a_head_may_show_a_face(part: str | None, risk: bool | None) -> None:
    assert probed(saved(data_set(1, BodyPartExamined=part) if part else data_set(1)))["face_risk"] is risk


def test_an_index_of_files_is_no_media() -> None:
    made = data_set(1, sop_class="1.2.840.10008.1.3.10")
    assert probed(saved(made))["status"] == "not_media"


@pytest.mark.parametrize("content", [b"%PDF-1.4" * 50, b"\0" * 300, b"x", b"\x08\x00", b"DICM", bytes(128) + b"DICM"])
def test_other_bytes_are_a_row_too(content: bytes) -> None:
    assert probed(content)["status"] in ("not_media", "unreadable", "truncated")


def test_every_row_fits_the_table() -> None:
    made = [data_set(1), enhanced(2, [("1", 0, AXIAL)]), structures("2.25.3")]
    rows = [
        {"store": "raw", "key": str(n), "token": "t", "probe_version": "v", "extension": "", **probed(saved(each))}
        for n, each in enumerate(made)
    ]
    assert media_batch(rows).column("status").to_pylist() == ["ok", "ok", "ok"]


def test_the_cases_of_the_fixtures_have_their_status() -> None:
    folder = fixtures("dicom", "made")
    expected = json.loads((folder / "expected.json").read_text())["sniff"]["status"]
    words = {"not dicom": "not_media"}
    for name, status in expected.items():
        assert probed((folder / "sniff" / name).read_bytes())["status"] == words.get(status, status), name


def test_pydicom_reads_what_the_tests_make() -> None:
    assert struct.pack("<H", dcmread(io.BytesIO(saved(data_set(5)))).Rows) == b"\x04\x00"
