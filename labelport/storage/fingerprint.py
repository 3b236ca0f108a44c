"""Whether anything in a folder changed, for a sensor that looks every ten seconds."""

import hashlib
import time
from collections.abc import Collection, Sequence

from labelport.errors import BucketError
from labelport.storage.globs import key_filter
from labelport.storage.listing import ListingNotes
from labelport.storage.walk import walk

LOOK_AT_CLOCK = 64
"""Files between two looks at the clock: a file costs some 3 us, on a slow mount some hundred."""


def folder_fingerprint(
    path: str,
    *,
    seconds: float = 0.2,
    include: Sequence[str] = ("**/*",),
    exclude: Sequence[str] = (),
    without: Collection[str] = (),
) -> str | None:
    """Return a hash of names, sizes and times of all files below a folder.

    Null where that takes longer than ``seconds``, or where the folder is absent or cannot be listed: then
    nothing is known, and the caller asks for a run every ``poll``. ``without``: keys of folders
    (``derived/``) that are not entered; a publish folder inside the bucket must be one, or each run
    would ask for the next.
    """
    deadline = time.monotonic() + seconds
    wanted = key_filter(include, exclude)
    notes = ListingNotes()
    lines: list[str] = []
    try:
        for number, (key, size, mtime_ns) in enumerate(walk(path, notes=notes, without=without)):
            if number % LOOK_AT_CLOCK == 0 and time.monotonic() > deadline:
                return None
            if wanted.matches(key):
                lines.append(f"{key}\0{size:x}-{mtime_ns:x}\n")
    except BucketError:
        return None
    lines.sort()  # the order of a folder's entries may change by itself
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]
