"""A series of frames as Ground Truth's sequence: one prefix, and names below it in the order of their bytes."""

from collections.abc import Sequence
from typing import NamedTuple

SCHEME = "s3://"


class Frames(NamedTuple):
    """The frames of one sequence."""

    prefix: str
    """``s3://bucket/folder/``: the longest folder that all have in common."""

    names: tuple[str, ...]
    """Names below the prefix, in the order of the series."""


def frames_below(uris: Sequence[str]) -> Frames | None:
    """Return frames with their common prefix, or null where they lie in several buckets.

    >>> frames_below(["s3://b/a/x/1.png", "s3://b/a/y/1.png"])
    Frames(prefix='s3://b/a/', names=('x/1.png', 'y/1.png'))
    """
    first, last = min(uris), max(uris)  # what these two have in common, all have
    common = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    prefix = first[: first.rfind("/", 0, min(common, len(first) - 1)) + 1]  # a key may end with a slash
    if prefix.count("/") <= SCHEME.count("/"):
        return None
    return Frames(prefix, tuple(uri[len(prefix) :] for uri in uris))


def first_out_of_order(names: Sequence[str]) -> int | None:
    """Return the place of the first name that is not behind the one before it by its bytes, or null.

    The worker's page orders frames so, whatever ``frame-no`` says [specification 7]. Python orders texts
    by code points, which is the order of their bytes in UTF-8.
    """
    return next((place for place in range(1, len(names)) if names[place] <= names[place - 1]), None)
