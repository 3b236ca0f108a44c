"""What the header of an image says, and how a walker says that there is none."""

from dataclasses import dataclass
from typing import Literal

from labelport.probing.reader import RangeReader

__all__ = ["ImageFault", "ImageHeader", "exactly"]


@dataclass(frozen=True, kw_only=True)
class ImageHeader:
    """One image, as its file says it."""

    width: int
    """Columns as stored."""

    height: int
    """Rows as stored."""

    mode: str | None
    """As ``PIL.Image.open(file).mode`` says it; None where Pillow could not open it."""

    bit_depth: int | None = None
    """Bits a channel (of an index, where there is a palette)."""

    orientation: int | None = None
    """EXIF orientation, 1..8; None where the file says none."""

    frames: int | None = 1
    """Pictures in the file; None where counting would cost the whole file."""

    frames_method: Literal["index", "header"] | None = None
    """How they were counted; None for a still."""

    frames_exact: bool = True
    """Whether they were counted."""

    status: Literal["ok", "partial", "truncated", "unsupported"] = "ok"
    """What is wrong, beside size and limits."""

    error: str | None = None
    """One sentence on it."""

    flags: tuple[str, ...] = ()
    """``exif_unreadable``, ``multi_picture`` …"""


class ImageFault(Exception):
    """Raised by a walker where a file has no header that can be read; carries the status of the row."""

    def __init__(self, status: Literal["truncated", "unreadable", "unsupported"], words: str) -> None:
        super().__init__(words)
        self.status = status


def exactly(reader: RangeReader, start: int, length: int) -> bytes:
    """Return so many bytes at a place; raises ``ImageFault`` (truncated) where the object ends before."""
    piece = reader.at(start, length)
    if len(piece) < length:
        raise ImageFault("truncated", "The file ends within its header.")
    return piece
