"""Where the images lie that annotation files name: rows of an index of the dataset's images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import rows_of
from labelport.tables import ANNOTATION_IMAGES

PLACE_COLUMNS = ("store", "key", "series_id", "item_index", "frame", "rendition_of", "width", "height")
"""Columns of an index of images: those of ``tables.ANNOTATION_IMAGES`` that a match fills."""

PLACE_SCHEMA = pa.schema([ANNOTATION_IMAGES.schema.field(name) for name in PLACE_COLUMNS])


@dataclass(frozen=True)
class Places:
    """Where each of some names leads."""

    rows: np.ndarray[Any, np.dtype[np.int64]]
    """Shape (names,): row of the index, -1 where there is none."""

    index: pa.Table
    """The index: ``PLACE_SCHEMA``."""

    asked: bool = True
    """False: there was no index to look in, so that nothing is unmatched."""

    spellings: Sequence[Sequence[str]] = ()
    """Further spellings of each name that were tried; empty: there are none."""

    frames: np.ndarray[Any, np.dtype[np.int64]] | None = None
    """Shape (names,): 0-based frame that a name itself says (``scan.nii.gz#frame=12``), -1 where it says none."""

    def part(self, begin: int, end: int) -> "Places":
        """Return the places of some names, without the spellings that were tried."""
        frames = None if self.frames is None else self.frames[begin:end]
        return Places(self.rows[begin:end], self.index, self.asked, frames=frames)

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column of the index for each name; null where it led nowhere."""
        found = pa.array(self.rows, mask=self.rows < 0)
        column = self.index.column(name).take(found)
        if name != "frame" or self.frames is None:
            return column
        own = pa.array(self.frames, pa.int32(), mask=self.frames < 0)
        return pa.chunked_array([pc.coalesce(own, column.combine_chunks())])

    def sizes(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return width and height of each image, shape (names, 2); NaN where unknown."""
        found = [self.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in ("width", "height")]
        return np.column_stack(found) if len(self.rows) else np.zeros((0, 2))


def placed_nowhere(
    names: Sequence[str],
    at: Callable[[int], tuple[str, str]] | None = None,
    alternatives: Sequence[Sequence[str]] = (),
) -> Places:
    """Return places for names where there is no index of images."""
    del at
    return Places(np.full(len(names), -1, np.int64), PLACE_SCHEMA.empty_table(), False, alternatives)


def image_rows(
    names: Sequence[str],
    places: Places,
    *,
    source_file: Any,
    pointer: Any,
    state: Any,
    width: Any = None,
    height: Any = None,
    **columns: Any,
) -> pa.Table:
    """Return rows of ``tables.ANNOTATION_IMAGES``.

    ``width`` and ``height`` are those that the file gives (float64 arrays, NaN or not given: unknown); the
    catalogue's fill the gaps. Further columns: ``split``, ``source_id``, ``extras``; as ``rows_of`` takes them.
    """
    known = places.sizes()
    made = {name: places.column(name) for name in PLACE_COLUMNS[:-2]}
    for number, (name, given) in enumerate((("width", width), ("height", height))):
        values = known[:, number] if given is None else np.where(np.isnan(given), known[:, number], given)
        made[name] = pa.array(values, mask=np.isnan(values)).cast(pa.int32(), safe=False)
    return rows_of(
        ANNOTATION_IMAGES,
        len(names),
        name_given=list(names) if not isinstance(names, pa.Array | pa.ChunkedArray) else names,
        source_file=source_file,
        pointer=pointer,
        state=state,
        spellings=[list(each) or None for each in places.spellings] if places.spellings else None,
        **made,
        **columns,
    )
