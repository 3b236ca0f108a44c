"""The clean process between a run and its workers: ``python -m labelport.runners.host``.

It holds the pool, tells the run what became of each piece, and watches from outside: a worker past
its deadline is killed, one that vanished is noticed. It ends, with all that it started, when its
standard input ends. It imports neither Dagster (the run does) nor pyarrow (it passes tables on).
"""

import contextlib
import multiprocessing
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pebble import ProcessExpired, ProcessPool

from labelport.runners.frames import Died, Failed, FromHost, Opening, PieceFrame, frame_to_host, send
from labelport.runners.places import ENDED, NOT_BEGUN, Place, Places
from labelport.runners.worker import OUT_OF_MEMORY, Duty, run_piece, start

TICK_S = 0.25
"""How often the host looks at its workers."""

GRACE_S = 1.0
"""How much later than the kernel's timer the host kills."""

GONE_S = 2.0
"""How long a worker must be gone, without the pool's telling so, to be given up."""

START_S = 60.0
"""How long a worker may take before it begins the first row, beyond the deadline of all rows."""

STALL_S = 5.0
"""How long all workers may be idle while pieces wait, once the first piece has come back.

A worker that is killed from outside while it holds a lock of the pool (out-of-memory killer; some ms a
shard are enough: seen in tests) would hold it for ever, and the pool gives up only after minutes.
"""

HARD_END_S = 3.0
"""How long a gentle end may take."""

BROKEN = 3
"""Exit code where the pool broke: the run starts another host."""


@dataclass
class _Flight:
    """A piece in the pool."""

    piece: PieceFrame
    future: "Future[Any]"
    slot: int
    late: bool = False
    gone_since: float | None = None


