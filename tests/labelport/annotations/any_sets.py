"""Any set of annotations, as hypothesis draws it: shapes of all kinds on several images, negative and unlabelled ones too."""

import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.places import image_rows, placed_nowhere
from labelport.geometry import rle
from labelport.tables import ANNOTATIONS, CATEGORIES
from tests.labelport.annotations.samples import png_text

KINDS = ("box", "polygon", "rle", "keypoints", "class", "rotated_box", "point", "line", "circle", "mask")
POINTS = ("head", "tip")

IMAGES = (
    "x.jpg", "tray/x.png", "tray/img.v2.final.jpg", "größe/日本.png", "a b/c d.jpg", "UPPER.JPG", "0001.tif", "deep/er/0.jpg",
)  # fmt: skip
"""No two of one stem: what becomes of those is tested by itself."""

CATEGORIES_ = ("bolt", "0", "größe 日本", "comma, and; quote\"'", "<&>", "two words", "Bolt", "1.5")

IDS = ("0", "1", "7", "90", "4294967296", '"text"', '"7"')
"""Ids in their sources, as JSON text."""


def sides(size: int) -> st.SearchStrategy[tuple[float, float]]:
    """Return two edges within an image, the first before the second, in whole, quarter, or any parts of pixels.

    The second one is no share of an image: a file of nothing but such boxes says that they are shares.
    """
    first = st.integers(0, size * 4 - 9).map(lambda n: n / 4) | st.floats(0, size - 3, allow_subnormal=False)
    second = st.integers(7, size * 4).map(lambda n: n / 4) | st.floats(1.75, size)
    return st.tuples(first, second).filter(lambda ab: ab[1] - ab[0] > 1e-3)


@st.composite
def any_set(draw: st.DrawFn, *, kinds: tuple[str, ...] = KINDS, plain: bool = False, most: int = 8) -> AnnotationSet:
    """Return a set. ``plain``: nothing that only some formats hold (scores, crowds, groups, extras, shares)."""
    names = draw(st.lists(st.sampled_from(IMAGES), min_size=1, max_size=4, unique=True))
    sizes = [draw(st.tuples(st.integers(8, 200), st.integers(8, 200))) for _ in names]
    known = [plain or draw(st.integers(0, 9)) > 0 for _ in names]
    categories = draw(st.lists(st.sampled_from(CATEGORIES_), min_size=1, max_size=4, unique=True))
    rows = []
    for number in range(draw(st.integers(0, most))):
        image = draw(st.integers(0, len(names) - 1))
        kind = draw(st.sampled_from(kinds))
        row = draw(
            any_row(
                kind,
                sizes[image],
                shares=not plain and known[image] and draw(st.integers(0, 5)) == 0,
                sized=known[image],
            )
        )
        row |= {"image_id": image, "category_id": draw(st.integers(0, len(categories) - 1)), "kind": kind}
        if not plain and kind != "class":
            row |= draw(any_members(number))
        if kind != "class" or row not in rows:
            rows.append(row)  # a class twice is a duplicate, and no format holds it
    labelled = {row["image_id"] for row in rows}
    states = [
        "labelled" if n in labelled else draw(st.sampled_from(["negative", "unlabelled"])) for n in range(len(names))
    ]
    shown = np.array([size if there else (np.nan, np.nan) for size, there in zip(sizes, known, strict=True)], float)
    images = image_rows(
        names,
        placed_nowhere(names),
        source_file="source",
        pointer=[f"/images/{n}" for n in range(len(names))],
        state=states,
        width=shown[:, 0],
        height=shown[:, 1],
    )
    pointed = "keypoints" in {row["kind"] for row in rows}
    return AnnotationSet(
        images,
        rows_of(
            CATEGORIES,
            len(categories),
            name=categories,
            keypoints=[list(POINTS) if pointed else None] * len(categories),
            source_id=[str(n) for n in range(len(categories))] if draw(st.booleans()) else None,
            source_file="source",
        ),
        annotation_rows(rows),
    )


def annotation_rows(rows: list[dict[str, Any]]) -> Any:
    """Return rows of ``tables.ANNOTATIONS`` of what is given of each."""
    names = {name for row in rows for name in row}
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names} if rows else {}
    plain = {"image_id": [], "kind": "box", "segmentation_kind": "none"} if not rows else {}
    pointers = [f"/annotations/{n}" for n in range(len(rows))]
    return rows_of(ANNOTATIONS, len(rows), source_file="source", pointer=pointers, **(plain | columns))


