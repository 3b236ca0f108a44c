"""What draws polygons elsewhere, on contours alone: ``run_rasterisers.py RINGS``; prints JSON by tool.

Microseconds of CPU and wall a contour, and how many pixels each gives more and fewer than ours. What tests points one by
one is given the centres of the contour's box alone. The slow ones do every eighth contour.
"""

import json
import sys
import time

import cv2  # type: ignore[import-not-found]  # in their own environment
import matplotlib.path  # type: ignore[import-not-found]
import numpy as np
import rasterio.features  # type: ignore[import-not-found]
import shapely  # type: ignore[import-not-found]
import skimage.draw  # type: ignore[import-not-found]
from PIL import Image, ImageDraw

held = np.load(sys.argv[1])
SIZE = int(held["size"])
rings = np.split(held["points"], np.cumsum(held["lengths"])[:-1])
masks = np.unpackbits(held["masks"], axis=1).reshape(len(rings), SIZE, SIZE)


def by_rasterio(ring):  # type: ignore[no-untyped-def]
    """GDAL, by the centres of pixels."""
    shape = {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]}
    return rasterio.features.rasterize([shape], (SIZE, SIZE), dtype=np.uint8)


def by_points(ring, inside):  # type: ignore[no-untyped-def]
    """Return the mask of the centres that a test takes."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    x0, y0 = np.clip(np.floor(ring.min(axis=0)), 0, SIZE).astype(int)
    x1, y1 = np.clip(np.ceil(ring.max(axis=0)), 0, SIZE).astype(int)
    rows, columns = np.mgrid[y0:y1, x0:x1]
    mask[y0:y1, x0:x1] = inside(columns.ravel() + 0.5, rows.ravel() + 0.5).reshape(rows.shape)
    return mask


def by_shapely(ring):  # type: ignore[no-untyped-def]
    """GEOS, prepared."""
    polygon = shapely.Polygon(ring)
    shapely.prepare(polygon)
    return by_points(ring, lambda x, y: shapely.contains_xy(polygon, x, y))


def by_matplotlib(ring):  # type: ignore[no-untyped-def]
    """Agg."""
    path = matplotlib.path.Path(ring)
    return by_points(ring, lambda x, y: path.contains_points(np.stack([x, y], axis=1)))


def by_skimage(ring):  # type: ignore[no-untyped-def]
    """One point after the other."""
    return skimage.draw.polygon2mask((SIZE, SIZE), ring[:, ::-1] - 0.5)


def by_cv2(ring):  # type: ignore[no-untyped-def]
    """Whole coordinates, edges drawn."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    return cv2.fillPoly(mask, [np.round(ring - 0.5).astype(np.int32)], 1)


def by_pillow(ring):  # type: ignore[no-untyped-def]
    """Edges drawn."""
    image = Image.new("L", (SIZE, SIZE))
    ImageDraw.Draw(image).polygon((ring - 0.5).ravel().tolist(), fill=1, outline=1)
    return np.asarray(image)


TOOLS = {
    "rasterio": (by_rasterio, 1),
    "shapely": (by_shapely, 8),
    "scikit-image": (by_skimage, 8),
    "matplotlib": (by_matplotlib, 8),
    "opencv": (by_cv2, 1),
    "pillow": (by_pillow, 1),
}
found = {}
for name, (draw, step) in TOOLS.items():
    some = rings[::step]
    drawn = [draw(ring) for ring in some]
    cpu, wall = min(
        (time.process_time() - cpu, time.perf_counter() - wall)
        for cpu, wall in ((time.process_time(), time.perf_counter()) for _ in range(3))
        if [draw(ring) for ring in some]
    )
    pairs = list(zip(drawn, masks[::step], strict=True))
    more = sum(int((theirs > ours).sum()) for theirs, ours in pairs)
    fewer = sum(int((theirs < ours).sum()) for theirs, ours in pairs)
    each = 1e6 / len(some)
    found[name] = {"cpu_us": cpu * each, "wall_us": wall * each, "more": more, "fewer": fewer, "contours": len(some)}
print(json.dumps(found))
