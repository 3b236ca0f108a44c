"""The rule ``dicom``, on images made here."""

import math
import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ComprehensiveSRStorage

from labelport.privacy import series_id
from tests.labelport.probing.dicom_files import AXIAL, CLIP, SAGITTAL, data_set, enhanced, saved, structures
from tests.labelport.series.dicom_groups import grouped, media, series_of

STILL = "1.2.840.10008.5.1.4.1.1.6.1"


def stack(places: Sequence[float], *, start: int = 1, iop: Sequence[float] = AXIAL) -> list[Dataset]:
    """Return slices at some places in millimetres."""
    return [data_set(start + n, at=(0, 0, place), iop=iop) for n, place in enumerate(places)]


def test_slices_are_ordered_by_where_they_lie() -> None:
    made = series_of(stack([9, 0, 6, 3]))
    assert made.orders == [["1", "3", "2", "0"]]
    assert (made.only["kind"], made.only["order_basis"], made.only["items"]) == ("stack", "ipp", 4)
    assert (made.only["width"], made.only["height"]) == (6, 4)
    assert [row["position_mm"] for row in made.items] == [0, 3, 6, 9]
    assert dict(made.only["attributes"])["spacing_mm"] == "3"


def test_two_studies_are_two_groups_and_no_study_is_a_folder() -> None:
    named = {
        "a/1": data_set(1),
        "b/1": data_set(2, StudyInstanceUID="2.25.77"),
        "c/d/1": data_set(3, StudyInstanceUID=None),
    }
    made = series_of(named)
    assert sorted(series["group_key"] for series in made.series) == ["2.25.2", "2.25.77", "folder:c/d/"]
    assert [series["flags"] for series in made.series if series["parent_id"] is None] == [["no_study_uid"]]


def test_no_series_uid_is_a_series_a_folder() -> None:
    images = {f"{folder}/{n}": data_set(n, at=(0, 0, n), SeriesInstanceUID=None) for folder, n in [("a", 1), ("a", 2)]}
    other = {"b/3": data_set(3, at=(0, 0, 3), SeriesInstanceUID=None)}
    made = series_of(images | other)
    assert made.orders == [["a/1", "a/2"], ["b/3"]]
    assert all(series["flags"] == ["no_series_uid"] for series in made.series)


def test_shape_orientation_frame_of_reference_and_image_type_split() -> None:
    sagittal = [data_set(10 + n, at=(-n, 0, 0), iop=SAGITTAL) for n in range(2)]
    images = {
        **{f"plain{n}": image for n, image in enumerate(stack([0, 1]))},
        **{f"sagittal{n}": image for n, image in enumerate(sagittal)},
        **{f"tall{n}": data_set(20 + n, at=(0, 0, n), Rows=8) for n in range(2)},
        **{f"other{n}": data_set(30 + n, at=(0, 0, n), FrameOfReferenceUID="2.25.5") for n in range(2)},
        **{f"type{n}": data_set(40 + n, at=(0, 0, n), ImageType=["DERIVED", "PRIMARY", "MIP"]) for n in range(2)},
        **{f"wide{n}": data_set(50 + n, at=(0, 0, n), PixelSpacing=[2, 2]) for n in range(2)},
    }
    made = series_of(images)
    assert sorted(made.orders) == [
        [f"{name}0", f"{name}1"] for name in ["other", "plain", "sagittal", "tall", "type", "wide"]
    ]
    assert len({series["series_id"] for series in made.series}) == 6


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"SamplesPerPixel": 1}, {"SamplesPerPixel": 3}, False),
        ({"PhotometricInterpretation": "MONOCHROME1"}, {}, False),
        ({"BitsAllocated": 16}, {}, False),
        ({"PixelRepresentation": 1}, {}, False),
        ({"Columns": 7}, {}, False),
        ({"FrameOfReferenceUID": None}, {}, False),
        ({"PixelSpacing": [1.0003, 1]}, {}, False),
        ({"PixelSpacing": [1.00005, 1]}, {}, True),
        ({"PixelSpacing": None}, {}, False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "X"]}, {}, True),
        ({"ImageType": ["ORIGINAL", "SECONDARY", "AXIAL"]}, {}, False),
        ({"ImagePositionPatient": None}, {}, False),
        ({"ImageOrientationPatient": [0.99996, 0.009, 0, -0.009, 0.99996, 0]}, {}, True),  # 0.5 degrees
        ({"ImageOrientationPatient": [0.9998, 0.02, 0, -0.02, 0.9998, 0]}, {}, False),  # 1.1 degrees
    ],
)
def test_what_splits_images_hard(one: dict[str, Any], other: dict[str, Any], together: bool) -> None:
    made = series_of([data_set(1, **one), data_set(2, at=(0, 0, 1)), data_set(3, at=(0, 0, 2), **other)])
    kinds = {series["kind"] for series in made.series}
    assert (kinds == {"stack"} and len(made.series) == 1) == together


