"""The forms of an origin by which rows are compared (specification 6.5, points 3 and 4)."""

import re
import unicodedata

_ROOT = re.compile(r"(?:s3://[^/]+/)?(?:\.?/)*")


def path_of(origin: str) -> str:
    """Return the path in its normal form: slashes, no root of any kind, NFC.

    >>> path_of("s3://acme/us\\\\f0.png"), path_of("./us/f0.png"), path_of("/us/f0.png")
    ('us/f0.png', 'us/f0.png', 'us/f0.png')
    """
    path = origin.replace("\\", "/")
    start = _ROOT.match(path)
    path = path[start.end() :] if start else path
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def base_of(origin: str) -> str:
    """Return the last part of the path.

    >>> base_of("us/case9/f0.png")
    'f0.png'
    """
    return path_of(origin).rpartition("/")[2]


def tail_first(origin: str) -> str:
    """Return the parts of the path from the last to the first, each with a slash behind it.

    One path is the tail of another where its form is the start of the other's.

    >>> tail_first("us/case9/f0.png").startswith(tail_first("case9/f0.png"))
    True
    """
    return "/".join([*reversed(path_of(origin).split("/")), ""])
