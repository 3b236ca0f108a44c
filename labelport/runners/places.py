"""Where each worker is: a small file in shared memory, one place a piece in flight.

A worker writes here before each row, the host reads here: after a death the culprit is known, and a
row that hangs is seen from outside. Times are CLOCK_MONOTONIC, which all processes of a machine share.
"""

import mmap
import struct
import time
from pathlib import Path
from typing import NamedTuple

NOT_BEGUN = -1
"""The piece was taken, no row was begun."""

ENDED = -2
"""The function has returned; what is left is sending its rows."""

_PLACE = struct.Struct("<qqd")


class Place(NamedTuple):
    """What a worker last wrote."""

    pid: int
    """Process; 0: nobody has taken the piece yet."""

    row: int
    """Row of the piece, ``NOT_BEGUN`` or ``ENDED``."""

    since: float
    """When, by ``time.monotonic``."""


class Places:
    """The places of one host, by slot."""

    def __init__(self, path: Path, *, slots: int, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(_PLACE.size * slots))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _PLACE.size * slots)

    def write(self, slot: int, pid: int, row: int) -> None:
        """Note that a process is at a row, now."""
        _PLACE.pack_into(self._map, slot * _PLACE.size, pid, row, time.monotonic())

    def clear(self, slot: int) -> None:
        """Note that nobody is there."""
        self.write(slot, 0, NOT_BEGUN)

    def read(self, slot: int) -> Place:
        """Return what was last written."""
        return Place(*_PLACE.unpack_from(self._map, slot * _PLACE.size))
