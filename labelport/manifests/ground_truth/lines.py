"""The bytes of Ground Truth's files: a line for each object, and a JSON file for each sequence of frames.

JSON Lines as the vendor documents them ("Input manifest files", "Create a Video Frame Input Manifest
File"): UTF-8, one complete object a line.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from labelport.manifests.chunks import Unit

MOST_LINE = 100_000
"""Characters of one line [vendor's documentation]."""

MOST_VALUE = 20_000
"""Characters of one attribute [vendor's documentation]."""

IN_MEMORY = 8 << 20
"""Bytes of a chunk that stay in memory: 100,000 long texts are gigabytes."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_LINE_ENDS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Line ends of Unicode, which JSON allows in a text and some readers of lines do not."""


def object_line(members: Mapping[str, Any]) -> str:
    """Return one line of a manifest, without its line end.

    >>> object_line({"source": "é"})
    '{"source":"é"}'
    """
    line = _ENCODE(members)
    for character, escape in _LINE_ENDS.items():
        line = line.replace(character, escape)
    return line


def sequence_file(number: int, prefix: str, frames: Sequence[str]) -> bytes:
    """Return a sequence file: frames are names below the prefix, counted from 1."""
    listed = [{"frame-no": place, "frame": name} for place, name in enumerate(frames, start=1)]
    members = {"seq-no": number, "prefix": prefix, "number-of-frames": len(frames), "frames": listed}
    return f"{object_line(members)}\n".encode()


class LinesChunk:
    """One JSON Lines file in the making. Beyond ``IN_MEMORY`` it waits in a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  -- closed when it is written
        self._size = 0

    def size_with(self, unit: Unit) -> int:
        """Return the bytes of the file with one more unit."""
        return self._size + sum(len(entry.body) for entry in unit.entries)

    def add(self, unit: Unit) -> None:
        """Take the lines of a unit in."""
        for entry in unit.entries:
            self._file.write(entry.body)
        self._size = self.size_with(unit)

    def write(self, file: IO[bytes]) -> None:
        """Write the file; it can be written once."""
        with self._file as source:
            source.seek(0)
            shutil.copyfileobj(source, file)
