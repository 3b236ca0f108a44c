"""Natural order, with natsort as the judge."""

from hypothesis import given
from hypothesis import strategies as st
from natsort import natsort_keygen, natsorted

from labelport.series.natural import natural_key

judged = natsort_keygen()


def test_runs_of_digits_compare_as_numbers() -> None:
    names = ["f10.png", "f2.png", "f1.png", "f01.png", "F3.png", "f.png"]
    assert sorted(names, key=natural_key) == ["F3.png", "f1.png", "f01.png", "f2.png", "f10.png", "f.png"]


def test_numbers_may_be_longer_than_python_turns_into_integers() -> None:
    nines, next_one = "f" + "9" * 5000, "f1" + "0" * 5000
    assert sorted([next_one, nines], key=natural_key) == [nines, next_one]


def test_text_beyond_ascii_goes_by_code_point() -> None:
    assert sorted(["é2", "z10", "é10", "٣", "\U0001f600", "\ufeff"], key=natural_key) == [
        "z10",
        "é2",
        "é10",
        "٣",
        "\ufeff",
        "\U0001f600",
    ]


NAMES = st.text(st.sampled_from("abAB09127/_-. "), max_size=12)
ASCII = st.text(st.characters(max_codepoint=127), max_size=12)


@given(st.tuples(NAMES, NAMES) | st.tuples(ASCII, ASCII))
def test_it_is_the_order_of_natsort_and_never_a_tie(pair: tuple[str, str]) -> None:
    one, two = pair
    if judged(one) != judged(two):
        assert (natural_key(one) < natural_key(two)) == (judged(one) < judged(two))
    else:
        assert (natural_key(one) == natural_key(two)) == (one == two)
        if len(one) != len(two):
            assert (natural_key(one) < natural_key(two)) == (len(one) < len(two))


@given(st.lists(NAMES | ASCII, max_size=8))
def test_lists_are_sorted_as_natsort_sorts_them(names: list[str]) -> None:
    assert sorted(names, key=natural_key) == natsorted(sorted(names, key=lambda name: (len(name), name)))
