"""Judges are shapely (areas, centres inside) and pycocotools (its own rule)."""

import json
import time
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelport.geometry import rings
from labelport.geometry.rings import RingFault, area, bounds, filled, rasterise
from tests.needs import fixtures

SIZE = (13, 17)

numbers = st.floats(-6, 24, allow_nan=False, width=32) | st.integers(-12, 48).map(lambda n: n / 2)
any_ring = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9).map(
    lambda points: np.array(points, np.float64)
)


def square(x0: float, y0: float, x1: float, y1: float) -> Any:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def inside_by_hand(ring: Any, height: int, width: int) -> Any:
    """The even-odd rule of one pixel after the other, with exact fractions."""
    points = [(Fraction(x), Fraction(y)) for x, y in ring.tolist()]
    mask = np.zeros((height, width), np.uint8)
    for row in range(height):
        for column in range(width):
            x, y = column + Fraction(1, 2), row + Fraction(1, 2)
            odd = False
            for (xa, ya), (xb, yb) in zip(points, [*points[1:], points[0]], strict=True):
                if (ya <= y) != (yb <= y) and xa + (y - ya) * (xb - xa) / (yb - ya) <= x:
                    odd = not odd
            mask[row, column] = odd
    return mask


@given(any_ring)
@settings(deadline=None)
def test_the_area_is_that_of_shapely(ring: Any) -> None:
    assert area(ring) == pytest.approx(shapely.Polygon(ring).area, rel=1e-9, abs=1e-9)


def test_the_area_does_not_fade_far_from_the_origin() -> None:
    assert area(square(0, 0, 3, 2) + 1e9) == 6.0


def test_fewer_than_three_points_enclose_nothing() -> None:
    assert [area(np.zeros((n, 2))) for n in range(3)] == [0.0, 0.0, 0.0]
    assert not rasterise([np.array([[0, 0], [9, 9]])], 9, 9).any()
    assert not rasterise([np.array([[0, 0], [9, 9]])], 9, 9, rule="coco").any()
    assert bounds(np.zeros((0, 2))) == (0, 0, 0, 0)


@given(any_ring)
def test_bounds_are_those_of_shapely(ring: Any) -> None:
    assert bounds(ring) == shapely.Polygon(ring).bounds


@given(any_ring)
@settings(deadline=None, max_examples=60)
def test_a_pixel_is_inside_where_its_centre_is(ring: Any) -> None:
    mask, exact = rasterise([ring], *SIZE), inside_by_hand(ring, *SIZE)
    for row, column in np.argwhere(mask != exact):
        # Rounding may decide only where the centre lies on an edge as near as floats can tell.
        centre = shapely.Point(column + 0.5, row + 0.5)
        assert shapely.LinearRing(ring).distance(centre) < 1e-9


@given(any_ring)
@settings(deadline=None, max_examples=60)
def test_a_shape_that_shapely_holds_valid_has_its_centres(ring: Any) -> None:
    shape = shapely.Polygon(ring)
    if not shape.is_valid:
        return
    mask = rasterise([ring], *SIZE)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    centres = shapely.points(columns + 0.5, rows + 0.5)
    clear = shapely.distance(shape.exterior, centres) > 1e-9
    assert (mask.astype(bool) == shapely.contains(shape, centres))[clear].all()


@given(
    st.lists(st.integers(0, 34), min_size=2, max_size=6, unique=True),
    st.lists(st.integers(0, 26), min_size=2, max_size=6, unique=True),
)
@settings(deadline=None, max_examples=60)
def test_shapes_that_share_edges_share_no_pixel_and_leave_none(xs: list[int], ys: list[int]) -> None:
    xs, ys = sorted({0, *xs, 34}), sorted({0, *ys, 26})
    total = np.zeros(SIZE, np.uint8)
    for x0, x1 in pairwise(xs):
        for y0, y1 in pairwise(ys):
            a, b, c, d = square(x0 / 2, y0 / 2, x1 / 2, y1 / 2)
            total += rasterise([np.array([a, b, c])], *SIZE) + rasterise([np.array([d, a, c])], *SIZE)
    assert (total == 1).all()


@given(any_ring)
@settings(deadline=None, max_examples=60)
def test_neither_the_direction_nor_the_first_point_matters(ring: Any) -> None:
    mask = rasterise([ring], *SIZE)
    assert (mask == rasterise([ring[::-1]], *SIZE)).all()
    assert (mask == rasterise([np.roll(ring, 1, axis=0)], *SIZE)).all()
    assert (mask == rasterise([np.concatenate([ring, ring[:1]])], *SIZE)).all()


def test_rings_are_united_and_holes_taken_away() -> None:
    mask = rasterise([square(0, 0, 6, 6), square(4, 0, 8, 6)], 6, 9, holes=[square(1, 1, 5, 3)])
    expected = np.zeros((6, 9), np.uint8)
    expected[:, :8] = 1
    expected[1:3, 1:5] = 0
    assert (mask == expected).all()


