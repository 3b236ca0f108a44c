"""A small picture, and how it crosses from a worker to the run: one row of plain columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

MOST_PIXELS = 100_000_000
"""Pixels of a picture, by its header: more are not decoded for a small one."""

MOST_BYTES = 200_000_000
"""Bytes that are read, or inflated, for one small picture."""

SIDE = 240
"""Pixels of the longer side of a small picture."""

CUT_SHORT = "is cut short"

RESULT = pa.schema(
    [
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("columns", pa.int32()),
        ("rows", pa.int32()),
        ("pixels", pa.binary()),
        ("why_not", pa.string()),
    ]
)
"""One row a medium: its size, and the small picture's bytes, row by row; or a few words why there is none."""


class NoPicture(ValueError):
    """There is no picture of a medium; the text is a few words for people, without anything from the file."""


@dataclass(frozen=True)
class Picture:
    """A small picture of a medium."""

    width: int
    """Of the medium, as displayed."""

    height: int
    pixels: Pixels
    """Shape (rows, columns): grey, 0 black; or (rows, columns, 3): red, green, blue."""

    @property
    def grey(self) -> Pixels:
        """Return the pixels as grey, shape (rows, columns): ITU-R BT.601 luma of colours."""
        if self.pixels.ndim == 2:
            return self.pixels
        return np.asarray(np.rint(self.pixels @ np.array([0.299, 0.587, 0.114])), np.uint8)


def row_of(picture: Picture) -> dict[str, Any]:
    """Return a picture as a row of ``RESULT``."""
    rows, columns = picture.pixels.shape[:2]
    sizes = {"width": picture.width, "height": picture.height, "columns": columns, "rows": rows}
    return {**sizes, "pixels": picture.pixels.tobytes()}


def picture_of(row: Mapping[str, Any]) -> Picture | None:
    """Return the picture of a row of ``RESULT``; null where there is none."""
    if row["pixels"] is None:
        return None
    flat = np.frombuffer(row["pixels"], np.uint8)
    grey = flat.size == row["rows"] * row["columns"]
    shape = (row["rows"], row["columns"]) if grey else (row["rows"], row["columns"], 3)
    return Picture(row["width"], row["height"], flat.reshape(shape))


def refuse_too_large(width: int, height: int) -> None:
    """Raise ``NoPicture`` for a size, by a header, that is not decoded for a small picture."""
    if width < 1 or height < 1:
        raise NoPicture("has no size")
    if width * height > MOST_PIXELS:
        raise NoPicture("too many pixels")


def small_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size of a small picture: the longer side at most ``side``, never larger than the medium."""
    share = min(side / max(width, height), 1.0)
    return max(1, round(width * share)), max(1, round(height * share))


def shrunk(values: np.ndarray[Any, Any], side: int) -> np.ndarray[Any, Any]:
    """Return a picture's values made small: (rows, columns), or with colours (rows, columns, 3) of uint8.

    Means over the pixels that fall into one; a picture that is small already comes back as it is. Grey values
    keep their range: float32 where they were made smaller.
    """
    from PIL import Image  # noqa: PLC0415  -- only workers decode

    size = small_size(values.shape[1], values.shape[0], side)
    if size == (values.shape[1], values.shape[0]):
        return values
    if values.ndim == 2:
        values = np.asarray(values, np.float32)
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX, reducing_gap=2.0))