@pytest.mark.parametrize(
    ("places", "levels"),
    [
        ([0, 0.0009, 1, 2], 3),  # a thousandth of a millimetre
        ([0, 0.04, 5, 10], 3),  # a hundredth of the distance
        ([0, 0.06, 5, 10], 4),
    ],
)
def test_places_that_differ_by_next_to_nothing_are_one(places: list[float], levels: int) -> None:
    made = series_of([data_set(n + 1, at=(0, 0, place)) for n, place in enumerate(places)])
    assert made.only["items"] == levels


@pytest.mark.parametrize(
    ("places", "flags"),
    [
        ([0, 1, 2.009, 3], []),  # a hundredth of a millimetre
        ([0, 1, 2.02, 3], ["irregular"]),
        ([0, 5, 10.04, 15], []),  # a hundredth of the distance
        ([0, 5, 10.06, 15], ["irregular"]),
        ([0, 2, 4, 6, 10], ["missing_slices"]),
        ([0, 2, 4, 6, 9], ["irregular"]),  # 1.5 distances are no whole number of them
        ([0, 2, 4, 6, 10, 12.5], ["irregular", "missing_slices"]),
    ],
)
def test_even_enough_and_uneven(places: list[float], flags: list[str]) -> None:
    assert series_of([data_set(n + 1, at=(0, 0, place)) for n, place in enumerate(places)]).only["flags"] == flags


@pytest.mark.parametrize(
    ("iop", "step", "direction"),
    [
        (AXIAL, (0, 0, 1), "I>S"),
        ((1, 0, 0, 0, -1, 0), (0, 0, -1), "S>I"),
        (SAGITTAL, (-1, 0, 0), "L>R"),
        ((1, 0, 0, 0, 0, -1), (0, 1, 0), "A>P"),
    ],
)
def test_a_direction_is_that_of_the_patient(iop: Sequence[float], step: Sequence[float], direction: str) -> None:
    made = series_of([data_set(n + 1, at=[n * each for each in step], iop=iop) for n in range(3)])
    assert (made.orders, dict(made.only["attributes"])["direction"]) == ([["0", "1", "2"]], direction)