def test_a_ring_that_crosses_itself_is_hollow_where_it_overlaps() -> None:
    twice = np.concatenate([square(0, 0, 9, 9), [[0, 0]], square(3, 3, 6, 6), [[3, 3], [0, 0]]])
    assert rasterise([twice], 9, 9)[4].tolist() == [1, 1, 1, 0, 0, 0, 1, 1, 1]


@given(any_ring)
@settings(deadline=None, max_examples=60)
def test_by_the_rule_of_coco_the_pixels_are_those_of_pycocotools(ring: Any) -> None:
    judge = coco.decode(coco.frPyObjects([ring.ravel().tolist()], *SIZE))[:, :, 0]
    assert (rasterise([ring], *SIZE, rule="coco") == judge).all()


def test_the_polygons_of_real_images_have_the_masks_of_pycocotools_and_about_their_areas() -> None:
    body = json.loads((fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in body["images"]}
    ours = theirs = 0.0
    for each in [a for a in body["annotations"] if isinstance(a["segmentation"], list)][:150]:
        height, width = sizes[each["image_id"]]
        parts = [np.reshape(ring, (-1, 2)) for ring in each["segmentation"]]
        judge = coco.decode(coco.merge(coco.frPyObjects(each["segmentation"], height, width)))
        assert (rasterise(parts, height, width, rule="coco") == judge).all()
        ours += int(rasterise(parts, height, width).sum())
        theirs += shapely.union_all([shapely.Polygon(part).buffer(0) for part in parts]).area
    assert ours == pytest.approx(theirs, rel=5e-3)


@pytest.mark.parametrize("far", [np.nan, np.inf, -np.inf, 1e300, 2.0**41])
def test_coordinates_that_are_none_are_refused(far: float) -> None:
    for rule in ("even_odd", "coco"):
        with pytest.raises(RingFault):
            rasterise([np.array([[0, 0], [far, 1], [2, 2]])], 5, 5, rule=rule)


def test_a_ring_far_larger_than_its_image_costs_no_more_than_the_image() -> None:
    started = time.perf_counter()
    assert rasterise([square(-1e9, -1e9, 1e9, 1e9)], 50, 60).all()
    assert time.perf_counter() - started < 1


def test_what_would_take_all_memory_or_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RingFault, match="pixels"):
        rasterise([], 1 << 20, 1 << 20)
    with pytest.raises(RingFault, match="pixels"):
        rasterise([], -1, 5)
    with pytest.raises(RingFault, match="pixels"):
        rasterise([square(0, 0, 2e7, 2)], 5, 5, rule="coco")
    monkeypatch.setattr(rings, "MOST_CROSSINGS", 1000)
    zigzag = np.array([[n, (n % 2) * 100] for n in range(50)])
    with pytest.raises(RingFault, match="rows"):
        rasterise([zigzag], 100, 100)


def test_a_ring_of_many_crossings_is_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    zigzag = np.array([[n / 3, (n * 37) % 100] for n in range(200)])
    whole = rasterise([zigzag], 100, 100)
    monkeypatch.setattr(rings, "CROSSINGS_AT_ONCE", 150)
    assert (rasterise([zigzag], 100, 100) == whole).all()


def test_arguments_stay_as_they_were() -> None:
    ring = square(1, 1, 4, 4)
    before = ring.copy()
    rasterise([ring], 9, 9, holes=[ring])
    rasterise([ring], 9, 9, rule="coco")
    area(ring)
    assert (ring == before).all()


several_rings = st.lists(any_ring | st.just(np.zeros((2, 2))), max_size=4)


def odd_by_hand(several: list[Any], height: int, width: int) -> Any:
    """Whatever an odd number of rings covers: one row of one edge after the other, all that lies right of it turned."""
    mask = np.zeros((height, width), np.uint8)
    for ring in several:
        points = ring.tolist() if len(ring) > 2 else []
        for edge in zip(points, [*points[1:], *points[:1]], strict=True):
            (xa, ya), (xb, yb) = edge if edge[0][1] <= edge[1][1] else edge[::-1]
            for row in range(height):
                if ya <= row + 0.5 < yb:
                    x = xa + (row + 0.5 - ya) / (yb - ya) * (xb - xa)
                    mask[row, min(max(int(np.ceil(x - 0.5)), 0), width) :] ^= 1
    return mask


@given(several_rings, st.sampled_from([1 << 20, 40, 1]))
@settings(deadline=None, max_examples=120)
def test_to_the_bit_the_pixels_are_those_of_a_plain_loop_in_whatever_pieces(several: list[Any], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rings, "CROSSINGS_AT_ONCE", at_once)
        found = filled(several, *SIZE)
    assert found.mask.dtype == np.uint8
    assert (found.onto(*SIZE) == odd_by_hand(several, *SIZE)).all()


