"""LabelMe files as rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import Floats, box_columns
from labelport.annotations.contract import Claim, Parsed, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.labelme import image_flags
from labelport.annotations.formats.labelme.documents import MOST_BYTES, Document, document_of, flag_pointer
from labelport.annotations.formats.labelme.numbers import as_json
from labelport.annotations.formats.labelme.shape_rows import Row
from labelport.annotations.formats.pascal_voc.heads import head_text, is_annotation, looks_like_xml
from labelport.annotations.places import Places, image_rows
from labelport.annotations.said import Said
from labelport.tables import ANNOTATIONS, CATEGORIES

NO_BOX = (float("nan"),) * 4


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return the rows of the files of a claim: one image a file, one annotation a shape or a group of polygons."""
    documents = []
    for file, body in bodies((files[name] for name in claim.parts), context, most=MOST_BYTES):
        if looks_like_xml(head_text(body[:65536])):
            _refuse_xml(body, file.name, context.said)
            continue
        found = document_of(body, file.name, context.options, context.said)
        if found is not None:
            documents.append(found)
    evidence = image_flags.evidence_of(documents)
    total = sum((Counter(each) for each in evidence.values()), Counter[str]())
    decided = dict(context.decided) or image_flags.decide(total, context.options)
    image_flags.tell(documents, decided, context.said)
    classes = decided.get(image_flags.DECIDED) == image_flags.CLASSES
    rows = [[*each.rows, *map(_class_row, each.classes(flags_too=classes))] for each in documents]
    images = _images(documents, rows, context, classes=classes)
    categories = _categories(documents, rows)
    annotations = _annotations(documents, rows, categories)
    return Parsed(AnnotationSet(images, categories, annotations), decided, evidence)


def _refuse_xml(body: bytes, file: str, said: Said) -> None:
    if is_annotation(head_text(body[:65536])):
        said.say("labelme.xml_v3", file, "1", "the file is XML of LabelMe 3")
    else:
        said.say("labelme.not_labelme", file, "1", "the file is XML, and no JSON")


def _class_row(name: str) -> Row:
    return Row(name, "class", NO_BOX, None, "none", None, {}, flag_pointer(name), [])


def _images(
    documents: Sequence[Document], rows: Sequence[list[Row]], context: ReadContext, *, classes: bool
) -> pa.Table:
    names = [each.name for each in documents]
    places = context.place(names, lambda i: (documents[i].file, "/imagePath"), [each.spelled for each in documents])
    sizes = np.array([each.size for each in documents], np.float64).reshape(-1, 2)
    _tell_sizes(documents, sizes, places, context.said)
    return image_rows(
        _as_given(documents, places),
        places,
        source_file=[each.file for each in documents],
        pointer=["/imagePath" if each.path else "" for each in documents],
        state=[
            "labelled" if own else "unlabelled" if each.shapes else "negative"
            for each, own in zip(documents, rows, strict=True)
        ],
        width=sizes[:, 0],
        height=sizes[:, 1],
        extras=[each.extras(flags_too=classes) for each in documents],
    )


def _as_given(documents: Sequence[Document], places: Places) -> list[str]:
    """Return the names: below the JSON file's folder, or without it where the image lies elsewhere."""
    keys = places.column("key").to_pylist()
    return [
        each.path.replace("\\", "/").removeprefix("./")
        if key is not None and each.path and not f"/{key}".endswith(f"/{each.name}") and ".." not in each.path
        else each.name
        for each, key in zip(documents, keys, strict=True)
    ]


def _tell_sizes(documents: Sequence[Document], given: Floats, places: Places, said: Said) -> None:
    """Say of which images the file gives another size than they have."""
    known = places.sizes()
    differ = (given != known).any(axis=1) & ~np.isnan(given).any(axis=1) & ~np.isnan(known).any(axis=1)
    for image in np.flatnonzero(differ).tolist():
        (width, height), (real_width, real_height) = given[image].tolist(), known[image].tolist()
        words = f"the file says {width:.0f} x {height:.0f}, the image is {real_width:.0f} x {real_height:.0f}"
        said.say("labelme.size_differs", documents[image].file, "/imageWidth", words)


def _categories(documents: Sequence[Document], rows: Sequence[list[Row]]) -> pa.Table:
    named_by: dict[str, str] = {}
    for document, own in zip(documents, rows, strict=True):
        for row in own:
            named_by.setdefault(row.label, document.file)
    return rows_of(CATEGORIES, len(named_by), name=list(named_by), source_file=list(named_by.values()))


def _annotations(documents: Sequence[Document], rows: Sequence[list[Row]], categories: pa.Table) -> pa.Table:
    numbers = {name: number for number, name in enumerate(categories.column("name").to_pylist())}
    counts = [len(own) for own in rows]
    every = list(chain.from_iterable(rows))
    files = np.repeat(np.array([each.file for each in documents], object), counts)
    return rows_of(
        ANNOTATIONS,
        len(every),
        image_id=np.repeat(np.arange(len(documents)), counts),
        category_id=[numbers[row.label] for row in every],
        kind=[row.kind for row in every],
        unit=[None if row.kind == "class" else "pixel" for row in every],
        segmentation=[row.segmentation for row in every],
        segmentation_kind=[row.segmentation_kind for row in every],
        group_id=[row.group for row in every],
        source_file=files.tolist(),
        pointer=[row.pointer for row in every],
        extras=[as_json(row.members) if row.members else None for row in every],
        **box_columns([row.box for row in every]),
    )
