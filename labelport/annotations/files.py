"""An annotation file that can be read: of a folder, a bucket, or an archive."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AnnotationFile:
    """One file of a source. Nothing is read before it is asked for."""

    name: str
    """Relative to the source, with ``/``; of an archive's member: ``archive.zip/member``."""

    size: int
    """Bytes."""

    token: str
    """What says "changed"; of a member: the archive's."""

    read: Callable[[int, int], bytes]
    """Returns ``length`` bytes from ``start``, fewer at the end. Raises ``ObjectAbsent``, ``ObjectChanged``."""

    path: Path | None = None
    """Where it lies, if it lies in a folder of this machine: large files are mapped, not read."""

    within: "AnnotationFile | None" = None
    """The archive that it is a member of."""

    def head(self, length: int = 65536) -> bytes:
        """Return the first bytes."""
        return self.read(0, min(length, self.size))


def in_memory(name: str, body: bytes) -> AnnotationFile:
    """Return a file that lies in memory."""
    return AnnotationFile(name, len(body), f"{len(body):x}", lambda start, length: body[start : start + length])
