"""A large listing in parallel: by folders, because pages of one listing come one after the other.

S3 gives a thousand keys a request, so ten million keys are ten thousand requests in a row. A listing that is
not at its end after some pages is split at the next slash, and its folders are listed side by side; each of
them may be split again. No order of keys is relied on: what lies directly at a level that was split comes with
the names of its folders, and each folder's keys come from one listing.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from queue import Full, Queue
from threading import Event, Lock
from typing import Protocol

from labelport.errors import BucketError
from labelport.storage.s3.listing import Page
from labelport.storage.s3.pages import PageObjects

LISTERS = 8
"""Listings at once."""

FLAT_PAGES = 20
"""Pages that a listing may have before it is asked whether it is better split."""

DENSE = 500
"""Keys a folder from which on splitting pays: at most twice the requests, of which eight run at once (a guess)."""

WAITING_PAGES = 32
"""Pages that wait to be taken; the listers wait then."""

_LOOK_S = 0.2


class Pages(Protocol):
    """How pages are asked for: ``listing.Lister.pages``."""

    def __call__(self, prefix: str, *, folders: bool = False) -> Iterator[Page]:
        """Yield all pages of a prefix, or of the next level below it."""
        ...


def listed(pages: Pages, prefix: str) -> Iterator[PageObjects]:
    """Yield the objects of all pages of a prefix, in any order; raises what a lister raises.

    A bucket of some thousand objects is listed by the calling thread alone.
    """
    listing = pages(prefix)
    first = list(islice(listing, FLAT_PAGES + 1))
    if _is_better_split(first, prefix):
        yield from _Side(pages).by_side(prefix)
    else:
        for page in chain(first, listing):
            yield page.objects


def _is_better_split(first: Sequence[Page], prefix: str) -> bool:
    """Return whether the first pages are many, and so many keys lie in each folder that those pay a listing each."""
    if len(first) <= FLAT_PAGES:
        return False
    below = [key[len(prefix) :] for page in first for key in page.objects.keys]
    folders = [key.partition("/")[0] for key in below if "/" in key]
    return len(folders) >= DENSE * max(len(set(folders)), 1)


class _Stopped(Exception):
    """Nobody takes the pages any more."""


class _Side:
    """Listings side by side: threads that put pages into a queue, which the caller empties."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._made: Queue[PageObjects | Exception | None] = Queue(WAITING_PAGES)
        self._stop = Event()
        self._lock = Lock()
        self._open = 0
        self._pool = ThreadPoolExecutor(LISTERS, thread_name_prefix="listing")

    def by_side(self, prefix: str) -> Iterator[PageObjects]:
        """Yield the objects of all pages below a prefix; null in the queue: there are no more."""
        try:
            self._begin(self._split, prefix)
            while (made := self._made.get()) is not None:
                if isinstance(made, Exception):
                    raise made
                yield made
        finally:
            with self._lock:
                self._stop.set()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self, task: Callable[[str], None], prefix: str) -> None:
        with self._lock:
            if self._stop.is_set():
                raise _Stopped
            self._open += 1
            self._pool.submit(self._run, task, prefix)

    def _run(self, task: Callable[[str], None], prefix: str) -> None:
        with suppress(_Stopped):
            try:
                task(prefix)
            except Exception as error:  # raised again where the pages are taken
                self._offer(error)
            with self._lock:
                self._open -= 1
                last = self._open == 0
            if last:
                self._offer(None)

    def _whole(self, prefix: str) -> None:
        """List a folder to the ground, or split it."""
        listing = self._pages(prefix)
        first = list(islice(listing, FLAT_PAGES + 1))
        if _is_better_split(first, prefix):
            self._split(prefix)
        else:
            for page in chain(first, listing):
                self._offer(page.objects)

    def _split(self, prefix: str) -> None:
        """Give what lies directly at a level, and begin a listing for each folder of it."""
        for page in self._pages(prefix, folders=True):
            self._offer(page.objects)
            for folder in page.folders:
                if len(folder) <= len(prefix) or not folder.startswith(prefix):
                    raise BucketError(
                        f"the store calls {folder!r} a folder of {prefix!r}: its listing cannot be trusted"
                    )
                self._begin(self._whole, folder)

    def _offer(self, made: PageObjects | Exception | None) -> None:
        while not self._stop.is_set():
            with suppress(Full):
                self._made.put(made, timeout=_LOOK_S)
                return
        raise _Stopped
