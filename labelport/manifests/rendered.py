"""A rendition as manifests see it: its row in the table, and the media row that stands for its file."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from labelport.probing.sniff import extension_of

FORMATS = {
    ".png": ("png", "image/png"),
    ".jpg": ("jpeg", "image/jpeg"),
    ".jpeg": ("jpeg", "image/jpeg"),
    ".webp": ("webp", "image/webp"),
}
"""Format and MIME type of a rendition by its extension: we wrote the file, so the name is no claim."""


class Rendition(NamedTuple):
    """What is read of a row of ``tables.RENDITIONS``; the fields are its columns."""

    series_id: str
    source_store: str
    source_key: str
    source_frame: int | None
    version: str | None
    key: str
    source_token: str
    kind: str
    status: str
    error: str | None
    width: int | None
    height: int | None
    size: int | None
    md5: str | None
    pts_s: float | None

    @property
    def place(self) -> tuple[int, str]:
        """Return frame and version: there is one rendition of each."""
        return (-1 if self.source_frame is None else self.source_frame), self.version or ""


def rendition_media(row: Rendition, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the media row of a rendition: a good picture of one frame, of which we know all.

    ``source``: media row of what it was made of; its risk of naming a person is the picture's too.
    """
    extension = extension_of(row.key)
    known, mime_type = FORMATS.get(extension, (extension.removeprefix(".") or None, None))
    return {
        "store": "publish",
        "key": row.key,
        "token": row.md5,
        "size": row.size,
        "kind": "image",
        "format": known,
        "mime_type": mime_type,
        "extension": extension,
        "extension_mismatch": False,
        "status": "ok",
        "error": None,
        "width": row.width,
        "height": row.height,
        "stored_width": row.width,
        "stored_height": row.height,
        "orientation": None,
        "frames": 1,
        "frames_exact": True,
        "duration_s": None,
        "fps": None,
        "phi_risk": source.get("phi_risk"),
    }
