"""The rule on the fixtures: 21 made folders, one a rule, and real series whose order is known."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
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
"""Each file has a StudyInstanceUID of its own; neither dcm2niix nor GDCM looks at it."""


def truth(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((fixtures("dicom") / "truth" / name).read_text())
    return found


@cache
def real(name: str) -> Made:
    """Return what the rule makes of a folder that the truths name."""
    bundled = name.removeprefix("pydicom-bundled:")
    place = Path(DATA_ROOT) / "test_files" / bundled if bundled != name else fixtures("dicom", *name.split("/"))
    return grouped(folder_media(place), one_study=name in SCATTERED)


def in_order(volume: dict[str, Any]) -> list[str]:
    return [key for point in volume["order"] for key in point]


def test_the_order_of_real_series_is_that_of_dcm2niix() -> None:
    order = truth("slice_order_truth.json")["order"]
    assert len(order) == 9
    for name, volumes in order.items():
        if name in SPLIT:
            assert all("localizer" in series["flags"] for series in real(name).series)
            continue
        assert real(name).orders == sorted(in_order(volume) for volume in volumes), name


def shapes(made: Made) -> list[list[int]]:
    """Return columns, rows, slices, and times where there are any, of each series."""
    sizes = []
    for series in made.series:
        dims = {dim["name"]: dim["size"] for dim in series["dims"]}
        shape = [series["width"], series["height"], dims.get("slice", 1)]
        sizes.append([*shape, dims["time"]] if "time" in dims else shape)
    return sorted(sizes)


def mosaics(width: int, times: int, *, series: int = 1) -> tuple[list[list[int]], str]:
    return [[width, width, 1, times]] * series, "a mosaic is one volume a file, and is not taken apart"


DIFFERS: dict[str, tuple[list[list[int]], str]] = {
    "pydicom-bundled:dicomdirtests/77654033/CT2": ([[16, 16, 4]], "nothing is resampled to equal distances"),
    "pydicom-bundled:dicomdirtests/98892001/CT2N": ([[16, 16, 1]] * 2, "two scouts at right angles are no stack"),
    "dcm_qa_ct/In/GE": ([[512, 512, 28]], "nothing is sheared upright, nothing resampled"),
    "dcm_qa_nih/In/20180918Si/mr_0003": mosaics(216, 2),
    "dcm_qa_nih/In/20180918Si/mr_0005": mosaics(216, 2),
    "dcm_qa_me/In/4_me_fMRI": mosaics(384, 3, series=2),
    "dcm_qa/In/Orientation/sag/sagdesc35": mosaics(384, 2),
    "dcm_qa/In/Orientation/cor/corint36": mosaics(384, 2),
    "dcm_qa/In/Orientation/axmb/AxInt36mb": mosaics(516, 2),
    "dcm_qa/In/Orientation/ax/axasc35": mosaics(384, 2),
    "highdicom/data/test_files": (
        [[10, 10, 1]] * 7 + [[128, 128, 1], [211, 169, 1]],
        "segmentations are labels, tiles of slides are no slices, and one slide has the UID of another",
    ),
}
"""Where the volumes are not those of dcm2niix, and why."""


def test_the_volumes_of_real_folders_are_those_of_dcm2niix() -> None:
    volumes = truth("dcm2niix_volumes.json")["volumes"]
    assert len(volumes) == 25
    for name, made in volumes.items():
        theirs = sorted(volume["shape"] for volume in made)
        if name in DIFFERS:
            assert shapes(real(name)) == DIFFERS[name][0] != theirs, name
        else:
            assert shapes(real(name)) == theirs, name


MISORDERED = {"dcm_qa_philips/In/Magdeburg_2014/fmri", "dcm_qa_nih/In/20180918GE/mr_0007"}
"""Sets of several times that GDCM puts out of order without a word."""

THROWS = {"highdicom/data/test_files"}
"""GDCM has no answer for a folder that holds one object which it does not understand."""

FINER = {
    "pydicom-bundled:dicomdirtests/98892003/MR700": "projections that turn about an axis",
    "pydicom-bundled:dicomdirtests/98892003/MR2": "scouts in three planes",
    "pydicom-bundled:dicomdirtests/98892001/CT2N": "two scouts at right angles",
    "dcm_qa_enh/In/Philips": "magnitude and real part of one object",
    "dcm_qa_me/In/4_me_fMRI": "two echoes",
}
"""Folders in which GDCM has one series for several of ours."""


def test_the_series_of_simpleitk_are_ours_where_it_has_an_answer() -> None:
    found = truth("simpleitk_gdcm_series.json")["dirs"]
    assert {name for name, answer in found.items() if answer["error"]} == THROWS
    for name, answer in found.items():
        if name in THROWS:
            assert len(real(name).series) == 9
            continue
        theirs = sorted(sorted(files) for files in answer["series"].values())
        ours = sorted(sorted({key.split("#")[0] for key in order}) for order in real(name).orders)
        if name in FINER:
            assert ours != theirs, name
            assert {key for keys in ours for key in keys} == {key for keys in theirs for key in keys}
            assert all(any(set(one) <= set(other) for other in theirs) for one in ours)
        else:
            assert ours == theirs, name


def test_the_order_is_right_where_simpleitk_fails() -> None:
    answers = truth("simpleitk_gdcm_series.json")["dirs"]
    wrong = set()
    for name, (volume, *_) in truth("slice_order_truth.json")["order"].items():
        (theirs,) = answers[name]["series"].values()
        if theirs != in_order(volume):
            wrong.add(name)
            assert in_order(volume) in real(name).orders
    assert wrong == MISORDERED


def gaps(made: Made) -> Iterator[float]:
    for before, after in pairwise(row["position_mm"] for row in made.items if row["role"] == "image"):
        yield after - before


def test_a_head_scan_leans_by_18_5_degrees_and_its_slices_are_1_08_to_7_mm_apart() -> None:
    made = real("dcm_qa_ct/In/GE")
    assert [min(gaps(made)), max(gaps(made))] == pytest.approx([1.0811, 6.9986], abs=5e-5)
    attributes = dict(made.only["attributes"])
    assert (attributes["tilt_deg"], attributes["gantry_tilt_deg"]) == ("18.5", "18.5")
    assert (attributes["spacing_min_mm"], attributes["spacing_max_mm"]) == ("1.081", "6.999")
    assert made.codes == ["series.irregular", "series.tilt"]


def test_a_gap_of_202_5_mm_is_161_missing_slices() -> None:
    made = real("pydicom-bundled:dicomdirtests/77654033/CT2")
    assert list(gaps(made)) == pytest.approx([202.5, 1.25, 1.25], abs=1e-3)
    (found,) = made.findings
    assert (found.code, found.value) == ("series.missing_slices", "1-50 … (161 in all)")
    assert made.only["flags"] == ["missing_slices"]


def test_scouts_265_mm_apart_are_two_localizers() -> None:
    made = real("pydicom-bundled:dicomdirtests/98892001/CT2N")
    assert [series["flags"] for series in made.series] == [["localizer"]] * 2
    place = Path(DATA_ROOT) / "test_files" / "dicomdirtests" / "98892001" / "CT2N"
    one, other = (dicom["ipp"] for dicom in folder_media(place)["dicom"].to_pylist())
    assert [abs(a - b) for a, b in zip(one, other, strict=True)] == [265, 265, 0]


def test_three_crossing_planes_that_do_not_say_localizer_are_orphans() -> None:
    made = real("pydicom-bundled:dicomdirtests/98892003/MR2")
    flags = {made.of(series)[0].split("/")[-1]: series["flags"] for series in made.series}
    assert flags.pop("15970") == []  # the only image of its series
    assert set(map(tuple, flags.values())) == {("orphan",)}
    turning = real("pydicom-bundled:dicomdirtests/98892003/MR700")
    assert [series["flags"] for series in turning.series] == [[]] * 7


def test_an_oblique_volume_in_several_studies_is_in_order_when_they_are_one() -> None:
    made = real("rt-utils/tests/oriented_data")
    assert made.orders == [["0.dcm", "1.dcm", "2.dcm"]]
    assert list(gaps(made)) == pytest.approx([4.5, 4.5])
    apart = grouped(folder_media(fixtures("dicom", "rt-utils", "tests", "oriented_data")))
    assert [series["kind"] for series in apart.series] == ["single"] * 3


def test_every_folder_that_was_made_has_a_test() -> None:
    folders = {place.name for place in fixtures("dicom", "made").iterdir() if place.is_dir()}
    assert len(folders) == 21
    alone = {
        "series_uid_per_slice", "two_echoes_same_instance", "mixed_shapes", "cine", "enhanced_two_stacks", "sniff",
    }  # fmt: skip
    assert folders == {*CASES, *alone}


def test_of_one_object_in_three_files_the_whole_one_is_used() -> None:
    result = made("sniff")
    assert (result.orders, result.only["flags"]) == ([["no_extension"]], ["uid_conflict"])
    assert result.roles("partial") == ["no_preamble.img", "truncated.dcm"]


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
