"""The probe of text: its encoding, by the first bytes; nothing of the text enters the catalogue."""

from collections.abc import Mapping
from types import MappingProxyType

from labelport.probing.contract import Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.text import encoding_of

__all__ = ["PROBE", "TextProbe"]

_MIME_TYPES = {
    "text": "text/plain",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "html": "text/html",
    "xml": "application/xml",
    "svg": "image/svg+xml",
    "m3u": "application/vnd.apple.mpegurl",
    "ffconcat": "text/plain",
}


class TextProbe:
    """The probe of text. Its format is what ``sniff`` said; it reads no more than the head."""

    kind = "text"
    version = "text-1"
    formats: Mapping[str, str] = MappingProxyType(_MIME_TYPES)
    limits = Limits(head_bytes=4 << 10, max_bytes=16 << 10, max_requests=1)

    def probe(
        self,
        head: bytes,
        size: int,
        read: RangeRead,  # noqa: ARG002 -- nothing more is read
        limits: Limits,  # noqa: ARG002
        context: ProbeContext,  # noqa: ARG002
    ) -> MediaRow:
        """Return the encoding in ``mode``: ``utf-8``, ``utf-8-bom``, ``utf-16le`` …, ``latin-1``.

        It is that of the head: what follows may be of another.
        """
        if size == 0:
            return {"status": "empty", "error": "The object has no bytes."}
        mode = encoding_of(head, whole=len(head) >= size)
        if mode is None:
            return {"status": "not_media", "error": "The bytes are no text."}
        return {"status": "ok", "mode": mode}


PROBE = TextProbe()
"""The probe, as the entry point names it."""
