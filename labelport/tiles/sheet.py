"""A contact sheet as one PNG: a row of tiles for each series, and above it which series it is.

No key is drawn: a series is called by its id, shortened as far as ids of one sheet stay apart.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.privacy import plain
from labelport.tiles.picture import Picture

MOST_PNG_BYTES = 20_000
"""Of a sheet for an event log, where it stays for ever."""

ATTEMPTS = (
    (96, 64), (96, 32), (96, 16), (96, 10), (80, 16), (80, 10), (64, 16), (64, 10), (56, 10), (48, 10), (48, 8), (40, 8),
    (32, 8), (32, 5), (24, 5),
)  # fmt: skip
"""(side of a tile, colours) from the finest on, until the picture is small enough."""

HOPE = 1.6
"""An attempt is not made where it would have to compress so many times better than the last one."""

TILE = ATTEMPTS[0][0]
"""Side of a tile of the sheet for an event log, at most."""

LARGE = 192
"""Side of a tile of the sheet for a report."""

SHORT_ID = 8
"""Characters of an id behind the rule, at first."""

GAP, GUTTER = 4, 14
"""Pixels between the tiles of a series, and between series."""
_PAPER, _INK, _FAINT, _BLANK, _BLANK_INK = (255, 255, 255), (0, 0, 0), (110, 110, 110), (216, 216, 216), (70, 70, 70)


@dataclass(frozen=True)
class Strip:
    """The tiles of one series."""

    series: Mapping[str, Any]
    """series_id, kind, items, width, height and flags."""

    why: str
    """Why it is on the sheet."""

    tiles: Sequence[Picture | str]
    """Pictures, or words in their place."""


@dataclass(frozen=True)
class _Style:
    """How large tiles and words are."""

    side: int
    font: Any
    line: int
    """Pixels of a line of words."""

    lines: int
    """Lines above the tiles of a series."""

    @property
    def high(self) -> int:
        """Return the pixels of a row of strips."""
        return self.side + self.line * self.lines + GAP * 3

    def wide(self, tiles: int) -> int:
        """Return the pixels of a strip of so many tiles."""
        return tiles * self.side + (tiles - 1) * GAP


def small_sheet_png(strips: Sequence[Strip], *, most: int = MOST_PNG_BYTES) -> bytes:
    """Return a sheet of at most ``most`` bytes, as fine as it can be; empty where there is nothing, or no room."""
    if not strips:
        return b""
    room = float("inf")
    for side, colours in ATTEMPTS:
        bits = side * side * np.log2(colours)
        if bits > room:
            continue
        body = _png(_drawn(strips, _small_style(side)), colours)
        if len(body) <= most:
            return body
        room = bits * most / len(body) * HOPE
    return b""


def large_sheet_png(strips: Sequence[Strip]) -> bytes:
    """Return a sheet for a report: tiles of 192 pixels, sizes and flags in words; empty where there is no series."""
    from PIL import ImageFont  # noqa: PLC0415  -- most runs draw nothing

    return _png(_drawn(strips, _Style(LARGE, ImageFont.load_default(13), 17, lines=3)), None) if strips else b""


def short_ids(ids: Sequence[str]) -> dict[str, str]:
    """Return the beginning of each id by the id: as long as it takes to tell them apart."""
    length = SHORT_ID
    while True:
        short = {each: _shortened(each, length) for each in ids}
        if len(set(short.values())) == len(short) or all(short[each] == each for each in ids):
            return short
        length += 2


def _shortened(series_id: str, length: int) -> str:
    rule, _, digest = series_id.rpartition("-")
    return series_id if len(digest) <= length else f"{rule}-{digest[:length]}"


def _small_style(side: int) -> _Style:
    from PIL import ImageFont  # noqa: PLC0415

    # A font of dots: its letters take a third of the bytes of smooth ones.
    return _Style(side, ImageFont.load_default_imagefont(), 11, lines=2)


def _drawn(strips: Sequence[Strip], style: _Style) -> Any:
    from PIL import Image, ImageDraw  # noqa: PLC0415

    names = short_ids([strip.series["series_id"] for strip in strips])
    words = [_words(strip, names[strip.series["series_id"]], style.lines) for strip in strips]
    pen = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    widths = [
        # An id is never cut: it tells series apart.
        max(style.wide(max(1, len(strip.tiles))), round(pen.textlength(said[0], font=style.font)))
        for strip, said in zip(strips, words, strict=True)
    ]
    places, size = _laid_out(widths, style)
    whole = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(whole)
    for strip, said, (left, top), wide in zip(strips, words, places, widths, strict=True):
        for number, line in enumerate(said):
            at, ink = (left, top + number * style.line), _FAINT if number == 2 else _INK
            pen.text(at, _fitting(pen, line, style.font, wide), fill=ink, font=style.font)
        for number, tile in enumerate(strip.tiles or ("no item",)):
            corner = (left + number * (style.side + GAP), top + style.line * style.lines)
            _place(whole, pen, tile, corner, style)
    return whole


def _laid_out(widths: Sequence[int], style: _Style) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Return the corner of each strip of so many pixels, as words flow on a page, and the size of the page."""
    most = max(2 * style.wide(3) + GUTTER, *widths)
    places: list[tuple[int, int]] = []
    left, top, right = 0, GAP, 0
    for width in widths:
        if left and left + GUTTER + width > most:
            left, top = 0, top + style.high
        left += GUTTER if left else 0
        places.append((left + GAP, top))
        left += width
        right = max(right, left)
    return places, (right + 2 * GAP, top + style.high)


