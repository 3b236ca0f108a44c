"""The sign that a draft is being written: who writes it, and when it was last seen.

It serves cleaning up. That a draft is not cleaned away while it is published is not left to clocks: both
sides replace the same object by compare-and-swap, and one of them loses.
"""

import json
import os
import socket
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from labelport.catalogue.pointer import naming
from labelport.errors import GenerationGone, PreconditionFailed
from labelport.storage.contract import Bucket

NAME = "DRAFT"
RENEW_S = 30.0
"""A draft that is written to is seen at least so often."""

DEAD_S = 3600.0
"""A draft of another host that was not seen for so long is dead."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """The process that writes a draft."""

    host: str
    """Name of the host and of its process namespace: containers share names and numbers."""

    boot: str
    """Id of the host's current boot."""

    pid: int

    started: str
    """When the process started, in ticks since boot: process ids are given anew."""

    seen: float
    """Seconds since 1970."""

    base: str | None
    """The generation that the draft reads and replaces."""

    def is_alive(self, now: float) -> bool:
        """Return whether the process may still be writing."""
        me = _host()
        if self.host == me.host:
            return self.boot == me.boot and _started(self.pid) == self.started
        return now - self.seen < DEAD_S


def this_process(base: str | None) -> Writer:
    """Return the writer that this process is, seen now."""
    place = _host()
    pid = os.getpid()
    started = _started(pid) or ""
    return Writer(host=place.host, boot=place.boot, pid=pid, started=started, seen=time.time(), base=base)


def read_writer(body: bytes) -> Writer | None:
    """Return the writer that a heartbeat names, or null where it was claimed for deletion or is torn."""
    try:
        return Writer(**json.loads(body))
    except (ValueError, TypeError):
        return None


class Heartbeat:
    """The heartbeat of one draft."""

    def __init__(self, bucket: Bucket, folder: str, *, base: str | None) -> None:
        self._bucket = bucket
        self._key = f"{folder}/{NAME}"
        self._writer = this_process(base)
        with naming(self._key):
            self._etag = bucket.put(self._key, _body(self._writer), if_none_match=True)
        self._renewed = time.monotonic()

    def renew(self, *, now: bool = False) -> None:
        """Say that the draft is alive, at most every 30 s; raises ``GenerationGone`` where it was collected."""
        if not now and time.monotonic() - self._renewed < RENEW_S:
            return
        self._writer = replace(self._writer, seen=time.time())
        try:
            with naming(self._key):
                self._etag = self._bucket.put(self._key, _body(self._writer), if_match=self._etag)
        except PreconditionFailed as error:
            raise GenerationGone(
                f"the draft {self._key.rsplit('/', 2)[1]} was taken for dead and collected by another run. "
                "Nothing was published; run again."
            ) from error
        self._renewed = time.monotonic()

    def end(self) -> None:
        """Take the heartbeat away: what it stood for is a draft no more."""
        self._bucket.delete(self._key)


def claimed(bucket: Bucket, folder: str, etag: str) -> bool:
    """Claim a dead draft for deletion; return false where it turned out to be alive."""
    try:
        bucket.put(f"{folder}/{NAME}", b'{"collected": true}', if_match=etag)
    except PreconditionFailed:
        return False
    return True


@dataclass(frozen=True)
class _Host:
    host: str
    boot: str


@cache
def _host() -> _Host:
    def first_line(path: str) -> str:
        try:
            return Path(path).read_text().strip()
        except OSError:
            return ""

    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return _Host(f"{socket.gethostname()} {namespace}".strip(), first_line("/proc/sys/kernel/random/boot_id"))


def _started(pid: int) -> str | None:
    """Return when a process started, or null where there is none of that id."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]  # a zombie only waits to be counted
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except ProcessLookupError:
        return None
    # No /proc on this system: that there is a process of that id must do.
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ""


def _body(writer: Writer) -> bytes:
    return json.dumps(asdict(writer)).encode()
