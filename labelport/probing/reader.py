"""One object as a seekable file over range reads, with a block cache and a budget."""

import io
import os
from typing import TYPE_CHECKING

from labelport.probing.contract import BudgetSpent, Limits, RangeRead

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["FewerBytes", "RangeReader", "reader_over"]

BLOCK_BYTES = 16 << 10
"""Least bytes of a request, and the grid of the cache."""

AHEAD_BYTES = 256 << 10
"""A run of reads that goes on where the last request ended asks for up to this much."""


class FewerBytes(Exception):
    """Raised where the object gave fewer bytes than its listing said: it has changed since."""


class RangeReader(io.RawIOBase):
    """A readable, seekable file over ``read(start, length)``; no byte is asked for twice.

    ``head``: the first bytes, fetched already; they count as one request. Requests are multiples of
    ``block_bytes`` on a fixed grid; neighbouring misses are one request, and a sequential run
    doubles its requests up to ``ahead_bytes``. Reads beyond ``size`` give fewer bytes.

    Raises ``BudgetSpent`` before a request that would go past ``max_requests`` or ``max_bytes``, and
    ``FewerBytes`` where the object is shorter than ``size``. Whatever ``read`` raises is kept in
    ``failure``, because libraries in between (FFmpeg) may turn it into an error of their own.
    """

    def __init__(
        self,
        read: RangeRead,
        size: int,
        *,
        head: bytes = b"",
        max_bytes: int = 8 << 20,
        max_requests: int = 64,
        block_bytes: int = BLOCK_BYTES,
        ahead_bytes: int = AHEAD_BYTES,
    ) -> None:
        super().__init__()
        self._read = read
        self.size = size
        self._max_bytes = max_bytes
        self._max_requests = max_requests
        self._block = block_bytes
        self._ahead = max(ahead_bytes, block_bytes)
        self._at = 0
        head = head[:size]
        self.head = head
        self._blocks: dict[int, bytes] = {}
        for number, start in enumerate(range(0, len(head), block_bytes)):
            self._blocks[number] = head[start : start + block_bytes]
        self._request_end = len(head)
        self._window = block_bytes
        self.requests = 1 if head else 0
        self.bytes_read = len(head)
        self.failure: Exception | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; from the end by the listed size, without a request."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}.get(whence)
        if base is None:
            msg = f"whence {whence} is not 0, 1 or 2"
            raise ValueError(msg)
        if base + offset < 0:
            msg = f"negative position {base + offset}"
            raise ValueError(msg)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer from the position; return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        piece = self.at(self._at, len(view))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def at(self, start: int, length: int) -> bytes:
        """Return the bytes at a place, fewer at the end of the object; the position stays."""
        stop = min(start + length, self.size)
        if start >= stop or start < 0:
            return b""
        if stop <= len(self.head):
            return self.head[start:stop]
        self._fetch(start, stop)
        first, last = start // self._block, (stop - 1) // self._block
        if first == last:
            offset = first * self._block
            return self._blocks[first][start - offset : stop - offset]
        joined = b"".join(self._blocks[number] for number in range(first, last + 1))
        return joined[start - first * self._block : stop - first * self._block]

    def _expected(self, number: int) -> int:
        return min(self._block, self.size - number * self._block)

    def _have(self, number: int) -> int:
        return len(self._blocks.get(number, b""))

    def _fetch(self, start: int, stop: int) -> None:
        """Bring all blocks of [start, stop) into the cache."""
        number, last = start // self._block, (stop - 1) // self._block
        while number <= last:
            if self._have(number) == self._expected(number):
                number += 1
                continue
            end = number + 1
            while end <= last and end not in self._blocks:
                end += 1
            number = self._request(number, end, stop=stop)

    def _request(self, first: int, end: int, *, stop: int) -> int:
        """Ask for blocks first..end-1 (and ahead, in a sequential run); return the block after them."""
        begin = first * self._block + self._have(first)
        self._window = min(self._window * 2, self._ahead) if begin == self._request_end else self._block
        finish = min(max(end * self._block, begin + self._window), self.size)
        finish = self._before_cached(first + 1, finish)
        left = self._max_bytes - self.bytes_read
        if finish - begin > left:  # less ahead, so that the budget is used to its end
            finish = min(end * self._block, self.size)
        if self.requests >= self._max_requests:
            raise self._failed(BudgetSpent(f"more than {self._max_requests} requests"))
        if finish - begin > left:
            raise self._failed(BudgetSpent(f"more than {self._max_bytes} bytes"))
        try:
            piece = self._read(begin, finish - begin)
        except Exception as error:
            raise self._failed(error) from None
        self.requests += 1
        self.bytes_read += len(piece)
        if len(piece) != finish - begin:
            raise self._failed(
                FewerBytes(f"{begin + len(piece)} bytes where {self.size} were listed (asked to {stop})")
            )
        self._request_end = finish
        self._keep(begin, piece)
        return -(-finish // self._block) if finish < self.size else end

    def _before_cached(self, number: int, finish: int) -> int:
        """Return where a request must end so that it fetches nothing that is cached already."""
        while number * self._block < finish:
            if number in self._blocks:
                return number * self._block
            number += 1
        return finish

    def _keep(self, begin: int, piece: bytes) -> None:
        at = 0
        while at < len(piece):
            number = (begin + at) // self._block
            room = (number + 1) * self._block - (begin + at)
            self._blocks[number] = self._blocks.get(number, b"") + piece[at : at + room]
            at += room

    def _failed(self, error: Exception) -> Exception:
        self.failure = error
        return error


def reader_over(read: RangeRead, size: int, *, head: bytes, limits: Limits) -> RangeReader:
    """Return a reader for a probe; the one behind ``read`` where that is one's ``at``, so that nothing is cached twice."""
    behind = getattr(read, "__self__", None)
    if isinstance(behind, RangeReader) and behind.size == size:
        behind.seek(0)
        return behind
    return RangeReader(read, size, head=head, max_bytes=limits.max_bytes, max_requests=limits.max_requests)
