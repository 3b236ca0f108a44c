"""pydicom as the judge: the same values in every file that it reads."""

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.data.data_manager import DATA_ROOT
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from labelport.probing.dicom.tags import ALLOWED, Allowed
from tests.labelport.probing.dicom_files import probed
from tests.needs import fixtures

BUNDLED = Path(DATA_ROOT) / "test_files"
NOT_COMPARED = {"acquisition_time_s", "content_time_s", "charset", "laterality"}
"""Made of several tags, or into another form."""

ODD: set[tuple[str, str]] = {("badVR.dcm", "frames")}
"""A number that is none: pydicom gives its text."""


def judged(file: Path) -> Dataset | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dcmread(file, stop_before_pixels=True)
        except Exception:
            return None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | MultiValue) else [value]


def expected(found: Dataset, tag: int, allowed: Allowed) -> Any:
    value = found[tag].value if tag in found else None
    if value is None or value in ("", []):
        return None
    match allowed.kind:
        case "integer" | "decimal":
            return float(_listed(value)[0])
        case "decimals" | "pair" | "triple" | "six":
            return [float(each) for each in _listed(value)]
        case "codes":
            return [str(each).strip() for each in _listed(value)]
        case _:
            return str(value)


def differing(file: Path) -> Iterator[str]:
    found = judged(file)
    row = probed(file.read_bytes())
    if found is None or "dicom" not in row or row["status"] == "unreadable":
        return
    defaults = "SharedFunctionalGroupsSequence" in found or "PerFrameFunctionalGroupsSequence" in found
    for tag, allowed in ALLOWED.items():
        if allowed.column in NOT_COMPARED or (file.name, allowed.column) in ODD:
            continue
        if tag not in found and (defaults or tag == 0x00080016 or "ReferencedFrameOfReferenceSequence" in found):
            continue  # taken from the shared groups, from the meta group, or from what a structure set refers to
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = expected(found, tag, allowed)
        value = row["dicom"].get(allowed.column)
        if value != (pytest.approx(wanted) if isinstance(wanted, float | list) and allowed.kind != "codes" else wanted):
            yield f"{file.name} {allowed.column}: {value!r} is not {wanted!r}"


def test_values_are_those_of_pydicom_in_its_own_test_files() -> None:
    files = sorted(file for file in BUNDLED.rglob("*") if file.is_file())
    read = [file for file in files if judged(file) is not None and "dicom" in probed(file.read_bytes())]
    assert len(read) > 120
    assert [words for file in files for words in differing(file)] == []


@pytest.mark.slow
def test_values_are_those_of_pydicom_in_the_fixtures() -> None:
    files = sorted(file for file in fixtures("dicom").rglob("*") if file.is_file() and "instance_1A" not in file.parts)
    assert [words for file in files for words in differing(file)] == []


def test_what_pydicom_reads_is_hardly_ever_lost() -> None:
    lost = {
        file.name: probed(file.read_bytes())["status"]
        for file in sorted(BUNDLED.rglob("*"))
        if file.is_file() and judged(file) is not None
    }
    bad = {name: status for name, status in lost.items() if status != "ok" and not name.startswith("DICOMDIR")}
    assert bad == {
        "MR_truncated.dcm": "truncated",
        "UN_sequence.dcm": "unreadable",  # these five are fragments: no object is in them
        "empty_charset_LEI.dcm": "unreadable",
        "meta_missing_tsyntax.dcm": "unreadable",
        "nested_priv_SQ.dcm": "unreadable",
        "priv_SQ.dcm": "unreadable",
        "rtplan_truncated.dcm": "truncated",
    }


COUNTS = {
    "highdicom": {"ok segmentation": 12, "ok wsi": 8, "ok image_single": 2, "ok report": 2, "ok annotation": 1},
    "pydicom-data": {"ok image_single": 3, "ok image_multiframe": 3, "ok cine": 1, "ok segmentation": 1},
    "nibabel": {"ok image_single": 3, "partial image_single": 1},
    "rt-utils": {"ok image_single": 4, "ok rtstruct": 3},
    "dicompyler-core": {"ok rtstruct": 1},
    "rtstruct": {"ok image_single": 60, "ok rtstruct": 32},
}
"""How many objects of each public folder have which status and class; all else there is no DICOM."""


@pytest.mark.parametrize("folder", COUNTS)
def test_every_public_object_has_its_status_and_class(folder: str) -> None:
    place = fixtures(folder) if folder == "rtstruct" else fixtures("dicom", folder)
    rows = [probed(file.read_bytes()) for file in sorted(place.rglob("*")) if file.is_file()]
    told = Counter(f"{row['status']} {row['dicom']['class']}" for row in rows if "dicom" in row)
    assert told == COUNTS[folder]
    assert {row["status"] for row in rows if "dicom" not in row} <= {"not_media", "empty"}


def test_the_objects_of_pydicom_have_their_class() -> None:
    told: Counter[str | None] = Counter()
    for file in sorted(BUNDLED.rglob("*")):
        if file.is_file() and "DICOMDIR" not in file.name and judged(file) is not None:
            row = probed(file.read_bytes())
            told[row.get("dicom", {}).get("class")] += 1
    assert told == {
        "other": 52,  # 50 of them are bodies without a class or a matrix
        "image_single": 48,
        "secondary_capture": 35,
        "rtdose": 7,
        None: 4,
        "report": 3,
        "rtplan": 2,
        "segmentation": 2,
        "cine": 1,
        "waveform": 1,
    }
