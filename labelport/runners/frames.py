"""What run and host say to each other over two pipes: length-prefixed msgpack, tables as Arrow IPC bytes.

The host passes tables on without looking into them, so it needs no pyarrow.
"""

import struct
from typing import BinaryIO

import msgspec

LENGTH = struct.Struct("<Q")


class Opening(msgspec.Struct, frozen=True, tag=True):
    """First frame to the host: what is to be run, and how."""

    function: str
    """``package.module:name``."""

    options: bytes
    """JSON."""

    preload: tuple[str, ...]
    """Modules that the fork server imports once, for all workers."""

    deadline_s: float
    """Wall seconds an object may take."""

    memory_bytes: int
    """RLIMIT_AS above what a worker has after its imports."""

    workers: int
    """Processes."""

    max_tasks: int
    """Pieces after which a worker is replaced."""

    scratch: str
    """Empty folder for this host; removed at its end."""


class PieceFrame(msgspec.Struct, frozen=True, tag=True):
    """To the host: run these rows."""

    id: int
    """Given back with the answer."""

    count: int
    """Rows."""

    rows: bytes
    """Arrow IPC stream."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """From the host: one row for each row of the piece."""

    id: int
    """The piece's."""

    rows: bytes
    """Arrow IPC stream."""


class Died(msgspec.Struct, frozen=True, tag=True):
    """From the host: the worker of this piece died, or had to be killed."""

    id: int
    """The piece's."""

    at: int | None
    """Row of the piece that was being worked on; null where that is not known."""

    late: bool
    """It was killed at the deadline."""

    detail: str
    """Signal or exit code, in words."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """From the host: the function let an exception out. A fault of ours, not of an object."""

    id: int
    """The piece's."""

    message: str
    """Type and text of the exception, made safe to show."""


ToHost = Opening | PieceFrame
FromHost = Done | Died | Failed

_to_host = msgspec.msgpack.Decoder(ToHost)
_from_host = msgspec.msgpack.Decoder(FromHost)


def send(pipe: BinaryIO, frame: ToHost | FromHost) -> None:
    """Write one frame; raises ``BrokenPipeError`` where nobody reads any more."""
    body = msgspec.msgpack.encode(frame)
    pipe.write(LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def frame_to_host(pipe: BinaryIO) -> ToHost | None:
    """Read one frame in the host; null at the end of the pipe."""
    body = _body(pipe)
    return None if body is None else _to_host.decode(body)


def frame_from_host(pipe: BinaryIO) -> FromHost | None:
    """Read one frame in the run; null at the end of the pipe."""
    body = _body(pipe)
    return None if body is None else _from_host.decode(body)


def _body(pipe: BinaryIO) -> bytes | None:
    length = _exactly(pipe, LENGTH.size)
    return None if length is None else _exactly(pipe, LENGTH.unpack(length)[0])


def _exactly(pipe: BinaryIO, count: int) -> bytes | None:
    """Read ``count`` bytes; null where the pipe ends before, as it does when the other side is killed."""
    parts: list[bytes] = []
    while count:
        part = pipe.read(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
