"""What a worker may not do: see secrets, fill memory, leave core files, or outlive its host."""

import ctypes
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ALLOWED = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE"})
"""Variables of the environment that a worker sees."""

ALLOWED_PREFIXES = ("LC_", "PYTHON", "LABELPORT_")

QUIET = {
    "PYAV_LOGGING": "off",
    # A worker is one core: libraries that start a thread a core would fight over it.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",  # obstore's: 64 of them took half of a worker's address space
    # A folder of raw media may hold a file called struct.py.
    "PYTHONSAFEPATH": "1",
}

LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Memory comes in large pages where the kernel gives them on request (glibc 2.35): reading half a gigabyte touches
150,000 small ones for the first time, which took a sixth of the time (measured in a virtual machine)."""

PR_SET_PDEATHSIG = 1


def clean_environment(environment: Mapping[str, str], also: Iterable[str] = ()) -> dict[str, str]:
    """Return the part of the environment that workers see: no credentials but those in ``also``."""
    named = set(also)
    kept = {
        name: value
        for name, value in environment.items()
        if name in ALLOWED or name in named or name.startswith(ALLOWED_PREFIXES)
    }
    return {**kept, **QUIET, **LARGE_PAGES}


def module_path(paths: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return a PYTHONPATH with which a child finds the modules that its parent finds."""
    given = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    wanted = [str(Path(path).resolve()) for path in paths if path]
    return os.pathsep.join(dict.fromkeys([*wanted, *given]))


def address_space() -> int:
    """Return the bytes of address space that this process has now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()


def confine(*, memory_bytes: int, scratch: Path) -> None:
    """Limit this process: memory above what it has now, no core files, an empty working directory.

    The default action for SIGTERM and SIGALRM is set, so that a process that hangs in C dies by them,
    and the kernel kills it when the fork server that made it ends.
    """
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGALRM})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(tempfile.mkdtemp(prefix="worker-", dir=scratch))
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_AS, address_space() + memory_bytes)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))
