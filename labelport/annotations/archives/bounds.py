"""What an archive may hold: names that stay inside, sizes that were not made to burst."""

import re
from dataclasses import dataclass

MOST_MEMBERS = 200_000
"""Members of an archive."""

MOST_UNPACKED = 8 << 30
"""Bytes of all members of an archive together."""

MOST_RATIO = 200
"""Times that a packed size may grow (annotations, section 10). Deflate itself can reach 1,032."""

_DRIVE = re.compile(r"[A-Za-z]:")


class ArchiveFault(ValueError):
    """Why a whole archive is not opened, in words for people."""


@dataclass(frozen=True)
class Refused:
    """A member that is not opened."""

    name: str
    why: str


def inner_name(name: str) -> str:
    """Return a member's name without the ``./`` that archives of a folder begin with."""
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def name_fault(name: str) -> str | None:
    """Return why a member may not have this name, or null.

    >>> name_fault("../x.txt"), name_fault("a/..b/x.txt")
    ("its name leads out of the archive ('..')", None)
    """
    if ".." in re.split(r"[/\\]", name):
        return "its name leads out of the archive ('..')"
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return "its name is an absolute path"
    if not name or "\0" in name:
        return "it has no usable name"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is no text in UTF-8"
    return None


def size_fault(packed: int, unpacked: int) -> str | None:
    """Return why a member of these sizes is not opened, or null."""
    if unpacked > packed * MOST_RATIO:
        return f"it grows from {packed:,} to {unpacked:,} bytes; {MOST_RATIO} times is the most"
    return None


def refuse_members(count: int) -> None:
    """Raise ``ArchiveFault`` for more members than are read."""
    if count > MOST_MEMBERS:
        raise ArchiveFault(f"it has more than {MOST_MEMBERS:,} members")


def refuse_total(unpacked: int) -> None:
    """Raise ``ArchiveFault`` for more bytes than are unpacked."""
    if unpacked > MOST_UNPACKED:
        raise ArchiveFault(f"its members have more than {MOST_UNPACKED:,} bytes together")