def test_a_lone_image_beside_a_stack_is_an_orphan_and_a_localizer_says_so_itself() -> None:
    scout = data_set(50, iop=SAGITTAL, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    made = series_of([*stack([0, 1, 2]), data_set(60, at=None), scout])
    flags = {tuple(made.of(series)): series["flags"] for series in made.series}
    assert flags == {("0", "1", "2"): [], ("3",): ["orphan"], ("4",): ["localizer"]}


def test_missing_slices_are_numbered_and_uneven_ones_are_irregular() -> None:
    missing = series_of(stack([0, 2, 4, 10, 12, 14, 16]))
    assert (missing.only["flags"], missing.findings[0].value) == (["missing_slices"], "3-4")
    assert missing.findings[0].series_id == missing.only["series_id"]
    uneven = series_of(stack([0, 2, 4, 7, 9]))
    assert (uneven.only["flags"], uneven.codes) == (["irregular"], ["series.irregular"])


def test_a_tilted_stack_is_ordered_along_its_normal_and_flagged() -> None:
    lean = math.tan(math.radians(10))
    made = series_of([data_set(n + 1, at=(0, 3 * n * lean, 3 * n)) for n in (2, 0, 1)])
    assert made.orders == [["1", "2", "0"]]
    assert made.only["flags"] == ["tilt"]
    assert dict(made.only["attributes"])["tilt_deg"] == "10.0"


def test_time_is_one_series_and_echoes_are_several() -> None:
    images = {
        f"t{time}e{echo}z{place}": data_set(
            100 + 12 * time + 4 * echo + place,
            at=(0, 0, place),
            TemporalPositionIdentifier=time + 1,
            EchoTime=5 + 3 * echo,
        )
        for time in range(3)
        for echo in range(2)
        for place in range(2)
    }
    made = series_of(images)
    assert made.orders == [[f"t{time}e{echo}z{place}" for time in range(3) for place in range(2)] for echo in range(2)]
    assert {series["kind"] for series in made.series} == {"volume4d"}
    for series in made.series:
        rows = [row for row in made.items if row["series_id"] == series["series_id"]]
        assert [row["time_index"] for row in rows] == [0, 0, 1, 1, 2, 2]


def test_one_slice_taken_twice_leaves_a_whole_volume() -> None:
    made = series_of([*stack([0, 1, 2]), data_set(9, at=(0, 0, 1))])
    assert made.orders == [["0", "1", "2"]]
    assert (made.only["flags"], made.roles("partial")) == (["incomplete"], ["3"])
    assert made.codes == ["series.incomplete"]


def test_copies_are_one_instance_and_other_content_is_a_conflict() -> None:
    images = {f"a{n}": saved(image) for n, image in enumerate(stack([0, 1, 2]))}
    changed = saved(data_set(2, at=(0, 0, 1), WindowCenter=40))
    made = grouped(media({**images, "copy/a0": images["a0"], "z": changed}))
    assert made.orders == [["a0", "a1", "a2"]]
    assert (made.roles("duplicate"), made.roles("partial")) == (["copy/a0"], ["z"])
    assert (made.only["flags"], made.only["items"]) == (["copies_by_sample", "uid_conflict"], 3)
    (copy,) = [row for row in made.items if row["role"] == "duplicate"]
    assert copy["of_index"] == 0


def test_different_checksums_are_different_contents_though_all_that_was_read_is_equal() -> None:
    content = saved(data_set(1))
    rows = media({"a": content, "b": content}, tokens={"a": "0" * 32, "b": "1" * 32})
    assert grouped(rows).roles("partial") == ["b"]
    rows = media({"a": content, "b": content}, tokens={"a": "0" * 32, "b": "0" * 32})
    assert (grouped(rows).roles("duplicate"), grouped(rows).only["flags"]) == (["b"], [])


def test_that_two_objects_are_copies_is_a_guess_where_no_checksum_says_so() -> None:
    content = saved(data_set(1))
    made = grouped(media({"a": content, "b": content}, tokens={"a": "Tuesday", "b": "Wednesday"}))
    assert (made.roles("duplicate"), made.only["flags"]) == (["b"], ["copies_by_sample"])


def test_without_places_instance_number_orders_then_location_then_the_name() -> None:
    numbered = series_of({name: data_set(n, at=None) for n, name in [(3, "a"), (1, "b"), (2, "c")]})
    assert (numbered.orders, numbered.only["order_basis"]) == ([["b", "c", "a"]], "instance")
    located = series_of({f"f{n}": data_set(n, at=None, InstanceNumber=1, SliceLocation=-n) for n in (1, 2, 10)})
    assert (located.orders, located.only["order_basis"]) == ([["f10", "f2", "f1"]], "location")
    named = series_of({f"f{n}": data_set(n, at=None, InstanceNumber=None) for n in (10, 9, 1)})
    assert (named.orders, named.only["order_basis"]) == ([["f1", "f9", "f10"]], "natural")
    assert named.only["flags"] == ["no_geometry"]


def test_a_clip_and_a_projection_are_series_by_themselves() -> None:
    clips = {f"c{n}": data_set(n, at=None, sop_class=CLIP, frames=3, FrameTime=20) for n in (1, 2)}
    views = {f"v{n}": data_set(n, at=None, sop_class="1.2.840.10008.5.1.4.1.1.1.1") for n in (3, 4)}
    made = series_of(clips | views)
    assert made.orders == [["c1"], ["c2"], ["v3"], ["v4"]]
    assert sorted(series["kind"] for series in made.series) == ["cine", "cine", "single", "single"]
    assert len({series["series_id"] for series in made.series}) == 4


def test_frames_that_stand_in_order_are_one_item_and_others_are_items_of_their_own() -> None:
    in_order = series_of([enhanced(1, [("1", place, AXIAL) for place in range(4)])])
    assert (in_order.orders, in_order.only["dims"]) == ([["0"]], [{"name": "slice", "size": 4}])
    shuffled = series_of([enhanced(1, [("1", place, AXIAL) for place in (2, 0, 1)])])
    assert (shuffled.orders, shuffled.only["items"]) == ([["0#1", "0#2", "0#0"]], 3)
    two = series_of([enhanced(1, [("1", 0, AXIAL), ("2", 0, SAGITTAL), ("1", 1, AXIAL), ("2", 1, SAGITTAL)])])
    assert two.orders == [["0#0", "0#2"], ["0#1", "0#3"]]


def test_a_structure_set_stands_with_the_series_that_it_refers_to() -> None:
    made = series_of({**{str(n): image for n, image in enumerate(stack([0, 1]))}, "rt": structures("2.25.3")})
    assert (made.of(made.only, "label"), made.only["items"], made.codes) == (["rt"], 2, [])
    by_reference = series_of({"0": data_set(1), "rt": structures(None)})
    assert by_reference.of(by_reference.only, "label") == ["rt"]
    absent = series_of({"0": data_set(1), "rt": structures("2.25.31", reference="2.25.41")})
    assert (absent.roles("label"), absent.codes) == ([], ["series.link_absent"])


def test_an_object_that_names_several_series_stands_with_each_that_is_here() -> None:
    images = {
        **{f"a{n}": data_set(n + 1, at=(0, 0, n)) for n in range(2)},
        **{f"b{n}": data_set(n + 11, at=(0, 0, n), SeriesInstanceUID="2.25.33") for n in range(2)},
        **{f"c{n}": data_set(n + 21, at=(0, 0, n), SeriesInstanceUID="2.25.34") for n in range(2)},
    }
    made = series_of({**images, "report": report("2.25.3", "2.25.99", "2.25.33")})
    labelled = {tuple(made.of(series)): made.of(series, "label") for series in made.series}
    assert labelled == {("a0", "a1"): ["report"], ("b0", "b1"): ["report"], ("c0", "c1"): []}
    assert made.codes == []
    absent = series_of({**images, "report": report("2.25.98", "2.25.99")})
    assert (absent.roles("label"), absent.codes) == ([], ["series.link_absent"])


def test_a_named_series_of_nothing_but_localizers_is_linked_too() -> None:
    scout = data_set(1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], SeriesInstanceUID="2.25.33")
    named = {"scout": scout, "0": data_set(2), "1": data_set(3, at=(0, 0, 1)), "report": report("2.25.33")}
    made = series_of(named)
    assert [made.of(series) for series in made.series if made.of(series, "label")] == [["scout"]]


