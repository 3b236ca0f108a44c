"""Ours on filling alone: ``python -m benchmarks.structures_fill RINGS``; prints microseconds of CPU and wall a contour.

RINGS is what ``write_rings`` wrote: every contour as pixels (edges), and the pixels that ours gives it, for the peers
(``peers/run_rasterisers.py``) to be compared with.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.structures_made import ORGANS, ORIGIN, SIZE, SLICES, SPACING_MM, outlines
from labelport.geometry.rings import filled

REPEATS = 7


def rings() -> list[Any]:
    """Return every contour of the set, shape (points, 2), pixels as edges."""
    return [
        (ring - ORIGIN[:2]) / SPACING_MM + 0.5
        for organ in ORGANS
        for _, several in outlines(organ, SLICES)
        for ring in several
    ]


def write_rings(path: Path) -> None:
    """Write contours and their pixels."""
    every = rings()
    masks = [np.packbits(filled([ring], SIZE, SIZE).onto(SIZE, SIZE)) for ring in every]
    np.savez(
        path,
        points=np.concatenate(every),
        lengths=np.array([len(ring) for ring in every]),
        masks=np.array(masks),
        size=np.array(SIZE),
    )


def main() -> None:
    """Fill every contour alone; the best of some repeats counts."""
    held = np.load(sys.argv[1])
    every = np.split(held["points"], np.cumsum(held["lengths"])[:-1])
    found = []
    for _ in range(REPEATS):
        cpu, wall = time.process_time(), time.perf_counter()
        for ring in every:
            filled([ring], SIZE, SIZE)
        found.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = min(found)
    print(json.dumps({"cpu_us": cpu / len(every) * 1e6, "wall_us": wall / len(every) * 1e6}))


if __name__ == "__main__":
    main()