@st.composite
def any_row(draw: st.DrawFn, kind: str, size: tuple[int, int], *, shares: bool, sized: bool = True) -> dict[str, Any]:
    """Return the geometry of a row, as the readers make it."""
    width, height = size
    row: dict[str, Any] = {"unit": "pixel", "segmentation_kind": "none"}
    if kind == "class":
        return {"unit": None, "segmentation_kind": "none"}
    (x0, x1), (y0, y1) = draw(sides(width)), draw(sides(height))
    if kind in ("rle", "mask"):
        return row | draw(any_mask(kind, size))
    if kind == "polygon":
        rings = [[x0, y0, x1, y0, x1, y1]]
        form = draw(st.sampled_from(["one", "two", "wkt", "hole"]))
        if form == "two":
            rings.append([x0, y0, x0, y1, (x0 + x1) / 2, y1])
        row |= {"segmentation": as_text(rings), "segmentation_kind": "polygons"}
        if sized and form in ("wkt", "hole"):
            row |= {"segmentation": as_wkt((x0, y0, x1, y1), size, hole=form == "hole"), "segmentation_kind": "wkt"}
    elif kind == "rotated_box":
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        row |= {"segmentation": as_text([[x, y0, x1, y, x, y1, x0, y]]), "segmentation_kind": "polygons"}
    elif kind == "keypoints":
        row["keypoints"] = [x0, y0, 2.0, *draw(st.sampled_from([(0.0, 0.0, 0.0), (x1, y1, 1.0)]))]
    elif kind == "point":
        x1, y1 = x0, y0
        row |= {"segmentation": as_text([[x0, y0]]), "segmentation_kind": "points"}
    elif kind == "line":
        row |= {"segmentation": as_text([[x0, y0], [x1, y1]]), "segmentation_kind": "points"}
    elif kind == "circle":
        radius = min(x1 - x0, y1 - y0) / 2
        x1, y1 = x0 + 2 * radius, y0 + 2 * radius
        row |= {
            "segmentation": as_text([[x0 + radius, y0 + radius], [x0 + 2 * radius, y0 + radius]]),
            "segmentation_kind": "points",
        }
    if shares and row["segmentation_kind"] == "none" and kind != "keypoints":
        x0, y0, x1, y1 = x0 / width, y0 / height, x1 / width, y1 / height
        row["unit"] = "normalised"
    return row | {"x0": x0, "y0": y0, "x1": x1, "y1": y1}


@st.composite
def any_mask(draw: st.DrawFn, kind: str, size: tuple[int, int]) -> dict[str, Any]:
    """Return a mask that is not empty: run lengths of the whole image, or a picture of its box."""
    width, height = size
    x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    x1, y1 = draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height))
    box: dict[str, Any] = {"x0": float(x0), "y0": float(y0), "x1": float(x1), "y1": float(y1)}
    mask = np.zeros((height, width), np.uint8)
    mask[y0:y1, x0:x1] = 1
    mask[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] = draw(st.integers(0, 1))
    if kind == "mask":
        return box | {"segmentation": png_text(mask[y0:y1, x0:x1]).encode(), "segmentation_kind": "png"}
    counts = rle.encode(mask)
    if draw(st.booleans()):
        text = json.dumps({"size": [height, width], "counts": counts.tolist()})
        return box | {"segmentation": text.encode(), "segmentation_kind": "rle_counts"}
    text = json.dumps({"size": [height, width], "counts": rle.text_of_counts(counts).decode()})
    return box | {"segmentation": text.encode(), "segmentation_kind": "rle_text"}


@st.composite
def any_members(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """Return what only some formats hold."""
    extras = draw(st.none() | st.sampled_from([b'{"colour":"red"}', b'{"difficult":1,"note":"\\u00fc"}']))
    return {
        "score": draw(st.none() | st.sampled_from([0.0, 0.5, 0.123456789, 1.0])),
        "iscrowd": draw(st.sampled_from([None, False, False, True])),
        "group_id": draw(st.none() | st.sampled_from(["1", "2"])),
        "source_id": draw(st.none() | st.just(IDS[number % len(IDS)])),
        "area_given": draw(st.none() | st.just(12.5)),
        "extras": extras,
    }


def as_wkt(box: tuple[float, float, float, float], size: tuple[int, int], *, hole: bool) -> bytes:
    """Return a frame or a full rectangle as results say them: in hundredths of the image."""
    x0, y0, x1, y1 = (edge / side * 100 for edge, side in zip(box, (*size, *size), strict=True))
    rings = [(x0, y0, x1, y1)]
    if hole:
        rings.append(((3 * x0 + x1) / 4, (3 * y0 + y1) / 4, (x0 + 3 * x1) / 4, (y0 + 3 * y1) / 4))
    words = [f"({a!r} {b!r}, {c!r} {b!r}, {c!r} {d!r}, {a!r} {d!r}, {a!r} {b!r})" for a, b, c, d in rings]
    return f"POLYGON ({', '.join(words)})".encode()


def as_text(rings: Any) -> bytes:
    return json.dumps(rings).encode()
