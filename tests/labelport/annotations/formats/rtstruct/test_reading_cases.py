"""The shared cases: each rule once, masks by a plain even-odd loop."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelport.annotations.volumes.known_volumes import KnownVolumes, known_volumes
from tests.labelport.annotations.formats.rtstruct.structure_sets import read
from tests.labelport.annotations.volumes.folders import dicom_volume
from tests.needs import ROOT, fixtures

_EXPECTED = ROOT.parent / "shared" / "fixtures" / "rtstruct" / "expected.json"
CASES = sorted(json.loads(_EXPECTED.read_text())) if _EXPECTED.exists() else ["absent"]


@cache
def known() -> KnownVolumes:
    return known_volumes([dicom_volume(fixtures("rtstruct", name)) for name in ("ct", "ct_oblique", "ct_tilted")])


def expected(case: str) -> Any:
    return json.loads((fixtures("rtstruct") / "expected.json").read_text())[case]


def case_bytes(case: str) -> bytes:
    return Path(fixtures("rtstruct", "cases"), f"{case}.dcm").read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_a_case_gives_its_masks_and_its_findings_and_no_others(case: str) -> None:
    truth = expected(case)
    made, findings = read(case_bytes(case), known())
    assert sorted({each.code for each in findings}) == sorted(truth["findings"])
    if not truth["rois"]:
        assert made is None
        return
    assert made is not None
    (labelled,) = made.labelled
    assert labelled.image.series_id == f"dicom-{truth['series']}"
    found = [{"name": each.name, "voxels": each.voxels, "slices": sorted(each.patches)} for each in labelled.structures]
    assert found == truth["rois"]
    with np.load(fixtures("rtstruct", "masks") / f"{case}.npz") as masks:
        for number, structure in enumerate(labelled.structures, 1):
            volume = np.zeros((20, 48, 64), bool)
            for plane, patch in structure.patches.items():
                volume[plane] = patch.onto(48, 64)
            np.testing.assert_array_equal(volume, masks[f"roi{number}"])
