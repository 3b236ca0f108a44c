"""The default runner: workers of this machine, behind one clean host process a map.

Why a host: a child that is spawned or forked by a process that has imported Dagster imports or holds
Dagster too. The run itself never forks.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labelport.errors import LabelportError, RunnerUnavailable, TooManyCrashes
from labelport.privacy import plain
from labelport.runners.confinement import clean_environment, module_path
from labelport.runners.contract import Shard, ShardResult, Work
from labelport.runners.frames import Died, Done, Failed, FromHost, Opening, PieceFrame, frame_from_host, send
from labelport.runners.salvage import Piece, Salvage
from labelport.runners.worker import batch_of, preloads, stream_of

log = logging.getLogger(__name__)

SHARDS_A_WORKER = 2
"""Pieces in flight: one that is worked on, one that waits."""

MAX_TASKS = 128
"""Pieces after which a worker is replaced: parsers leak. A new one costs about 0.3 s (measured), 2 ms a piece."""

RESTARTS = 3
"""Hosts that may break, one after the other, without any answer between."""

END_S = 5.0
"""How long a host may take to end before it is killed."""


SOCKET_FOLDER_BYTES = 107 - len("/pymp-xxxxxxxx/listener-xxxxxxxx")
"""Longest folder that can hold the socket of a fork server: a socket's path has at most 107 bytes (unix(7))."""


class WorkFailed(LabelportError, RuntimeError):
    """The work function itself let an exception out: a fault of ours or of the store, not of one object."""


class _HostGone(Exception):
    """The host ended before it answered."""


