"""The NIfTI probe, with nibabel as the judge."""

import gzip
import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.probing.contract import MediaRow, ProbeContext
from labelport.probing.nifti import PROBE
from labelport.probing.shard import media_batch
from labelport.probing.sniff import sniff
from labelport.tables import STATUSES
from tests.labelport.probing.dicom_files import Reads
from tests.needs import fixtures

AFFINE = np.array([[0, -2, 0, 10], [1.5, 0, 0, -20], [0, 0, 3, 30], [0, 0, 0, 1]], float)
BUNDLED = Path(nibabel.__file__).parent / "tests" / "data"


def probed(content: bytes, key: str = "a.nii", *, head: int = 4096, reads: Reads | None = None) -> MediaRow:
    return PROBE.probe(content[:head], len(content), reads or Reads(content), PROBE.limits, ProbeContext(key))


def volume(shape: tuple[int, ...] = (5, 4, 3), *, dtype: Any = np.int16, kind: Any = nibabel.Nifti1Image) -> bytes:
    image = kind(np.zeros(shape, dtype), AFFINE)
    image.header["descrip"] = b"Zaphod"
    content: bytes = image.to_bytes()
    return content


def in_table(row: MediaRow) -> Any:
    filled = {"store": "raw", "key": "k", "token": "t", "size": 1, "probe_version": "v", "extension": "", **row}
    return media_batch([filled]).to_pylist()[0]


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_a_volume_says_shape_voxels_and_place(kind: Any) -> None:
    row = in_table(probed(volume((5, 4, 3, 2), kind=kind)))
    nifti = row["nifti"]
    assert (row["status"], row["width"], row["height"], row["frames"], row["bit_depth"]) == ("ok", 5, 4, 6, 16)
    assert (nifti["dims"], nifti["pixdim"], nifti["dtype"]) == ([5, 4, 3, 2], [1.5, 2, 3, 1], "int16")
    assert np.allclose(np.reshape(nifti["affine"], (4, 4)), AFFINE)
    assert row["phi_risk"] == "none"


def test_no_text_of_the_header_enters_the_row() -> None:
    assert b"Zaphod" in volume()
    assert "Zaphod" not in repr(probed(volume()))


def test_nibabel_gives_the_same_for_files_of_its_own() -> None:
    assert compared([*BUNDLED.glob("*.nii*"), *BUNDLED.glob("nifti*.hdr")]) > 8


def test_nibabel_gives_the_same_for_the_fixtures() -> None:
    assert compared([*fixtures("nifti").glob("index_*.nii*")]) > 10


def compared(files: Sequence[Path]) -> int:
    """Compare each file with what nibabel reads; return how many there were."""
    count = 0
    for file in files:
        row = probed(file.read_bytes(), file.name)
        image: Any = nibabel.load(file)
        if not hasattr(image, "affine"):
            continue
        nifti = row["nifti"]
        assert row["status"] == "ok", file.name
        assert nifti["dims"] == list(image.shape), file.name
        assert np.dtype(nifti["dtype"]) == image.get_data_dtype().newbyteorder("="), file.name
        assert np.allclose(nifti["pixdim"], image.header.get_zooms()), file.name
        assert np.allclose(np.reshape(nifti["affine"], (4, 4)), image.affine, atol=1e-4), file.name
        count += 1
    return count


def test_a_rotated_qform_is_that_of_nibabel() -> None:
    content = bytearray(volume())
    struct.pack_into("<hh", content, 252, 1, 0)
    row = probed(bytes(content))
    assert np.allclose(np.reshape(row["nifti"]["affine"], (4, 4)), AFFINE, atol=1e-4)
    assert row["flags"] == []
    struct.pack_into("<hh", content, 252, 1, 1)
    struct.pack_into("<f", content, 268, 99.0)
    assert probed(bytes(content))["flags"] == ["sform_qform_differ"]
    struct.pack_into("<hh", content, 252, 0, 0)
    assert probed(bytes(content))["flags"] == ["no_orientation"]


def test_a_compressed_volume_needs_no_more_than_its_first_bytes() -> None:
    content = gzip.compress(np.random.default_rng(0).bytes(0) + volume((64, 64, 64)))
    reads = Reads(content)
    row = probed(content, "a.nii.gz", reads=reads)
    assert (row["status"], row["nifti"]["compressed"], row["frames"]) == ("ok", True, 64)
    assert not reads.calls


def test_the_header_may_begin_in_several_gzip_members_or_reach_beyond_the_head() -> None:
    plain = volume()
    members = gzip.compress(plain[:100]) + gzip.compress(plain[100:])
    assert probed(members, "a.nii.gz")["status"] == "ok"
    assert probed(gzip.compress(plain), "a.nii.gz", head=30)["status"] == "ok"
    assert probed(plain, head=30)["status"] == "ok"


