"""Shapes in well-known text; shapely is the judge."""

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry.wkt import WktFault, WktShape, parse

KINDS = ("POINT", "LINESTRING", "POLYGON", "MULTIPOLYGON")

number = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.floats(-1e6, 1e6, allow_nan=False).map(repr),
    st.sampled_from(["0", "100", "+3", ".5", "7.", "1e2", "1E-3", "-0.0"]),
)
blank = st.sampled_from([" ", "  ", "\t", "\n"])
gap = st.sampled_from(["", "", " ", "\n "])


@st.composite
def points(draw: st.DrawFn, least: int) -> list[str]:
    return [draw(number) + draw(blank) + draw(number) for _ in range(draw(st.integers(least, least + 4)))]


@st.composite
def ring(draw: st.DrawFn) -> str:
    made = draw(points(3))
    return "(" + (draw(gap) + "," + draw(gap)).join([*made, made[0]]) + ")"


@st.composite
def polygon(draw: st.DrawFn) -> str:
    return "(" + draw(gap) + ",".join(draw(st.lists(ring(), min_size=1, max_size=3))) + draw(gap) + ")"


@st.composite
def shape(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(KINDS))
    body = {
        "POINT": st.builds("({} {})".format, number, number),
        "LINESTRING": points(2).map(lambda made: "(" + ", ".join(made) + ")"),
        "POLYGON": polygon(),
        "MULTIPOLYGON": st.lists(polygon(), min_size=1, max_size=3).map(lambda made: "(" + ",".join(made) + ")"),
    }[kind]
    word = draw(st.sampled_from([kind, kind.lower(), kind.title()]))
    return draw(gap) + word + draw(gap) + draw(body) + draw(gap)


def judged(text: str) -> WktShape | None:
    """Return what shapely reads, in our form; null where it is no shape of the four kinds with points of x and y."""
    try:
        found = shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        return None
    kind = found.geom_type.upper() if found is not None else ""
    if kind not in KINDS or found.is_empty or found.has_z or found.has_m:
        return None
    if kind in ("POINT", "LINESTRING"):
        return WktShape(kind, (shapely.get_coordinates(found),))
    parts = [found] if kind == "POLYGON" else list(found.geoms)
    if any(part.is_empty for part in parts):
        return None
    outer = tuple(shapely.get_coordinates(part.exterior) for part in parts)
    return WktShape(kind, outer, tuple(shapely.get_coordinates(hole) for part in parts for hole in part.interiors))


def same(ours: WktShape, theirs: WktShape) -> bool:
    return (
        ours.kind == theirs.kind
        and len(ours.outer) == len(theirs.outer)
        and len(ours.inner) == len(theirs.inner)
        and all(np.array_equal(a, b) for a, b in zip(ours.outer + ours.inner, theirs.outer + theirs.inner, strict=True))
    )


def parsed(text: str) -> WktShape | WktFault:
    try:
        return parse(text)
    except WktFault as fault:
        return fault


@settings(max_examples=200, deadline=None)
@given(shape())
def test_what_is_well_formed_is_read_as_shapely_reads_it(text: str) -> None:
    expected = judged(text)
    assert expected is not None
    assert same(parse(text), expected)


@settings(max_examples=300, deadline=None)
@given(shape(), st.data())
def test_a_mutated_text_is_read_as_shapely_reads_it_or_has_a_fault_with_its_column(
    text: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.text("0123456789.,() -+eEnaiZMPOL\x00é", max_size=3))
    text = text[:at] + put + text[at + cut :]
    found = parsed(text)
    if isinstance(found, WktFault):
        assert 1 <= found.column <= len(text) + 1
    else:
        theirs = judged(text)
        assert theirs is not None
        assert same(found, theirs)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("  BOX (1 2)", 3),
        ("POINT", 6),
        ("POINT EMPTY", 7),
        ("POINT Z (1 2 3)", 7),
        ("POINT (1 2 3)", 8),
        ("POINT (1 2, 3 4)", 7),
        ("POINT (1 2) POINT (1 2)", 13),
        ("POINT (nan 2)", 8),
        ("POINT (1e999 2)", 8),
        ("POINT (1_0 2)", 8),
        ("LINESTRING (1 2)", 12),
        ("POLYGON (0 0, 1 0, 1 1, 0 0)", 10),
        ("POLYGON ((0 0, 1 x, 1 1, 0 0))", 16),
        ("POLYGON ((0 0, 1 0, 1 1, 0 1))", 29),
        ("POLYGON ((0 0, 1 0, 0 0))", 10),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0)", 30),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0) (", 31),
        ("MULTIPOLYGON ((0 0, 1 0, 1 1, 0 0))", 16),
        ("GEOMETRYCOLLECTION (POINT (1 2))", 1),
    ],
)
def test_a_fault_says_its_column(text: str, column: int) -> None:
    with pytest.raises(WktFault) as found:
        parse(text)
    assert found.value.column == column


@pytest.mark.parametrize(
    "text", ["POLYGON " + "(" * 1_000_000, "POINT (" + " " * 2_000_000, "POINT (" + "1" * 1_000_000]
)
def test_a_hostile_text_costs_no_time_and_no_stack(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(WktFault):
        parse(text)
    assert time.perf_counter() - start < 2


def test_holes_of_all_polygons_stand_together() -> None:
    square, hole = "(0 0, 9 0, 9 9, 0 0)", "(1 1, 2 1, 2 2, 1 1)"
    found = parse(f"MULTIPOLYGON (({square}, {hole}), ({square}), ({square}, {hole}, {hole}))")
    assert (len(found.outer), len(found.inner)) == (3, 3)
