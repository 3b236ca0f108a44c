"""Rows of classes: one label a row, or a column of 0 and 1 for each class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.csv.cells import Flags, is_empty, tell_cells
from labelport.annotations.formats.csv.extras import extras_of
from labelport.annotations.formats.csv.headers import Layout
from labelport.annotations.formats.csv.part import Images, Part, Places, coded, extras_at, images_of, states_of
from labelport.annotations.formats.csv.rows import Rows
from labelport.annotations.said import MOST_PLACES, Said

_YES = ("1", "1.0")
_NO = ("0", "0.0", "-1", "-1.0")
"""-1 is how CelebA says no."""

FLAGS = frozenset([*_YES, *_NO])


@dataclass(frozen=True)
class _Found:
    """The classes that rows give to their images."""

    at: Places
    """Row of each."""

    fields: Places
    """Field of each, from 1."""

    labels: list[str]
    label_of: Places

    nothing: Flags
    """Rows that say that no class applies, or that only repeat another."""

    def of(self, stays: Flags) -> "_Found":
        """Return some of them."""
        return replace(self, at=self.at[stays], fields=self.fields[stays], label_of=self.label_of[stays])


def read_labels(rows: Rows, layout: Layout, said: Said, *, one_class: bool) -> Part:
    """Return the classes of a file with a column of labels.

    A row with a name and no label says that nothing applies. Findings: ``csv.empty_cell``; ``cls.duplicate_row``;
    ``one_class``: ``cls.conflict``, and the rows of such images are left out.
    """
    assert layout.label is not None
    labels = rows.columns[layout.label]
    unnamed, blank = is_empty(rows.columns[layout.name]), is_empty(labels)
    nameless = (unnamed & ~blank).reshape(-1, 1)
    tell_cells(rows, [layout.name], nameless, said, code="csv.empty_cell", words="the cell is empty")
    doubled = _doubled(rows, said, among=~unnamed)
    at = np.flatnonzero(~unnamed & ~blank & ~doubled)
    names, label_of = coded(labels.take(pa.array(at)))
    found = _Found(at, np.full(len(at), layout.label + 1), names, label_of, (blank & ~unnamed) | doubled)
    return _part(rows, layout, found, said, one_class=one_class)


def read_one_hot(rows: Rows, layout: Layout, said: Said, *, one_class: bool) -> Part | None:
    """Return the classes of a file with a column for each, or null where no column has flags.

    A row without a 1 says that no class applies. Columns that are not flags for the most part are extras.
    Findings: ``csv.bad_number``, ``csv.empty_cell``, for which the row is left out; ``cls.duplicate_row``;
    ``cls.conflict``.
    """
    layout = replace(layout, classes=tuple(p for p in layout.classes if _is_flags(rows.columns[p])))
    if not layout.classes:
        return None
    texts = [pc.utf8_trim_whitespace(rows.columns[place]) for place in layout.classes]
    yes = _among(texts, _YES)
    empty = np.column_stack([is_empty(rows.columns[layout.name]), *map(is_empty, texts)])
    bad = ~(yes | empty[:, 1:] | _among(texts, _NO))
    tell_cells(rows, layout.classes, bad, said, code="csv.bad_number", words="the cell is not 0 or 1")
    blank, unnamed = empty[:, 1:].all(axis=1), empty[:, 0]
    gaps: Flags = empty & ~blank.reshape(-1, 1)
    tell_cells(rows, (layout.name, *layout.classes), gaps, said, code="csv.empty_cell", words="the cell is empty")
    good = ~unnamed & ~bad.any(axis=1) & ~gaps.any(axis=1)
    doubled = _doubled(rows, said, among=good)
    at, label_of = np.nonzero(yes & (good & ~doubled).reshape(-1, 1))
    fields = np.array(layout.classes, np.int64)[label_of] + 1
    names = [rows.header[place].strip() for place in layout.classes]
    nothing = (good & ~yes.any(axis=1)) | doubled
    return _part(rows, layout, _Found(at, fields, names, label_of, nothing), said, one_class=one_class)


def _part(rows: Rows, layout: Layout, found: _Found, said: Said, *, one_class: bool) -> Part:
    images = images_of(rows, layout.name)
    if one_class:
        found = found.of(~_conflicts(rows, images, found, said))
    kept = np.zeros(len(rows.lines), bool)
    kept[found.at] = True
    extras = extras_of(rows, layout.used, said)
    return Part(
        file=rows.file,
        lines=rows.lines,
        images=images,
        name_field=layout.name + 1,
        states=states_of(images, kept=kept, negative=found.nothing),
        image_extras=extras_at(extras, images.first, found.nothing[images.first]),
        sizes=np.full((len(images.names), 2), np.nan),
        at=found.at,
        fields=found.fields,
        labels=found.labels,
        label_of=found.label_of,
        extras=extras_at(extras, found.at),
    )


def _doubled(rows: Rows, said: Said, *, among: Flags) -> Flags:
    """Return which rows equal an earlier one in all cells, with ``cls.duplicate_row``."""
    chosen = np.flatnonzero(among)
    keys = np.zeros(len(chosen), np.int64)
    for cells in rows.columns:
        texts, codes = coded(cells.take(pa.array(chosen)))
        _, keys = np.unique(keys * max(len(texts), 1) + codes, return_inverse=True)
    _, first = np.unique(keys, return_index=True)
    made = among.copy()
    made[chosen[first]] = False
    words = "the row stands in the file already"
    tell_cells(rows, [0], made.reshape(-1, 1), said, code="cls.duplicate_row", words=words)
    return made


def _conflicts(rows: Rows, images: Images, found: _Found, said: Said) -> Flags:
    """Return which of the classes are of images with several, with ``cls.conflict`` at the second of an image."""
    of = images.of_row[found.at]
    named, first = np.unique(of, return_index=True)
    first_of = np.zeros(len(images.names), np.int64)
    first_of[named] = found.label_of[first]
    other = np.flatnonzero(found.label_of != first_of[of])
    clashing = np.zeros(len(images.names), bool)
    clashing[of[other]] = True
    _, shown = np.unique(of[other], return_index=True)
    seconds = other[np.sort(shown)]
    for number in seconds[:MOST_PLACES].tolist():
        place = f"{rows.lines[found.at[number]]}:{found.fields[number]}"
        said.say("cls.conflict", rows.file, place, "the image has another class in an earlier row or column")
    said.count("cls.conflict", rows.file, max(len(seconds) - MOST_PLACES, 0))
    return np.asarray(clashing[of])


def _is_flags(cells: pa.Array) -> bool:
    """Return whether most cells with text say yes or no."""
    texts = pc.utf8_trim_whitespace(cells)
    filled = len(texts) - int(is_empty(texts).sum())
    return bool(filled) and 2 * int(_among([texts], tuple(FLAGS)).sum()) > filled


def _among(columns: Sequence[pa.Array], words: Sequence[str]) -> Flags:
    values = pa.array(sorted(words), pa.string())
    return np.column_stack([pc.is_in(each, values).to_numpy(zero_copy_only=False) for each in columns])
