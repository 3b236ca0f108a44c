"""What tells images at one place apart: the ladder of tags, times past midnight, dimension indices, ranks."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pytest

from labelport.series.dicom.dimensions import LADDER
from labelport.tables import MEDIA
from tests.labelport.series.dicom_groups import Made, grouped
from tests.labelport.series.dicom_rows import dicom_row, enhanced_row, frame
from tests.labelport.series.made import Row


def made_of(rows: Iterable[Row]) -> Made:
    return grouped(pa.Table.from_pylist(list(rows), schema=MEDIA.schema))


def over_time(values: Mapping[str, Iterable[Any]], **more: Iterable[Any]) -> Made:
    """Return what is made of a volume of two slices a time; ``values``: a tag and its value at each time."""
    ((tag, each),) = values.items()
    rows: list[Row] = []
    for time, value in enumerate(each):
        for z in range(2):
            others = {name: list(column)[time] for name, column in more.items()}
            rows.append(dicom_row(f"t{time}z{z}", f"2.25.1.{len(rows)}", at=(0, 0, z), **{tag: value}, **others))
    return made_of(rows)


def times(made: Made) -> list[int]:
    """Return the times of a series as they were named, in the order of their volumes."""
    return [int(key[1]) for key in made.of(made.only) if key.endswith("z0")]


TIMES = {
    "temporal_position": (3, 1, 2),
    "ti": (300.0, 100.0, 200.0),
    "trigger_time": (80.0, 0.0, 40.0),
    "cardiac_phase_percent": (75.0, 0.0, 50.0),
    "frame_reference_time": (3e3, 1e3, 2e3),
    "acquisition_number": (3, 1, 2),
    "acquisition_time_s": (30.0, 10.0, 20.0),
    "content_time_s": (30.0, 10.0, 20.0),
    "b_vector": ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.5, 0.5]),
}
VOLUMES = {
    "te": ((7.38, 4.92), ["EchoTime=4.92", "EchoTime=7.38"]),
    "echo_number": ((2, 1), ["EchoNumbers=1", "EchoNumbers=2"]),
    "b_value": ((1000.0, 0.0), ["b=0", "b=1000"]),
    "complex_component": (("PHASE", "MAGNITUDE"), ["magnitude", "phase"]),
}


def test_every_tag_of_the_ladder_has_a_test() -> None:
    assert {facet.name for facet in LADDER if not facet.splits} == set(TIMES)
    assert {facet.name for facet in LADDER if facet.splits} == set(VOLUMES)


@pytest.mark.parametrize("tag", TIMES)
def test_a_tag_that_has_the_same_values_at_every_place_is_time(tag: str) -> None:
    made = over_time({tag: TIMES[tag]})
    assert (made.only["kind"], made.only["dims"]) == (
        "volume4d",
        [{"name": "slice", "size": 2}, {"name": "time", "size": 3}],
    )
    assert times(made) == [1, 2, 0]


@pytest.mark.parametrize("tag", VOLUMES)
def test_a_tag_that_is_another_contrast_makes_volumes_of_their_own(tag: str) -> None:
    values, channels = VOLUMES[tag]
    made = over_time({tag: values})
    assert sorted({row["channel"] for row in made.items}) == channels
    assert [series["kind"] for series in made.series] == ["stack", "stack"]


def test_gradients_are_points_of_the_volume_of_their_b_value() -> None:
    made = over_time({"b_value": (0.0, 700.0, 700.0)}, b_vector=(None, [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]))
    assert made.orders == [["t0z0", "t0z1"], ["t1z0", "t1z1", "t2z0", "t2z1"]]


def test_with_no_tag_the_rank_of_the_instance_number_is_time() -> None:
    assert times(over_time({"instance_number": (5, 9, 1)})) == [2, 0, 1]


LATE = (86_390.0, 10.0, 30.0, 50.0)


@pytest.mark.parametrize("tag", ["acquisition_time_s", "content_time_s"])
def test_times_of_the_day_that_run_past_midnight_are_in_order_and_the_guess_is_said(tag: str) -> None:
    made = over_time({tag: LATE})
    assert times(made) == [0, 1, 2, 3]
    assert (made.only["flags"], made.codes) == (["past_midnight"], ["series.past_midnight"])
    agreeing = over_time({tag: LATE}, instance_number=(1, 2, 3, 4))
    assert (times(agreeing), agreeing.only["flags"]) == ([0, 1, 2, 3], ["past_midnight"])


def test_a_long_pause_is_no_midnight_where_instance_numbers_say_so() -> None:
    made = over_time({"acquisition_time_s": (82_000.0, 28_000.0, 28_060.0)}, instance_number=(3, 1, 2))
    assert (times(made), made.only["flags"], made.codes) == ([1, 2, 0], [], [])


def test_times_less_than_half_a_day_apart_stand_as_they_are() -> None:
    made = over_time({"acquisition_time_s": (60_000.0, 20_000.0)}, instance_number=(1, 2))
    assert (times(made), made.only["flags"]) == ([1, 0], [])


def test_images_without_places_run_past_midnight_too() -> None:
    rows = [
        dicom_row(f"k{n}", f"2.25.1.{n}", at=None, acquisition_time_s=time)
        for n, time in enumerate((20.0, 86_390.0, 10.0))
    ]
    made = made_of(rows)
    assert (made.orders, made.only["order_basis"]) == ([["k1", "k2", "k0"]], "time")
    assert (made.only["flags"], made.codes) == (
        ["no_geometry", "past_midnight"],
        ["series.no_geometry", "series.past_midnight"],
    )


def frames_made(planes: Iterable[Mapping[str, Any]]) -> Made:
    return made_of([enhanced_row("e", "2.25.1.1", list(planes))])


@pytest.mark.parametrize("tag", [tag for tag in TIMES if tag not in ("frame_reference_time", "content_time_s")])
def test_frames_are_told_apart_by_the_same_tags(tag: str) -> None:
    made = frames_made(frame((0, 0, z), **{tag: value}) for z in range(2) for value in TIMES[tag])
    assert made.orders == [["e#1", "e#4", "e#2", "e#5", "e#0", "e#3"]]
    assert [row["time_index"] for row in made.items] == [0, 0, 1, 1, 2, 2]


def test_where_no_tag_tells_frames_apart_their_dimension_indices_do() -> None:
    indices = [(2, 1), (1, 1), (2, 2), (1, 2)]  # time, place
    made = frames_made(frame((0, 0, index[1]), dimension_index=list(index)) for index in indices)
    assert made.orders == [["e#1", "e#3", "e#0", "e#2"]]
    ranked = frames_made(frame((0, 0, index[1])) for index in indices)
    assert ranked.orders == [["e#0", "e#2", "e#1", "e#3"]]


def test_two_dimensions_beside_the_place_are_counted_in_their_order() -> None:
    indices = [(1, z, a, b) for z in (1, 2) for b in (1, 2) for a in (1, 2)]
    made = frames_made(frame((0, 0, index[1]), dimension_index=list(index)) for index in indices)
    assert made.orders == [["e#0", "e#4", "e#2", "e#6", "e#1", "e#5", "e#3", "e#7"]]


def test_indices_that_are_not_the_same_at_every_place_tell_nothing() -> None:
    indices = [(1, 1), (2, 1), (3, 2), (4, 2)]
    made = frames_made(frame((0, 0, index[1]), dimension_index=list(index)) for index in indices)
    assert made.orders == [["e#0", "e#2", "e#1", "e#3"]]


def test_a_place_that_lacks_a_time_leaves_the_whole_times_and_lists_the_rest() -> None:
    rows = [
        dicom_row(f"t{time}z{z}", f"2.25.1.{time}{z}", at=(0, 0, z), temporal_position=time)
        for time in range(3)
        for z in range(3)
        if (time, z) != (1, 2)
    ]
    made = made_of(rows)
    assert made.orders == [["t0z0", "t0z1", "t0z2", "t2z0", "t2z1", "t2z2"]]
    assert (made.only["flags"], made.of(made.only, "partial")) == (["incomplete"], ["t1z0", "t1z1"])
