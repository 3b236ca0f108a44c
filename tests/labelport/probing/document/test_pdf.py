"""PDFs in every layout of their tables. The judges are matplotlib and pypdf's writer, and pypdf over the whole file."""

import io
import logging
import subprocess
import sys
from typing import Any

import pypdf
import pytest

from labelport.errors import BucketError
from labelport.probing.contract import MediaRow, ProbeContext
from labelport.probing.document.page_tree import KIDS, LOOK_REQUESTS, REQUESTS
from labelport.probing.document.pdf import ENCRYPTED, MENDED, PROBE, UNCONFIRMED
from labelport.probing.reader import FewerBytes
from tests.labelport.probing.document.pdf_files import (
    PAGE,
    branches,
    compressed,
    grown,
    hybrid,
    linearised,
    node,
    stream,
    tables,
    tree,
)
from tests.labelport.probing.objects import Asked, fits_the_table, probed
from tests.media import figures

FIVE = tree(5)
LAYOUTS = {
    "a table": tables(FIVE),
    "an incremental update": grown(tables(FIVE), {2: node([*range(3, 8), 9, 10], 7), 9: PAGE, 10: PAGE}),
    "objects in a stream": compressed(FIVE),
    "a table and a stream": hybrid({n: FIVE[n] for n in (1, 2, 3, 4)}, {n: FIVE[n] for n in (5, 6, 7)}),
    "linearised": linearised(FIVE),
    "branches": tables(branches(10, 10)),
    "no page": tables(tree(0)),
}


def looked_at(content: bytes, **limits: Any) -> tuple[MediaRow, Asked]:
    row, asked = probed(PROBE, content, **limits)
    assert fits_the_table(row)
    assert asked.bytes <= PROBE.limits.max_bytes
    assert len(asked.ranges) < PROBE.limits.max_requests
    return row, asked


def scans(pages: int, *, kilobytes: int = 100) -> dict[int, bytes]:
    """Return a document of scans: each page behind its picture."""
    numbers = [4 + 2 * page for page in range(pages)]
    picture = stream(bytes(kilobytes << 10), entries=b"", raw=True)
    made = {1: FIVE[1]}
    for number in numbers:
        made |= {number - 1: picture, number: PAGE}
    return {**made, 2: node(numbers, pages)}


@pytest.mark.parametrize("pages", [1, 3, 40])
def test_pages_are_counted_as_matplotlib_made_them(pages: int) -> None:
    row, _ = looked_at(figures(pages))
    assert (row["status"], row["pages"], row["flags"]) == ("ok", pages, None)


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_layout_of_the_tables_is_read_without_mending(layout: str) -> None:
    row, _ = looked_at(LAYOUTS[layout])
    judge = len(pypdf.PdfReader(io.BytesIO(LAYOUTS[layout])).pages)
    assert (row["status"], row["pages"], row["flags"]) == ("ok", judge, None)


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
@pytest.mark.parametrize("password", ["", "secret"])
def test_a_password_that_is_empty_opens_and_another_is_told(algorithm: str, password: str) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(figures(2)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm=algorithm)
    sink = io.BytesIO()
    writer.write(sink)
    row, _ = looked_at(sink.getvalue())
    if password:
        assert (row["status"], row.get("pages"), row["flags"]) == ("partial", None, [ENCRYPTED])
    else:
        assert (row["status"], row["pages"], row["flags"]) == ("ok", 2, None)


def test_a_way_to_encrypt_that_nobody_knows_is_told_too() -> None:
    secret = b"/Root 1 0 R/Encrypt<</Filter/Adobe.PubSec/V 4>>/ID[<00><00>]"
    row, _ = looked_at(tables(FIVE, root=secret))
    assert (row["status"], row["flags"]) == ("partial", [ENCRYPTED])


def test_a_long_file_of_scans_costs_its_tables_and_a_few_looks() -> None:
    content = tables(scans(120))
    row, asked = looked_at(content)
    assert len(content) > 12_000_000
    assert (row["status"], row["pages"]) == ("ok", 120)
    assert len(asked.ranges) <= LOOK_REQUESTS + 2
    assert asked.bytes < 300 << 10


def test_a_tree_that_is_too_long_to_walk_says_so() -> None:
    row, asked = looked_at(tables(branches(40, 3, padding=40_000)))
    assert (row["status"], row["pages"], row["flags"]) == ("ok", 120, [UNCONFIRMED])
    assert len(asked.ranges) <= REQUESTS + 3


@pytest.mark.parametrize(("said", "expected"), [(30_000, ("ok", 30_000)), (5, ("partial", None))])
def test_ten_thousand_kids_are_enough(said: int, expected: tuple[str, int | None]) -> None:
    row, _ = looked_at(tables({1: FIVE[1], 2: node([3] * (KIDS + 500), said), 3: PAGE}))
    assert (row["status"], row["pages"]) == expected


@pytest.mark.parametrize("count", [7, 4, -5, 99_999_999_999, "5.0", "(5)", "9 0 R", "2 0 R", "null"])
def test_a_number_that_the_tree_disagrees_with_is_partial_and_the_tree_wins(count: object) -> None:
    row, _ = looked_at(tables(tree(5, count=count)))
    assert (row["status"], row["pages"]) == ("partial", 5)
    assert row["error"].startswith("Its page tree has 5 pages and says")