def worker_count(environment: Mapping[str, str] = os.environ) -> int:
    """Return how many workers a run has: the cores, shared among the runs that may be at once.

    ``LABELPORT_WORKERS`` overrides; ``LABELPORT_MAX_CONCURRENT_RUNS`` (default 2) is the run queue's limit.
    """
    if environment.get("LABELPORT_WORKERS"):
        return max(1, int(environment["LABELPORT_WORKERS"]))
    return max(1, len(os.sched_getaffinity(0)) // max(1, int(environment.get("LABELPORT_MAX_CONCURRENT_RUNS", "2"))))


@dataclass(frozen=True)
class _Flying:
    """A piece that the host has."""

    salvage: Salvage
    piece: Piece


class LocalRunner:
    """Run work in limited processes of this machine.

    Options of the work that the runner itself reads: ``env`` (names of further variables of the
    environment that workers may see) and ``preload`` (modules to import once for all workers).
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        max_tasks: int = MAX_TASKS,
        max_deaths: int = 100,
        max_death_share: float = 0.1,
    ) -> None:
        self._workers = workers or worker_count()
        self._max_tasks = max_tasks
        self._max_deaths = max_deaths
        self._max_death_share = max_death_share
        self._hosts: set[_HostProcess] = set()

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        """Yield one result a shard, in the order they finish; see ``Runner``.

        No process is started before the first shard. Raises ``WorkFailed`` where the function let an
        exception out.
        """
        source = iter(shards)
        waiting: deque[_Flying] = deque()
        flying: dict[int, _Flying] = {}
        host: _HostProcess | None = None
        number = rows = deaths = broken = 0
        try:
            while True:
                while len(flying) < SHARDS_A_WORKER * self._workers:
                    if not waiting:
                        shard = next(source, None)
                        if shard is None:
                            break
                        salvage = Salvage(shard)
                        waiting.append(_Flying(salvage, salvage.whole()))
                    flying[number] = waiting.popleft()
                    host = host or self._start(work)
                    host.give(number, flying[number])
                    number += 1
                if not flying:
                    return
                assert host is not None
                try:
                    answer = host.answer()
                except _HostGone:
                    broken += 1
                    if broken > RESTARTS:
                        raise RunnerUnavailable(host.obituary()) from None
                    self._end(host)
                    waiting.extendleft(reversed(flying.values()))
                    host = None
                    flying = {}
                    continue
                broken = 0
                flown = flying.pop(answer.id)
                waiting.extendleft(reversed([_Flying(flown.salvage, piece) for piece in _judge(flown, answer)]))
                if flown.salvage.finished:
                    result = flown.salvage.result()
                    rows += len(result.survivors) + len(result.deaths)
                    deaths += len(result.deaths)
                    yield result
                    self._stop_where_hostile(deaths, rows)
        finally:
            if host is not None:
                self._end(host)

    def close(self) -> None:
        """End all workers."""
        for host in tuple(self._hosts):
            self._end(host)

    def _start(self, work: Work) -> "_HostProcess":
        host = _HostProcess(work, workers=self._workers, max_tasks=self._max_tasks)
        self._hosts.add(host)
        return host

    def _end(self, host: "_HostProcess") -> None:
        self._hosts.discard(host)
        host.close()

    def _stop_where_hostile(self, deaths: int, rows: int) -> None:
        if deaths > self._max_deaths and deaths > self._max_death_share * rows:
            raise TooManyCrashes(
                f"{deaths} of {rows} objects killed their worker; the run was stopped. "
                "Look at the findings probe.crashed and probe.deadline, and exclude these objects."
            )


def _judge(flown: _Flying, answer: FromHost) -> tuple[Piece, ...]:
    """Note what became of a piece; return what is to be run again."""
    match answer:
        case Done():
            flown.salvage.done(flown.piece, batch_of(answer.rows))
            return ()
        case Died():
            log.info("a worker died: %s", answer.detail)
            return flown.salvage.died(
                flown.piece, answer.at, reason="deadline" if answer.late else "crashed", detail=answer.detail
            )
        case Failed():
            raise WorkFailed(answer.message)


def short_folder() -> str:
    """Return a folder for temporary files in which a fork server can have its socket.

    Below a long ``TMPDIR`` no worker would start. Raises ``RunnerUnavailable`` where there is no such folder.
    """
    usual = tempfile.gettempdir()
    for folder in (usual, "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108 -- mkdtemp makes a private one in it
        if len(os.fsencode(folder)) <= SOCKET_FOLDER_BYTES and os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise RunnerUnavailable(
        f"The folder for temporary files has a path of {len(os.fsencode(usual))} bytes, too long for the sockets of "
        f"worker processes: set TMPDIR to a folder of at most {SOCKET_FOLDER_BYTES} bytes."
    )


class _HostProcess:
    """The host as the run sees it."""

    def __init__(self, work: Work, *, workers: int, max_tasks: int) -> None:
        temporary = short_folder()
        self._scratch = Path(tempfile.mkdtemp(prefix="labelport-run-", dir=temporary))
        self._said: deque[str] = deque(maxlen=5)
        environment = clean_environment(os.environ, work.options.get("env", ()))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "labelport.runners.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._scratch,
            env=environment | {"PYTHONPATH": module_path(sys.path, os.environ), "TMPDIR": temporary},
            process_group=0,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        opening = Opening(
            function=work.function,
            options=json.dumps(dict(work.options)).encode(),
            preload=preloads(work.function, work.options.get("preload", ())),
            deadline_s=work.deadline_s,
            memory_bytes=work.memory_bytes,
            workers=workers,
            max_tasks=max_tasks,
            scratch=str(self._scratch),
        )
        self._send(opening)

    def give(self, number: int, flying: _Flying) -> None:
        """Send a piece; a host that is gone is noticed by ``answer``."""
        rows = flying.salvage.shard.rows.slice(flying.piece.start, len(flying.piece))
        self._send(PieceFrame(number, len(flying.piece), stream_of(rows)))

    def answer(self) -> FromHost:
        """Return the next answer; raises ``_HostGone``."""
        try:
            frame = frame_from_host(self._stdout)
        except ValueError:  # closed by another thread
            frame = None
        if frame is None:
            raise _HostGone
        return frame

    def obituary(self) -> str:
        """Return why there is nothing to run on, as far as the host said."""
        last = " ".join(self._said) or "it said nothing"
        return f"The workers cannot be kept running: the host process ended {RESTARTS + 1} times without a result ({last})."

    def close(self) -> None:
        """End the host and all workers, by closing its input; kill what does not end."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was still to be written cannot be any more
                continue
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._kill()
        self._listener.join(END_S)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    @property
    def _stdout(self) -> BinaryIO:
        assert self._process.stdout is not None
        return self._process.stdout  # type: ignore[return-value]

    def _send(self, frame: Opening | PieceFrame) -> None:
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, frame)  # type: ignore[arg-type]
        except BrokenPipeError:
            return
        except ValueError as error:
            raise RunnerUnavailable("The runner was closed while it was in use.") from error

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            said = plain(line.decode("utf-8", "replace").rstrip(), most=500)
            self._said.append(said)
            log.warning("worker host: %s", said)
