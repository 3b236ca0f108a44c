"""The probe of PDF: how many pages, from the tables at its end; title, author and text are never read.

pypdf reads, in its strict mode first: that looks up the objects it is asked for and nothing else, two
requests in most files. Its lenient mode reads the header of every object, and the whole file where a
table is wrong, so it is for files that the strict one refuses.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import thread_time
from types import MappingProxyType

from labelport.probing.contract import BudgetSpent, Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.document.page_tree import DEPTH, PageTree, page_tree
from labelport.probing.document.tape import Stopped, Tape
from labelport.probing.reader import FewerBytes, RangeReader, reader_over

__all__ = ["ENCRYPTED", "MENDED", "PROBE", "UNCONFIRMED", "PdfProbe"]

ENCRYPTED = "pdf_encrypted"
"""Flag of a document that the empty password does not open."""

MENDED = "pdf_mended"
"""Flag of a document that breaks the rules of its format; its pages were found by a search, or leniently."""

UNCONFIRMED = "pages_unconfirmed"
"""Flag of a row whose pages are what the document says: the tree is too long to be walked."""

SIGNATURE = b"%PDF-"
SIGNATURE_WITHIN = 1024
TAIL_BYTES = 8192
"""The last bytes hold ``startxref``; pypdf reads as many."""

STREAM_BYTES = 4 << 20
"""A stream inflates to at most this much: 16 MiB of small objects would take pypdf 15 seconds (measured)."""

WORK_BYTES = 16 << 20
"""What the filters of one stream may take in and give out together."""

RECOVERY_BYTES = 256 << 10
"""Of a damaged deflate stream so much is tried byte by byte."""

XREF_ENTRIES = 500_000
"""Entries of all cross-reference streams together."""

CATALOGS_TRIED = 1000
"""Objects that are looked at for one that says it is the catalog."""

_CPU_SHARE = 6
"""Of the deadline, so much (5 of 30 seconds) may be the processor's."""


class PdfProbe:
    """The probe of PDF."""

    kind = "pdf"
    version = "pdf-1"
    formats: Mapping[str, str] = MappingProxyType({"pdf": "application/pdf"})
    limits = Limits(head_bytes=4 << 10, max_bytes=4 << 20, max_requests=64)

    def probe(
        self,
        head: bytes,
        size: int,
        read: RangeRead,
        limits: Limits,
        context: ProbeContext,  # noqa: ARG002
    ) -> MediaRow:
        """Return ``pages``; faults of the file are its ``status``. What ``read`` raises goes through."""
        reader = reader_over(read, size, head=head, limits=limits)
        try:
            return _row(reader, limits)
        except BudgetSpent as spent:
            return _spent(spent)
        except FewerBytes:
            return {"status": "changed", "error": "The object has fewer bytes than were listed."}
        except Stopped as stop:
            if isinstance(stop.reason, BudgetSpent):
                return _spent(stop.reason)
            if isinstance(stop.reason, FewerBytes):
                return {"status": "changed", "error": "The object has fewer bytes than were listed."}
            raise stop.reason from None


def _spent(spent: BudgetSpent) -> MediaRow:
    return {"status": "partial", "error": f"The budget was spent before the pages were counted: {spent}."}


def _row(reader: RangeReader, limits: Limits) -> MediaRow:
    if reader.size == 0:
        return {"status": "empty", "error": "The object has no bytes."}
    start = reader.at(0, SIGNATURE_WITHIN + len(SIGNATURE)).find(SIGNATURE)
    if start < 0:
        return {"status": "not_media", "error": "There is no signature of PDF in its first 1,024 bytes."}
    tail = reader.at(max(0, reader.size - TAIL_BYTES), TAIL_BYTES)
    _, mark, end = tail.rpartition(b"startxref")
    if not mark or b"%" not in end:
        return {"status": "truncated", "error": "The file is cut: it does not end as a PDF does."}
    with _bounded(reader.size):
        until = thread_time() + limits.deadline_s / _CPU_SHARE
        return _read(reader, start=start, until=until, most_bytes=limits.max_bytes)


