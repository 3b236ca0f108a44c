"""Point clouds of a drawn street: as PCD in both encodings, and as KITTI's plain floats."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]


def clouds() -> Iterator[tuple[str, bytes]]:
    """Yield the clouds."""
    first, second = street(1500, moment=0.0), street(1500, moment=1.0)
    yield "street/000000.pcd", pcd(first, encoding="ascii")
    yield "street/000001.pcd", pcd(second, encoding="binary")
    yield "street/velodyne.bin", second.astype("<f4").tobytes()


def street(points: int, *, moment: float) -> Points:
    """Return a road, two walls and a car, (points, 4): x, y, z in metres and an intensity of 0 to 1."""
    random = np.random.default_rng(5)
    share = points // 3
    road = np.column_stack([random.uniform(2, 40, share), random.uniform(-4, 4, share), random.normal(0, 0.02, share)])
    side = random.choice([-5.0, 5.0], share)
    wall = np.column_stack([random.uniform(2, 40, share), side, random.uniform(0, 3, share)])
    left = points - 2 * share
    car = np.column_stack([random.uniform(10, 14, left), random.uniform(-1, 1, left), random.uniform(0.2, 1.5, left)])
    car[:, 0] += 3 * moment
    places = np.vstack([road, wall, car])
    brightness = np.concatenate([np.full(share, 0.2), np.full(share, 0.5), np.full(left, 0.9)])
    found: Points = np.column_stack([places, brightness]).astype(np.float32)
    return found


def pcd(points: Points, *, encoding: str) -> bytes:
    """Return a cloud as PCD 0.7, ``ascii`` or ``binary``."""
    header = (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z intensity\nSIZE 4 4 4 4\n"
        f"TYPE F F F F\nCOUNT 1 1 1 1\nWIDTH {len(points)}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\n"
        f"POINTS {len(points)}\nDATA {encoding}\n"
    ).encode()
    if encoding == "binary":
        return header + points.astype("<f4").tobytes()
    return header + "".join(" ".join(f"{value:.3f}" for value in point) + "\n" for point in points).encode()
