"""An object of a bucket as a seekable file: for decoders that read a whole video once.

The probes' reader has a budget and keeps small blocks; here everything is read, in order, so blocks are
large and only the last few stay.
"""

import io
from collections import OrderedDict
from typing import Any

from labelport.storage.contract import Bucket

BLOCK_BYTES = 1 << 20
BLOCKS = 8


class ObjectFile(io.RawIOBase):
    """Reads an object by ranges of 1 MiB, eight of them kept.

    Raises ``ObjectChanged`` where the object is no longer the one of ``token``.
    """

    def __init__(self, bucket: Bucket, key: str, size: int, *, token: str | None) -> None:
        super().__init__()
        self._bucket = bucket
        self._key = key
        self._size = size
        self._token = token
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.failure: Exception | None = None

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be sought."""
        return True

    def tell(self) -> int:
        """Return the offset, bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to an offset; return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the offset on; return how many bytes came."""
        view = memoryview(buffer).cast("B")
        number, start = divmod(self._at, BLOCK_BYTES)
        part = self._block(number)[start : start + len(view)] if self._at < self._size else b""
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def read(self, size: int = -1, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end: decoders take a short read for the end."""
        wanted = self._size - self._at if size < 0 else size
        parts: list[bytes] = []
        while wanted > 0 and self._at < self._size:
            number, start = divmod(self._at, BLOCK_BYTES)
            part = self._block(number)[start : start + wanted]
            if not part:
                break
            parts.append(part)
            self._at += len(part)
            wanted -= len(part)
        return b"".join(parts)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * BLOCK_BYTES
        try:
            block = self._bucket.read_range(self._key, start, min(BLOCK_BYTES, self._size - start), token=self._token)
        except Exception as error:  # FFmpeg swallows what a callback raises: kept for whoever asks
            self.failure = error
            raise
        self._blocks[number] = block
        if len(self._blocks) > BLOCKS:
            self._blocks.popitem(last=False)
        return block
