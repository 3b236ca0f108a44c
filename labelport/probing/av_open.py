"""The one place that opens a container with FFmpeg.

FFmpeg follows what a file says: two lines of ``ffconcat`` in a file called ``x.mp4`` made it read
another file of the working directory, from a file object (``probing.md`` 8). So: only file objects,
only what our own sniffing named a container, only the demuxers of the list, and no protocol at all.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

from labelport.errors import LabelportError
from labelport.probing.sniff import sniff

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["SAFE_OPTIONS", "MediaRefused", "SeekableBytes", "open_media"]

SAFE_OPTIONS = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mp3,wav,flac,ogg,aac,asf",
    "protocol_whitelist": "none",
}
"""Demuxers by their exact names, all aliases of mov; no protocol: FFmpeg opens nothing by itself."""

HEAD_BYTES = 4096
"""What the container is recognised by."""

_BUFFER_BYTES = {"probe": 32 << 10, "decode": 256 << 10}


class MediaRefused(LabelportError, ValueError):
    """Raised where bytes are no container of video or sound: they are not given to FFmpeg."""


class SeekableBytes(Protocol):
    """A readable, seekable binary file."""

    def read(self, size: int = -1, /) -> bytes | None:
        """Return bytes, none at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move."""
        ...

    def tell(self) -> int:
        """Return the position."""
        ...


class _Nameless:
    """A file without a name: FFmpeg would take the name's extension for a hint, and put it into errors."""

    def __init__(self, file: SeekableBytes | IO[bytes]) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


@contextmanager
def open_media(
    file: SeekableBytes | IO[bytes], *, mode: Literal["probe", "decode"] = "probe"
) -> "Iterator[InputContainer]":
    """Give an open container of a file object (never of a path), and close it.

    ``mode``: ``decode`` reads in larger pieces. Text of the container that is no UTF-8 is replaced.
    Raises ``TypeError`` for a path, ``MediaRefused`` for what is no container, and FFmpeg's
    ``av.FFmpegError`` for one that it cannot open.
    """
    if isinstance(file, str | bytes | os.PathLike) or not hasattr(file, "read"):
        msg = f"open_media takes a file object, not a {type(file).__name__}: FFmpeg must not open files by name"
        raise TypeError(msg)
    file.seek(0)
    head = file.read(HEAD_BYTES) or b""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    found = sniff(head, size, "")
    if found.kind not in {"video", "audio"}:
        msg = f"The bytes are {found.format}, no container of video or sound; FFmpeg does not get to see them."
        raise MediaRefused(msg)
    with _opened(_Nameless(file), mode) as container:
        yield container


def _opened(file: _Nameless, mode: str) -> "InputContainer":
    import av  # noqa: PLC0415  -- 60 ms that only workers pay

    options: dict[str, Any] = {"container_options": SAFE_OPTIONS, "metadata_errors": "replace"}
    container: InputContainer = av.open(file, mode="r", buffer_size=_BUFFER_BYTES[mode], **options)
    return container