def report(*uids: str) -> Dataset:
    """Return a report whose evidence is images of some series."""
    made = structures(None, number=901, reference="2.25.41")
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = ComprehensiveSRStorage
    study, items = Dataset(), []
    for uid in uids:
        one = Dataset()
        one.SeriesInstanceUID = uid
        items.append(one)
    study.ReferencedSeriesSequence = Items(items)
    made.CurrentRequestedProcedureEvidenceSequence = Items([study])
    return made


def test_three_planes_at_right_angles_are_orphans_and_planes_that_turn_are_not() -> None:
    coronal = (1, 0, 0, 0, 0, -1)
    crossing = series_of([data_set(1), data_set(2, iop=SAGITTAL), data_set(3, iop=coronal)])
    assert [series["flags"] for series in crossing.series] == [["orphan"]] * 3
    turning = [data_set(n, iop=(math.cos(n), math.sin(n), 0, 0, 0, -1)) for n in (1, 2, 3)]
    assert [series["flags"] for series in series_of(turning).series] == [[]] * 3


def test_a_gantry_tilt_is_shown_and_compared_and_never_believed() -> None:
    lean = math.tan(math.radians(10))
    leaning = [data_set(n + 1, at=(0, 3 * n * lean, 3 * n), GantryDetectorTilt=-10.2) for n in range(3)]
    agrees, upright = series_of(leaning), series_of([data_set(n, at=(0, 0, n), GantryDetectorTilt=15) for n in (1, 2)])
    assert (agrees.only["flags"], dict(agrees.only["attributes"])["gantry_tilt_deg"]) == (["tilt"], "-10.2")
    assert (upright.only["flags"], dict(upright.only["attributes"])["gantry_tilt_deg"]) == (
        ["gantry_tilt_differs"],
        "15",
    )
    silent = series_of([data_set(n + 1, at=(0, 3 * n * lean, 3 * n), GantryDetectorTilt=0) for n in range(3)])
    assert silent.only["flags"] == ["gantry_tilt_differs", "tilt"]