def _words(strip: Strip, name: str, lines: int) -> list[str]:
    """Return the lines above a strip."""
    row = strip.series
    count = f"{row['items']:,} item{'' if row['items'] == 1 else 's'}"
    if lines == 2:
        return [name, f"{row['kind']}, {row['items']:,}"]
    size = f", {row['width']} x {row['height']}" if row["width"] and row["height"] else ""
    flags = ", ".join(row["flags"] or ())
    return [name, f"{row['kind']}, {count}{size}", f"{strip.why}: {flags}" if flags else strip.why]


def _fitting(pen: Any, words: str, font: Any, wide: int) -> str:
    """Return words cut to a width in pixels."""
    words = _ascii(words)
    if pen.textlength(words, font=font) <= wide:
        return words
    while len(words) > 1 and pen.textlength(words + "..", font=font) > wide:
        words = words[:-1]
    return words + ".."


def _place(whole: Any, pen: Any, tile: Picture | str, corner: tuple[int, int], style: _Style) -> None:
    """Draw one tile: a picture in the middle of its square, or a grey square with words."""
    from PIL import Image  # noqa: PLC0415

    side = style.side
    square = (corner[0], corner[1], corner[0] + side - 1, corner[1] + side - 1)
    if isinstance(tile, str):
        pen.rectangle(square, fill=_BLANK)
        _centred(pen, tile, square, style)
        return
    picture = Image.fromarray(tile.pixels)
    share = side / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    way = Image.Resampling.NEAREST if share >= 2 else Image.Resampling.BICUBIC
    picture = picture.resize(size, way).convert("RGB")
    left, top = corner[0] + (side - size[0]) // 2, corner[1] + (side - size[1]) // 2
    # Around it, and not over it: a white picture is to be seen on white paper.
    pen.rectangle((left - 1, top - 1, left + size[0], top + size[1]), outline=_BLANK)
    whole.paste(picture, (left, top))


def _centred(pen: Any, words: str, square: tuple[int, int, int, int], style: _Style) -> None:
    left, top, right, bottom = square
    room = style.side - 4
    lines: list[str] = []
    for word in words.split():
        longer = _ascii(f"{lines[-1]} {word}" if lines else word)
        if lines and pen.textlength(longer, font=style.font) <= room:
            lines[-1] = longer
        else:
            lines.append(_fitting(pen, word, style.font, room))
    lines = lines[: max(1, room // style.line)]
    y = (top + bottom - len(lines) * style.line) / 2
    for number, line in enumerate(lines):
        x = (left + right - pen.textlength(line, font=style.font)) / 2
        pen.text((max(x, left), y + number * style.line), line, fill=_BLANK_INK, font=style.font)


def _ascii(words: str) -> str:
    """Return words as the small font has letters for; ids, kinds, flags and reasons are such words."""
    return plain(words).encode("ascii", "replace").decode()


def _png(image: Any, colours: int | None) -> bytes:
    from PIL import Image  # noqa: PLC0415

    if colours is not None:
        image = image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()
