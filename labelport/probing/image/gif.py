"""GIF: the screen's size and palette; frames are counted only where the whole file is at hand."""

from labelport.probing.image.header import ImageHeader, exactly
from labelport.probing.reader import RangeReader

__all__ = ["header"]


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a GIF; raises ``ImageFault``.

    Mode ``L`` where the palette is the ramp of greys, as Pillow says it. ``frames`` is None where
    counting would read more than the head: the only way is through all blocks.
    """
    screen = exactly(reader, 0, 13)
    width, height = int.from_bytes(screen[6:8], "little"), int.from_bytes(screen[8:10], "little")
    at, colours = 13, _colours(screen[10])
    palette = reader.at(at, colours)
    whole = reader.size <= len(reader.head)
    frames, cut, local = 0, False, b""
    at += colours
    while at < len(reader.head):
        block = reader.at(at, 1)
        if block == b";":
            break
        if block == b",":
            place = reader.at(at + 1, 9)
            if len(place) < 9:
                cut = whole
                break
            frames += 1
            if frames == 1:
                left, top, across, down = (int.from_bytes(place[i : i + 2], "little") for i in (0, 2, 4, 6))
                width, height = max(width, left + across), max(height, top + down)
                local = reader.at(at + 10, _colours(place[8]))
                if not whole:
                    break
            at = _behind_blocks(reader, at + 11 + _colours(place[8]))
        elif block == b"!":
            at = _behind_blocks(reader, at + 2)
        else:
            at += 1  # Pillow skips strange bytes between blocks
    else:
        cut = whole
    depth = (screen[10] & 7) + 1
    return ImageHeader(
        width=width,
        height=height,
        mode="P" if _needs_palette(local or palette) else "L",
        bit_depth=depth,
        frames=frames if whole and frames else None,
        frames_method="index" if whole and frames > 1 else None,
        frames_exact=whole and not cut,
        status="truncated" if cut else "ok",
        error="The file ends before its trailer." if cut else None,
    )


def _colours(flags: int) -> int:
    """Return the bytes of the palette that flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind_blocks(reader: RangeReader, at: int) -> int:
    """Return the place behind a chain of sub-blocks."""
    while at < len(reader.head):
        length = reader.at(at, 1)[0]
        at += 1 + length
        if length == 0:
            return at
    return at


def _needs_palette(palette: bytes) -> bool:
    return any(palette[i : i + 3] != bytes([i // 3]) * 3 for i in range(0, len(palette), 3))
