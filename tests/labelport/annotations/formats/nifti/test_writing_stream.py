"""The gzip stream of a volume: one member, whose empty planes were packed once; zlib and gzip judge."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.nifti.written_stream import packed

EACH = 24


def expected(start: bytes, planes: list[bytes | None]) -> bytes:
    return start + b"".join(bytes(EACH) if plane is None else plane for plane in planes)


@given(
    start=st.binary(max_size=40),
    planes=st.lists(st.none() | st.none() | st.binary(min_size=EACH, max_size=EACH), max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_any_planes_come_out_as_one_member(start: bytes, planes: list[bytes | None]) -> None:
    body = b"".join(packed(start, planes, EACH))
    reader = zlib.decompressobj(31)
    assert reader.decompress(body) == expected(start, planes)
    assert (reader.eof, reader.unused_data) == (True, b"")
    assert gzip.decompress(body) == expected(start, planes)


def test_a_byte_that_was_changed_is_found_by_the_sum_at_the_end() -> None:
    body = bytearray(b"".join(packed(b"start", [None, b"a" * EACH, None], EACH)))
    body[-6] ^= 1
    with pytest.raises(zlib.error, match="incorrect data check"):
        zlib.decompress(bytes(body), 31)


def test_empty_planes_cost_a_few_bytes_each_wherever_they_stand() -> None:
    side = 512 * 512
    alone = b"".join(packed(b"", [None] * 40, side))
    assert len(alone) < 40 * 300
    assert gzip.decompress(alone) == bytes(40 * side)
    between = b"".join(packed(b"", [None, b"\1" * side] * 4, side))
    assert len(between) < 8 * 600
    assert gzip.decompress(between) == (bytes(side) + b"\1" * side) * 4
