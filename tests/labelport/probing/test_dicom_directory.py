"""What a DICOMDIR names, with pydicom as the judge."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data.data_manager import DATA_ROOT
from pydicom.fileset import FileSet

from labelport.probing.contract import MediaRow
from labelport.probing.shard import media_batch
from tests.labelport.probing.dicom_files import Reads, data_set, probed
from tests.needs import fixtures

DISCS = Path(DATA_ROOT) / "test_files" / "dicomdirtests"
BUNDLED = sorted(DISCS.rglob("DICOMDIR*"))
EXPLICIT, IMPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{end}" for end in (".1", "", ".2", ".1.99"))
UNDEFINED = 0xFFFFFFFF
MEDIA_DIRECTORY = b"1.2.840.10008.1.3.10"


def files_of(row: MediaRow) -> list[str]:
    assert row["status"] == "not_media", row
    found: list[str] = media_batch(
        [{**row, "store": "raw", "key": "k", "token": "t", "size": 1, "probe_version": "v"}]
    )["dicom"][0]["directory_files"].as_py()
    return found


def by_pydicom(file: Path) -> list[str]:
    records = pydicom.dcmread(file, force=True).get("DirectoryRecordSequence", [])
    return ["/".join(record.ReferencedFileID) for record in records if "ReferencedFileID" in record]


def element(tag: int, vr: bytes, value: bytes, *, syntax: str = EXPLICIT, length: int | None = None) -> bytes:
    end = ">" if syntax == BIG else "<"
    count = len(value) if length is None else length
    head = struct.pack(end + "HH", tag >> 16, tag & 0xFFFF)
    if syntax == IMPLICIT:
        return head + struct.pack(end + "I", count) + value
    if vr in (b"SQ", b"UN", b"OB"):
        return head + vr + struct.pack(end + "HI", 0, count) + value
    return head + vr + struct.pack(end + "H", count) + value


def item(value: bytes, *, syntax: str = EXPLICIT, undefined: bool = False) -> bytes:
    end = ">" if syntax == BIG else "<"
    head = struct.pack(end + "HHI", 0xFFFE, 0xE000, UNDEFINED if undefined else len(value))
    return head + value + (struct.pack(end + "HHI", 0xFFFE, 0xE00D, 0) if undefined else b"")


def record(
    name: bytes | None, *, syntax: str = EXPLICIT, undefined: bool = False, in_use: bytes | None = None
) -> bytes:
    parts = b"" if in_use is None else element(0x00041410, b"US", in_use, syntax=syntax)
    parts += element(0x00041430, b"CS", b"PATIENT ", syntax=syntax)
    if name is not None:
        parts += element(0x00041500, b"CS", name + b" " * (len(name) % 2), syntax=syntax)
    return item(parts + element(0x00100010, b"PN", b"Zaphod", syntax=syntax), syntax=syntax, undefined=undefined)


def dicomdir(*records: bytes, syntax: str = EXPLICIT, undefined: bool = False, length: int | None = None) -> bytes:
    end = ">" if syntax == BIG else "<"
    ends = struct.pack(end + "HHI", 0xFFFE, 0xE0DD, 0) if undefined else b""
    body = b"".join(records) + ends
    sequence = element(0x00041220, b"SQ", body, syntax=syntax, length=UNDEFINED if undefined else length)
    data = element(0x00041130, b"CS", b"DISC", syntax=syntax) + sequence
    if syntax == DEFLATED:
        stream = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = stream.compress(data) + stream.flush()
    meta = element(0x00020002, b"UI", MEDIA_DIRECTORY) + element(0x00020010, b"UI", syntax.encode() + b"\0")
    return bytes(128) + b"DICM" + meta + data


@pytest.mark.parametrize("file", BUNDLED, ids=[file.relative_to(DISCS).as_posix() for file in BUNDLED])
def test_pydicom_reads_the_same_names_from_its_own_discs(file: Path) -> None:
    row = probed(file.read_bytes())
    assert files_of(row) == by_pydicom(file)
    assert row["flags"] == []


def test_pydicom_reads_the_same_names_from_a_real_disc() -> None:
    file = fixtures("dicom", "dcm_qa_ct") / "DICOMDIR"
    assert files_of(probed(file.read_bytes())) == by_pydicom(file)
    assert len(by_pydicom(file)) == 433


def test_pydicom_writes_what_is_read(tmp_path: Path) -> None:
    disc = FileSet()
    for number in range(1, 40):
        disc.add(
            data_set(number, PatientID="p", PatientName="Zaphod", StudyDate="20200101", StudyTime="01", StudyID="1")
        )
    disc.write(tmp_path)
    row = probed((tmp_path / "DICOMDIR").read_bytes())
    there = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert set(files_of(row)) == there - {"DICOMDIR"}
    assert "Zaphod" not in repr(row)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
@pytest.mark.parametrize("undefined", [False, True])
def test_every_transfer_syntax_and_both_kinds_of_length_are_read(syntax: str, undefined: bool) -> None:
    names = [None, b"A\\B_1", b"A\\C", b"A\\C"]
    records = [record(name, syntax=syntax, undefined=undefined) for name in names]
    row = probed(dicomdir(*records, syntax=syntax, undefined=undefined))
    assert files_of(row) == ["A/B_1", "A/C"]
    assert row["flags"] == []


def test_deleted_records_and_records_without_a_file_name_nothing() -> None:
    row = probed(dicomdir(record(b"A", in_use=b"\0\0"), record(b"B", in_use=b"\xff\xff"), record(b""), record(None)))
    assert (files_of(row), row["flags"]) == (["B"], [])


@pytest.mark.parametrize(
    "name",
    [b"img1", b"A\\..\\B", b"A/B", b"A\\\\B", b"A.DCM", b"/A", b"\xc4", b"A" * 17, b"\\".join([b"A"] * 9), b"A\\"],
)
def test_what_is_no_file_id_is_left_out_and_flagged(name: bytes) -> None:
    row = probed(dicomdir(record(b"A"), record(name), record(b"B")))
    assert (files_of(row), row["flags"]) == (["A", "B"], ["directory_bad_file_id"])


def test_components_may_be_padded() -> None:
    assert files_of(probed(dicomdir(record(b"DICOM   \\S1 \\I1"), record(b"I2\0")))) == ["DICOM/S1/I1", "I2"]


def test_a_dicomdir_that_is_cut_gives_what_is_left_and_says_so() -> None:
    whole = dicomdir(*(record(f"I{number:03}".encode()) for number in range(200)))
    row = probed(whole[: len(whole) // 2])
    assert (row["flags"], files_of(row)[:2]) == (["directory_partial"], ["I000", "I001"])
    assert 80 < len(files_of(row)) < 100
    assert row["error"] == "A DICOMDIR is an index of other files, not media; it could be read in part only."


def test_past_its_budget_a_dicomdir_is_read_in_part() -> None:
    padding = item(element(0x00041430, b"OB", bytes(1 << 20)))
    content = dicomdir(record(b"A"), *[padding] * 20, record(b"B"))
    reads = Reads(content)
    row = probed(content, reads=reads)
    assert row["flags"] == []  # what lies between two records is not read
    assert sum(length for _, length in reads.calls) < 1 << 20
    padding = item(element(0x00041430, b"OB", bytes(1000)))
    many = dicomdir(*(record(f"I{number:04}".encode()) + padding for number in range(9_000)))
    reads = Reads(many)
    row = probed(many, reads=reads)
    assert row["flags"] == ["directory_partial"]
    assert 7_000 < len(files_of(row)) < 9_000
    assert sum(length for _, length in reads.calls) <= 8 << 20


def test_a_million_records_of_no_bytes_are_read_in_seconds() -> None:
    row = probed(dicomdir(item(b"") * 1_000_000, record(b"A")))
    assert files_of(row) == ["A"]


def test_nested_sequences_in_records_are_not_followed_far() -> None:
    nested = b"".join(
        element(0x00041220, b"SQ", b"", length=UNDEFINED) + item(b"", undefined=True)[:8] for _ in range(5000)
    )
    row = probed(dicomdir(record(b"A"), item(nested, undefined=True), record(b"B"), undefined=True))
    assert (files_of(row), row["flags"]) == (["A"], ["directory_partial"])


def test_a_sequence_of_something_else_is_read_up_to_it() -> None:
    row = probed(dicomdir(record(b"A"), b"garbage!" * 3, record(b"B")))
    assert (files_of(row), row["flags"]) == (["A"], ["directory_partial"])


GOOD: Sequence[bytes] = [
    dicomdir(*(record(name, syntax=syntax, undefined=undefined) for name in (None, b"A\\B", b"C")), syntax=syntax, undefined=undefined)
    for syntax in (EXPLICIT, IMPLICIT, BIG, DEFLATED) for undefined in (False, True)
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(132, 600), st.integers(0, 255)), max_size=8), st.data())
def test_flipped_bytes_and_cuts_are_a_row_always(
    good: bytes, flips: list[tuple[int, int]], data: st.DataObject
) -> None:
    content = bytearray(good)
    for place, value in flips:
        content[place % len(content)] = value
    for each in (bytes(content), bytes(content[: data.draw(st.integers(133, len(content)))])):
        row = probed(each, head=data.draw(st.sampled_from([140, 4096])))
        assert media_batch([{**row, "store": "raw", "key": "k", "token": "t", "size": 1, "probe_version": "v"}])
        for name in (row.get("dicom") or {}).get("directory_files", ()):
            assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/")
