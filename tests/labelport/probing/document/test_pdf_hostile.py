"""PDFs that mean harm, and good ones with flipped bytes: a row always, within the budget, the memory and the time."""

import io
import random
import stat
import time
import tracemalloc
import zlib
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.probing.document.pdf import PROBE, STREAM_BYTES
from tests.labelport.probing.document.pdf_files import (
    CATALOG,
    PAGE,
    compressed,
    cross_references,
    hybrid,
    linearised,
    node,
    stream,
    tables,
    tree,
)
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import figures

MEGABYTE = 1 << 20
FIVE = tree(5)
HOLDER = b"/Type/ObjStm/N 1/First 4"


def held(content: bytes, entries: bytes, *, raw: bool = False) -> bytes:
    """Return a document whose catalog is said to be in this stream."""
    return compressed({1: CATALOG}, holder=stream(content, entries=HOLDER + entries, raw=raw))


def of_many_objects(count: int) -> bytes:
    index = b"".join(b"%d %d " % (number % 9 + 3, number) for number in range(count))
    return stream(index + b"1" * count, entries=b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (count, len(index)))


def chain_of_tables(count: int) -> bytes:
    """Return many streams of cross-references one behind the other, each of 1 MB in the slowest of predictors."""
    rows = zlib.compress((b"\x04" + bytes(6)) * (1_000_000 // 7), 9)
    made, before = b"%PDF-1.7\n", 0
    for number in range(5, 5 + count):
        prev = b"/Prev %d" % before if before else b""
        before = len(made)
        entries = (
            b"/Type/XRef/Size 9/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 6>>" + prev
        )
        made += b"%d 0 obj\n%s\nendobj\n" % (number, stream(rows, entries=entries, raw=True))
    return made + b"startxref\n%d\n%%%%EOF\n" % before


def bomb_of_tables() -> bytes:
    table = stream(bytes(64 * MEGABYTE), entries=b"/Type/XRef/Size 9/W[1 4 2]/Root 1 0 R/Filter/FlateDecode")
    return b"%PDF-1.7\n1 0 obj\n" + table + b"\nendobj\nstartxref\n9\n%%EOF\n"


FLATE = b"/Filter/FlateDecode"
TWICE = b"/Filter[/FlateDecode/FlateDecode]"
BOMBS = {
    "objects": held(bytes(64 * MEGABYTE), FLATE),
    "cross-references": bomb_of_tables(),
    "twice compressed": held(zlib.compress(zlib.compress(bytes(256 * MEGABYTE), 9), 9), TWICE, raw=True),
    "run lengths": held(b"\x81a" * MEGABYTE, b"/Filter/RunLengthDecode", raw=True),
    "filters in a row": held(b"x", b"/Filter[" + b"/FlateDecode" * 1000 + b"]", raw=True),
}
LYING = {
    "a tree that is its own kid": tables({1: CATALOG, 2: node([2], 1)}),
    "a ring": tables({1: CATALOG, 2: node([3], 1), 3: node([4], 1), 4: node([2], 1)}),
    "two hundred levels": tables({1: CATALOG, **{n: node([n + 1], 1) for n in range(2, 200)}, 200: PAGE}),
    "deep arrays": tables({**FIVE, 2: b"[" * 100_000}),
    "deep dictionaries": tables({**FIVE, 2: b"<</a" * 20_000}),
    "kids that are no list": tables({**FIVE, 2: b"<</Type/Pages/Count 5/Kids 2 0 R>>"}),
    "a number that is itself": tables({**FIVE, 2: node([3], "9 0 R"), 9: b"9 0 R"}),
    "a table of a thousand million": tables(FIVE).replace(b"xref\n0 8", b"xref\n0 999999999"),
    "a table that leads to itself": tables(FIVE, root=b"/Root 1 0 R/Prev 434"),
    "a table far away": tables(FIVE, startxref=10**30),
    "a number of 5,000 digits": tables(FIVE).replace(b"startxref\n434", b"startxref\n" + b"4" * 5000),
    "entries of no bytes": compressed(FIVE).replace(b"/W[1 4 2]", b"/W[0 0 0]"),
    "entries of many bytes": compressed(FIVE).replace(b"/W[1 4 2]", b"/W[9 999999999 9]"),
    "an object stream in itself": compressed({1: CATALOG}, holder=b"1 0 R"),
    "a stream without an end": tables({**FIVE, 2: b"<</Length 999999999>>stream\n"}),
    "a length that is its stream": tables({**FIVE, 2: b"<</Length 2 0 R>>stream\nx\nendstream"}),
    "tables of no objects": b"%PDF-1.7\nxref\n0 0\ntrailer\n<<>>\nstartxref\n9\n%%EOF",
    "nothing but an end": b"%PDF-1.7\nstartxref\n0\n%%EOF",
    "lines without end": b"%PDF-1.7\n" + b"a\n" * MEGABYTE + b"startxref\n9\n%%EOF",
    "objects without end": b"%PDF-1.7\n" + b"\n1 0 obj" * 300_000 + b"\nstartxref\n9\n%%EOF",
    "one line": b"%PDF-1.7 " + b"x" * 2 * MEGABYTE + b"startxref 9 %%EOF",
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_inflates_to_the_cap_and_is_partial(name: str) -> None:
    tracemalloc.start()
    row, asked = probed(PROBE, BOMBS[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (row["status"], row.get("pages")) == ("partial", None)
    assert "beyond what is read" in row["error"]
    assert peak < 4 * STREAM_BYTES + len(BOMBS[name]) * 4
    assert len(asked.ranges) <= 3


def test_the_cap_is_where_it_is_said_to_be() -> None:
    def padded(size: int) -> bytes:
        return held(b"1 0 " + CATALOG + b" " * (size - 4 - len(CATALOG)), FLATE)

    inside, beyond = (probed(PROBE, padded(STREAM_BYTES + more))[0] for more in (0, 1))
    assert (inside["status"], beyond["status"]) == ("unreadable", "partial"), "the first has no page tree, but is read"


@pytest.mark.parametrize("name", list(LYING))
def test_a_document_that_lies_is_a_row(name: str) -> None:
    started = time.thread_time()
    row, asked = probed(PROBE, LYING[name])
    assert fits_the_table(row)
    assert row["status"] in {"partial", "unreadable", "ok"}
    assert row["status"] != "ok" or row["pages"] == 5
    assert len(asked.ranges) < PROBE.limits.max_requests
    assert asked.bytes <= PROBE.limits.max_bytes
    assert time.thread_time() - started < 2


@pytest.mark.parametrize("name", ["a tree that is its own kid", "a ring"])
def test_a_loop_in_the_tree_holds_no_page(name: str) -> None:
    row, _ = probed(PROBE, LYING[name])
    assert (row["status"], row["pages"], row["error"]) == ("partial", 0, "Its page tree has 0 pages and says 1.")


LONG = {
    "a chain of tables": chain_of_tables(100),
    "objects by the hundred thousand": compressed({1: CATALOG}, holder=of_many_objects(60_000)),
    "kids that are nowhere": tables(
        {1: CATALOG, 2: node(list(range(5, 9000)), 9999), 3: stream(b"\n1" * (MEGABYTE // 2), entries=b"", raw=True)}
    ),
    "one long list as all kids": tables(
        {
            1: CATALOG,
            2: node([3 + n % 3 for n in range(9000)], 9999),
            **dict.fromkeys((3, 4, 5), b"[" + b"9 " * 90_000 + b"]"),
        }
    ),
}


@pytest.mark.parametrize("name", list(LONG))
def test_work_without_end_is_stopped_by_the_clock_of_the_processor(name: str) -> None:
    started = time.thread_time()
    row, _ = probed(PROBE, LONG[name], deadline_s=1.2)
    assert row["status"] in {"partial", "unreadable"}
    assert time.thread_time() - started < 3, "0.2 seconds were given, and a stream may take one more"


def test_no_program_is_run_for_a_filter(tmp_path: Path) -> None:
    mark, decoder = tmp_path / "ran", tmp_path / "jbig2dec"
    decoder.write_text(f"#!/bin/sh\ntouch {mark}\n")
    decoder.chmod(decoder.stat().st_mode | stat.S_IEXEC)
    content = held(b"\x97JB2", b"/Filter/JBIG2Decode", raw=True)
    with pypdf.apply_configuration(jbig2dec_binary=str(decoder)):
        with pytest.raises(Exception, match=r".+"):
            _ = pypdf.PdfReader(io.BytesIO(content)).pages[0]
        assert mark.exists(), "pypdf runs it by itself"
        mark.unlink()
        row, _ = probed(PROBE, content)
    assert row["status"] == "unreadable"
    assert not mark.exists()


def test_what_a_user_of_pypdf_has_set_stays_as_it_is() -> None:
    before = pypdf.get_configuration()
    probed(PROBE, BOMBS["objects"])
    assert pypdf.get_configuration() is before


SEEDS = (
    tables(tree(30)),
    compressed(tree(30)),
    hybrid({n: FIVE[n] for n in (1, 2, 3, 4)}, {n: FIVE[n] for n in (5, 6, 7)}),
    linearised(tree(30)),
    figures(2),
    compressed(FIVE, reference="/Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]"),
)


@settings(max_examples=200)
@given(st.sampled_from(SEEDS), st.data())
def test_flipped_and_cut_files_are_rows(seed: bytes, data: st.DataObject) -> None:
    content = bytearray(seed)
    for place in data.draw(st.lists(st.integers(0, len(seed) - 1), max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(seed)), st.integers(0, len(seed))))
    row, asked = probed(PROBE, bytes(content[:cut]), head=256, deadline_s=3.0)
    assert fits_the_table(row)
    assert len(asked.ranges) < PROBE.limits.max_requests
    assert asked.bytes <= PROBE.limits.max_bytes


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(0, 20_000))
def test_noise_between_the_signature_and_the_end_is_a_row(seed: int, place: int, length: int) -> None:
    noise = random.Random(seed).randbytes(length)
    content = b"%PDF-1.4\n" + noise + b"\nstartxref\n%d\n%%%%EOF" % (place * length // 4)
    assert probed(PROBE, content, deadline_s=3.0)[0]["status"] in {"unreadable", "partial"}


def test_tables_of_a_stream_with_unknown_kinds_are_a_row() -> None:
    table = cross_references({1: 9}, {}, size=4)
    content = b"%PDF-1.7\n1 0 obj\n" + table.replace(b"/W[1 4 2]", b"/W[4 1 2]") + b"\nendobj\nstartxref\n9\n%%EOF"
    assert probed(PROBE, content)[0]["status"] == "unreadable"