@pytest.mark.parametrize(
    ("tags", "differs"),
    [
        ({"SliceThickness": 3}, False),
        ({"SliceThickness": 5}, True),
        ({"SliceThickness": 5, "SpacingBetweenSlices": 3}, False),
        ({"SliceThickness": 3, "SpacingBetweenSlices": 6}, True),
        ({"SpacingBetweenSlices": -3}, False),
        ({}, False),
    ],
)
def test_thickness_and_spacing_place_no_slice_and_are_compared(tags: dict[str, Any], differs: bool) -> None:
    made = series_of([data_set(n + 1, at=(0, 0, 3 * n), **tags) for n in range(3)])
    assert made.only["flags"] == (["thickness_differs"] if differs else [])
    assert [row["position_mm"] for row in made.items] == [0, 3, 6]


def test_parts_of_a_concatenation_that_are_absent_or_here_twice_are_said() -> None:
    def part(number: int, place: int, uid: int) -> Dataset:
        return enhanced(uid, [("1", place, AXIAL), ("1", place + 1, AXIAL)],
                        ConcatenationUID="2.25.70", InConcatenationNumber=number)  # fmt: skip

    whole = series_of({"b": part(2, 2, 11), "a": part(1, 0, 12)})
    assert (whole.orders, whole.only["flags"]) == ([["a", "b"]], [])
    gap = series_of({"c": part(4, 6, 11), "a": part(1, 0, 12)})
    assert (gap.only["flags"], [found.value for found in gap.findings]) == (
        ["incomplete", "missing_slices"],
        ["2-5", "2-3"],
    )
    twice = series_of({"a": part(1, 0, 11), "b": part(2, 2, 12), "late": part(2, 2, 13)})
    assert (twice.orders, twice.only["flags"], twice.roles("partial")) == ([["a", "b"]], ["duplicate_parts"], ["late"])
    assert twice.codes == ["series.concatenation"]
    assert whole.only["series_id"] == gap.only["series_id"] == twice.only["series_id"]


def test_the_last_part_of_a_concatenation_is_missed_where_its_parts_say_how_many_there_are() -> None:
    def part(number: int, total: int) -> Dataset:
        return enhanced(number, [("1", number, AXIAL)], ConcatenationUID="2.25.70", InConcatenationNumber=number,
                        InConcatenationTotalNumber=total)  # fmt: skip

    made = series_of([part(1, 4), part(2, 4)])
    assert (made.only["flags"], [found.value for found in made.findings]) == (["incomplete"], ["3-4"])
    assert series_of([part(1, 2), part(2, 2)]).only["flags"] == []


def test_no_frame_is_lost_where_the_list_of_frames_is_of_another_length() -> None:
    for said in (2, 5):
        made = enhanced(1, [("1", place, AXIAL) for place in (2, 0, 1)])
        made.NumberOfFrames = said
        only = series_of([made]).only
        assert (only["kind"], only["dims"]) == ("single", [{"name": "frame", "size": said}])
        assert "per_frame_differs" in only["flags"]


def test_a_clip_of_another_number_of_times_than_frames_says_so() -> None:
    clip = data_set(1, at=None, sop_class=CLIP, frames=4, FrameTimeVector=[0, 30, 50])
    assert series_of([clip]).only["flags"] == ["frame_times_differ", "variable_frame_time"]
    whole = data_set(1, at=None, sop_class=CLIP, frames=4, FrameTimeVector=[0, 30, 50, 40])
    assert series_of([whole]).only["flags"] == ["variable_frame_time"]


