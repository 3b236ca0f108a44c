"""What one file says, before its names are led to images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.csv.cells import Flags, Floats, is_empty
from labelport.annotations.formats.csv.rows import Rows

Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Images:
    """The images that a file names, in the order of their first rows."""

    names: list[str]
    first: Places
    """First row of each image."""

    of_row: Places
    """Image of each row; -1 where the row names none."""


@dataclass(frozen=True)
class Part:
    """The annotations of one file."""

    file: str
    lines: Places
    """Line of each row."""

    images: Images
    name_field: int
    """Field of the names, from 1."""

    states: list[str]
    """Of each image."""

    image_extras: pa.Array
    sizes: Floats
    """Width and height as the file says them, shape (images, 2); NaN where it does not."""

    at: Places
    """Row of each annotation."""

    fields: Places
    """Field, from 1, where each annotation begins."""

    labels: list[str]
    """Classes in the order of the file."""

    label_of: Places
    """Class of each annotation."""

    extras: pa.Array
    """Of each annotation."""

    boxes: Floats | None = None
    """x0, y0, x1, y1 of each annotation as given, shape (annotations, 4); null: annotations have no boxes."""

    widths: bool = False
    """The file gives width and height, so that x1 and y1 are sums."""

    @property
    def image_of(self) -> Places:
        """Return the image of each annotation."""
        return self.images.of_row[self.at]


def images_of(rows: Rows, place: int) -> Images:
    """Return the images that a column of names gives; blank names give none."""
    named = ~is_empty(rows.columns[place])
    coded = rows.columns[place].filter(pa.array(named)).dictionary_encode()
    of_row = np.full(len(named), -1, np.int64)
    of_row[named] = coded.indices.to_numpy()
    _, first = np.unique(of_row[named], return_index=True)
    return Images(coded.dictionary.to_pylist(), np.flatnonzero(named)[first], of_row)


def states_of(images: Images, *, kept: Flags, negative: Flags) -> list[str]:
    """Return the state of each image, from which rows of its were kept and which say that there is nothing.

    An image of which any row was refused is no negative one: what was on it is not known.
    """
    count = len(images.names)
    named = images.of_row >= 0
    labelled = np.bincount(images.of_row[kept & named], minlength=count) > 0
    empty = np.bincount(images.of_row[negative & named], minlength=count) > 0
    refused = np.bincount(images.of_row[named & ~kept & ~negative], minlength=count) > 0
    states: list[str] = np.where(labelled, "labelled", np.where(empty & ~refused, "negative", "unlabelled")).tolist()
    return states


def coded(cells: pa.Array) -> tuple[list[str], Places]:
    """Return the texts of a column in the order of their first rows, and which of them each row has."""
    made = cells.dictionary_encode()
    return made.dictionary.to_pylist(), made.indices.to_numpy().astype(np.int64)


def extras_at(extras: pa.Array, rows: Places | Sequence[int], flags: Flags | None = None) -> pa.Array:
    """Return the extras of some rows, null where ``flags`` says no."""
    made = extras.take(pa.array(np.asarray(rows, np.int64)))
    return made if flags is None else pc.if_else(pa.array(flags), made, None)
