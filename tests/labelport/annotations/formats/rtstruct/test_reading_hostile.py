"""Bytes that are broken, or made to break a reader: a finding each, and never an exception."""

import struct
import time
import zlib
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.labelport.annotations.formats.rtstruct.structure_sets import (
    CLOSED,
    KNOWN,
    OPEN,
    POINT,
    SCAN,
    XOR,
    Roi,
    codes,
    read,
    square,
    structure_set,
)

IMPLICIT, DEFLATED, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
BOX = square(4.5, 4.5, 9.5, 9.5, 3)


@cache
def a_file(syntax: str) -> bytes:
    rois = [
        Roi([(CLOSED, BOX), (CLOSED, square(6.5, 6.5, 7.5, 7.5, 3))], "a"),
        Roi([(XOR, BOX), (OPEN, BOX), (POINT, BOX[:1])], "b"),
    ]
    return structure_set(SCAN, rois, syntax=syntax)


syntaxes = st.sampled_from(["1.2.840.10008.1.2.1", IMPLICIT, BIG_ENDIAN, DEFLATED])


def assert_sound(body: bytes) -> None:
    made, findings = read(body)
    assert made is not None or findings
    if made is not None:
        for each in made.labelled:
            columns, rows, planes = each.image.shape
            for structure in each.structures:
                for plane, patch in structure.patches.items():
                    height, width = patch.mask.shape
                    assert 0 <= plane < planes
                    assert 0 <= patch.top <= patch.top + height <= rows
                    assert 0 <= patch.left <= patch.left + width <= columns
                    assert patch.mask.any()


@given(syntaxes, st.floats(0, 1, exclude_max=True))
@settings(deadline=None, max_examples=60)
def test_a_file_that_was_cut_anywhere_is_told_or_whole_in_what_is_read(syntax: str, share: float) -> None:
    body = a_file(syntax)
    assert_sound(body[: int(share * len(body))])


@given(
    syntaxes,
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6),
)
@settings(deadline=None, max_examples=150)
def test_bytes_that_were_changed_raise_nothing(syntax: str, changes: list[tuple[float, bytes]]) -> None:
    body = bytearray(a_file(syntax))
    for share, piece in changes:
        at = 300 + int(share * (len(body) - 300))
        body[at : at + len(piece)] = piece
    assert_sound(bytes(body))


@given(st.binary(max_size=300), st.booleans())
@settings(deadline=None, max_examples=60)
def test_garbage_raises_nothing(garbage: bytes, magic: bool) -> None:
    made, findings = read((b"\0" * 128 + b"DICM" if magic else b"") + garbage)
    assert made is None
    assert [each.code for each in findings] == ["rtstruct.unreadable"]


def element(tag: int, body: bytes) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(body)) + body


def head() -> bytes:
    return element(0x00080016, b"1.2.840.10008.5.1.4.1.1.481.3\0")


def test_sequences_that_are_nested_without_end_are_refused() -> None:
    deep = struct.pack("<HHI", 0x3006, 0x0039, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    assert codes(head() + deep * 5000) == ["rtstruct.unreadable"]


def test_lengths_beyond_the_file_are_refused() -> None:
    assert codes(head() + struct.pack("<HHI", 0x3006, 0x0010, 0x7FFFFFFE)) == ["rtstruct.unreadable"]


def test_a_file_that_is_cut_inside_of_its_contours_is_refused_whole() -> None:
    body = a_file(IMPLICIT)
    made, (finding,) = read(body[: body.index(b"CLOSED_PLANAR") + 60])
    assert made is None
    assert finding.code == "rtstruct.unreadable"


def test_a_deflated_file_that_swells_is_refused_before_it_does() -> None:
    plain = a_file(DEFLATED)
    at = plain.index(b"\x02\x00\x10\x00")
    start = at + 8 + int.from_bytes(plain[at + 6 : at + 8], "little")
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(stream.compress(b"\0" * (1 << 20)) for _ in range(64)) + stream.flush()
    began = time.perf_counter()
    made, (finding,) = read(plain[:start] + bomb)
    assert made is None
    assert finding.code == "rtstruct.unreadable"
    assert "more than" in finding.message
    assert time.perf_counter() - began < 2


def test_a_deflated_file_that_does_not_inflate_is_refused() -> None:
    plain = bytearray(a_file(DEFLATED))
    plain[-200:] = b"\xff" * 200
    assert codes(bytes(plain)) == ["rtstruct.unreadable"]


def item(*elements: bytes) -> bytes:
    body = b"".join(elements)
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body


def by_hand(contours: list[bytes]) -> bytes:
    """A file of one structure, implicit little endian, without preamble."""
    study = (
        element(0x00081155, SCAN.study_uid.encode() + b"\0"),
        element(0x30060014, item(element(0x0020000E, SCAN.series_uid.encode() + b"\0"))),
    )
    return b"".join(
        (
            head(),
            element(0x0020000D, SCAN.study_uid.encode() + b"\0"),
            element(0x30060010, item(element(0x30060012, item(*study)))),
            element(0x30060020, item(element(0x30060022, b"1 "), element(0x30060026, b"many"))),
            element(0x30060039, item(element(0x30060040, b"".join(contours)), element(0x30060084, b"1 "))),
        )
    )


def a_point(x: int, y: int) -> bytes:
    data = "\\".join(f"{value:.1f}" for value in SCAN.patient((x, y, 3))).encode()
    return item(
        element(0x30060042, b"POINT "), element(0x30060046, b"1 "), element(0x30060050, data + b" " * (len(data) % 2))
    )


def test_many_contours_are_read_in_a_moment() -> None:
    body = by_hand([a_point(number % 20, number % 7) for number in range(10_000)])
    began = time.perf_counter()
    made, findings = read(body)
    assert time.perf_counter() - began < 10
    assert not findings
    assert made is not None
    assert made.labelled[0].structures[0].voxels == 140


def test_the_findings_of_a_file_are_bounded() -> None:
    body = structure_set(SCAN, [Roi([(CLOSED, square(25.5, 4.5, 40.5, 9.5, 3))] * 25)], syntax=IMPLICIT)
    findings = read(body, KNOWN)[1]
    outside = [each for each in findings if each.code == "rtstruct.outside_image"]
    assert len(outside) == 21
    assert outside[-1].count == 5


@pytest.mark.parametrize("frame", ["0", "-1", "99999999", "x", "\\\\"])
def test_a_frame_number_that_is_none_does_not_disturb(frame: str) -> None:
    def edit(made: Any) -> None:
        image = made.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0]
        image.ReferencedFrameNumber = "12345678"

    body = structure_set(SCAN, [Roi([(CLOSED, BOX)])], edit=edit)
    assert body.count(b"12345678") == 1
    assert codes(body.replace(b"12345678", frame.ljust(8).encode())) == []