@given(several_rings, st.integers(-7, 20), st.integers(-7, 20))
@settings(deadline=None, max_examples=60)
def test_moved_by_whole_pixels_a_shape_has_the_same_pixels(several: list[Any], right: int, down: int) -> None:
    # Quarters: floats that moving changes nothing of.
    at_rest = [np.round(ring * 4) / 4 + 8 for ring in several]
    whole = filled(at_rest, 40, 40).onto(40, 40)
    moved = filled([ring + np.array([right, down]) for ring in at_rest], 40, 40).onto(40, 40)
    back = np.zeros_like(whole)
    back[max(-down, 0) : 40 - max(down, 0), max(-right, 0) : 40 - max(right, 0)] = moved[
        max(down, 0) : 40 - max(-down, 0), max(right, 0) : 40 - max(-right, 0)
    ]
    kept = np.zeros_like(whole)
    kept[max(-down, 0) : 40 - max(down, 0), max(-right, 0) : 40 - max(right, 0)] = 1
    assert (back == whole * kept).all()


@pytest.mark.parametrize(
    ("corners", "columns", "rows"),
    [
        ((1.5, 1.5, 4.5, 3.5), [1, 2, 3], [1, 2]),  # edges on centres: those at the left and at the top belong to it
        ((1.0, 1.0, 4.0, 3.0), [1, 2, 3], [1, 2]),
        ((1.5000001, 1.5, 4.5000001, 3.5), [2, 3, 4], [1, 2]),
        ((1.5, 1.4999999, 4.5, 3.4999999), [1, 2, 3], [1, 2]),
        ((1.5, 1.5000001, 4.5, 3.5000001), [1, 2, 3], [2, 3]),
        ((2.5, 2.5, 2.5, 2.5), [], []),
        ((2.5, 2.5, 3.5, 2.5), [], []),
    ],
)
def test_an_edge_on_a_centre_belongs_to_what_lies_right_of_it_and_below(
    corners: Any, columns: list[int], rows: list[int]
) -> None:
    mask = filled([square(*corners)], 6, 8).onto(6, 8)
    assert np.flatnonzero(mask.any(axis=0)).tolist() == columns
    assert np.flatnonzero(mask.any(axis=1)).tolist() == rows


@given(st.integers(0, 1 << 16))
@settings(deadline=None, max_examples=40)
def test_triangles_that_share_edges_cover_every_pixel_once(seed: int) -> None:
    chance = np.random.default_rng(seed)
    middle = chance.uniform(0, 20, (1, 2))
    around = np.array([[0, 0], [20, 0], [20, 20], [0, 20]], np.float64)
    outer = np.concatenate([np.sort(chance.uniform(0, 20, (3, 1)), axis=0), np.zeros((3, 1))], axis=1)
    corners = np.concatenate([around[:1], outer, around[1:]])  # some points more along the upper side
    total = np.zeros((20, 20), np.uint8)
    for a, b in pairwise([*corners, corners[0]]):
        total += filled([np.concatenate([middle, [a, b]])], 20, 20).onto(20, 20)
    assert (total == 1).all()


def test_only_the_box_of_the_rings_is_held() -> None:
    patch = filled([square(30.2, 40.7, 33.9, 42.1)], 512, 512)
    assert (patch.top, patch.left, patch.mask.shape) == (41, 30, (1, 4))
    assert filled([square(-9, -9, -1, -1)], 512, 512).mask.size == 0
    assert filled([], 512, 512).mask.size == 0


def test_rings_above_and_below_an_image_are_nothing_in_it() -> None:
    assert filled([square(1, -9, 5, -2), square(1, 30, 5, 40)], 20, 20).onto(20, 20).sum() == 0


def test_rings_in_rings_are_holes_and_islands_whatever_their_directions() -> None:
    several = [square(0, 0, 9, 9), square(2, 2, 7, 7)[::-1], square(4, 4, 5, 5)]
    for one in (several, [ring[::-1] for ring in several], several[::-1]):
        assert filled(one, 9, 9).mask.sum() == 81 - 25 + 1


def test_a_bad_ring_is_refused_among_good_ones_and_too_short_ones_as_well() -> None:
    for bad in (np.array([[np.nan, 1]]), np.array([[0, 0], [1, np.inf], [2, 2]])):
        with pytest.raises(RingFault):
            filled([square(0, 0, 3, 3), bad], 9, 9)


def test_many_rings_may_cross_more_rows_together_than_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings, "MOST_CROSSINGS", 20)
    assert filled([square(0, 0, 3, 9), square(4, 0, 7, 9)], 9, 9).mask.sum() == 54
    with pytest.raises(RingFault, match="rows"):
        filled([square(0, 0, 3, 9), np.concatenate([square(0, 0, 3, 9)] * 2)], 9, 9)
