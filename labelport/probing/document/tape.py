"""An object as pypdf reads it: a file over ranges that stops at a budget, and is not to be talked out of it."""

import operator
import os
from time import thread_time

from labelport.probing.contract import BudgetSpent
from labelport.probing.reader import RangeReader

__all__ = ["Stopped", "Tape"]

_READS_A_LOOK = 64
"""Small reads between two looks at the clock: one costs half a microsecond."""

_SMALL_BYTES = 4096


class Stopped(BaseException):
    """Reading has to end; ``reason`` is what the reader raised, or that the processor's time is spent.

    A ``BaseException``, because pypdf mends files behind some twenty ``except Exception`` and would
    go on. It never leaves the probe.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Tape:
    """A seekable binary file of what stands behind ``start`` in an object.

    ``until``: ``time.thread_time`` from which a read raises ``Stopped``: a few bytes may hold so many
    objects that parsing them takes minutes.
    """

    def __init__(self, reader: RangeReader, *, start: int, until: float) -> None:
        self._reader = reader
        self._start = start
        self._size = reader.size - start
        self._at = 0
        self._reads = 0
        self._until = until
        self.searched = False
        """Whether everything was read: pypdf has looked for an object from end to end."""

    @property
    def requests(self) -> int:
        """Requests so far, of the reader behind."""
        return self._reader.requests

    @property
    def bytes_read(self) -> int:
        """Bytes so far, of the reader behind."""
        return self._reader.bytes_read

    def read(self, length: int | None = -1, /) -> bytes:
        """Return the next bytes, all of them where ``length`` is negative; fewer at the end."""
        if length is None or length < 0:
            length = max(0, self._size - self._at)
            self.searched = True
        self._reads += 1
        if length > _SMALL_BYTES or not self._reads % _READS_A_LOOK:
            self._look_at_the_clock()
        try:
            piece = self._reader.at(self._start + self._at, length)
        except Exception as error:
            if error is self._reader.failure:
                raise Stopped(error) from None
            raise  # a parser too deep in its recursion finds out here
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move, as in a file in memory: ``ValueError`` before the start, ``TypeError`` for no whole number."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        place = base + operator.index(offset)
        if place < 0:
            msg = f"negative position {place}"
            raise ValueError(msg)
        self._at = place
        return place

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def _look_at_the_clock(self) -> None:
        if thread_time() > self._until:
            raise Stopped(BudgetSpent("more processor time than it is given"))
