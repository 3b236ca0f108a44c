"""Headers that are made to break what measures them, and series of odd shapes at scale."""

import math
import random
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.series.contract import RuleContext
from labelport.series.dicom.geometry import number_list, spacing_of
from labelport.series.dicom.instances import Slice, instances_of, slices_of
from labelport.series.dicom.stacks import has_geometry, same_plane, stacks_of
from labelport.series.dicom.study import Study, built_study
from labelport.tables import MEDIA
from tests.labelport.series.dicom_groups import Made, grouped
from tests.labelport.series.dicom_rows import AXIAL, SEGMENTS, SERIES, STUDY, dicom_row, enhanced_row, frame
from tests.labelport.series.made import Row


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=MEDIA.schema)


def made_of(*tags: dict[str, Any]) -> Made:
    return grouped(table([dicom_row(f"k{n}", f"2.25.1.{n}", **each) for n, each in enumerate(tags)]))


def test_a_gap_of_a_million_kilometres_is_one_run_of_missing_slices() -> None:
    spacing = spacing_of([0.0, 1.0, 2.0, 1e9])
    assert spacing is not None
    assert (spacing.missing, spacing.missing_count) == (((3, 999_999_997),), 999_999_997)
    made = made_of(*({"at": (0, 0, z)} for z in (0, 1, 2, 1e9)))
    assert [found.value for found in made.findings] == ["3-52 … (999,999,997 in all)"]


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        ([], ""),
        ([(3, 1)], "3"),
        ([(3, 3), (9, 1)], "3-5, 9"),
        ([(1, 50)], "1-50"),
        ([(1, 51)], "1-50 … (51 in all)"),
        ([(1, 49), (60, 3)], "1-49, 60 … (52 in all)"),
        ([(n * 2, 1) for n in range(52)], ", ".join(str(n * 2) for n in range(50)) + " … (52 in all)"),
    ],
)
def test_a_list_of_numbers_is_bounded_and_says_how_many_there_are(runs: list[tuple[int, int]], shown: str) -> None:
    assert number_list(runs) == shown


@pytest.mark.parametrize(
    "tags",
    [
        {"at": (0, 0, 1e308)},
        {"at": (-1e308, 1e308, 1e308)},
        {"iop": (0.0,) * 6},
        {"iop": (1.0, 0, 0, 1, 0, 0)},
        {"iop": (1e308, 0, 0, 0, 1e308, 0)},
        {"iop": (1e-170, 0, 0, 0, 1e6, 0)},
        {"iop": (1e-300, 0, 0, 0, 1e-300, 0)},
    ],
)
def test_a_place_or_direction_that_is_none_is_no_geometry(tags: dict[str, Any]) -> None:
    made = made_of({**tags, "instance_number": 2}, {**tags, "instance_number": 1})
    assert (made.orders, made.only["order_basis"]) == ([["k1", "k0"]], "instance")
    assert made.only["flags"] == ["no_geometry"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3),
            st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 6),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_numbers_make_series_and_every_image_is_in_one(headers: list[Any]) -> None:
    made = made_of(
        *({"at": at, "iop": iop, "pixel_spacing": [one, 1.0], "slice_location": one} for at, iop, one in headers)
    )
    assert sorted(row["key"] for row in made.items) == sorted(f"k{n}" for n in range(len(headers)))
    for row in made.items:
        assert row["position_mm"] is None or math.isfinite(row["position_mm"])


def compared_one_by_one(planes: list[Slice]) -> list[list[Slice]]:
    """Return the stacks of planes of one key as the rule says it: each with the first whose first member it equals."""
    stacks: list[list[Slice]] = []
    for plane in sorted(planes, key=lambda one: one.instance.order):
        for stack in stacks:
            if same_plane(stack[0], plane):
                stack.append(plane)
                break
        else:
            stacks.append([plane])
    return stacks


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1 << 30))
def test_few_comparisons_make_the_same_stacks_as_all_of_them(seed: int) -> None:
    rng = random.Random(seed)

    def turned() -> tuple[float, ...]:
        angle, lean = rng.gauss(0, 0.02) + rng.choice([0, 1.5, 3.1]), rng.gauss(0, 0.02)
        row = (math.cos(angle) * math.cos(lean), math.sin(angle) * math.cos(lean), math.sin(lean))
        column = (-math.sin(angle), math.cos(angle), 0.0)
        sign = rng.choice([1, -1, 0.5])
        return (*(value * sign for value in row), *column)

    rows = [
        dicom_row(
            f"k{n}", f"2.25.1.{n:03}", iop=turned(), pixel_spacing=[rng.choice([1, 1.00005, 1.00012, -1, 2]), 1.0]
        )
        for n in range(150)
    ]
    planes = [plane for instance in instances_of(table(rows)) for plane in slices_of(instance)]
    assert all(map(has_geometry, planes))
    assert stacks_of(planes) == compared_one_by_one(planes)


MANY = 5_000


