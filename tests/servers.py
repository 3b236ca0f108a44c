"""Real servers for journeys: each in a process group of its own, on a free port of 127.0.0.1, ended for certain."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _plain_signals() -> None:
    # An inherited "ignore" of SIGTERM made servers survive their end.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, ready: Callable[[], bool], seconds: float, **options: object
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; raises ``TimeoutError`` with its log where it is not ready in time."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=_plain_signals, **options,  # type: ignore[call-overload]  # noqa: PLW1509
        )  # fmt: skip
    try:
        end = time.monotonic() + seconds
        while not ready():
            if process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"{command[0]} was not ready:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.2)
        yield process
    finally:
        end_group(process)


def end_group(process: subprocess.Popen[bytes], *, grace_s: float = 10) -> None:
    """End a process and all of its group: asked first, then made to."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        end = time.monotonic() + grace_s
        while time.monotonic() < end and _alive(process):
            time.sleep(0.1)
    process.wait()


def _alive(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment(**changes: str) -> Mapping[str, str]:
    """Return this process's environment with changes."""
    return {**os.environ, **changes}
