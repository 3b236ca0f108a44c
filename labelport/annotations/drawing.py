"""Pictures of annotations for people: bars of categories, and a few images with their shapes on them.

Every picture has at most 20 KB, for it stays in an event log for ever. Images are grey, so that colours are the
annotations'; they come as small pictures that a worker has decoded (``labelport.tiles``).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelport.annotations.marks import Mark
from labelport.geometry import rle
from labelport.privacy import plain
from labelport.tiles.picture import Picture

MOST_PNG_BYTES = 20_000
MOST_BARS = 20
MOST_TILES = 9
MOST_NAME = 24
"""Characters of a category's name."""

MOST_NAMED = 12
"""Categories of the legend."""

MOST_MASK_PIXELS = 1 << 26
"""Pixels of a mask that is drawn; of a larger one only the box is."""

COLOURS = (
    (230, 75, 60),
    (60, 180, 75),
    (70, 130, 230),
    (245, 170, 30),
    (170, 70, 200),
    (40, 195, 195),
    (240, 100, 180),
    (165, 205, 45),
    (150, 110, 70),
    (120, 120, 255),
)
"""By number of the category; the eleventh has the first one again."""

ATTEMPTS = ((240, 12), (240, 6), (200, 6), (160, 6), (160, 4), (120, 4), (90, 4), (60, 3), (40, 2), (20, 2))
"""(longer side of a tile, greys) from the finest on, until the picture is small enough."""

MOST_PIXELS = 330_000
"""Pixels of all tiles: more do not fit, whatever they show."""

GAP = 4
LINE = 13
"""Pixels of a line of the legend."""


@dataclass(frozen=True)
class Tile:
    """One image of a mosaic."""

    picture: Picture
    marks: Sequence[Mark] = ()


def class_counts_png(categories: Sequence[str], counts: Sequence[int]) -> bytes:
    """Return a small PNG of horizontal bars, the most frequent on top; beyond twenty one bar is the rest.

    Names are shown as they are: nothing in them is markup. Empty where there is no category.
    """
    pairs = sorted(zip(categories, counts, strict=True), key=lambda pair: -pair[1])
    if len(pairs) > MOST_BARS:
        rest = pairs[MOST_BARS:]
        pairs = [*pairs[:MOST_BARS], (f"({len(rest)} more)", sum(count for _, count in rest))]
    if not pairs:
        return b""
    return _bars([plain(name, most=MOST_NAME) for name, _ in pairs], [count for _, count in pairs])


