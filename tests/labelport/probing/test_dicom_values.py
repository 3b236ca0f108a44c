"""Values out of raw bytes."""

import pytest

from labelport.probing.dicom import values


@pytest.mark.parametrize(
    ("raw", "number"), [(b" 12 ", 12), (b"+7", 7), (b"-3\0", -3), (b"4.0", 4), (b"5\\6", 5), (b"", None), (b"  ", None)]
)
def test_an_integer_string_may_be_padded_or_empty(raw: bytes, number: int | None) -> None:
    assert values.integer(raw, b"IS", little=True) == number


@pytest.mark.parametrize("raw", [b"1A", b"1.5", b"99999999999", b"1_0", b"nan", b"--1", b"\xff", b"1,5"])
def test_what_is_no_integer_is_a_bad_value(raw: bytes) -> None:
    with pytest.raises(values.BadValue):
        values.integer(raw, b"IS", little=True)


@pytest.mark.parametrize(("little", "raw"), [(True, b"\x02\x01"), (False, b"\x01\x02")])
def test_binary_numbers_follow_the_byte_order(little: bool, raw: bytes) -> None:
    assert values.integer(raw, b"US", little=little) == 258


@pytest.mark.parametrize("raw", [b"1\\2", b"1\\2\\3\\4", b"1\\nan\\3", b"1\\2\\1e999"])
def test_a_position_has_three_finite_numbers(raw: bytes) -> None:
    with pytest.raises(values.BadValue):
        values.decimals(raw, b"DS", little=True, count=3)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (b"010203.5", 3723.5),
        (b"01:02:03", 3723.0),
        (b"0102", 3720.0),
        (b"20180526152509.02000", 55509.02),
        (b"20180526152509+0100", 55509.0),
        (b"", None),
    ],
)
def test_a_time_is_the_seconds_of_its_day_and_never_a_date(raw: bytes, seconds: float | None) -> None:
    assert values.seconds_of_day(raw) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("raw", [b"2503000", b"250300", b"noon", b"12345678", b"010203.1234567"])
def test_what_is_no_time_is_a_bad_value(raw: bytes) -> None:
    with pytest.raises(values.BadValue):
        values.seconds_of_day(raw)


def test_a_code_that_looks_like_a_name_is_not_let_through() -> None:
    with pytest.raises(values.BadValue):
        values.code(b"DOE^JANE")
