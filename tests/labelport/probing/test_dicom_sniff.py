"""What is taken for DICOM: all that is, under any name and without a preamble, and nothing else."""

import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data.data_manager import DATA_ROOT

from labelport.probing.sniff import sniff
from tests.labelport.probing.dicom_files import probed
from tests.needs import fixtures

HEAD = 16 << 10
DICOM_STATUSES = ("ok", "partial", "truncated", "unreadable")


@cache
def public() -> dict[str, bytes]:
    """Return the files of pydicom by name."""
    files = sorted(file for file in (Path(DATA_ROOT)).rglob("*") if file.is_file() and file.suffix != ".py")
    return {file.relative_to(DATA_ROOT).as_posix(): file.read_bytes() for file in files}


def is_dicom(content: bytes, key: str = "a") -> bool:
    return sniff(content[:HEAD], len(content), key).kind == "dicom"


def read_by_pydicom(name: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dcmread(Path(DATA_ROOT) / name, stop_before_pixels=True)
        except Exception:
            return False
    return True


def test_what_pydicom_reads_is_dicom_whatever_it_is_called() -> None:
    for key in ("a", "a.dcm", "a.jpg", "a.txt", "a.nii.gz"):
        assert [name for name in public() if read_by_pydicom(name) and not is_dicom(public()[name], key)] == []


def test_all_that_is_dicom_is_sniffed_and_nothing_else() -> None:
    for name, content in public().items():
        row = probed(content)
        index = "DICOMDIR" in name
        assert is_dicom(content) == (index or row["status"] in DICOM_STATUSES), name


FRAGMENTS = {"UN_sequence.dcm", "meta_missing_tsyntax.dcm", "nested_priv_SQ.dcm", "priv_SQ.dcm"}
"""Files of one private element: without their preamble nothing tells that they are DICOM."""


def test_a_file_without_its_preamble_says_the_same() -> None:
    compared = 0
    for name, content in public().items():
        if content[128:132] != b"DICM" or "DICOMDIR" in name or Path(name).name in FRAGMENTS:
            continue
        bare = content[132:]
        assert is_dicom(bare), name
        whole, stripped = probed(content), probed(bare)
        assert stripped["status"] == whole["status"], name
        placed = {"header_bytes", "pixel_offset", "sample_digest"}
        one, other = (row.get("dicom", {}) for row in (whole, stripped))
        assert {k: v for k, v in one.items() if k not in placed} == {k: v for k, v in other.items() if k not in placed}
        compared += 1
    assert compared > 130


@pytest.mark.parametrize("folder", ["annotations", "cvat", "encord", "nifti", "pages", "rtstruct", "dicom"])
def test_no_fixture_of_another_kind_is_taken_for_dicom(folder: str) -> None:
    count = 0
    for name, head, size in heads(fixtures(folder)):
        if head[128:132] == b"DICM" or name in BARE:
            assert sniff(head, size, "a").kind == "dicom", name
        else:
            assert sniff(head, size, name).kind != "dicom", name
            assert probed(head)["status"] in ("not_media", "empty"), name
            count += 1
    assert count


BARE = {"no_preamble.img"}


def heads(folder: Path) -> Iterator[tuple[str, bytes, int]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            with file.open("rb") as opened:
                yield file.name, opened.read(HEAD), file.stat().st_size


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=600))
def test_random_bytes_that_begin_with_no_group_of_a_header_are_not_dicom(content: bytes) -> None:
    begun = content[:1] in (b"\x02", b"\x08", b"\x00") or content[128:132] == b"DICM"
    assert begun or not is_dicom(content)


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=600))
def test_text_is_never_dicom(text: str) -> None:
    content = text.encode()
    assert text[0] in "\x00\x02\x08" or not is_dicom(content)
