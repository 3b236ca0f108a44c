"""Files that are made to break a parser."""

import struct
import tracemalloc
import zlib
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.probing.shard import media_batch
from labelport.tables import STATUSES
from tests.labelport.probing.dicom_files import AXIAL, Reads, data_set, enhanced, probed, saved

PREAMBLE = bytes(128) + b"DICM"
CT = b"1.2.840.10008.5.1.4.1.1.2\0"


def short(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def long(group: int, number: int, vr: bytes, value: bytes, *, length: int | None = None) -> bytes:
    return struct.pack("<HH2sHI", group, number, vr, 0, len(value) if length is None else length) + value


def meta(syntax: bytes = b"1.2.840.10008.1.2.1\0") -> bytes:
    return PREAMBLE + short(2, 0x10, b"UI", syntax)


def test_an_element_of_two_gigabytes_is_not_read() -> None:
    content = meta() + short(8, 0x16, b"UI", CT) + long(9, 0x1001, b"OB", b"abc", length=2**31 - 1)
    reads = Reads(content)
    assert probed(content, reads=reads)["status"] == "truncated"
    assert not reads.calls


def test_five_thousand_nested_sequences_are_refused() -> None:
    nested = b"".join(
        long(8, 0x1140, b"SQ", b"", length=0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
        for _ in range(5000)
    )
    content = meta() + short(8, 0x16, b"UI", CT) + nested
    assert probed(content)["status"] == "refused"


def test_nested_sequences_cost_no_more_than_their_bytes() -> None:
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    ends = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    nested = (long(8, 0x1140, b"SQ", b"", length=0xFFFFFFFF) + item) * 16 + ends * 16
    content = meta() + short(8, 0x16, b"UI", CT) + nested + short(0x28, 0x10, b"US", b"\4\0")
    assert probed(content)["dicom"]["rows"] == 4


def test_a_deflate_bomb_inflates_to_a_mebibyte_at_most() -> None:
    content = meta(b"1.2.840.10008.1.2.1.99") + bomb()
    tracemalloc.start()
    row = probed(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert row["status"] == "too_large"
    assert peak < 8 << 20


@cache
def bomb() -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = short(8, 0x16, b"UI", CT) + long(9, 0x1001, b"OB", b"", length=300 << 20)
    zeros = bytes(1 << 20)
    return stream.compress(head) + b"".join(stream.compress(zeros) for _ in range(300)) + stream.flush()


def test_a_header_of_small_elements_without_end_is_too_large() -> None:
    content = meta() + short(8, 0x16, b"UI", CT) + short(9, 0x1001, b"LO", b"a" * 60_000) * 200
    assert probed(content)["status"] == "too_large"


def test_a_sequence_that_holds_no_items_costs_what_follows_it() -> None:
    content = meta() + short(8, 0x16, b"UI", CT) + short(8, 0x60, b"CS", b"CT") + short(0x28, 0x10, b"US", b"\4\0")
    content += long(0x28, 0x3000, b"SQ", b"garbage!garbage!", length=0xFFFFFFFF)
    row = probed(content)
    assert (row["status"], row["dicom"]["rows"], row["flags"]) == ("partial", 4, ["bad_sequence"])


@cache
def good() -> tuple[bytes, ...]:
    plain, many = saved(data_set(1, SeriesDescription="x")), saved(enhanced(2, [("1", n, AXIAL) for n in range(3)]))
    return plain, plain[132:], many


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2), st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=12), st.data())
def test_flipped_bytes_are_a_row_always(which: int, flips: list[tuple[int, int]], data: st.DataObject) -> None:
    content = bytearray(good()[which])
    for place, value in flips:
        content[place % len(content)] = value
    cut = data.draw(st.integers(1, len(content)))
    for damaged in (bytes(content), bytes(content[:cut])):
        row = probed(damaged, keep=frozenset({"series_description"}), hmac_key=b"k")
        assert row["status"] in STATUSES
        filled = {"store": "raw", "key": "k", "token": "t", "size": 1, "probe_version": "v", "extension": "", **row}
        assert media_batch([filled]).column("status").to_pylist() == [row["status"]]


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_a_row(content: bytes) -> None:
    for whole in (content, PREAMBLE + content, meta() + content):
        assert probed(whole)["status"] in STATUSES


def test_a_private_sequence_of_unknown_length_that_stands_as_unknown_is_implicit_inside() -> None:
    item, item_end = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF), struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    inner = struct.pack("<HHI", 0x0008, 0x0060, 4) + b"SQ\0\0"  # implicit; its value looks like a representation
    unknown = long(9, 0x1001, b"UN", b"", length=0xFFFFFFFF) + item + inner + item_end
    content = meta() + short(8, 0x16, b"UI", CT) + unknown + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    content += short(0x28, 0x10, b"US", b"\4\0") + short(0x28, 0x11, b"US", b"\6\0")
    found = probed(content)["dicom"]
    assert (found["rows"], found["columns"], found.get("modality")) == (4, 6, None)
