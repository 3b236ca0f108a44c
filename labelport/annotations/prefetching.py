"""Many small files read ahead by threads, and kept: each of a hundred thousand is asked for once."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from labelport.annotations.files import AnnotationFile

HEAD_BYTES = 1 << 16
"""Bytes of each file that are read ahead: what formats are told by, and all of a small file."""

KEPT_BYTES = 256 << 20
"""Bytes that are kept; what comes later is read whenever it is asked for."""

THREADS = 16


@contextmanager
def prefetched(
    files: Sequence[AnnotationFile], *, threads: int = THREADS, kept_bytes: int = KEPT_BYTES
) -> Iterator[list[AnnotationFile]]:
    """Give the same files, whose heads are read ahead in the order of the list and kept.

    A small file costs one request, however often it is read, until ``kept_bytes`` are kept. An error is raised to
    whoever reads the file, as without this. Files are read while the context is open.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="prefetch")
    try:
        ahead = _Ahead(files, pool, window=threads * 4, kept_bytes=kept_bytes)
        yield [replace(file, read=partial(ahead.read, place)) for place, file in enumerate(files)]
    finally:
        pool.shutdown(cancel_futures=True)


class _Ahead:
    def __init__(
        self, files: Sequence[AnnotationFile], pool: ThreadPoolExecutor, *, window: int, kept_bytes: int
    ) -> None:
        self._files = files
        self._pool = pool
        self._window = window
        self._left = kept_bytes
        self._kept: dict[int, bytes] = {}
        self._coming: dict[int, Future[bytes]] = {}
        self._lock = threading.Lock()

    def read(self, place: int, start: int, length: int) -> bytes:
        """Return bytes of a file: of its head where that holds them all."""
        file = self._files[place]
        end = min(start + length, file.size)
        if start < 0 or length < 0 or end > HEAD_BYTES:
            return file.read(start, length)
        if not file.size:  # half of a set can be empty label files: listing them has said all
            return b""
        return self._head(place)[start:end]

    def _head(self, place: int) -> bytes:
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None:
                return kept
            coming = self._coming.get(place) or self._ask(place)
            for following in range(place + 1, min(place + 1 + self._window, len(self._files))):
                if following not in self._kept and following not in self._coming:
                    self._ask(following)
        try:
            head = coming.result()
        finally:
            with self._lock:
                self._coming.pop(place, None)
        with self._lock:
            if place not in self._kept and len(head) <= self._left:
                self._left -= len(head)
                self._kept[place] = head
        return head

    def _ask(self, place: int) -> Future[bytes]:
        file = self._files[place]
        coming = self._coming[place] = self._pool.submit(file.read, 0, min(HEAD_BYTES, file.size))
        return coming
