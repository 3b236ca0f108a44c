"""Pascal VOC files of a set: the text of all objects is made in columns, and cut by image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import cut_to, image_sizes, in_pixels
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.pascal_voc.headers import headers
from labelport.annotations.formats.pascal_voc.holding import HOLDS
from labelport.annotations.formats.pascal_voc.image_files import Flags, Ints, image_files
from labelport.annotations.formats.pascal_voc.members import (
    OF_OBJECT,
    TAKEN_FOR_GRANTED,
    elements_of,
    escaped,
    from_extras,
    unwritable,
)
from labelport.annotations.formats.pascal_voc.origins import from_edges
from labelport.annotations.naming import written_names
from labelport.annotations.said import Said

FILES_AT_ONCE = 4096
"""Files whose text is made together: tens of megabytes."""

_END = b"</annotation>\n"
_NO_EXTRAS = "".join(elements_of(*each) for each in TAKEN_FOR_GRANTED.items())


def write(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write one file of each image that is labelled or negative, in the order of the images."""
    names = list(context.names) if context.names is not None else written_names(given)
    texts = _category_texts(given)
    rows = _writable(given, texts, context.said)
    files = image_files(given, names, ".xml", rows, context, unwritable=unwritable)
    order, starts = files.order_of(given, rows)
    boxes = in_pixels(given)
    if context.options.clip:
        boxes = cut_to(boxes, image_sizes(given))
    numbers = from_edges(boxes, context.options.voc_origin)
    lost = 0
    for first in range(0, len(files.names), FILES_AT_ONCE):
        last = min(first + FILES_AT_ONCE, len(files.names))
        chosen = order[starts[first] : starts[last]]
        objects = _objects(given, chosen, numbers[chosen], texts)
        bodies = _joined(objects, starts[first : last + 1] - starts[first])
        tops, losing = headers(given, names, files.images[first:last])
        lost += losing
        for name, top, body in zip(files.names[first:last], tops, bodies, strict=True):
            output.put(name, b"".join((top, body, _END)))
    if lost:
        context.said.say("loss.extras", "", "images", "members of images that Pascal VOC does not have", count=lost)


def _category_texts(given: AnnotationSet) -> list[str | None]:
    """Return the names of the categories as XML text, null where one is empty or XML cannot hold it."""
    names = given.categories.column("name").to_pylist()
    return [None if not name.strip() or unwritable(name) else escaped(name) for name in names]


def _writable(given: AnnotationSet, texts: Sequence[str | None], said: Said) -> Flags:
    """Return which annotations can be objects; what stops the others is told, where ``losses.py`` does not."""
    table = given.annotations
    kinds = pc.is_in(table.column("kind").cast(pa.string()), pa.array(list(HOLDS.shapes)))
    rows = np.asarray(pc.fill_null(kinds, False))
    has_box = np.asarray(pc.is_valid(table.column("x0")))
    categories = np.asarray(pc.fill_null(table.column("category_id"), -1))
    has_name = np.array([text is not None for text in texts] + [False])[categories]
    has_blanks = np.array([text is not None and text != text.strip() for text in texts] + [False])[categories]
    known = np.isfinite(in_pixels(given)).all(axis=1)
    for code, words, concerned in (
        ("loss.blanks", "categories begin or end with blanks", rows & has_blanks),
        ("loss.kind", "annotations without a box are left out", rows & ~has_box),
        ("loss.size_unknown", "shares of images of unknown size are left out", rows & has_box & ~known),
        ("loss.characters", "annotations without a category that XML can hold are left out", rows & ~has_name),
    ):
        if concerned.any():
            said.say(code, "", "annotations", words, count=int(concerned.sum()))
    return np.asarray(rows & has_box & known & has_name)


def _objects(given: AnnotationSet, chosen: Ints, numbers: Any, texts: Sequence[str | None]) -> pa.Array:
    """Return the text of each chosen annotation."""
    rows = pa.array(chosen)
    categories = given.annotations.column("category_id").take(rows)
    names = pa.array(texts, pa.large_string()).take(categories.combine_chunks())
    corners = [pa.array(np.ascontiguousarray(numbers[:, i])).cast(pa.large_string()) for i in range(4)]
    members = _members(given.annotations.column("extras").take(rows))
    end = pa.scalar("</ymax></bndbox></object>\n", pa.large_string())
    pieces: list[Any] = [" <object><name>", names, "</name>", members, "\n  <bndbox><xmin>", corners[0]]
    pieces += ["</xmin><ymin>", corners[1], "</ymin><xmax>", corners[2], "</xmax><ymax>", corners[3], end]
    typed = [pa.scalar(piece, pa.large_string()) if isinstance(piece, str) else piece for piece in pieces]
    return pc.binary_join_element_wise(*typed, pa.scalar("", pa.large_string()))


def _members(extras: pa.ChunkedArray) -> Any:
    """Return the elements between name and box of each annotation; equal extras are made into text once."""
    if extras.null_count == len(extras):
        return _NO_EXTRAS
    coded = extras.combine_chunks().dictionary_encode()
    texts = [_members_text(value) for value in coded.dictionary.to_pylist()]
    found = pa.array(texts, pa.large_string()).take(coded.indices)
    return pc.fill_null(found, _NO_EXTRAS)


def _members_text(extras: bytes) -> str:
    members = {**TAKEN_FOR_GRANTED, **from_extras(extras)}
    return "".join(elements_of(name, members[name]) for name in OF_OBJECT if name in members)


def _joined(texts: pa.Array, starts: Ints) -> list[bytes]:
    """Return the texts of each file as one."""
    lists = pa.LargeListArray.from_arrays(pa.array(starts), texts)
    return list(pc.binary_join(lists, pa.scalar("", pa.large_string())).cast(pa.large_binary()).to_pylist())
