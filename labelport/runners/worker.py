"""What runs in a worker process: one piece at a time, each row under a kernel timer.

The host imports this module to name its functions; pyarrow is imported by the workers alone.
"""

import gc
import importlib
import io
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from labelport.light import let_pyarrow_do_without_pandas
from labelport.privacy import plain
from labelport.runners.confinement import confine
from labelport.runners.frames import Died, Done, Failed
from labelport.runners.places import ENDED, NOT_BEGUN, Places

if TYPE_CHECKING:
    import pyarrow as pa

    from labelport.runners.contract import Begin

OUT_OF_MEMORY = 77
"""Exit code of a worker whose function ran out of memory: a fresh one takes over."""

Function = Callable[["pa.RecordBatch", dict[str, Any], "Begin"], "pa.RecordBatch"]


@dataclass(frozen=True)
class Duty:
    """What all pieces of a worker have in common."""

    function: str
    options: bytes
    preload: tuple[str, ...]
    deadline_s: float
    memory_bytes: int
    scratch: Path
    slots: int

    @property
    def places(self) -> Path:
        """Return the file of ``Places``."""
        return self.scratch / "places"


class _Timer:
    """``begin``: notes the row where the host sees it, and lets the kernel kill us at the deadline.

    SIGALRM keeps its default action, so a call that hangs in C and never comes back to the
    interpreter dies by it as well.
    """

    def __init__(self, places: Places, slot: int, deadline_s: float) -> None:
        self._places, self._slot, self._deadline_s = places, slot, deadline_s
        self._pid = os.getpid()
        places.write(slot, self._pid, NOT_BEGUN)

    def __call__(self, row: int, /) -> None:
        self._places.write(self._slot, self._pid, row)
        signal.setitimer(signal.ITIMER_REAL, self._deadline_s)

    def stop(self) -> int:
        """Disarm: from here on locks of the pool are held, and a death would hold them for ever."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        at = self._places.read(self._slot).row
        self._places.write(self._slot, self._pid, ENDED)
        return at


def start(duty: Duty) -> None:
    """Make this process a worker: import what it needs, then limit it."""
    let_pyarrow_do_without_pandas()
    for module in duty.preload:
        # A module that is not there is told by the first piece, with words; a worker that dies here says nothing.
        try:
            importlib.import_module(module)
        except ImportError:
            break
    gc.freeze()  # what was imported stays: no collection needs to look at it again
    confine(memory_bytes=duty.memory_bytes, scratch=duty.scratch)


def run_piece(duty: Duty, piece: int, slot: int, rows: bytes) -> Done | Died | Failed:
    """Run the function over a piece; a row that ends the process is for the host to tell."""
    at = NOT_BEGUN
    try:
        function = function_named(duty.function)
        options = msgspec.json.decode(duty.options)
        batch = batch_of(rows)
        timer = _Timer(_places(duty.places, duty.slots), slot, duty.deadline_s)
        try:
            result = function(batch, options, timer)
        finally:
            at = timer.stop()
        if result.num_rows != batch.num_rows:
            return Failed(piece, f"{duty.function} made {result.num_rows} rows of {batch.num_rows}")
        return Done(piece, stream_of(result))
    except MemoryError:
        _places(duty.places, duty.slots).write(slot, os.getpid(), at)
        os._exit(OUT_OF_MEMORY)
    except SystemExit as end:
        return Died(piece, at if at >= 0 else None, late=False, detail=f"called sys.exit({plain(str(end.code))})")
    except Exception as error:  # a fault of the function: told to the run, which stops with these words
        return Failed(piece, f"{type(error).__name__}: {plain(str(error), most=500)}")


@cache
def function_named(name: str) -> Function:
    """Return a function by ``package.module:name``; raises ``ImportError`` or ``AttributeError``."""
    module, _, attribute = name.partition(":")
    function: Function = getattr(importlib.import_module(module), attribute)
    return function


def batch_of(stream: bytes) -> "pa.RecordBatch":
    """Return the one batch of an Arrow IPC stream."""
    import pyarrow as pa  # noqa: PLC0415

    with pa.ipc.open_stream(stream) as reader:
        return reader.read_next_batch()


def stream_of(batch: "pa.RecordBatch") -> bytes:
    """Return a batch as an Arrow IPC stream."""
    import pyarrow as pa  # noqa: PLC0415

    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


@cache
def _places(path: Path, slots: int) -> Places:
    return Places(path, slots=slots)


def preloads(function: str, also: Sequence[str]) -> tuple[str, ...]:
    """Return the modules that every worker of a function needs."""
    return tuple(dict.fromkeys(["pyarrow", __name__, function.partition(":")[0], *also]))
