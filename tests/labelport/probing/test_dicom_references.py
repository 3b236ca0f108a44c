"""What label objects refer to; highdicom and pydicom made the objects, pydicom is the judge of the public ones."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.data.data_manager import DATA_ROOT
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from labelport.privacy import pseudonym
from labelport.probing.contract import BudgetSpent, ProbeContext
from labelport.probing.dicom import PROBE
from labelport.probing.dicom.classes import STORAGE
from labelport.probing.dicom.references import MOST
from tests.labelport.probing.dicom_files import Reads, data_set, probed, saved, structures
from tests.needs import fixtures

REPORT, KEY_OBJECTS, SEGMENTS, STATE, FIDUCIALS, SURFACES = (
    STORAGE + suffix for suffix in ("88.33", "88.59", "66.4", "11.1", "66.2", "66.5")
)


def without_pixels(sop_class: str, **tags: Any) -> Dataset:
    gone = ("Rows", "Columns", "PixelData", "BitsAllocated", "BitsStored", "HighBit", "ImageType")
    made = data_set(1, at=None, sop_class=sop_class, **tags)
    for keyword in gone:
        delattr(made, keyword)
    return made


def series_items(*uids: str, images: int = 1) -> Items:
    """Return the items of a Referenced Series Sequence; its images stand before its UID."""
    made = []
    for uid in uids:
        one = Dataset()
        one.SeriesInstanceUID = uid
        one.ReferencedSOPSequence = Items([image(n) for n in range(images)])
        made.append(one)
    return Items(made)


def image(number: int) -> Dataset:
    one = Dataset()
    one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID = STORAGE + "2", f"2.25.{10**30 + number}"
    return one


def evidence(*uids: str, images: int = 1) -> Items:
    study = Dataset()
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "2.25.2", series_items(*uids, images=images)
    return Items([study])


def named(made: Dataset, **how: Any) -> list[str] | None:
    found: list[str] | None = probed(saved(made), **how)["dicom"].get("referenced_series_uids")
    return found


@pytest.mark.parametrize(
    ("sop_class", "keyword"),
    [
        (REPORT, "CurrentRequestedProcedureEvidenceSequence"),
        (REPORT, "PertinentOtherEvidenceSequence"),
        (KEY_OBJECTS, "CurrentRequestedProcedureEvidenceSequence"),
        (SEGMENTS, "StudiesContainingOtherReferencedInstancesSequence"),
        (STATE, "BlendingSequence"),
    ],
)
def test_every_series_of_the_evidence_is_kept_once_in_file_order(sop_class: str, keyword: str) -> None:
    made = without_pixels(sop_class)
    setattr(made, keyword, evidence("2.25.9", "2.25.7", "2.25.9"))
    row = probed(saved(made))["dicom"]
    assert row["referenced_series_uids"] == ["2.25.9", "2.25.7"]
    assert row["referenced_series_uid"] == "2.25.9"


@pytest.mark.parametrize("sop_class", [SEGMENTS, SURFACES, STATE, FIDUCIALS])
def test_common_references_of_one_object_may_name_several_series(sop_class: str) -> None:
    made = without_pixels(sop_class, ReferencedSeriesSequence=series_items("2.25.9", "2.25.7"))
    other = Dataset()
    other.ReferencedSeriesSequence = series_items("2.25.5", "2.25.7")
    made.StudiesContainingOtherReferencedInstancesSequence = Items([other])
    assert named(made) == ["2.25.9", "2.25.7", "2.25.5"]


def test_a_structure_set_may_be_of_several_frames_of_reference() -> None:
    made = structures("2.25.3", reference="2.25.40")
    second = structures("2.25.33", reference="2.25.41").ReferencedFrameOfReferenceSequence[0]
    made.ReferencedFrameOfReferenceSequence.append(second)
    del made.FrameOfReferenceUID
    row = probed(saved(made))["dicom"]
    assert (row["referenced_series_uids"], row["frame_of_reference_uid"]) == (["2.25.3", "2.25.33"], "2.25.40")


def test_references_beyond_the_head_are_read_and_what_is_behind_them_is_not() -> None:
    made = without_pixels(REPORT)
    made.CurrentRequestedProcedureEvidenceSequence = evidence("2.25.9", "2.25.7", images=400)
    text = Dataset()
    text.TextValue = "x" * 900
    made.ContentSequence = Items([text] * 4000)
    content = saved(made)
    reads = Reads(content)
    row = probed(content, reads=reads)
    assert (row["status"], row["flags"]) == ("ok", [])
    assert row["dicom"]["referenced_series_uids"] == ["2.25.9", "2.25.7"]
    assert sum(length for _, length in reads.calls) < 256 << 10
    assert len(content) > 3 << 20


def test_a_budget_that_ends_in_the_references_leaves_all_else() -> None:
    made = without_pixels(REPORT)
    made.CurrentRequestedProcedureEvidenceSequence = evidence("2.25.9", "2.25.7", images=4000)
    content = saved(made)

    def spent(_start: int, _length: int, /) -> bytes:
        raise BudgetSpent

    row = PROBE.probe(content[: 16 << 10], len(content), spent, PROBE.limits, ProbeContext(key="a"))
    assert (row["status"], row["flags"], row["dicom"]["class"]) == ("ok", ["references_cut"], "report")


def test_more_series_than_the_row_holds_are_cut_and_the_row_says_so() -> None:
    made = without_pixels(SEGMENTS, ReferencedSeriesSequence=series_items(*(f"2.25.{n}" for n in range(MOST + 1))))
    row = probed(saved(made))
    assert len(row["dicom"]["referenced_series_uids"]) == MOST
    assert row["flags"] == ["references_cut"]


def test_references_that_end_with_the_file_are_kept_as_far_as_they_go() -> None:
    content = saved(without_pixels(SEGMENTS, ReferencedSeriesSequence=series_items("2.25.9", "2.25.7", images=9)))
    cut = content.rindex(b"\x20\x00\x0e\x00UI\x06\x002.25.7")
    row = probed(content[:cut])
    assert (row["status"], row["dicom"]["referenced_series_uids"]) == ("truncated", ["2.25.9"])


def test_under_a_key_each_is_hashed_like_the_series_that_it_names() -> None:
    made = without_pixels(SEGMENTS, ReferencedSeriesSequence=series_items("2.25.9", "2.25.7"))
    row = probed(saved(made), hmac_key=b"key")["dicom"]
    assert row["referenced_series_uids"] == [
        pseudonym(uid, tag="SeriesInstanceUID", key=b"key") for uid in ("2.25.9", "2.25.7")
    ]
    assert "2.25.9" not in json.dumps(row).replace(row["referenced_series_uid"], "")


def judged(made: Dataset) -> list[str]:
    """Return the series that an object names, read by pydicom."""
    found = list(made.get("ReferencedSeriesSequence", []))
    for keyword in (
        "StudiesContainingOtherReferencedInstancesSequence",
        "CurrentRequestedProcedureEvidenceSequence",
        "PertinentOtherEvidenceSequence",
    ):
        for study in made.get(keyword, []):
            found += study.get("ReferencedSeriesSequence", [])
    for frame in made.get("ReferencedFrameOfReferenceSequence", []):
        for study in frame.get("RTReferencedStudySequence", []):
            found += study.get("RTReferencedSeriesSequence", [])
    return list(dict.fromkeys(str(one.SeriesInstanceUID) for one in found if "SeriesInstanceUID" in one))


@pytest.mark.parametrize("folder", ["highdicom", "pydicom-data", "rt-utils", "dicompyler-core", "pydicom's own"])
def test_public_objects_refer_to_what_pydicom_says(folder: str) -> None:
    place = Path(DATA_ROOT) / "test_files" if folder == "pydicom's own" else fixtures("dicom", folder)
    read = 0
    for file in sorted(place.rglob("*.dcm")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                made = dcmread(file, stop_before_pixels=True)
                wanted = judged(made)
            except Exception:
                continue
        read += bool(wanted)
        assert probed(file.read_bytes()).get("dicom", {}).get("referenced_series_uids", []) == wanted, file.name
    assert read
