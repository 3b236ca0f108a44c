"""The probe of archives: they are named by their first bytes and opened by nothing, so a bomb costs its head."""

from collections.abc import Mapping
from types import MappingProxyType

from labelport.probing.contract import Limits, MediaRow, ProbeContext, RangeRead

__all__ = ["PROBE", "ArchiveProbe"]

_OFFICE = "application/vnd.openxmlformats-officedocument"
_MIME_TYPES = {
    "zip": "application/zip",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "epub": "application/epub+zip",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "tar": "application/x-tar",
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "zstd": "application/zstd",
}


class ArchiveProbe:
    """The probe of archives, and of documents that are zip files. The kind makes ``probe.archive_not_opened``."""

    kind = "archive"
    version = "archive-1"
    formats: Mapping[str, str] = MappingProxyType(_MIME_TYPES)
    limits = Limits(head_bytes=16 << 10, max_bytes=16 << 10, max_requests=1)

    def probe(
        self,
        head: bytes,  # noqa: ARG002 -- sniffing has seen it
        size: int,
        read: RangeRead,  # noqa: ARG002
        limits: Limits,  # noqa: ARG002
        context: ProbeContext,  # noqa: ARG002
    ) -> MediaRow:
        """Return that there is one."""
        return {"status": "ok"} if size else {"status": "empty", "error": "The object has no bytes."}


PROBE = ArchiveProbe()
"""The probe, as the entry point names it."""
