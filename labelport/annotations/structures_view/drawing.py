"""Three slices of volumes with the outlines of their structures as one PNG.

Grey values are the images', colours the outlines'. Names are label names, shown as they are; nothing in them is markup.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.drawing import font_file
from labelport.annotations.structures_view.cuts import Flags
from labelport.annotations.structures_view.greys import Ground
from labelport.annotations.structures_view.strokes import REST, Colour, Outlined, Stroke, outline_of, strokes_of
from labelport.privacy import plain

MOST_PNG_BYTES = 20_000
"""Of a picture for an event log, where it stays for ever (``assets.previews`` shows no larger one)."""

ATTEMPTS = (
    (240, 24), (240, 12), (200, 16), (200, 8), (160, 16), (160, 10), (160, 6), (130, 10), (130, 6), (110, 6), (90, 6),
    (70, 5), (50, 4), (30, 3),
)  # fmt: skip
"""(longer side of a slice, greys) from the finest on, until the picture is small enough."""

HOPE = 1.6
"""An attempt is not made where it would have to compress so many times better than the last one."""

WHITE = 205
"""How light the lightest grey of an image is: bright outlines are to be seen on it."""

GAP, MARGIN, LINE, FONT = 4, 16, 14, 11
"""Pixels between things; beside a slice, where its letters stand; of a line of words; of its letters."""

_BLANK, _HATCH, _INK, _FAINT_INK, _PAPER = 0, 1, 2, 3, 4
_FIXED = ((128, 128, 128), (104, 104, 104), (0, 0, 0), (105, 105, 105), (255, 255, 255))


@dataclass(frozen=True)
class Slice:
    """One of the three."""

    title: str
    letters: tuple[str, str, str, str]
    """At the left, the right, the top and the bottom."""

    ground: Ground


@dataclass(frozen=True)
class Panel:
    """One volume."""

    heading: str
    slices: Sequence[Slice]
    structures: Sequence[Outlined]
    notes: Sequence[str] = ()
    """What is to be said beneath."""


def structures_png(panels: Sequence[Panel], *, most: int = MOST_PNG_BYTES) -> bytes:
    """Return volumes one below the other, at most ``most`` bytes and as fine as that allows; empty without volumes."""
    if not panels:
        return b""
    room = float("inf")
    for side, greys in ATTEMPTS:
        bits = side * side * np.log2(greys)
        if bits > room:
            continue
        body = _page(panels, side, greys)
        if len(body) <= most:
            return body
        room = bits * most / len(body) * HOPE
    return b""


class _Pen:
    """Draws on a page: numbers of a palette of fixed colours, greys, and the colours of outlines."""

    def __init__(self, greys: int, colours: Sequence[Colour]) -> None:
        from PIL import ImageFont  # noqa: PLC0415  -- most runs draw nothing

        self.greys = greys
        self._colours = list(dict.fromkeys(colours))
        self.font = ImageFont.truetype(font_file(), FONT)

    def palette(self) -> list[int]:
        """Return red, green and blue of each number."""
        steps = [round(WHITE * number / (self.greys - 1)) for number in range(self.greys)]
        all_colours = [*_FIXED, *((step, step, step) for step in steps), *self._colours]
        return [part for colour in all_colours for part in colour]

    def grey(self, pixels: Any) -> Any:
        """Return the numbers of grey pixels of 0 to 255."""
        levels = np.round(np.asarray(pixels, np.float32) / 255 * (self.greys - 1)).astype(np.uint8)
        return levels + np.uint8(len(_FIXED))

    def colour(self, colour: Colour) -> int:
        """Return the number of a colour."""
        return len(_FIXED) + self.greys + self._colours.index(colour)

    def stroke(self, levels: Any, mask: Flags, stroke: Stroke) -> None:
        """Draw the outline of a mask onto numbers of the same shape."""
        outline = outline_of(mask)
        if stroke.dashed:
            rows, columns = np.indices(mask.shape)
            outline &= (rows + columns) % 6 < 3
        levels[outline] = self.colour(stroke.colour)

    def wide(self, words: str) -> int:
        """Return the pixels of a line of words."""
        return int(np.ceil(self.font.getlength(words)))


def _page(panels: Sequence[Panel], side: int, greys: int) -> bytes:
    from PIL import Image  # noqa: PLC0415

    styles = [strokes_of(panel.structures) for panel in panels]
    pen = _Pen(greys, [stroke.colour for _, strokes in styles for stroke in strokes])
    parts = [_panel(panel, style, side, pen) for panel, style in zip(panels, styles, strict=True)]
    width = max(part.shape[1] for part in parts)
    parts = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=_PAPER) for part in parts]
    whole = Image.fromarray(np.vstack(parts), "P")
    whole.putpalette(pen.palette())
    target = io.BytesIO()
    whole.save(target, "PNG", optimize=True)
    return target.getvalue()


def _panel(panel: Panel, style: tuple[list[int], list[Stroke]], side: int, pen: _Pen) -> Any:
    """Return one volume as numbers of the palette."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    named, strokes = style
    tiles = [_tile(panel, number, strokes, side, pen) for number in range(len(panel.slices))]
    cells = [
        max(tile.shape[1] + 2 * MARGIN, pen.wide(each.title) + 2 * GAP)
        for tile, each in zip(tiles, panel.slices, strict=True)
    ]
    entries = _entries(panel, named, strokes)
    width = max(sum(cells), pen.wide(panel.heading) + 2 * GAP, *(pen.wide(words) + 22 for words, _ in entries), 240)
    notes = [line for note in panel.notes for line in _wrapped(note, width - 2 * GAP, pen)]
    columns = max(1, width // (max(pen.wide(words) for words, _ in entries) + 26)) if entries else 1
    lines = -(-len(entries) // columns)
    high = max(tile.shape[0] for tile in tiles) + 2 * LINE
    top = GAP + LINE
    height = top + LINE + high + LINE * (len(notes) + lines) + 2 * GAP
    levels = np.full((height, width), _PAPER, np.uint8)
    left, places = 0, []
    for tile, cell in zip(tiles, cells, strict=True):
        x, y = left + (cell - tile.shape[1]) // 2, top + 2 * LINE + (high - 2 * LINE - tile.shape[0]) // 2
        levels[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
        places.append((x, y, left + cell // 2))
        left += cell
    under = top + LINE + high
    swatches = []
    for number, (words, stroke) in enumerate(entries):
        x, y = GAP + width // columns * (number % columns), under + LINE * (len(notes) + number // columns)
        if stroke is not None:
            swatch = levels[y + 2 : y + 12, x : x + 10]
            swatch[:] = pen.grey(np.full(swatch.shape, 90))
            for inset in (0, 1):
                inner = np.zeros(swatch.shape, np.bool_)
                inner[inset : 10 - inset, inset : 10 - inset] = True
                pen.stroke(swatch, inner, stroke)
        swatches.append((x + 15, y, words))
    drawn = Image.fromarray(levels, "P")
    ink = ImageDraw.Draw(drawn)
    ink.fontmode = "1"
    ink.text((GAP, GAP), panel.heading, fill=_INK, font=pen.font)
    for each, tile, (x, y, middle) in zip(panel.slices, tiles, places, strict=True):
        ink.text((middle, top), each.title, fill=_FAINT_INK, font=pen.font, anchor="ma")
        to_left, to_right, above, below = each.letters
        row, column = y + tile.shape[0] // 2, x + tile.shape[1] // 2
        ink.text((x - 3, row), to_left, fill=_INK, font=pen.font, anchor="rm")
        ink.text((x + tile.shape[1] + 3, row), to_right, fill=_INK, font=pen.font, anchor="lm")
        ink.text((column, y - 2), above, fill=_INK, font=pen.font, anchor="mb")
        ink.text((column, y + tile.shape[0] + 2), below, fill=_INK, font=pen.font, anchor="mt")
    for number, note in enumerate(notes):
        ink.text((GAP, under + LINE * number), note, fill=_FAINT_INK, font=pen.font)
    for x, y, words in swatches:
        ink.text((x, y), words, fill=_INK, font=pen.font)
    return np.asarray(drawn)


def _tile(panel: Panel, number: int, strokes: Sequence[Stroke], side: int, pen: _Pen) -> Any:
    """Return a slice with its outlines; small structures are drawn over large ones."""
    from PIL import Image  # noqa: PLC0415

    ground = panel.slices[number].ground
    height, width = ground.pixels.shape
    share = side / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share))) if share < 1 else (width, height)
    picture = Image.fromarray(ground.pixels)
    levels = np.array(pen.grey(picture.resize(size, Image.Resampling.BOX) if share < 1 else picture))
    blank = _shrunk(ground.blank, size)
    rows, columns = np.indices(blank.shape)
    levels[blank] = np.where((rows + columns) % 8 == 0, _HATCH, _BLANK)[blank]
    masks = [(each.masks[number], stroke) for each, stroke in zip(panel.structures, strokes, strict=True)]
    small = [(_shrunk(mask, size), stroke) for mask, stroke in masks if mask is not None]
    for mask, stroke in sorted(small, key=lambda pair: -int(pair[0].sum())):
        pen.stroke(levels, mask, stroke)
    return levels


def _shrunk(mask: Flags, size: tuple[int, int]) -> Flags:
    """Return a mask made small: what is of it has its pixel in it, however small."""
    width, height = size
    made = np.array(mask[_nearest(mask.shape, size)])
    rows, columns = np.nonzero(mask)
    made[rows * height // mask.shape[0], columns * width // mask.shape[1]] = True
    return made


def _nearest(shape: tuple[int, ...], size: tuple[int, int]) -> Any:
    rows = (2 * np.arange(size[1]) + 1) * shape[0] // (2 * size[1])
    columns = (2 * np.arange(size[0]) + 1) * shape[1] // (2 * size[0])
    return np.ix_(rows, columns)


def _entries(panel: Panel, named: Sequence[int], strokes: Sequence[Stroke]) -> list[tuple[str, Stroke | None]]:
    """Return the lines of the legend."""
    found: list[tuple[str, Stroke | None]] = [(panel.structures[each].words, strokes[each]) for each in named]
    rest = len(panel.structures) - len(named)
    return [*found, (f"{rest} more", Stroke(REST))] if rest else found


def _wrapped(words: str, room: int, pen: _Pen) -> list[str]:
    lines: list[str] = []
    for word in plain(words).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and pen.wide(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