def test_several_regions_of_an_ultrasound_image_have_no_single_pixel_spacing() -> None:
    def still(count: int) -> Dataset:
        regions = Items([Dataset() for _ in range(count)])
        return data_set(1, at=None, sop_class=STILL, PixelSpacing=[0.3, 0.3], SequenceOfUltrasoundRegions=regions)

    assert dict(series_of([still(1)]).only["attributes"])["pixel_spacing_mm"] == "0.3 0.3"
    assert "pixel_spacing_mm" not in dict(series_of([still(2)]).only["attributes"])


def test_frames_of_an_ultrasound_volume_are_a_stack() -> None:
    made = enhanced(1, [("1", place, AXIAL) for place in (1, 0)])
    for frame in made.PerFrameFunctionalGroupsSequence:
        position, orientation = Dataset(), Dataset()
        position.ImagePositionVolume = [float(each) for each in frame.PlanePositionSequence[0].ImagePositionPatient]
        orientation.ImageOrientationVolume = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        frame.PlanePositionVolumeSequence, frame.PlaneOrientationVolumeSequence = (
            Items([position]),
            Items([orientation]),
        )
        del frame.PlanePositionSequence, frame.PlaneOrientationSequence
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.2"
    assert series_of([made]).orders == [["0#1", "0#0"]]


def test_the_ids_of_series_do_not_depend_on_their_members() -> None:
    whole, grown = stack([0, 1, 2, 3]), [*stack([0, 1, 2, 3]), data_set(500, at=(0, 0, 4)), *stack([0, 1], start=50)]
    before = series_of(whole).only["series_id"]
    assert before in {series["series_id"] for series in series_of(grown).series}
    assert before == series_of(whole[1:]).only["series_id"]


def test_the_part_of_an_id_is_what_tells_stacks_apart() -> None:
    made = series_of(stack([0, 1]))
    part = '["2.25.3",4,6,1,"MONOCHROME2",8,0,"2.25.4",["ORIGINAL","PRIMARY","AXIAL"],null,[1.0,0.0,0.0,0.0,1.0,0.0],[1.0,1.0]]'
    assert made.only["series_id"] == series_id(dataset="d", rule="dicom", group_key="2.25.2", part=part)


def test_under_a_key_no_identifier_of_the_files_is_left() -> None:
    rows = media({str(n): saved(image) for n, image in enumerate(stack([0, 1, 2]))}, hmac_key=b"secret")
    made = grouped(rows, hmac_key=b"secret")
    assert made.orders == [["0", "1", "2"]]
    assert "2.25.2" not in {made.only["group_key"], made.only["parent_id"]}
    assert made.only["group_key"].startswith("2.25.")
    assert len(made.only["group_key"]) > 20


def test_doses_plans_and_files_of_other_kinds_are_left_to_other_rules() -> None:
    dose = data_set(1, sop_class="1.2.840.10008.5.1.4.1.1.481.2")
    rows = media({"dose": saved(dose), "text": b"no image at all, but a text of some length"})
    made = grouped(rows)
    assert made.series == []


def test_a_truncated_member_makes_a_series_damaged() -> None:
    images = [saved(image) for image in stack([0, 1])]
    made = grouped(media({"0": images[0], "1": images[1][:-4]}))
    assert (made.orders, made.only["flags"]) == ([["0", "1"]], ["damaged"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30))
def test_the_order_in_which_rows_come_says_nothing(seed: int) -> None:
    shuffle = random.Random(seed)
    rows = MIXED
    places = list(range(rows.num_rows))
    shuffle.shuffle(places)
    one, other = grouped(rows), grouped(rows.take(pa.array(places)))
    assert (one.series, one.items) == (other.series, other.items)


MIXED = media(
    {
        **{f"a{n}": saved(image) for n, image in enumerate(stack([3, 0, 1, 2]))},
        **{f"b{n}": saved(data_set(20 + n, at=(0, 0, n % 2), EchoTime=n // 2)) for n in range(4)},
        **{f"c{n}": saved(data_set(30 + n, at=None, SeriesInstanceUID="2.25.8")) for n in range(3)},
        "copy": saved(data_set(1, at=(0, 0, 3))),
        "e": saved(enhanced(40, [("1", 1, AXIAL), ("1", 0, AXIAL)])),
        "rt": saved(structures("2.25.3")),
    }
)
