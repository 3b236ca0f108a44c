"""Reading the files of a claim: rows, names led to images, units, tables."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.contract import Claim, Parsed, ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.csv.cells import Flags, Floats
from labelport.annotations.formats.csv.part import Part, Places
from labelport.annotations.formats.csv.rows import Rows, read_rows
from labelport.annotations.formats.csv.units_of_files import (
    decisions,
    evidence_of,
    tell_maybe_corners,
    unit_of,
    verdict,
)
from labelport.annotations.places import image_rows
from labelport.annotations.units import Unit
from labelport.tables import ANNOTATIONS, CATEGORIES

MOST_FILE = 1 << 30
"""Bytes of one CSV file: some twenty million rows."""

ReadPart = Callable[[Rows, ReadContext], Part | None]
"""Makes a part of rows, or says why it cannot."""


def read_parts(
    files: Mapping[str, AnnotationFile],
    claim: Claim,
    context: ReadContext,
    why_not: Callable[[list[str]], str],
    read_part: ReadPart,
) -> Iterator[Part]:
    """Yield what the files of a claim say, in their order; ``why_not`` says why a header is none of the format."""
    for name in claim.parts:
        body = context.body(files[name], most=MOST_FILE)
        rows = None if body is None else read_rows(body, name, context.said, why_not)
        part = None if rows is None else read_part(rows, context)
        if part is not None:
            yield part


def parsed_boxes(parts: Sequence[Part], context: ReadContext) -> Parsed:
    """Return the set of parts with boxes, in the unit of each file."""
    images, limits = _images(parts, context)
    found = decisions(parts, limits, context.options)
    evidence = {part.file: evidence_of(part, decision) for part, decision in zip(parts, found, strict=True)}
    decided = dict(context.decided) or verdict(sum((Counter(each) for each in evidence.values()), Counter()))
    units: list[Unit | None] = []
    told: set[str] = set()
    for part, decision, sizes in zip(parts, found, limits, strict=True):
        unit = unit_of(part, decision, context, decided)
        units.append(unit)
        if unit is not None and tell_maybe_corners(part, unit, sizes, context.said):
            told.add(part.file)
    made = _set(parts, images, units)
    return Parsed(made, decided=decided, evidence=evidence, outside_told=frozenset(told))


def parsed_classes(parts: Sequence[Part], context: ReadContext) -> Parsed:
    """Return the set of parts with classes of whole images."""
    images, _ = _images(parts, context)
    return Parsed(_set(parts, images, [None] * len(parts)))


def _images(parts: Sequence[Part], context: ReadContext) -> tuple[pa.Table, list[Floats]]:
    """Return the image rows of all parts, and for each part the sizes of the images of its annotations."""
    names = [name for part in parts for name in part.images.names]
    owner = [part for part in parts for _ in part.images.names]
    pointers = [pointer for part in parts for pointer in _pointers(part, part.images.first).to_pylist()]
    places = context.place(names, lambda row: (owner[row].file, pointers[row]))
    given = np.concatenate([np.zeros((0, 2)), *(part.sizes for part in parts)])
    table = image_rows(
        names,
        places,
        source_file=[part.file for part in owner],
        pointer=pointers,
        state=[state for part in parts for state in part.states],
        width=given[:, 0],
        height=given[:, 1],
        extras=_joined([part.image_extras for part in parts], pa.binary()),
    )
    sizes = np.where(np.isnan(given), places.sizes(), given)
    starts = np.cumsum([0, *(len(part.images.names) for part in parts)])
    return table, [sizes[start + part.image_of] for start, part in zip(starts[:-1].tolist(), parts, strict=True)]


def _set(parts: Sequence[Part], images: pa.Table, units: Sequence[Unit | None]) -> AnnotationSet:
    """Return the set; files with boxes whose unit is null give no annotations."""
    categories: dict[str, str] = {}
    tables = [ANNOTATIONS.empty()]
    start = 0
    lost: list[bool] = []
    for part, unit in zip(parts, units, strict=True):
        refused = part.boxes is not None and unit is None
        lost += [refused] * len(part.images.names)
        if not refused:
            tables.append(_annotations(part, unit, start, categories))
        start += len(part.images.names)
    annotations = pa.concat_tables(tables)
    annotations = annotations.set_column(0, ANNOTATIONS.schema.field(0), pa.array(np.arange(annotations.num_rows)))
    return AnnotationSet(
        images=_unlabelled(images, np.array(lost, bool)),
        categories=rows_of(CATEGORIES, len(categories), name=list(categories), source_file=list(categories.values())),
        annotations=annotations,
    )


def _annotations(part: Part, unit: Unit | None, start: int, categories: dict[str, str]) -> pa.Table:
    for label in part.labels:
        categories.setdefault(label, part.file)
    ranks = {label: rank for rank, label in enumerate(categories)}
    category_of = np.array([ranks[label] for label in part.labels], np.int64)
    boxes = {} if part.boxes is None else box_columns(part.boxes)
    return rows_of(
        ANNOTATIONS,
        len(part.at),
        image_id=part.image_of + start,
        category_id=category_of[part.label_of] if len(part.labels) else np.zeros(0, np.int64),
        kind="class" if part.boxes is None else "box",
        unit=unit,
        segmentation_kind="none",
        source_file=part.file,
        pointer=_pointers(part, part.at, part.fields),
        extras=part.extras,
        **boxes,
    )


def _pointers(part: Part, rows: Places, fields: Places | None = None) -> pa.Array:
    """Return ``line:field`` of rows; the field of the name where none are given."""
    lines = pc.cast(pa.array(part.lines[rows]), pa.string())
    columns = np.full(len(rows), part.name_field) if fields is None else fields
    return pc.binary_join_element_wise(lines, pc.cast(pa.array(columns), pa.string()), ":")


def _unlabelled(images: pa.Table, lost: Flags) -> pa.Table:
    """Return the images with those as unlabelled whose annotations were all refused."""
    if not lost.any():
        return images
    at = images.schema.get_field_index("state")
    field = images.schema.field(at)
    labelled = np.asarray(pc.equal(images.column("state"), "labelled"))
    states = pc.if_else(pa.array(lost & labelled), "unlabelled", images.column("state").cast(pa.string()))
    return images.set_column(at, field, states.dictionary_encode().cast(field.type))


def _joined(arrays: Sequence[pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.concat_arrays([pa.array([], kind), *arrays])