def anywhere(number: int) -> tuple[float, ...]:
    rng = random.Random(number)
    a, b, c = (rng.gauss(0, 1) for _ in range(3))
    return (a, b, c, b, -a, 0.0)


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "one place": lambda n: {"at": (0, 0, 0)},
    "one place, an echo each": lambda n: {"at": (0, 0, 0), "te": float(n)},
    "one place, a time each": lambda n: {"at": (0, 0, 0), "temporal_position": n},
    "a time that half of the places lack": lambda n: {
        "at": (0, 0, max(n, 1) // 2),
        "acquisition_number": n if n % 2 else 0,
    },
    "echoes, uneven": lambda n: {"at": (0, 0, n % 7), "te": float(n)},
    "radial": lambda n: {"iop": (math.cos(n / MANY * 3), math.sin(n / MANY * 3), 0, 0, 0, 1)},
    "directions of their own": lambda n: {"iop": anywhere(n)},
    "spacings of their own": lambda n: {"at": (0, 0, n), "pixel_spacing": [1 + n / 100, 1.0]},
    "no place": lambda n: {"at": None, "instance_number": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_five_thousand_images_of_any_shape_are_grouped_in_seconds(shape: str) -> None:
    rows = table([dicom_row(f"k{n}", f"2.25.1.{n}", **SHAPES[shape](n)) for n in range(MANY)])
    begun = time.process_time()
    made = grouped(rows)
    assert time.process_time() - begun < 10  # about one; the pairs of all are 12 million comparisons
    assert len(made.items) == MANY


def test_what_takes_long_grows_no_faster_than_the_images() -> None:
    """Some of the images of the slow test, of those shapes that compare images with each other."""
    for shape in (
        "radial",
        "directions of their own",
        "one place, an echo each",
        "a time that half of the places lack",
    ):
        rows = table([dicom_row(f"k{n}", f"2.25.1.{n}", **SHAPES[shape](n)) for n in range(800)])
        begun = time.process_time()
        assert len(grouped(rows).items) == 800
        assert time.process_time() - begun < 3, shape


def test_a_billion_frames_are_one_item() -> None:
    planes = [frame((0, 0, z)) for z in range(3)]
    for row in (enhanced_row("e", "2.25.1.1", planes, frames=10**9), dicom_row("e", "2.25.1.1", frames=10**9)):
        made = grouped(table([row]))
        assert (made.orders, made.only["dims"]) == ([["e"]], [{"name": "frame", "size": 10**9}])


def test_many_frames_out_of_order_are_sorted_in_a_second() -> None:
    planes = [frame((0, 0, n % 50), temporal_position=n // 50) for n in range(5000)]
    random.Random(1).shuffle(planes)
    made = grouped(table([enhanced_row("e", "2.25.1.1", planes)]))
    assert (made.only["items"], made.only["dims"][0]["size"]) == (5000, 50)


def test_objects_of_the_greatest_matrix_are_grouped_like_others() -> None:
    made = made_of(*({"at": (0, 0, z), "rows": 65_535, "columns": 65_535} for z in range(2)))
    assert made.orders == [["k0", "k1"]]


def test_a_label_object_of_many_stacks_stands_with_each_once() -> None:
    rows = [dicom_row(f"k{n}", f"2.25.1.{n}", iop=anywhere(n)) for n in range(40)]
    label = dicom_row("seg", "2.25.8", at=None, sop_class=SEGMENTS, series_uid="2.25.88",
                      referenced_series_uids=[SERIES, SERIES, "2.25.99"])  # fmt: skip
    made = grouped(table([*rows, label]))
    assert len(made.roles("label")) == len(made.series) > 30


def test_the_sign_of_zero_and_the_length_of_a_direction_say_nothing() -> None:
    iops = (AXIAL, (1.0, -0.0, 0.0, -0.0, 1.0, 0.0), (0.5, 0.0, 0.0, 0.0, 2.0, 0.0))
    made = made_of(*({"at": (0, 0, z), "iop": iop} for z, iop in enumerate(iops)))
    assert made.orders == [["k0", "k1", "k2"]]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_plain_stacks_are_what_the_rule_for_all_stacks_makes_of_them(data: st.DataObject) -> None:
    step = data.draw(st.sampled_from([1.0, 3.0, 1e-4, 1e8, 1e9, 1e300, 1e-9]))
    length = data.draw(st.sampled_from([1.0, 0.5, 1e5, 1e7, 1e-5, 1e-7, 1e-170]))
    gantry = data.draw(st.sampled_from([None, 0.0, 15.0]))
    lean = data.draw(st.sampled_from([0.0, 0.3]))
    rows = [
        dicom_row(
            f"k{n}", f"2.25.1.{n}", at=(0, lean * step * place, step * place), slice_thickness=step,
            iop=[value * length for value in AXIAL], gantry_tilt=gantry,
            frame_of_reference_uid=data.draw(st.sampled_from(["2.25.4"] * 9 + ["2.25.5"])),
        )
        for n, place in enumerate(data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True)))
    ]  # fmt: skip
    members = table(rows)
    study = Study(STUDY, instances_of(members), (), members)
    one_by_one = built_study(study, RuleContext("d", None), merge_per_slice=False).in_rows()
    made = grouped(members)
    assert made.series == one_by_one.series
    assert [{**row, "notes": []} for row in made.items] == [{**row, "notes": []} for row in one_by_one.items]
    assert made.findings == list(one_by_one.findings)


FRAMES = st.builds(
    lambda z, values: frame(None if z is None else (0, 0, z), **values),
    st.sampled_from([0, 0, 1, 2, 3, None]),
    st.fixed_dictionaries(
        {},
        optional={
            "temporal_position": st.integers(1, 2),
            "te": st.sampled_from([1.0, 2.0]),
            "stack_id": st.sampled_from(["1", "2"]),
            "dimension_index": st.lists(st.integers(1, 3), min_size=1, max_size=3),
            "acquisition_time_s": st.sampled_from([10.0, 86_000.0]),
        },
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(FRAMES, min_size=1, max_size=6), min_size=1, max_size=3))
def test_no_frame_of_an_enhanced_object_is_lost_or_there_twice(objects: list[list[dict[str, Any]]]) -> None:
    made = grouped(table([enhanced_row(f"e{n}", f"2.25.1.{n}", planes) for n, planes in enumerate(objects)]))
    for number, planes in enumerate(objects):
        rows = [row["frame"] for row in made.items if row["key"] == f"e{number}"]
        assert rows == [None] or sorted(rows) == list(range(len(planes)))
