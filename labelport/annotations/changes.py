"""Which annotation files have to be read: new and changed ones, and those whose images lead elsewhere now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import floats
from labelport.annotations.detecting import formats
from labelport.annotations.files import AnnotationFile
from labelport.annotations.kept import DOUBLE, PART, SHARED, UNKNOWN, Before, claims_of
from labelport.annotations.matching.spelling import LABEL_FILES
from labelport.annotations.places import PLACE_COLUMNS
from labelport.annotations.volumes.document import Grid, place_of, read_document
from labelport.annotations.volumes.image_volume import Volumes

SAMPLES = 3
"""Parts of each claim that are looked at again beside new files, so that these join them."""


@dataclass(frozen=True)
class Todo:
    """What is to be done about the files of one source."""

    read: frozenset[str]
    """Files that must be read."""

    look: tuple[str, ...]
    """Files whose heads decide the claims of those; all of the source where nothing less tells."""

    whole: bool
    """All files are looked at: claims may be others than before."""


def todo(files: Sequence[AnnotationFile], before: Before, source: str, moved: frozenset[str]) -> Todo:
    """Return what is to be read of a source; ``moved``: files whose images lead elsewhere than before."""
    there = {name: row for name, row in before.sources.items() if row["source"] == source}
    now = {file.name: file.token for file in files}
    changed = {name for name, token in now.items() if name not in there or there[name]["token"] != token}
    gone = there.keys() - now.keys()
    shared_changed = any(there[name]["role"] == SHARED for name in (changed & there.keys()) | gone)
    left = {row["claim"] for name, row in there.items() if row["role"] == PART and name in now}
    bereft = any(row["role"] == SHARED and not left.intersection(claims_of(row)) for row in there.values())
    # A new list of names may take files from the list that they had.
    listed = any(name not in there and name.rsplit("/", 1)[-1] in LABEL_FILES for name in now)
    if shared_changed or bereft or listed or not there:
        return Todo(frozenset(now), tuple(now), whole=True)
    read = (
        changed | (moved & now.keys()) | {name for name, row in there.items() if row["role"] == DOUBLE and name in now}
    )
    if not read and not gone:
        return Todo(frozenset(), (), whole=False)
    # What no format took may be taken now, beside what is new.
    read |= {name for name, row in there.items() if row["role"] == UNKNOWN and name in now}
    look = set(read)
    samples: dict[str, int] = {}
    for name, row in there.items():
        if name in now and row["claim"]:
            samples[row["claim"]] = samples.get(row["claim"], 0) + 1
            if row["role"] == SHARED or samples[row["claim"]] <= SAMPLES:
                look.add(name)
    return Todo(frozenset(read), tuple(sorted(look, key=str.encode)), whole=False)


def moved_files(before: Before, place: Any) -> frozenset[str]:
    """Return the files whose images would lead elsewhere than they do, or that lead nowhere yet.

    ``place`` is a ``Matcher`` that says nothing of it: what is read again says it.
    """
    images = before.rows.images
    if not images.num_rows:
        return frozenset()
    names = images.column("name_given").to_pylist()
    spellings = [each or () for each in images.column("spellings").to_pylist()]
    places = place(names, lambda _: ("", ""), spellings if any(spellings) else ())
    differs = np.asarray(pc.is_null(images.column("key")))
    for column in PLACE_COLUMNS[:-2]:
        old, new = images.column(column).combine_chunks(), _flat(places.column(column))
        same = pc.fill_null(pc.equal(_plain(old), _plain(new)), False)
        both_null = pc.and_(pc.is_null(old), pc.is_null(new))
        differs |= ~np.asarray(pc.or_(same, both_null), bool)
    differs |= _other_sizes(before, places.sizes())
    return frozenset(images.column("source_file").filter(pa.array(differs)).to_pylist())


def moved_volumes(before: Before, volumes: Volumes) -> frozenset[str]:
    """Return the files of volume labels whose images lie elsewhere now, or that were not placed.

    What was refused has no grid: a series that was absent may be there now.
    """
    known = formats()
    found = set()
    for name, row in before.sources.items():
        if row["role"] != PART or not getattr(known.get(row["format"]), "volumes", False):
            continue
        document = read_document(before.rows.documents.get(name))
        if document is None or not document.grids or any(_elsewhere(grid, volumes) for grid in document.grids):
            found.add(name)
    return frozenset(found)


def has_volumes(before: Before) -> bool:
    """Return whether any file of before holds labels of volumes."""
    known = formats()
    return any(getattr(known.get(row["format"]), "volumes", False) for row in before.sources.values())


def _elsewhere(grid: Grid, volumes: Volumes) -> bool:
    image = volumes.of_series(grid.series_id) if grid.series_id else None
    return image is None or place_of(image) != grid.place


def _other_sizes(before: Before, known: Any) -> Any:
    """Return which images the catalogue knows in another size than they have: given ones count as known."""
    sizes = floats(before.rows.images, "width", "height")
    with np.errstate(invalid="ignore"):
        return (~np.isnan(known) & (known != sizes)).any(axis=1)


def _flat(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _plain(column: Any) -> Any:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
