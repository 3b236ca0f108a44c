"""Columns of well-known text: as one by one, and as shapely says."""

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.centaur_results.patches import patches_of
from labelport.annotations.shapes import is_axis_box
from labelport.geometry.wkt import WktFault, WktShape, parse

number = st.integers(0, 400).map(lambda n: n / 4) | st.floats(-10, 110, allow_nan=False)


@st.composite
def rectangle(draw: st.DrawFn) -> str:
    x0, y0, x1, y1 = (draw(number) for _ in range(4))
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    turn = draw(st.integers(0, 3))
    corners = corners[turn:] + corners[:turn]
    if draw(st.booleans()):
        corners.reverse()
    return "POLYGON ((" + ", ".join(f"{x} {y}" for x, y in [*corners, corners[0]]) + "))"


@st.composite
def ring(draw: st.DrawFn) -> str:
    points = draw(st.lists(st.tuples(number, number), min_size=2, max_size=6))
    if draw(st.booleans()):
        points.append(points[0])
    space = draw(st.sampled_from([" ", "  ", "\t"]))
    return (
        draw(st.sampled_from(["POLYGON", "polygon ", " Polygon"]))
        + "(("
        + ",".join(f"{x}{space}{y}" for x, y in points)
        + "))"
    )


other = st.sampled_from([
    "", "x", "POINT (1 2)", "POLYGON ((1e999 0, 1 1, 2 2, 1e999 0))", "POLYGON ((+1 0, 1 1, 2 2, 1 0))", "POLYGON (())",
    "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 1))", "LINESTRING (0 0, 1 1)",
])  # fmt: skip


def parsed(text: str) -> WktShape | WktFault:
    try:
        return parse(text)
    except WktFault as fault:
        return fault


@settings(max_examples=150, deadline=None)
@given(st.lists(rectangle() | ring() | other, max_size=8))
def test_a_column_is_read_as_its_cells_one_by_one(texts: list[str]) -> None:
    found = patches_of(pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        shape = parsed(text)
        if isinstance(shape, WktFault):
            assert (found.kinds[row], found.faults[row].column) == ("", shape.column)
            assert np.isnan(found.boxes[row]).all()
            continue
        assert row not in found.faults
        assert found.boxes[row].tolist() == list(shapely.from_wkt(text).bounds)
        is_box = shape.kind == "POLYGON" and not shape.inner and is_axis_box(shape.outer[0])
        assert (found.kinds[row] == "box") == is_box


def test_no_cells_are_no_shapes() -> None:
    found = patches_of(pa.array([], pa.string()))
    assert (found.kinds, found.faults, found.boxes.shape) == ([], {}, (0, 4))
