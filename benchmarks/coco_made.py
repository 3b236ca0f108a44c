"""Make a COCO file of the shape of COCO 2017 instances: ``python -m benchmarks.coco_made IMAGES ANNOTATIONS OUT.json``.

5000 36781 is about val2017, 118287 860001 about train2017. Equal arguments give equal bytes: all draws come from one
``RandomState``, whose stream numpy keeps over its versions. A chunk of annotations is in memory, never the file.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

STATE = 20171
CHUNK = 4096
"""Annotations drawn at once; another number gives other bytes."""

UNUSED = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})
"""The gaps in COCO's category ids 1..90."""

CATEGORY_IDS = tuple(number for number in range(1, 91) if number not in UNUSED)
SIZES = (
    (640, 480), (640, 427), (480, 640), (427, 640), (640, 426),
    (500, 375), (640, 360), (612, 612), (640, 640), (375, 500),
)  # fmt: skip
"""Width and height in pixels, the commonest first."""

HIGHEST_IMAGE_ID = 599_999
EMPTY = 0.01
CROWDS = 0.01
LONGEST_RLE = 400

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Variant:
    """What of the file is written; the draws stay the same."""

    first: int | None = None
    """Only so many images, and their annotations."""

    boxes_only: bool = False
    """Every segmentation is an empty list."""


def pieces(images: int, annotations: int, variant: Variant = Variant()) -> Iterator[str]:
    """Yield the text of the file in pieces."""
    draw = np.random.RandomState(STATE)
    ids = draw.permutation(HIGHEST_IMAGE_ID)[:images] + 1
    sizes = np.array(SIZES)[np.minimum(draw.exponential(0.6, images).astype(np.int64), len(SIZES) - 1)]
    owners = np.repeat(np.arange(images), _of_each(draw, images, annotations))
    numbers = np.cumsum(draw.randint(1, 41, annotations))
    order = draw.permutation(annotations)
    owners, numbers = owners[order], numbers[order]
    shown = images if variant.first is None else min(variant.first, images)

    yield '{"info": {"description": "Made for a benchmark", "version": "1.0", "year": 2017}, "licenses": ['
    yield '{"url": "http://example.org/licence", "id": 1, "name": "Made"}], "images": ['
    for index in range(shown):
        yield ("" if index == 0 else ", ") + _image(int(ids[index]), *map(int, sizes[index]))
    yield '], "annotations": ['
    comma = ""
    for start in range(0, annotations, CHUNK):
        part = slice(start, start + CHUNK)
        for owner, text in zip(
            owners[part],
            _annotations(draw, ids[owners[part]], sizes[owners[part]], numbers[part], variant),
            strict=True,
        ):
            if owner < shown:
                yield comma + text
                comma = ", "
    yield '], "categories": ['
    yield ", ".join(
        f'{{"supercategory": "group{number % 12}", "id": {number}, "name": "category {number}"}}'
        for number in CATEGORY_IDS
    )
    yield "]}"


def write(path: Path, images: int, annotations: int, variant: Variant = Variant()) -> None:
    """Write the file; an interrupted call leaves none under its name."""
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="ascii", newline="", buffering=1 << 20) as file:
        file.writelines(pieces(images, annotations, variant))
    draft.replace(path)


def _of_each(draw: np.random.RandomState, images: int, annotations: int) -> Ints:
    """Draw how many annotations each image has."""
    shares = draw.exponential(1.0, images) + 0.05
    shares[draw.permutation(images)[: round(images * EMPTY)]] = 0.0
    least = (shares > 0).astype(np.int64)
    if least.sum() > annotations:
        least[:] = 0
    many: Ints = least + draw.multinomial(annotations - least.sum(), shares / shares.sum())
    return many


def _image(number: int, width: int, height: int) -> str:
    name = f"{number:012d}.jpg"
    return (
        f'{{"license": 1, "file_name": "{name}", "coco_url": "http://images.example.org/train2017/{name}", '
        f'"height": {height}, "width": {width}, "date_captured": "2013-11-{1 + number % 28:02d} 17:02:52", '
        f'"flickr_url": "http://farm.example.org/{number % 9000}/{number * 31 % 10**10:010d}_z.jpg", "id": {number}}}'
    )


