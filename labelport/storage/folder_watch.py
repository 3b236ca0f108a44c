"""Whether anything below a large folder changed, told by the kernel instead of a walk."""

import secrets
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from labelport.storage.globs import key_filter

READY_S = 0.2
"""The first look waits so long for the kernel's watches; more folders take longer, and the next look finds them."""

AGAIN_S = 300.0
"""A watch that ended (too many folders for the kernel's limit, folder away) is tried again after so long."""


@dataclass(frozen=True)
class _Scope:
    """What of a folder is not looked at."""

    exclude: tuple[str, ...]
    without: tuple[str, ...]


class FolderWatch:
    """One folder under watch, by a thread of its own that ends with the process."""

    def __init__(self, path: str, scope: _Scope) -> None:
        self.scope = scope
        self.started = time.monotonic()
        self._path = path
        # Include globs are of files: a whole folder that was moved in or away is one change of another name.
        self._wanted = key_filter(["**"], scope.exclude)
        self._name = secrets.token_hex(4)
        self._count = 0
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="labelport-folder-watch", daemon=True)
        self._thread.start()

    def token(self) -> str | None:
        """Return a token that changes with every change of the folder, or null while nothing watches it.

        It is a hint: the kernel tells nothing of what other machines write to a network file system. It is
        another one in each process: what changed before the watch began is not known.
        """
        self._ready.wait(READY_S)
        return f"{self._name}-{self._count}" if self._ready.is_set() and self._thread.is_alive() else None

    def is_over(self) -> bool:
        """Return whether the watch ended by itself."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()

    def _run(self) -> None:
        from watchfiles import watch  # noqa: PLC0415  -- only large folders need it

        try:
            for changes in watch(
                self._path, stop_event=self._stop, watch_filter=None, yield_on_timeout=True, rust_timeout=500,
                ignore_permission_denied=True, raise_interrupt=False,
            ):  # fmt: skip
                self._ready.set()
                if any(self._counts(path) for _, path in changes):
                    self._count += 1
        except (OSError, RuntimeError):  # the limit of the kernel, or the folder is away: token() says so
            return

    def _counts(self, path: str) -> bool:
        key = path[len(self._path.rstrip("/")) + 1 :]
        return not key.startswith(self.scope.without) and self._wanted.matches(key)


class FolderWatches:
    """The watches of one process, by folder."""

    def __init__(self) -> None:
        self._watches: dict[str, FolderWatch] = {}

    def has(self, path: str) -> bool:
        """Return whether a folder was put under watch."""
        return path in self._watches

    def token(self, path: str, *, exclude: Sequence[str] = (), without: Collection[str] = ()) -> str | None:
        """Return the token of a folder, whose watch begins with the first call; null while there is none."""
        scope = _Scope(tuple(exclude), tuple(without))
        known = self._watches.get(path)
        if known is not None and known.is_over() and time.monotonic() - known.started < AGAIN_S:
            return None
        if known is None or known.scope != scope or known.is_over():
            self.forget(path)
            known = self._watches[path] = FolderWatch(path, scope)
        return known.token()

    def forget(self, path: str) -> None:
        """End the watch of a folder, where there is one."""
        known = self._watches.pop(path, None)
        if known is not None:
            known.stop()

    def forget_all(self) -> None:
        """End all watches."""
        for path in list(self._watches):
            self.forget(path)