class Host:
    """The pool, and the pieces in it."""

    def __init__(self, opening: Opening, tell: Callable[[FromHost], None]) -> None:
        slots = opening.workers * 2 + 1
        self._tell = tell
        self._flights: dict[int, _Flight] = {}
        self._free = list(range(slots))
        self._duty = Duty(
            function=opening.function,
            options=opening.options,
            preload=opening.preload,
            deadline_s=opening.deadline_s,
            memory_bytes=opening.memory_bytes,
            scratch=Path(opening.scratch),
            slots=slots,
        )
        self._places = Places(self._duty.places, slots=slots, create=True)
        self._moved = self._watched = time.monotonic()
        self._patience_at_rest_s = START_S
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pebble", *opening.preload])
        self._pool = ProcessPool(
            max_workers=opening.workers,
            max_tasks=opening.max_tasks,
            initializer=start,
            initargs=(self._duty,),
            context=context,
        )

    def take(self, piece: PieceFrame, ended: Callable[[int], None]) -> None:
        """Give a piece to the pool; ``ended(id)`` is called from a thread of the pool."""
        slot = self._free.pop()
        self._places.clear(slot)
        if not self._flights:
            self._moved = time.monotonic()
        future = self._pool.schedule(run_piece, args=(self._duty, piece.id, slot, piece.rows))
        self._flights[piece.id] = _Flight(piece, future, slot)
        future.add_done_callback(lambda _: ended(piece.id))

    def land(self, piece: int) -> None:
        """Tell what became of a piece; raises ``BrokenProcessPool``."""
        flight = self._flights.pop(piece)
        self._moved = time.monotonic()
        self._patience_at_rest_s = STALL_S
        self._tell(self._outcome(flight))
        self._free.append(flight.slot)

    def _outcome(self, flight: _Flight) -> FromHost:
        place = self._places.read(flight.slot)
        at = place.row if place.row >= 0 else None
        try:
            answer: FromHost = flight.future.result()
        except ProcessExpired as death:
            late = flight.late or death.exitcode == -signal.SIGALRM
            return Died(flight.piece.id, at, late, self._words(death.exitcode, late=late))
        except CancelledError:
            return Died(flight.piece.id, at, flight.late, self._words(0, late=flight.late))
        except BrokenProcessPool:
            raise
        except Exception as error:
            return Failed(flight.piece.id, f"{type(error).__name__}: {error}")
        return answer

    def _words(self, exit_code: int, *, late: bool) -> str:
        if late:
            return f"took longer than {self._duty.deadline_s:g} s"
        if exit_code == OUT_OF_MEMORY:
            return f"needed more memory than {self._duty.memory_bytes >> 20} MiB"
        if exit_code < 0:
            with contextlib.suppress(ValueError):
                return f"its worker was killed by {signal.Signals(-exit_code).name}"
        return f"its worker ended with exit code {exit_code}"

    def watch(self) -> None:
        """Kill workers past their deadline; give up pieces whose worker vanished without the pool's knowing.

        Looks every ``TICK_S``, however often it is called. Raises ``BrokenProcessPool`` where pieces wait and nobody works on any.
        """
        now = time.monotonic()
        if now < self._watched + TICK_S:
            return
        self._watched = now
        for flight in self._flights.values():
            place = self._places.read(flight.slot)
            if place.pid and place.row != ENDED and _alive(place.pid):
                self._moved = now
            if place.pid == 0 or flight.future.done():
                continue
            if not _alive(place.pid):
                # The pool takes exit code 0 for a good end, and may miss a death right after the start.
                flight.gone_since = flight.gone_since or now
                flight.late = flight.late or flight.gone_since - place.since > self._duty.deadline_s
                if now - flight.gone_since > GONE_S:
                    flight.future.cancel()
            elif now - place.since > self._patience_s(flight, place):
                flight.late = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(place.pid, signal.SIGKILL)
        if self._flights and now - self._moved > self._patience_at_rest_s:
            raise BrokenProcessPool("pieces wait, and no worker takes one")

    def _patience_s(self, flight: _Flight, place: Place) -> float:
        if place.row == NOT_BEGUN:
            return START_S + self._duty.deadline_s * flight.piece.count
        return START_S if place.row == ENDED else self._duty.deadline_s + GRACE_S

    def close(self) -> None:
        """End the workers."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(RuntimeError):
            self._pool.join()


def _alive(pid: int) -> bool:
    """Return whether a process of ours lives; a number that another process has by now is not ours."""
    try:
        return os.getpgid(pid) == os.getpgrp()
    except ProcessLookupError:
        return False


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """Run pieces until the input ends; return the exit code."""
    opening = frame_to_host(incoming)
    if not isinstance(opening, Opening):
        return 0
    scratch = opening.scratch
    events: queue.SimpleQueue[PieceFrame | int | None] = queue.SimpleQueue()
    host = Host(opening, lambda frame: send(outgoing, frame))
    threading.Thread(target=_listen, args=(incoming, events, scratch), daemon=True).start()
    code = 0
    try:
        while True:
            host.watch()
            try:
                event = events.get(timeout=TICK_S)
            except queue.Empty:
                continue
            if event is None:
                break
            if isinstance(event, int):
                host.land(event)
            else:
                host.take(event, events.put)
    except BrokenPipeError:
        pass  # the run is gone
    except (BrokenProcessPool, RuntimeError) as error:
        sys.stderr.write(f"the pool of workers broke: {type(error).__name__}: {error}\n")
        code = BROKEN
    _end_hard_after(HARD_END_S, scratch)
    host.close()
    shutil.rmtree(scratch, ignore_errors=True)
    return code


def _listen(incoming: BinaryIO, events: "queue.SimpleQueue[PieceFrame | int | None]", scratch: str) -> None:
    """Read pieces; at the end of the input everything ends, whatever the main thread is busy with."""
    while True:
        frame = frame_to_host(incoming)
        if not isinstance(frame, PieceFrame):
            break
        events.put(frame)
    _end_hard_after(HARD_END_S, scratch)
    events.put(None)


def _end_hard_after(seconds: float, scratch: str) -> None:
    def end() -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        # Not SIGKILL: the resource tracker is in our group, ignores SIGTERM, and still has semaphores to unlink.
        os.killpg(os.getpgrp(), signal.SIGTERM)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def main() -> int:
    """Take the pipes for ourselves, so that nothing that a worker prints or reads can disturb them."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return serve(incoming, outgoing)


if __name__ == "__main__":
    sys.exit(main())
