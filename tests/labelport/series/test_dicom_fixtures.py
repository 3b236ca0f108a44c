"""The rule on the fixtures: 21 made folders, one a rule, and real series whose order is known."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydicom.data.data_manager import DATA_ROOT

from tests.labelport.series.dicom_groups import Made, folder_media, grouped
from tests.needs import fixtures

NAMED_FLAGS = {"tilt", "missing_slices", "irregular", "no_geometry", "incomplete", "uid_conflict"}
BASES = {"filename": "natural"}
MULTIFRAME = {"concatenation": {"part0.dcm": 3, "part1.dcm": 2}}
CASES = [
    "plain",
    "orientation_jitter",
    "tilt_15",
    "missing_slice",
    "no_geometry_instance",
    "no_geometry_location",
    "no_geometry_names",
    "irregular",
    "four_d_by_tpi",
    "four_d_no_time_tag",
    "four_d_incomplete",
    "localizer_and_stack",
    "duplicates",
    "concatenation",
    "instance_1A",
]


def expectation(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((fixtures("dicom", "made") / "expected.json").read_text())[case]
    return found


def made(case: str, **options: Any) -> Made:
    return grouped(folder_media(fixtures("dicom", "made", case)), **options)


def flags_of(result: Made) -> set[str]:
    return {flag for series in result.series for flag in series["flags"]} & NAMED_FLAGS


@pytest.mark.parametrize("case", CASES)
def test_order_basis_and_flags_are_as_expected(case: str) -> None:
    wanted, result = expectation(case), made(case)
    (main,) = [series for series in result.series if "localizer" not in series["flags"]]
    frames = MULTIFRAME.get(case, {})
    items = [
        name
        for key in result.of(main)
        for name in ([f"{key}#{frame}" for frame in range(frames[key])] if key in frames else [key])
    ]
    assert items == [key for point in wanted["order"] for key in point]
    assert main["order_basis"] == BASES.get(wanted["order_basis"], wanted["order_basis"])
    assert flags_of(result) == set(wanted["flags"])
    sizes = {dim["name"]: dim["size"] for dim in main["dims"]}
    assert sizes.get("time", 1) == len(wanted["order"])
    if "partial" in wanted:
        assert result.of(main, "partial") == wanted["partial"]
    if "missing" in wanted:
        assert [found.value for found in result.findings] == [", ".join(map(str, wanted["missing"]))]
    if "tilt_deg" in wanted:
        assert float(dict(main["attributes"])["tilt_deg"]) == pytest.approx(wanted["tilt_deg"], abs=0.05)
    if "localizer" in wanted:
        others = [result.of(series) for series in result.series if "localizer" in series["flags"]]
        assert sorted(others) == [[key] for key in wanted["localizer"]]
    if "duplicates" in wanted:
        assert len(result.roles("duplicate")) == wanted["duplicates"]
        assert [found.value for found in result.findings] == [", ".join(wanted["uid_conflict"])]


def test_a_series_uid_a_slice_is_a_series_a_slice_unless_they_are_merged() -> None:
    wanted = expectation("series_uid_per_slice")
    assert len(made("series_uid_per_slice").series) == 8
    merged = made("series_uid_per_slice", merge_per_slice_series=True)
    assert [merged.of(merged.only)] == wanted["merged"]


def test_two_echoes_of_one_instance_number_are_two_volumes() -> None:
    wanted, result = expectation("two_echoes_same_instance"), made("two_echoes_same_instance")
    assert result.orders == sorted(wanted["volumes"])
    channels = {row["channel"] for row in result.items}
    assert channels == {"EchoTime=4.9", "EchoTime=7.4"}


def test_shapes_are_stacks_of_their_own() -> None:
    assert made("mixed_shapes").orders == sorted(expectation("mixed_shapes")["stacks"])


def test_clips_are_series_with_a_rate() -> None:
    wanted, result = expectation("cine"), made("cine")
    rates = {result.of(series)[0]: dict(series["attributes"]).get("fps") for series in result.series}
    assert {key: None if rate is None else float(rate) for key, rate in rates.items()} == wanted["fps"]
    varying = [result.of(series)[0] for series in result.series if "variable_frame_time" in series["flags"]]
    assert varying == wanted["variable"]
    assert {series["kind"] for series in result.series} == {"cine"}


def test_an_enhanced_object_of_two_stacks_is_two_series_of_frames() -> None:
    result = made("enhanced_two_stacks")
    assert result.orders == sorted(
        [f"e.dcm#{frame}" for frame in stack] for stack in expectation("enhanced_two_stacks")["stacks_frames"]
    )


SPLIT = {
    "pydicom-bundled:dicomdirtests/98892001/CT2N": "two scouts at right angles, which dcm2niix stacks",
}
SCATTERED = {"rt-utils/tests/oriented_data"}
"""Each file has a StudyInstanceUID of its own; dcm2niix does not look at it."""


def test_the_order_of_real_series_is_that_of_dcm2niix() -> None:
    folder = fixtures("dicom")
    truth = json.loads((folder / "truth" / "slice_order_truth.json").read_text())["order"]
    assert len(truth) == 9
    for name, volumes in truth.items():
        bundled = name.removeprefix("pydicom-bundled:")
        place = Path(DATA_ROOT) / "test_files" / bundled if bundled != name else folder / name
        result = grouped(folder_media(place), one_study=name in SCATTERED)
        if name in SPLIT:
            assert all("localizer" in series["flags"] for series in result.series)
            continue
        for volume in volumes:
            assert [key for point in volume["order"] for key in point] in result.orders, name


@pytest.mark.parametrize(
    ("folder", "shape", "flags"),
    [
        ("dcm_qa_ct/In/GE", {"slice": 28}, {"tilt", "irregular"}),
        ("dcm_qa_nih/In/20180918Si/mr_0003", {"time": 2}, {"mosaic"}),
        ("dcm_qa_enh/In/Siemens/XA10", {"slice": 6, "time": 4}, set()),
        ("dcm_qa_philips/In/Magdeburg_2014/fmri", {"slice": 9, "time": 3}, set()),
    ],
)
def test_real_series_have_their_shape_and_flags(folder: str, shape: dict[str, int], flags: set[str]) -> None:
    series = grouped(folder_media(fixtures("dicom", *folder.split("/")))).only
    assert {dim["name"]: dim["size"] for dim in series["dims"]} == shape
    assert set(series["flags"]) == flags


def test_echoes_and_field_maps_are_volumes_of_their_own() -> None:
    echoes = grouped(folder_media(fixtures("dicom", "dcm_qa_me", "In", "4_me_fMRI")))
    assert [len(order) for order in echoes.orders] == [3, 3]
    philips = grouped(folder_media(fixtures("dicom", "dcm_qa_enh", "In", "Philips")))
    assert {row["channel"] for row in philips.items} == {"magnitude", "real"}
    assert [series["items"] for series in philips.series] == [32, 32]