def test_missing_voxels_are_counted() -> None:
    row = probed(volume()[:-7])
    assert (row["status"], row["error"]) == ("truncated", "7 bytes of its voxels are missing.")


def test_what_no_compressed_file_of_its_size_can_hold_is_missing() -> None:
    promised = bytearray(volume())
    struct.pack_into("<4h", promised, 40, 3, 2048, 2048, 1000)
    assert probed(gzip.compress(bytes(promised)), "a.nii.gz")["status"] == "truncated"


def test_more_than_8_gib_are_too_large_and_a_bomb_is_not_inflated() -> None:
    promised = bytearray(volume())
    struct.pack_into("<4h", promised, 40, 3, 30000, 30000, 30)
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = stream.compress(bytes(promised)) + b"".join(stream.compress(bytes(1 << 20)) for _ in range(16))
    assert probed(bomb + stream.flush(), "a.nii.gz")["status"] == "too_large"


@pytest.mark.parametrize(
    ("key", "compressed", "disagrees"),
    [("a.nii", False, False), ("a.nii.gz", True, False), ("a.nii", True, True), ("a.nii.gz", False, True),
     ("a.hdr", False, True), ("a.img", False, False), ("a", True, False)],
)  # fmt: skip
def test_a_name_of_another_form_is_flagged(key: str, compressed: bool, disagrees: bool) -> None:
    content = gzip.compress(volume()) if compressed else volume()
    assert ("name_disagrees" in probed(content, key)["flags"]) is disagrees


def test_the_header_of_a_pair_is_the_volume_and_its_other_half_is_none(tmp_path: Path) -> None:
    kind: Any = nibabel.Nifti1Pair
    nibabel.save(kind(np.zeros((5, 4, 3), np.uint8), AFFINE), tmp_path / "a.hdr")
    row = probed((tmp_path / "a.hdr").read_bytes(), "a.hdr")
    assert (row["status"], row["nifti"]["pair"], row["flags"]) == ("ok", True, [])
    assert probed((tmp_path / "a.img").read_bytes(), "a.img")["status"] == "not_media"


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize(
    ("unit", "flags"), [("mm", []), ("unknown", []), ("micron", ["unit_micron"]), ("meter", ["unit_metre"])]
)
def test_a_unit_that_is_not_millimetres_is_flagged(kind: Any, unit: str, flags: list[str]) -> None:
    image = kind(np.zeros((5, 4, 3), np.int16), AFFINE)
    image.header.set_xyzt_units(xyz=unit, t="msec")
    assert probed(image.to_bytes())["flags"] == flags


def test_an_analyze_header_is_no_volume_since_it_does_not_say_which_side_is_left() -> None:
    content = (BUNDLED / "analyze.hdr").read_bytes()
    assert sniff(content, len(content), "a.hdr")[:2] == ("nifti", "analyze")
    row = probed(content, "a.hdr")
    assert (row["status"], row["format"]) == ("unsupported", "analyze")
    assert "left" in row["error"]
    assert PROBE.formats["analyze"]


def test_dimensions_and_types_that_cannot_be_are_told() -> None:
    content = bytearray(volume())
    struct.pack_into("<h", content, 40, 9)
    assert probed(bytes(content))["status"] == "unreadable" or probed(bytes(content))["status"] == "not_media"
    content = bytearray(volume())
    struct.pack_into("<h", content, 44, -4)
    assert probed(bytes(content))["status"] == "unreadable"
    content = bytearray(volume())
    struct.pack_into("<h", content, 70, 999)
    assert probed(bytes(content))["status"] == "unsupported"


def test_the_cases_of_the_fixtures_are_rows() -> None:
    folder = fixtures("nifti")
    shapes = {
        name: each.get("shape") for name, each in json.loads((folder / "expected.json").read_text())["files"].items()
    }
    for file in sorted(folder.glob("*.nii*")):
        row = in_table(probed(file.read_bytes(), file.name))
        if shapes.get(file.name) and row["nifti"]:
            assert row["nifti"]["dims"] == shapes[file.name], file.name
    assert probed((folder / "not_gzip.nii.gz").read_bytes(), "not_gzip.nii.gz")["flags"] == ["name_disagrees"]
    assert probed((folder / "not_nifti.nii").read_bytes())["status"] == "not_media"
    assert probed((folder / "declares_4_gib.nii.gz").read_bytes())["status"] == "truncated"


GOOD = (volume(), volume(kind=nibabel.Nifti2Image), gzip.compress(volume()))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=12), st.data())
def test_flipped_bytes_are_a_row_always(good: bytes, flips: list[tuple[int, int]], data: st.DataObject) -> None:
    content = bytearray(good)
    for place, value in flips:
        content[place % min(len(content), 400)] = value
    damaged = bytes(content[: data.draw(st.integers(1, len(content)))])
    for each in (bytes(content), damaged):
        row = probed(each)
        assert row["status"] in STATUSES
        assert in_table(row)["status"] == row["status"]
