"""The segmentation of an annotation as numbers: its source's bytes are decoded only when somebody asks."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from labelport.geometry import rle, wkt

Ring = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]

MOST_BYTES = 1 << 26
"""Bytes of one segmentation that is decoded."""

MOST_PNG_PIXELS = 1 << 26
"""Pixels of a mask that came as PNG."""


@dataclass(frozen=True)
class Shape:
    """Rings and holes, or a mask as run lengths."""

    rings: tuple[Ring, ...] = ()
    """Points of shape (n, 2), x and y in the row's unit times the scale; a shape is all rings united. Of a point or
    a line its points. A ring does not repeat its first point where the source's form makes it."""

    holes: tuple[Ring, ...] = ()
    """Rings of what is not of the shape."""

    counts: Counts | None = None
    """Run lengths, column-major, zeros first; they add up to the pixels of ``size``."""

    size: tuple[int, int] | None = None
    """Height and width of the mask. That of a PNG is cropped: its upper left corner is that of the row's box."""


def shape_of(
    segmentation: bytes | None, segmentation_kind: str, scale: tuple[float, float] = (1.0, 1.0)
) -> Shape | None:
    """Return the shape of a segmentation; null where there is none, or none that can be decoded.

    ``segmentation_kind`` is one of ``tables.ANNOTATIONS``; ``scale`` is multiplied to x and y of rings (width and
    height of the image for normalised ones, a hundredth of them for WKT), never to masks. A ring with an odd count
    of numbers or one that is not finite is left out. Nothing in the bytes raises.
    """
    if segmentation is None or len(segmentation) > MOST_BYTES:
        return None
    if segmentation_kind == "polygons":
        return _of_rings(_flat_rings(segmentation), scale)
    if segmentation_kind == "points":
        points = _decoded(segmentation, list[tuple[float, float]])
        return _of_rings([] if points is None else [np.array(points, np.float64)], scale)
    if segmentation_kind in ("rle_counts", "rle_text"):
        return _of_runs(segmentation)
    if segmentation_kind == "png":
        return _of_png(segmentation)
    if segmentation_kind == "wkt":
        return _of_wkt(segmentation, scale)
    return None


def is_axis_box(ring: Ring) -> bool:
    """Return whether a ring is a rectangle with sides along the axes; its first point may stand again at the end.

    >>> is_axis_box(np.array([[1, 1], [5, 1], [5, 4], [1, 4]])), is_axis_box(np.array([[1, 1], [5, 2], [5, 4], [1, 4]]))
    (True, False)
    """
    points = ring[:-1] if len(ring) == 5 and (ring[0] == ring[4]).all() else ring
    if len(points) != 4:
        return False
    same = points == np.roll(points, -1, axis=0)
    return bool((same.sum(axis=1) == 1).all() and (same[:, 0] != np.roll(same[:, 0], 1)).all())


class _Runs(msgspec.Struct):
    """COCO's object of run lengths."""

    size: tuple[int, int]
    counts: list[int] | str


def _decoded(text: bytes, kind: Any) -> Any | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _flat_rings(text: bytes) -> list[Ring]:
    """Return the rings of ``[[x, y, x, y, …], …]``, or of one such list alone."""
    rings = _decoded(text, list[list[float]])
    if rings is None:
        flat = _decoded(text, list[float])
        rings = [] if flat is None else [flat]
    return [np.array(ring, np.float64).reshape(-1, 2) for ring in rings if len(ring) % 2 == 0]


def _of_rings(rings: list[Ring], scale: tuple[float, float], holes: list[Ring] | None = None) -> Shape | None:
    made = tuple(_scaled(rings, scale))
    return Shape(made, tuple(_scaled(holes or [], scale))) if made else None


def _scaled(rings: list[Ring], scale: tuple[float, float]) -> list[Ring]:
    with np.errstate(over="ignore", invalid="ignore"):
        made = [ring * np.array(scale, np.float64) for ring in rings if len(ring)]
    return [ring for ring in made if np.isfinite(ring).all()]


def _of_runs(text: bytes) -> Shape | None:
    runs = _decoded(text, _Runs)
    if runs is None:
        return None
    height, width = runs.size
    try:
        given = rle.counts_of_text(runs.counts.encode()) if isinstance(runs.counts, str) else runs.counts
        counts = np.asarray(given, np.int64)
        rle.check(counts, height, width)
    except (ValueError, OverflowError):
        return None
    return Shape(counts=counts, size=(height, width))


def _of_png(text: bytes) -> Shape | None:
    """Return the mask of a PNG in base64; whatever is not 0 is inside."""
    from PIL import Image  # noqa: PLC0415  -- few formats have pictures

    try:
        with Image.open(io.BytesIO(base64.b64decode(text)), formats=["PNG"]) as image:
            # The header alone is read by now: a few bytes can claim any size.
            if image.width * image.height > MOST_PNG_PIXELS:
                return None
            mask: np.ndarray[Any, Any] = np.asarray(image)
    except Exception:  # whatever a decoder raises is this picture's fault
        return None
    if mask.ndim == 3:
        mask = np.asarray(mask.any(axis=2))
    height, width = mask.shape
    return Shape(counts=rle.encode(mask), size=(height, width))


def _of_wkt(text: bytes, scale: tuple[float, float]) -> Shape | None:
    try:
        parsed = wkt.parse(text.decode())
    except (wkt.WktFault, UnicodeDecodeError):
        return None
    closed = parsed.kind in ("POLYGON", "MULTIPOLYGON")
    outer = [ring[:-1] if closed else ring for ring in parsed.outer]
    return _of_rings(outer, scale, [ring[:-1] for ring in parsed.inner])
