"""CPU, wall and memory of a command and of all its descendants, from /proc."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

EVERY_S = 0.02
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """What a command cost."""

    cpu_s: float
    """User and system time of the process and all its descendants."""

    wall_s: float
    """From start to end."""

    worker_mib: float
    """Highest resident memory of any one descendant; 0 where there was none."""

    load: float
    """Load average of the machine over the last minute, at the end."""

    output: str
    """Standard output."""

    tree_mib: float = 0.0
    """Highest resident memory of the process and all its descendants together."""


def measured(module: str, *arguments: str) -> Measured:
    """Run ``python -m module`` from the project's root and measure it; raises ``CalledProcessError``."""
    return measured_command([sys.executable, "-m", module, *arguments])


def measured_command(command: Sequence[str], *, limit_s: float = math.inf, errors: IO[str] | None = None) -> Measured:
    """Run a command from the project's root and measure it; its standard error goes to ``errors``, or to ours.

    Raises ``CalledProcessError``, and ``TimeoutExpired`` where it was ended after ``limit_s`` seconds.
    """
    root = Path(__file__).resolve().parent.parent
    started = time.monotonic()
    # As where it is installed: a machine that keeps no bytecode would measure the compiler.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    seen: dict[tuple[int, int], tuple[float, float]] = {}
    together = 0.0
    while True:
        resident = sum(_look_at(pid, seen) for pid in _descendants(process.pid))
        together = max(together, resident)
        # Not reaped: its rusage, children that it waited for included, is read once at its end.
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        if time.monotonic() - started > limit_s:
            for pid in reversed(_descendants(process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.communicate()
            raise subprocess.TimeoutExpired(command, limit_s)
        time.sleep(EVERY_S)
    wall = time.monotonic() - started
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    own = [cpu for (pid, _), (cpu, _) in seen.items() if pid == process.pid]
    below = [(cpu, peak) for (pid, _), (cpu, peak) in seen.items() if pid != process.pid]
    return Measured(
        # A child that nobody waited for is not in rusage; one that ended between two looks is only there.
        cpu_s=max(usage.ru_utime + usage.ru_stime, sum(own) + sum(cpu for cpu, _ in below)),
        wall_s=wall,
        worker_mib=max((peak for _, peak in below), default=0.0),
        load=os.getloadavg()[0],
        output=output,
        # What was resident at one look, or a peak of one process that fell between two of them.
        tree_mib=max(together, max((peak for _, peak in seen.values()), default=0.0)),
    )


def resident_mib() -> float:
    """Return the resident memory of this process now."""
    return _status(os.getpid(), "VmRSS") / 1024


def peak_mib() -> float:
    """Return the highest resident memory of this process since ``forget_peak``."""
    return _status(os.getpid(), "VmHWM") / 1024


def forget_peak() -> None:
    """Let the peak start from what is resident now (Linux: 5 to clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _look_at(pid: int, seen: dict[tuple[int, int], tuple[float, float]]) -> float:
    """Remember CPU seconds and peak memory of a process, by pid and start time; return what is resident now, MiB."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / _TICK
        resident, peak = (_status(pid, name) / 1024 for name in ("VmRSS", "VmHWM"))
    except (OSError, IndexError):
        return 0.0  # it has ended meanwhile
    before = seen.get((pid, int(fields[19])), (0.0, 0.0))
    seen[pid, int(fields[19])] = (max(cpu, before[0]), max(peak, before[1]))
    return resident


def _descendants(pid: int) -> Sequence[int]:
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
        except OSError:
            continue  # it has ended meanwhile
    return found


def _status(pid: int, name: str) -> int:
    """Return a value of /proc/<pid>/status in KiB; 0 where a process that is ending has none."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0