def _annotations(
    draw: np.random.RandomState, images: Ints, sizes: Ints, numbers: Ints, variant: Variant
) -> Iterator[str]:
    """Yield the text of each annotation of a chunk; ``sizes`` is (n, 2), width and height."""
    count = len(numbers)
    weights = 1 / (np.arange(len(CATEGORY_IDS)) + 1.5)
    categories = np.array(CATEGORY_IDS)[draw.choice(len(CATEGORY_IDS), count, p=weights / weights.sum())]
    crowd = draw.random_sample(count) < CROWDS
    sides = np.clip(draw.lognormal(4.0, 1.0, (count, 2)), 4, sizes - 2)
    corners = draw.random_sample((count, 2)) * (sizes - sides)
    polygons = _polygons(draw, np.hstack([corners, sides]), sizes)
    for index in range(count):
        if crowd[index]:
            runs = _runs(draw, int(sizes[index].prod()))
            shape = f'{{"counts": {json.dumps(runs)}, "size": [{sizes[index][1]}, {sizes[index][0]}]}}'
            box = [round(value, 2) for value in (*corners[index].tolist(), *sides[index].tolist())]
            area: float = sum(runs[1::2])
        else:
            shape, box, area = polygons.texts[index], polygons.boxes[index], polygons.areas[index]
        yield (
            f'{{"segmentation": {"[]" if variant.boxes_only else shape}, "area": {area!r}, '
            f'"iscrowd": {int(crowd[index])}, "image_id": {images[index]}, "bbox": {box}, '
            f'"category_id": {categories[index]}, "id": {numbers[index]}}}'
        )


@dataclass(frozen=True)
class _Polygons:
    texts: list[str]
    boxes: list[list[float]]
    areas: list[float]


def _polygons(draw: np.random.RandomState, boxes: Floats, sizes: Ints) -> _Polygons:
    """Draw polygons in ``boxes`` (n, 4: corner and sides, pixels); several rings stand side by side."""
    rings = np.where(draw.random_sample(len(boxes)) < 0.85, 1, draw.randint(2, 4, len(boxes)))
    owner = np.repeat(np.arange(len(boxes)), rings)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(rings) - rings, rings)
    lengths = np.maximum(4, draw.gamma(2.2, 10.0, len(owner)).astype(np.int64))
    starts = np.cumsum(lengths) - lengths
    ring = np.repeat(np.arange(len(owner)), lengths)
    angles = 2 * math.pi * (np.arange(len(ring)) - starts[ring]) / lengths[ring]
    radii = draw.uniform(0.55, 1.0, len(ring))
    half = boxes[owner, 2:] / 2
    half[:, 0] /= rings[owner]
    middle = boxes[owner, :2] + half
    middle[:, 0] += 2 * half[:, 0] * place
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.clip(middle[ring] + half[ring] * directions * radii[:, None], 0, sizes[owner[ring]]).round(2)

    following = _next_of(points, starts, lengths)
    doubled = points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1]
    first_ring = np.cumsum(rings) - rings
    areas = np.add.reduceat(np.abs(np.add.reduceat(doubled, starts)) / 2, first_ring).round(4)
    low = np.minimum.reduceat(points, starts[first_ring])
    high = np.maximum.reduceat(points, starts[first_ring])

    numbers = list(map(repr, points.ravel().tolist()))
    texts = [f"[{', '.join(numbers[2 * at : 2 * (at + many)])}]" for at, many in zip(starts, lengths, strict=True)]
    return _Polygons(
        texts=[f"[{', '.join(texts[at : at + many])}]" for at, many in zip(first_ring, rings, strict=True)],
        boxes=np.hstack([low, high - low]).round(2).tolist(),
        areas=areas.tolist(),
    )


def _next_of(points: Floats, starts: Ints, lengths: Ints) -> Floats:
    """Return for each point the next of its ring; the first follows the last."""
    following = np.roll(points, -1, axis=0)
    following[starts + lengths - 1] = points[starts]
    return following


def _runs(draw: np.random.RandomState, pixels: int) -> list[int]:
    """Draw run lengths that sum up to ``pixels``, background first."""
    runs: list[int] = []
    left = pixels
    while left and len(runs) < LONGEST_RLE - 1:
        runs.append(min(left, int(draw.randint(1, max(2, left // 60) + 1))))
        left -= runs[-1]
    return [*runs, left] if left else runs


def main() -> int:
    """Write the file and tell what it holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coco_made", description=__doc__)
    parser.add_argument("images", type=int)
    parser.add_argument("annotations", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--first", type=int, help="only so many images, and their annotations")
    parser.add_argument("--boxes-only", action="store_true", help="every segmentation is empty")
    given = parser.parse_args()
    write(given.out, given.images, given.annotations, Variant(first=given.first, boxes_only=given.boxes_only))
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