@pytest.mark.parametrize("mark", [b"null", b"5", b"[]"])
def test_a_page_that_is_none_is_not_counted(mark: bytes) -> None:
    row, _ = looked_at(tables({**FIVE, 4: mark}))
    assert (row["status"], row["pages"]) == ("partial", 4)


def test_a_page_that_is_nowhere_is_not_counted() -> None:
    row, _ = looked_at(tables({**FIVE, 2: node([3, 4, 5, 6, 99], 5)}))
    assert (row["status"], row["pages"]) == ("partial", 4)


def test_bytes_before_the_signature_shift_the_tables() -> None:
    row, _ = looked_at(b"\x00junk\n" * 20 + tables(FIVE))
    assert (row["status"], row["pages"], row["flags"]) == ("ok", 5, None)


@pytest.mark.parametrize(
    "content",
    [
        tables(FIVE, startxref=17),
        tables(FIVE, startxref=-4),
        tables(FIVE, startxref=10**20),
        tables(FIVE, root=b""),
        tables(FIVE, header=b"junk\n%PDF-1.7\n"),
        tables(FIVE).replace(b"0000000009 ", b"0000000011 "),
    ],
    ids=["inside", "negative", "far", "no root", "shifted", "catalog elsewhere"],
)
def test_wrong_tables_are_mended_in_a_short_file_and_it_is_told(content: bytes) -> None:
    row, asked = looked_at(content + b"\n" * 5000)
    assert (row["status"], row["pages"], row["flags"]) == ("ok", 5, [MENDED])
    assert len(asked.ranges) <= 2


def test_wrong_tables_of_a_long_file_end_at_the_budget() -> None:
    row, asked = looked_at(tables(scans(50), startxref=17))
    assert row["status"] == "partial"
    assert "4194304 bytes" in row["error"]
    assert len(asked.ranges) <= 3, "it is known beforehand that the whole is too much"


@pytest.mark.parametrize(
    "content",
    [tables({**FIVE, 1: b"5"}), tables({1: b"<</Type/Catalog>>"}), tables({1: FIVE[1], 2: b"<<>>"}), tables({3: PAGE})],
    ids=["catalog is a number", "no page tree", "empty page tree", "no catalog"],
)
def test_a_document_without_a_page_tree_is_unreadable(content: bytes) -> None:
    row, _ = looked_at(content)
    assert (row["status"], row.get("pages")) == ("unreadable", None)


@pytest.mark.parametrize("lost", [3, 7, 12, 200, 20_000])
def test_a_file_that_was_cut_is_truncated(lost: int) -> None:
    content = tables(tree(800))
    row, asked = looked_at(content[:-lost])
    assert (row["status"], row.get("pages")) == ("truncated" if lost > 5 else "ok", None if lost > 5 else 800)
    assert len(asked.ranges) <= 5


def test_no_bytes_are_empty_and_other_bytes_no_media() -> None:
    assert probed(PROBE, b"")[0]["status"] == "empty"
    assert probed(PROBE, b"x" * 2000 + tables(FIVE))[0]["status"] == "not_media"


def test_a_spent_budget_is_partial() -> None:
    row, _ = looked_at(tables(scans(120)), max_requests=1)
    assert (row["status"], row["error"].split(":")[1]) == ("partial", " more than 1 requests.")
    row, _ = looked_at(tables(scans(120)), max_requests=3)
    assert (row["status"], row["pages"]) == ("partial", 120)
    row, _ = looked_at(tables(scans(120)), max_bytes=30_000)
    assert row["status"] == "partial"


@pytest.mark.parametrize("strict", [True, False])
def test_what_the_store_raises_goes_through(strict: bool) -> None:
    content = tables(scans(20), startxref=None if strict else 17)
    reads = []

    def read(start: int, length: int, /) -> bytes:
        reads.append(start)
        if len(reads) > 1:
            raise BucketError("the cable is out")
        return content[start : start + length]

    with pytest.raises(BucketError):
        PROBE.probe(content[:4096], len(content), read, PROBE.limits, ProbeContext("x"))


@pytest.mark.parametrize("full", [0, 1])
def test_an_object_shorter_than_listed_is_changed(full: int) -> None:
    content = tables(scans(20))
    reads: list[int] = []

    def read(start: int, length: int, /) -> bytes:
        reads.append(start)
        return content[start : start + length - (len(reads) > full)]

    row = PROBE.probe(content[:4096], len(content), read, PROBE.limits, ProbeContext("x"))
    assert row["status"] == "changed"
    assert issubclass(FewerBytes, Exception)


def test_no_word_of_the_document_is_in_its_row_or_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    level = logging.getLogger("pypdf").level
    good, bad = figures(1), tables({**FIVE, 2: b"<</Kids[3 0 R]/Count(Jane Doe)/Jane#20Doe /Jane"}, startxref=3)
    caplog.clear()
    for content in (good, bad):
        row, _ = looked_at(content)
        assert "Jane" not in str(row)
    assert b"Jane" in good
    assert not caplog.records
    assert logging.getLogger("pypdf").level == level


def test_only_a_worker_that_meets_a_pdf_pays_for_pypdf() -> None:
    script = (
        "import sys; from labelport.probing.versions import probes; assert 'pdf' in probes(); "
        "sys.exit('pypdf' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
