"""Colours of outlines: those of the file where they can be told apart, else a palette."""

import numpy as np

from labelport.annotations.structures_view.strokes import COLOURS, MOST_NAMED, REST, Outlined, outline_of, strokes_of


def shown(pixels: int, colour: tuple[int, int, int] | None = None) -> Outlined:
    return Outlined("s", [np.arange(100).reshape(10, 10) < pixels, None], colour)


def test_a_structure_has_the_colour_of_its_file() -> None:
    assert [each.colour for each in strokes_of([shown(5, (255, 0, 0)), shown(5, (0, 0, 255))])[1]] == [
        (255, 0, 0),
        (0, 0, 255),
    ]


def test_a_grey_and_a_colour_that_another_has_already_are_replaced() -> None:
    _, strokes = strokes_of([shown(5, (128, 130, 120)), shown(5, (255, 0, 0)), shown(5, (250, 10, 0)), shown(5)])
    assert strokes[1].colour == (255, 0, 0)
    assert [strokes[number].colour for number in (0, 2, 3)] == list(COLOURS[:3])


def test_the_eighth_colour_is_the_first_one_dashed() -> None:
    _, strokes = strokes_of([shown(5)] * 9)
    assert [each.colour for each in strokes] == [*COLOURS, *COLOURS[:2]]
    assert [each.dashed for each in strokes] == [False] * 7 + [True] * 2


def test_the_legend_names_those_with_the_most_pixels_in_their_own_order() -> None:
    named, strokes = strokes_of([shown(number) for number in range(15)])
    assert named == list(range(15 - MOST_NAMED, 15))
    assert [each.colour == REST for each in strokes] == [True] * 3 + [False] * 12


def test_an_outline_is_the_inner_edge_and_ends_at_the_edge_of_the_picture() -> None:
    mask = np.zeros((5, 6), bool)
    mask[1:4, 2:6] = True
    assert outline_of(mask).astype(int).tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 1],
        [0, 0, 1, 0, 0, 1],
        [0, 0, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0],
    ]
