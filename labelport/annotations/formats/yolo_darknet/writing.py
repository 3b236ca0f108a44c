"""Writing YOLO DarkNet: all rows of some ten thousand images are formatted at once, and cut into files."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet, floats
from labelport.annotations.boxes import Floats, as_shares
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.yolo_darknet.choosing import Chosen, choose, class_list, cut
from labelport.annotations.formats.yolo_darknet.naming_images import LABEL_FOLDER
from labelport.annotations.formats.yolo_darknet.origin import TOP_LEFT
from labelport.annotations.holds import KEPT
from labelport.annotations.naming import written_names
from labelport.annotations.writing import files_of_images

LABEL_FILE = "label.labels"
DIGITS = 10
"""After the point: a millionth of a pixel in an image 10,000 wide. Five or six lose 0.03 at 6,000."""

MOST_ROUNDED = 1e5
"""From here on a float64 has no ten digits behind its point to round to."""

LEAST_PLAIN, MOST_PLAIN = 1e-5, 1e9
"""Between them Arrow writes no exponent."""

ROWS_AT_ONCE = 1 << 18

SHAPES = {
    "box": KEPT,
    **dict.fromkeys(("rotated_box", "polygon", "rle", "mask", "keypoints", "circle"), "its box"),
}
"""What becomes of each kind in a file that has boxes only; the others are lost."""


def write(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write ``label.labels`` and ``labels/<name of the image>.txt``; an empty txt says that nothing is there."""
    options = context.options
    boxes = cut(as_shares(given), given, options, shares=True)
    chosen = choose(given, _targets(given, context), boxes, shapes=SHAPES, options=options, said=context.said)
    classes = class_list(given.categories, context.said)
    output.put(LABEL_FILE, "".join(f"{name}\n" for name in classes.names).encode())
    category = given.annotations.column("category_id").to_numpy(zero_copy_only=False)[chosen.rows].astype(np.int64)
    numbers = classes.of_category[category] if len(category) else category
    shares = _fields(boxes[chosen.rows], top_left=options.yolo_origin == TOP_LEFT)
    scores = None
    if getattr(options, "yolo_scores", False):
        scores = floats(given.annotations, "score")[chosen.rows, 0]
    for first, last in slices(chosen):
        low, high = int(chosen.starts[first]), int(chosen.starts[last])
        lines = _lines(numbers[low:high], shares[low:high], None if scores is None else scores[low:high])
        offsets = pa.array((chosen.starts[first : last + 1] - low).astype(np.int32))
        bodies = pc.binary_join(pa.ListArray.from_arrays(offsets, lines), "").cast(pa.binary()).to_pylist()
        for name, body in zip(chosen.targets[first:last], bodies, strict=True):
            output.put(name, body)


def _targets(given: AnnotationSet, context: WriteContext) -> list[str | None]:
    """Return the file of each image row; null where it has none, and for the unlabelled, which have no file.

    A name that came from a txt has no extension, and what stands behind its last dot belongs to it.
    """
    names = context.names if context.names is not None else written_names(given)
    sources = given.images.column("source_file").to_pylist()
    states = given.images.column("state").to_pylist()
    rows = [row for row, state in enumerate(states) if state != "unlabelled"]
    asked = [f"{names[row]}.txt" if f"/{sources[row]}".endswith(f"/{names[row]}.txt") else names[row] for row in rows]
    made: list[str | None] = [None] * len(names)
    for row, file in zip(rows, files_of_images(asked, ".txt", context.said), strict=True):
        made[row] = None if file is None else LABEL_FOLDER + file
    return made


def slices(chosen: Chosen) -> Iterator[tuple[int, int]]:
    """Yield (first, last) targets of some hundred thousand rows, or of as many files."""
    first = 0
    while first < len(chosen.targets):
        last = int(np.searchsorted(chosen.starts, chosen.starts[first] + ROWS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), first + ROWS_AT_ONCE, len(chosen.targets))
        yield first, last
        first = last


def _fields(boxes: Floats, *, top_left: bool) -> Floats:
    """Return x, y, width, height of corners."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([low if top_left else (low + high) / 2, high - low], axis=1)


def _lines(classes: np.ndarray[tuple[int], np.dtype[np.int64]], shares: Floats, scores: Floats | None) -> pa.Array:
    columns = [pa.array(classes).cast(pa.string()), *(decimals(shares[:, i]) for i in range(4))]
    if scores is None:
        return pc.binary_join_element_wise(pc.binary_join_element_wise(*columns, " "), "\n", "")
    tail = pc.if_else(pa.array(np.isnan(scores)), "", pc.binary_join_element_wise("", decimals(scores), " "))
    return pc.binary_join_element_wise(pc.binary_join_element_wise(*columns, " "), tail, "\n", "")


def decimals(values: Floats) -> pa.Array:
    """Return numbers as decimal text: at most ten digits after the point, no exponent, no zeros at the end.

    >>> decimals(np.array([0.5, 1 / 3, 1e-7, 1.0])).to_pylist()
    ['0.5', '0.3333333333', '0.0000001', '1']
    """
    usual = np.abs(values) < MOST_ROUNDED
    rounded = np.where(usual, np.round(np.where(usual, values, 0.0), DIGITS), values) + 0.0
    texts = pa.array(rounded).cast(pa.string())
    odd = (np.abs(rounded) < LEAST_PLAIN) & (rounded != 0) | (np.abs(rounded) >= MOST_PLAIN)
    if not odd.any():
        return texts
    plain = [f"{value:.{DIGITS}f}".rstrip("0").rstrip(".") for value in rounded[odd].tolist()]
    return pc.replace_with_mask(texts, pa.array(odd), pa.array(plain, pa.string()))