def _bars(names: list[str], counts: list[int]) -> bytes:
    # Only here: importing matplotlib costs half a second, and most runs draw nothing.
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(4.6, 0.6 + 0.22 * len(names)), dpi=80, layout="constrained")
    axes = figure.subplots()
    places = range(len(names) - 1, -1, -1)
    axes.barh(places, counts, color="#3b6ea5")
    # Names are no mathematics: "$" would begin some.
    axes.set_yticks(places, names, fontsize=7, parse_math=False)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_xlabel("annotations", fontsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for place, count in zip(places, counts, strict=True):
        axes.annotate(f" {count:,}", (count, place), va="center", fontsize=7)
    target = io.BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return _of_few_colours(target)


def _of_few_colours(png: io.BytesIO) -> bytes:
    """Return a PNG of 16 colours: text of all its shades takes a third more than there is room for."""
    from PIL import Image  # noqa: PLC0415  -- matplotlib needs it as well

    target = io.BytesIO()
    with Image.open(png, formats=["PNG"]) as image:
        image.convert("RGB").quantize(16).save(target, "PNG", optimize=True)
    return target.getvalue()


def mosaic_png(tiles: Sequence[Tile]) -> bytes:
    """Return up to nine images with their annotations, and a legend of categories, as one PNG of at most 20 KB.

    It is as large as it may be: fewer images are shown larger. Empty where there is no image.
    """
    shown = [tile for tile in tiles if tile.picture.grey.size][:MOST_TILES]
    if not shown:
        return b""
    for side, greys in ATTEMPTS:
        if side * side * len(shown) > MOST_PIXELS and side > ATTEMPTS[-1][0]:
            continue
        body = _mosaic(shown, side, greys)
        if len(body) <= MOST_PNG_BYTES:
            return body
    return b""


def _mosaic(tiles: Sequence[Tile], side: int, greys: int) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  -- most runs draw nothing

    across = {1: 1, 2: 2, 3: 3, 4: 2}.get(len(tiles), 3)
    drawn = [_tile(tile, side, greys) for tile in tiles]
    rows = [drawn[at : at + across] for at in range(0, len(drawn), across)]
    wide = max(sum(tile.width + GAP for tile in row) for row in rows) + GAP
    named = _named(tiles)
    columns = max(1, min(len(named), wide // 110))
    lines = -(-len(named) // columns) if named else 0
    high = sum(max(tile.height for tile in row) + GAP for row in rows) + GAP + LINE * lines
    whole = Image.new("P", (wide, high), greys - 1)
    whole.putpalette(_palette(greys))
    top = GAP
    for row in rows:
        left = GAP
        for tile in row:
            whole.paste(tile, (left, top))
            left += tile.width + GAP
        top += max(tile.height for tile in row) + GAP
    pen = ImageDraw.Draw(whole)
    pen.fontmode = "1"
    font = ImageFont.truetype(font_file(), 10)
    for number, (name, colour) in enumerate(named):
        x, y = GAP + wide // columns * (number % columns), top + LINE * (number // columns)
        pen.rectangle((x, y + 2, x + 8, y + 10), fill=greys + colour)
        pen.text((x + 12, y), name, fill=0, font=font)
    target = io.BytesIO()
    whole.save(target, "PNG", optimize=True)
    return target.getvalue()


def _named(tiles: Sequence[Tile]) -> list[tuple[str, int]]:
    """Return the first names of the categories that are shown, with their colours; how many more there are at last."""
    found: dict[tuple[str, int], None] = {}
    for tile in tiles:
        for mark in tile.marks:
            if mark.name:
                found[plain(mark.name, most=MOST_NAME), mark.colour % len(COLOURS)] = None
    named = list(found)
    if len(named) > MOST_NAMED:
        named = [*named[: MOST_NAMED - 1], (f"{len(named) - MOST_NAMED + 1} more", 0)]
    return named


def font_file() -> str:
    """Return the file of a font that has the letters of most names: that of Pillow has few."""
    from matplotlib import get_data_path  # noqa: PLC0415

    return str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def _palette(greys: int) -> list[int]:
    steps = [round(255 * number / (greys - 1)) for number in range(greys)]
    return [value for step in steps for value in (step, step, step)] + [part for rgb in COLOURS for part in rgb]


def _tile(tile: Tile, side: int, greys: int) -> Any:
    """Return one image with its marks: numbers of the palette."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    picture = Image.fromarray(tile.picture.grey)
    picture.thumbnail((side, side))
    levels = np.round(np.asarray(picture, np.float32) / 255 * (greys - 1)).astype(np.uint8)
    scale = np.array([picture.width / tile.picture.width, picture.height / tile.picture.height])
    for mark in tile.marks:
        _fill(levels, mark, scale, greys)
    made = Image.fromarray(levels, "P")
    made.putpalette(_palette(greys))
    pen = ImageDraw.Draw(made)
    for mark in tile.marks:
        _outline(pen, mark, scale, greys + mark.colour % len(COLOURS))
    return made


def _outline(pen: Any, mark: Mark, scale: Any, colour: int) -> None:
    """Draw the rings, the box where there is no other shape, and the points of a mark."""
    for ring in mark.rings:
        points = _within(ring * scale)
        if len(points) == 1:
            _dot(pen, points[0], colour)
            continue
        pen.line([*points, points[0]] if mark.closed else points, fill=colour)
    if mark.box is not None and not mark.rings:
        (x0, y0), (x1, y1) = _within(np.array(mark.box).reshape(2, 2) * scale)
        pen.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), outline=colour)
    if mark.points is not None:
        for point in _within(mark.points * scale):
            _dot(pen, point, colour)


def _within(points: Any) -> list[tuple[int, int]]:
    """Return points as whole pixels; far ones are brought near, where lines to them leave the picture all the same."""
    return [(int(x), int(y)) for x, y in np.clip(np.floor(points), -2000, 4000).tolist()]


def _dot(pen: Any, at: tuple[int, int], colour: int) -> None:
    x, y = at
    pen.rectangle((x - 1, y - 1, x + 1, y + 1), fill=colour)


def _fill(levels: Any, mark: Mark, scale: Any, greys: int) -> None:
    """Colour every other pixel of a mask, so that what lies below is seen."""
    if mark.runs is None or mark.mask_size is None or mark.mask_size[0] * mark.mask_size[1] > MOST_MASK_PIXELS:
        return
    mask = rle.decode(mark.runs, *mark.mask_size)
    if not mask.size:
        return
    rows, columns = np.indices(levels.shape)
    x = np.floor((columns + 0.5) / scale[0] - mark.mask_at[0]).astype(np.int64)
    y = np.floor((rows + 0.5) / scale[1] - mark.mask_at[1]).astype(np.int64)
    there = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0]) & ((rows + columns) % 2 == 0)
    inside = np.zeros(levels.shape, np.bool_)
    inside[there] = mask[y[there], x[there]] != 0
    levels[inside] = greys + mark.colour % len(COLOURS)
