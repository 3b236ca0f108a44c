"""Which txts are lines of YOLO Keras, and which of them are one dataset."""

from collections import Counter
from collections.abc import Mapping, Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.yolo_darknet.class_names import (
    KERAS_LIST,
    LISTS,
    base_of,
    folder_of,
    lists_by_folder,
    nearest,
)
from labelport.annotations.formats.yolo_keras.lines import is_name, lines_of
from labelport.errors import ObjectAbsent, ObjectChanged

ALL_LISTS = (KERAS_LIST, "_classes.txt", *LISTS)

USUAL_NAME = "annotation"
"""What files of only negative images must be called beside ``label.txt``: else they are lists of images."""

LOOKED_AT = 1 << 16
MANY = 1000
"""Txts of a folder; in one of more, without ``label.txt`` above, they are one an image, and no Keras."""

ROWS, BROKEN, NAMES, OTHER = "rows", "broken", "names", "other"


def claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return a claim for each folder with a list of class names, and one for files without any list.

    A txt belongs to the nearest folder above it that has a list.
    """
    lists = lists_by_folder(files, ALL_LISTS, lambda file: look_at(file) == ROWS)
    no_parts = {name for names in lists.values() for name in names}
    txts = [file for file in files if file.name.lower().endswith(".txt") and file.name not in no_parts]
    crowds = Counter(folder_of(file.name) for file in txts)
    datasets: dict[str | None, dict[str, str]] = {}
    known: dict[str, str | None] = {}
    for file in txts:
        folder = nearest(folder_of(file.name), lists, known)
        own = folder is not None and base_of(lists[folder][0]).lower() == KERAS_LIST
        if crowds[folder_of(file.name)] > MANY and not own and not told:
            continue
        look = look_at(file)
        if look in {ROWS, BROKEN} or (look == NAMES and (told or own) and USUAL_NAME in base_of(file.name).lower()):
            datasets.setdefault(folder, {})[file.name] = look
    made = [_claim(looks, () if folder is None else tuple(lists[folder])) for folder, looks in datasets.items()]
    return [claim for claim in made if told or claim.confidence > 0.3]


def look_at(file: AnnotationFile) -> str:
    """Return how a txt looks: lines with boxes, with broken boxes, with names only, or other."""
    if not file.size:
        return OTHER
    try:
        head = file.head(LOOKED_AT)
    except (ObjectAbsent, ObjectChanged, OSError):
        return OTHER
    lines = list(lines_of(head))
    if any(len(line.fields) > len(line.bad) and line.name for line in lines):
        return ROWS
    if any(line.bad and line.fields[line.bad[-1]].count(b",") >= 2 for line in lines):
        return BROKEN
    return NAMES if lines and all(is_name(line.name) for line in lines[:-1] or lines) else OTHER


def _claim(looks: Mapping[str, str], shared: tuple[str, ...]) -> Claim:
    base = base_of(shared[0]).lower() if shared else ""
    found = set(looks.values())
    if ROWS in found:
        confidence = 0.95 if base == KERAS_LIST else 0.85 if base else 0.75
    elif BROKEN in found:
        confidence = 0.65 if base == KERAS_LIST else 0.3
    else:
        confidence = 0.65
    beside = f"below {base}" if base else "and no list of class names"
    words = f"lines of a name and boxes, {beside}"
    return Claim(tuple(looks), shared, confidence, words)
