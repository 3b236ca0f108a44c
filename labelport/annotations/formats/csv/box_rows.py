"""Rows of boxes: four corners, corner with width and height, or a box in one cell."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from labelport.annotations.formats.csv.cells import (
    Flags,
    Floats,
    Numbers,
    four_numbers,
    is_empty,
    numbers,
    tell_cells,
)
from labelport.annotations.formats.csv.extras import extras_of
from labelport.annotations.formats.csv.headers import Layout
from labelport.annotations.formats.csv.part import Images, Part, coded, extras_at, images_of, states_of
from labelport.annotations.formats.csv.rows import Rows
from labelport.annotations.said import Said

_MOST_PIXELS = 1 << 30


def read_boxes(rows: Rows, layout: Layout, said: Said, *, cell_is_size: bool = False) -> Part:
    """Return the boxes of a file.

    Findings: ``csv.bad_number`` and ``csv.empty_cell`` at every such cell; the row is left out. A row with a name and
    no box and no label says that there is nothing on its image. ``cell_is_size``: cells of four numbers are x, y,
    width, height.
    """
    assert layout.label is not None
    found = _box_numbers(rows, layout)
    names, labels = rows.columns[layout.name], rows.columns[layout.label]
    ends = np.column_stack([is_empty(names), is_empty(labels)])
    blank = found.empty.all(axis=1) & ends[:, 1]
    negative = blank & ~ends[:, 0]
    empty = np.column_stack([ends[:, :1], found.empty, ends[:, 1:]]) & ~blank[:, None]
    places = (layout.name, *layout.box, layout.label)
    in_line = np.argsort(places)
    tell_cells(rows, layout.box, found.bad, said, code="csv.bad_number", words="the cell is no number")
    tell_cells(rows, sorted(places), empty[:, in_line], said, code="csv.empty_cell", words="the cell is empty")
    kept = ~blank & ~empty.any(axis=1) & ~found.bad.any(axis=1)
    images = images_of(rows, layout.name)
    sizes = _image_sizes(rows, layout, images)
    if sizes is None:
        layout = replace(layout, size=None)
    extras = extras_of(rows, (*layout.used, *(layout.size or ())), said)
    at = np.flatnonzero(kept)
    names_of_classes, label_of = coded(labels.take(pa.array(at)))
    widths = layout.kind == "size" or (layout.kind == "cell" and cell_is_size)
    return Part(
        file=rows.file,
        lines=rows.lines,
        images=images,
        name_field=layout.name + 1,
        states=states_of(images, kept=kept, negative=negative),
        image_extras=extras_at(extras, images.first, negative[images.first]),
        sizes=np.full((len(images.names), 2), np.nan) if sizes is None else sizes,
        at=at,
        fields=np.full(len(at), layout.box[0] + 1),
        labels=names_of_classes,
        label_of=label_of,
        extras=extras_at(extras, at),
        boxes=_corners(found.values[at], widths=widths),
        widths=widths,
    )


def _box_numbers(rows: Rows, layout: Layout) -> Numbers:
    if layout.kind == "cell":
        return four_numbers(rows.columns[layout.box[0]])
    return numbers([rows.columns[place] for place in layout.box], comma=rows.delimiter != ",")


def _corners(values: Floats, *, widths: bool) -> Floats:
    if not widths:
        return values
    with np.errstate(over="ignore"):
        return np.concatenate([values[:, :2], values[:, :2] + values[:, 2:]], axis=1)


def _image_sizes(rows: Rows, layout: Layout, images: Images) -> Floats | None:
    """Return width and height of each image, shape (images, 2), or null where the columns cannot be that.

    They are where each named row has whole numbers in them, the same in all rows of an image.
    """
    if layout.size is None:
        return None
    values = numbers([rows.columns[place] for place in layout.size], comma=False).values
    named = images.of_row >= 0
    firsts = values[images.first]
    agree: Flags = (values[named] == firsts[images.of_row[named]]).all(axis=1)
    sane = ((firsts >= 1) & (firsts <= _MOST_PIXELS) & (firsts == np.round(firsts))).all()
    return firsts if agree.all() and sane else None