@contextmanager
def _bounded(size: int) -> Iterator[None]:
    """Let pypdf inflate no more than the caps, run no program, and write nothing into the log.

    Its defaults are 75 MB a stream, and a stream with the filter JBIG2Decode is handed to an external
    decoder through files. Its warnings quote the document.
    """
    from pypdf import apply_configuration  # noqa: PLC0415  -- 18 MB and 70 ms that only workers with a PDF pay

    log = logging.getLogger("pypdf")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with apply_configuration(
            maximum_declared_stream_length=min(size, STREAM_BYTES),
            array_based_stream_maximum_output_length=STREAM_BYTES,
            lzw_maximum_output_length=STREAM_BYTES,
            run_length_maximum_output_length=STREAM_BYTES,
            zlib_maximum_output_length=STREAM_BYTES,
            brotli_maximum_output_length=STREAM_BYTES,
            zlib_maximum_recovery_input_length=RECOVERY_BYTES,
            stream_decoding_work_maximum_length=WORK_BYTES,
            jbig2dec_binary=None,
        ):
            yield
    finally:
        log.setLevel(level)


def _read(reader: RangeReader, *, start: int, until: float, most_bytes: int) -> MediaRow:
    """Return the row of a document, by the strict mode, or else by the lenient one."""
    row = _attempt(Tape(reader, start=start, until=until), strict=True)
    if row is None:
        if reader.size <= most_bytes - reader.bytes_read:
            reader.at(0, reader.size)  # in one request: it will be searched from end to end
        row = _attempt(Tape(reader, start=start, until=until), strict=False)
    return row or {
        "status": "unreadable",
        "error": "Its pages cannot be found: its tables or its page tree are damaged.",
    }


def _attempt(tape: Tape, *, strict: bool) -> MediaRow | None:
    """Return the row of a document; None where pypdf does not get through in this mode."""
    from pypdf.errors import FileNotDecryptedError, LimitReachedError  # noqa: PLC0415

    try:
        found = _page_tree(tape, strict=strict)
    except FileNotDecryptedError:
        words = "The document is encrypted, and the empty password does not open it."
        return {"status": "partial", "error": words, "flags": [ENCRYPTED]}
    except _UnknownEncryption:
        return {
            "status": "partial",
            "error": "The document is encrypted in a way that is not read.",
            "flags": [ENCRYPTED],
        }
    except Exception as error:  # the edge of one object: pypdf has an error for everything
        if _caused_by(error, LimitReachedError):
            return {"status": "partial", "error": "Its streams, tables or lists go beyond what is read of a PDF."}
        return None
    return _pages(found, mended=tape.searched or not strict)


class _UnknownEncryption(Exception):
    """pypdf has no way to decrypt, or a package for it is not installed."""


def _page_tree(tape: Tape, *, strict: bool) -> PageTree:
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError  # noqa: PLC0415

    try:
        document = PdfReader(
            tape,  # type: ignore[arg-type]  # of a file it uses read, seek and tell
            strict=strict,
            root_object_recovery_limit=CATALOGS_TRIED,
            xref_stream_maximum_entries=XREF_ENTRIES,
        )
    except (DependencyError, NotImplementedError) as error:
        raise _UnknownEncryption from error
    return page_tree(document, tape)


def _caused_by(error: BaseException | None, kind: type[Exception]) -> bool:
    """Return whether an error is of a kind, or came of one: pypdf wraps its own."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _pages(found: PageTree, *, mended: bool) -> MediaRow:
    """Return pages, and what is wrong with their number."""
    said, walked = found.said, found.walked
    row: MediaRow = {"status": "ok", "pages": said, "flags": [MENDED] if mended else None}
    if found.end == "stopped":
        words = "The budget was spent before the page tree was walked; its root says how many there are."
        return {**row, "status": "partial", "error": words}
    if found.end == "deep":
        return {**row, "status": "partial", "error": f"Its page tree has more than {DEPTH} levels."}
    if found.end == "whole" and said is None and not walked:
        return {"status": "unreadable", "error": "Its page tree holds nothing."}
    if found.end == "whole" and said != walked:
        words = f"Its page tree has {walked:,} pages and says " + ("no number." if said is None else f"{said:,}.")
        return {**row, "status": "partial", "pages": walked, "error": words}
    if found.end == "far":
        if said is None or walked > said:
            words = "Its page tree is too long to be walked, and says no number that could be true."
            return {**row, "status": "partial", "pages": None, "error": words}
        row["flags"] = [*(row["flags"] or ()), UNCONFIRMED]
    return row


PROBE = PdfProbe()
"""The probe, as the entry point names it."""
