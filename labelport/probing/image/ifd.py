"""Image file directories of TIFF 6.0 and BigTIFF; EXIF is one, too."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Directory", "IfdFault", "Structure", "read_directory", "read_structure"]

At = Callable[[int, int], bytes]
"""``at(offset, length)`` within the TIFF structure; fewer bytes at its end."""

_MAX_ENTRIES = 4096
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value, by type; rationals and floats are never asked for."""

_FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}


class IfdFault(ValueError):
    """Raised where the bytes are no directory."""


@dataclass(frozen=True)
class Structure:
    """Byte order and width of a TIFF structure."""

    order: str
    """``<`` or ``>``, as ``struct`` writes it."""

    big: bool
    """BigTIFF: 8-byte offsets."""

    first: int
    """Offset of the first directory."""


@dataclass(frozen=True)
class Directory:
    """One directory, with its values still as bytes."""

    structure: Structure
    entries: dict[int, tuple[int, int, bytes]]
    """Tag -> type, count, the value's field (4 or 8 bytes: the value, or its offset)."""

    next: int
    """Offset of the next directory, 0 at the last."""

    def numbers(self, tag: int, at: At, *, most: int = 64, last: bool = False) -> tuple[int, ...]:
        """Return the first (or last) ``most`` integers of a tag; none where it is absent or no integer."""
        kind, count, field = self.entries.get(tag, (0, 0, b""))
        if kind not in _FORMATS or not count:
            return ()
        width, taken = _WIDTHS[kind], min(count, most)
        skipped = (count - taken) * width if last else 0
        if count * width <= len(field):
            raw = field[skipped : skipped + taken * width]
        else:
            raw = at(self._offset(field) + skipped, taken * width)
        if len(raw) < taken * width:
            msg = "a value lies outside"
            raise IfdFault(msg)
        return struct.unpack(f"{self.structure.order}{taken}{_FORMATS[kind]}", raw)

    def number(self, tag: int, at: At, default: int) -> int:
        """Return the first integer of a tag."""
        found = self.numbers(tag, at, most=1)
        return found[0] if found else default

    def count(self, tag: int) -> int:
        """Return how many values a tag has."""
        return self.entries.get(tag, (0, 0, b""))[1]

    def _offset(self, field: bytes) -> int:
        (offset,) = struct.unpack(f"{self.structure.order}{'Q' if self.structure.big else 'I'}", field)
        return int(offset)


def read_structure(at: At) -> Structure:
    """Return byte order, width and first directory; raises ``IfdFault``."""
    head = at(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        msg = "no TIFF structure"
        raise IfdFault(msg)
    magic, offset = struct.unpack_from(f"{order}HI", head, 2)
    if magic == 42:
        return Structure(order, False, offset)
    if magic == 43 and len(head) == 16:
        return Structure(order, True, struct.unpack_from(f"{order}Q", head, 8)[0])
    msg = f"magic number {magic}"
    raise IfdFault(msg)


def read_directory(at: At, structure: Structure, offset: int) -> Directory:
    """Return the directory at an offset; raises ``IfdFault`` where there is none."""
    width, form, size = (8, "Q", 20) if structure.big else (2, "H", 12)
    field = size - (12 if structure.big else 8)
    raw = at(offset, width)
    if offset < 8 or len(raw) < width:
        msg = "the directory lies outside"
        raise IfdFault(msg)
    (count,) = struct.unpack(structure.order + form, raw)
    if not 0 < count <= _MAX_ENTRIES:
        msg = f"{count} entries"
        raise IfdFault(msg)
    body = at(offset + width, count * size + field)
    entries: dict[int, tuple[int, int, bytes]] = {}
    entry = f"{structure.order}HH{'Q' if structure.big else 'I'}{field}s"
    for start in range(0, min(len(body) // size, count) * size, size):
        tag, kind, values, value = struct.unpack_from(entry, body, start)
        entries.setdefault(tag, (kind, values, value))
    if not entries:
        msg = "the directory is cut"
        raise IfdFault(msg)
    tail = body[count * size : count * size + field]
    following = struct.unpack(structure.order + ("Q" if structure.big else "I"), tail)[0] if len(tail) == field else 0
    return Directory(structure, entries, int(following))
