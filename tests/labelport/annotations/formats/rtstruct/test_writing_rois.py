"""Numbers, names and colours of ROIs."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.rtstruct.written_rois import HIGHEST, MOST_CHARACTERS, PALETTE, Roi, rois_of
from labelport.annotations.said import Said
from labelport.annotations.volumes.structures import Structure
from labelport.findings import Finding

LONG = "left ventricle, as the second reader saw it before the contrast agent arrived there"


def rois(*given_: tuple[str, str], colours: Sequence[Any] = ()) -> tuple[list[Roi], list[Finding]]:
    said = Said("export", store="publish")
    shown = [*colours, *[None] * len(given_)]
    made = rois_of([Structure(name, number, {}, shown[i]) for i, (name, number) in enumerate(given_)], said, "s.dcm")
    return made, said.findings()


def numbers(*given_: str) -> list[int]:
    made, said = rois(*[("x", number) for number in given_])
    assert not said
    return [each.number for each in made]


@pytest.mark.parametrize(
    ("own", "made"),
    [
        (("3", "1", "7"), [3, 1, 7]),
        (("", "", ""), [1, 2, 3]),
        (("2", "", "2", "a"), [2, 1, 3, 4]),
        (("0", "-1", "1.0", "٣", str(HIGHEST), str(HIGHEST + 1)), [1, 2, 3, 4, HIGHEST, 5]),
        (("", "1", "007", "9" * 5000), [2, 1, 7, 3]),
    ],
)
def test_a_structure_keeps_its_number_where_it_is_one_of_its_own(own: tuple[str, ...], made: list[int]) -> None:
    assert numbers(*own) == made


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["", "0", "1", "2", "3", "5", "a", "99"]), max_size=9))
def test_numbers_are_different_and_free_ones_are_the_lowest(own: list[str]) -> None:
    made = numbers(*own)
    assert len(set(made)) == len(own)
    assert min(made, default=1) > 0
    for number in {each for each in own if each.isdecimal() and each != "0"}:
        assert made[own.index(number)] == int(number)


def test_names_of_sixty_four_characters_stay_and_longer_ones_are_cut_and_told() -> None:
    (short, long), said = rois(("ö" * 64, "4"), (LONG, "9"))
    assert short.name == "ö" * 64
    assert long.name == LONG[:64]
    (told,) = said
    assert (told.code, told.severity, told.file) == ("loss.roi_name", "loss", "s.dcm")
    assert told.pointer == "(3006,0020)[1].(3006,0026)"
    assert told.message == f"the name of structure 9 has {len(LONG)} characters"
    assert told.value is None


def test_names_that_differ_behind_the_cut_still_differ() -> None:
    made, said = rois((LONG + " a", "1"), (LONG + " b", "2"), (LONG[:62] + "~2", "3"), (LONG + " a", "4"))
    assert [each.name for each in made] == [LONG[:64], LONG[:62] + "~3", LONG[:62] + "~2", LONG[:64]]
    assert [each.code for each in said] == ["loss.roi_name"] * 3


def test_what_separates_values_or_controls_is_replaced_and_told() -> None:
    made, said = rois(("a\\b", "1"), ("a/b", "2"), ("line\nfeed\x7f\x85", "3"), (" blank ", "4"), ("", "5"))
    assert [each.name for each in made] == ["a/b~2", "a/b", "line feed  ", " blank ", ""]
    assert [(each.code, each.pointer[12:13]) for each in said] == [
        ("loss.names", "0"),
        ("loss.names", "2"),
        ("loss.blanks", "3"),
        ("loss.names", "4"),
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=5) | st.text("ab\\\n", min_size=62, max_size=70), max_size=8))
def test_different_names_are_different_and_equal_ones_equal(names: list[str]) -> None:
    made, said = rois(*[(name, "") for name in names])
    assert all(len(each.name) <= MOST_CHARACTERS and "\\" not in each.name for each in made)
    assert len({each.name for each in made}) == len(set(names))
    assert all(each.name == name for each, name in zip(made, names, strict=True) if not said)
    assert not any(name in each.message for each in said for name in names if len(name) > 3)


def test_a_colour_is_that_of_the_structure_or_one_of_the_palette_by_number() -> None:
    made, _ = rois(("a", "2"), ("b", ""), ("c", "14"), colours=[(1, 2, 3)])
    assert [each.colour for each in made] == [(1, 2, 3), PALETTE[0], PALETTE[1]]
    assert len(set(PALETTE)) == len(PALETTE)
