"""Writing a set as one COCO file: around its lists the text of its source, where it has one source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import cut_to, image_sizes, in_pixels
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.coco import written_annotations, written_lists
from labelport.annotations.formats.coco.document import SourceText, source_text
from labelport.annotations.formats.coco.layout import Layout, plain_layout, with_members, without_members
from labelport.annotations.formats.coco.row_texts import ListWriter, members_of
from labelport.annotations.formats.coco.sources_of_rows import Origins, origins
from labelport.annotations.formats.coco.values import Flags, Floats
from labelport.annotations.formats.coco.written_block import Block
from labelport.annotations.formats.coco.written_ids import written_ids
from labelport.annotations.naming import written_names

FILE = "annotations.json"
ROWS = 1 << 16
"""Rows that are written at once."""

KINDS = ("box", "rotated_box", "polygon", "rle", "mask", "keypoints", "circle")
PLAIN = plain_layout(("info", "licenses", "images", "annotations", "categories"))
PLAIN_MEMBERS = {"info": b"{}", "licenses": b"[]"}
BLANKS = (b"", b", ", b"")


@dataclass(frozen=True)
class Dialect:
    """What of an annotation is written."""

    segmentations: bool = True
    keypoints: bool = True


@dataclass(frozen=True)
class _Chosen:
    """What of the set is written."""

    images: np.ndarray[Any, np.dtype[np.int64]]
    annotations: np.ndarray[Any, np.dtype[np.int64]]
    boxes: Floats
    """Of all annotations of the set, in pixels."""


def write_coco(given: AnnotationSet, output: Output, context: WriteContext, dialect: Dialect) -> None:
    """Write ``annotations.json``.

    A set that came from one COCO file is written as that file was, but for what the tables say otherwise by now.
    Rows of other formats, and of several files, are written in our manner.
    """
    found = {name: source_text(document) for name, document in given.documents.items()}
    sources = {name: source for name, source in found.items() if source is not None}
    files = set(pc.unique(given.images.column("source_file")).to_pylist())
    files |= set(pc.unique(given.annotations.column("source_file")).to_pylist())
    single = next(iter(sources.values())) if len(files | set(sources)) == 1 and sources else None
    with output.open(FILE) as out:
        _Writer(given, context, dialect, _Sources(sources, single)).write(out)


@dataclass(frozen=True)
class _Sources:
    """What was kept of the files that the rows came from."""

    all: Mapping[str, SourceText]
    single: SourceText | None
    """The file that all rows came from, where it is one."""


class _Writer:
    """Writes one file."""

    def __init__(self, given: AnnotationSet, context: WriteContext, dialect: Dialect, sources: _Sources) -> None:
        self._given = given
        self._context = context
        self._dialect = dialect
        self._sources = sources.all
        self._single = sources.single
        self._chosen = _chosen(given, context)
        said, renumber = context.said, context.options.coco_ids == "renumber"
        self._image_ids = written_ids(given.images, "images", renumber=renumber, said=said)
        self._category_ids = written_ids(given.categories, "categories", renumber=renumber, said=said)
        self._annotation_ids = written_ids(given.annotations, "annotations", renumber=renumber, said=said)

    def write(self, out: IO[bytes]) -> None:
        """Write the top level, and the lists in their places."""
        lists = {"images": self._images, "annotations": self._annotations, "categories": self._categories}
        skeleton, members = self._top()
        for key, literal in zip(skeleton.keys, skeleton.literals, strict=False):
            out.write(literal)
            if key not in lists:
                out.write(members[key])
                continue
            array = self._single.arrays.get(key) if self._single else None
            lead, between, trail = array.blanks if array is not None else BLANKS
            out.write(b"[" + lead)
            lists[key](ListWriter(out, between))
            out.write(trail + b"]")
        out.write(skeleton.literals[-1])

    def _top(self) -> tuple[Layout, Mapping[str, bytes]]:
        if self._single is not None:
            absent = [key for key in ("images", "annotations") if key not in self._single.skeleton.keys]
            if self._given.categories.num_rows and "categories" not in self._single.skeleton.keys:
                absent.append("categories")
            return with_members(
                self._single.skeleton, absent
            ) if absent else self._single.skeleton, self._single.members
        members = dict(PLAIN_MEMBERS)
        lost = 0
        for number, source in enumerate(self._sources.values()):
            for key, text in source.members.items():
                lost += number > 0 and members.get(key, text) != text
                members[key] = text if number == 0 else members.get(key, text)
        if lost:
            words = "members of whole files differ; those of the first file are written"
            self._context.said.say("loss.extras", "", "", words, count=lost)
        others = [key for key in members if key not in PLAIN.keys]
        return with_members(PLAIN, others), members

    def _images(self, lines: ListWriter) -> None:
        table = self._given.images.take(pa.array(self._chosen.images))
        found = self._origins(table, "images", written_lists.IMAGE_TEXTS, written_lists.IMAGE)
        all_names = self._context.names if self._context.names is not None else written_names(self._given)
        names = [all_names[row] for row in self._chosen.images.tolist()]
        ids = self._image_ids.take(pa.array(self._chosen.images))
        texts, needed = written_lists.image_texts(table, found, ids, names)
        known = (*written_lists.IMAGE_TEXTS, "id")
        _write_rows(lines, table, found, _Members(texts, needed, known))

    def _categories(self, lines: ListWriter) -> None:
        table = _with_pointers(self._given.categories, self._sources)
        found = self._origins(table, "categories", written_lists.CATEGORY_TEXTS, written_lists.CATEGORY)
        texts, needed = written_lists.category_texts(table, found, self._category_ids)
        known = (*written_lists.CATEGORY_TEXTS, "id")
        _write_rows(lines, table, found, _Members(texts, needed, known))

    def _annotations(self, lines: ListWriter) -> None:
        given, rows = self._given, self._chosen.annotations
        sizes = image_sizes(given)
        known = (*written_annotations.FOREIGN, *written_annotations.OPTIONAL)
        hidden = () if self._dialect.keypoints else ("keypoints", "num_keypoints")
        whole = len(rows) == given.annotations.num_rows
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            table = given.annotations.slice(start, len(some)) if whole else given.annotations.take(pa.array(some))
            found = self._origins(table, "annotations", written_annotations.TEXTS, written_annotations.FOREIGN)
            block = Block(
                table=table,
                origins=found,
                boxes=self._chosen.boxes[some],
                sizes=sizes[some],
                ids=self._annotation_ids.take(pa.array(some)),
                images=self._image_ids.take(table.column("image_id").combine_chunks()),
                categories=pc.fill_null(self._category_ids.take(table.column("category_id").combine_chunks()), b"null"),
            )
            texts, needed = written_annotations.member_texts(
                block,
                self._context.said,
                segmentations=self._dialect.segmentations,
                keypoints=self._dialect.keypoints,
            )
            _write_rows(lines, table, found, _Members(texts, needed, known, hidden))

    def _origins(self, table: pa.Table, name: str, members: Sequence[str], foreign: Sequence[str]) -> Origins:
        plain = self._single is None
        return origins(table, name, self._sources, members=members, foreign=foreign, plain=plain)


def _chosen(given: AnnotationSet, context: WriteContext) -> _Chosen:
    """Return what is written: annotations that have a box in pixels, and images that are labelled or negative."""
    boxes = in_pixels(given)
    if context.options.clip:
        boxes = cut_to(boxes, image_sizes(given))
    kinds = pc.is_in(given.annotations.column("kind").cast(pa.string()), pa.array(KINDS))
    good = np.asarray(pc.fill_null(kinds, False)).astype(np.bool_)
    sized = np.isfinite(boxes).all(axis=1)
    unsized = good & ~sized
    if unsized.any():
        words = "the size of the image is not known; the annotation was not written"
        context.said.say("loss.size_unknown", "", "", words, count=int(unsized.sum()))
    rows = np.flatnonzero(good & sized)
    states = np.asarray(given.images.column("state").cast(pa.string()).to_numpy(zero_copy_only=False), object)
    owners = np.zeros(given.images.num_rows, np.bool_)
    owners[given.annotations.column("image_id").to_numpy()[rows]] = True
    write_negatives = context.options.empty_images != "skip"
    negatives = (states == "negative") & ~owners
    if negatives.any() and not write_negatives:
        words = "negative images are left out, as the option says"
        context.said.say("loss.negative_images", "", "", words, count=int(negatives.sum()))
    images = np.flatnonzero(owners | (negatives & write_negatives))
    return _Chosen(images, rows, boxes)


def _with_pointers(categories: pa.Table, sources: Mapping[str, SourceText]) -> pa.Table:
    """Return the categories with a pointer each, which their table does not have: by their ids, in their order."""
    waiting = {name: _rows_of_ids(source) for name, source in sources.items()}
    pointers = []
    for file, own in zip(*(categories.column(name).to_pylist() for name in ("source_file", "source_id")), strict=True):
        rows = waiting.get(file, {}).get(own)
        pointers.append(f"/categories/{rows.pop(0)}" if rows else "")
    return categories.append_column("pointer", pa.array(pointers, pa.string()))


def _rows_of_ids(source: SourceText) -> dict[str | None, list[int]]:
    made: dict[str | None, list[int]] = {}
    array = source.arrays.get("categories")
    if array is not None and "text:id" in array.rows.column_names:
        for row, text in enumerate(array.rows.column("text:id").to_pylist()):
            made.setdefault(None if text is None else text.decode(), []).append(row)
    return made


@dataclass(frozen=True)
class _Members:
    """Members of the rows of a list."""

    texts: dict[str, pa.BinaryArray]
    """By member: the text of its value in each row."""

    needed: Mapping[str, Flags]
    """By member: the rows that must have it, whatever their layout."""

    known: Sequence[str]
    """Members that do not come from ``extras``."""

    hidden: Sequence[str] = ()
    """Members that are not written."""


def _write_rows(lines: ListWriter, table: pa.Table, found: Origins, members: _Members) -> None:
    """Write rows: each in its layout, with the members that it must have besides, and those of its extras."""
    if not table.num_rows:
        return
    extras, extra_layouts, extra_codes = _extras(table, members.known)
    wanted = [name for name in members.needed if name not in members.hidden]
    bits = np.zeros(table.num_rows, np.int64)
    for number, name in enumerate(wanted):
        bits |= members.needed[name].astype(np.int64) << number
    keys = ((found.layout * len(extra_layouts) + extra_codes) << len(wanted)) | bits
    _, firsts, codes = np.unique(keys, return_index=True, return_inverse=True)
    layouts = [
        _layout(
            found.layouts[int(found.layout[row])],
            extra_layouts[int(extra_codes[row])],
            [name for number, name in enumerate(wanted) if bits[row] >> number & 1],
            members,
        )
        for row in firsts.tolist()
    ]
    texts = members.texts
    both = {name: pc.coalesce(texts[name], extras[name]) for name in texts.keys() & extras.keys()}
    lines.write({**extras, **texts, **both}, layouts, codes.reshape(-1))


def _layout(given: Layout, extra: Sequence[str], needed: Sequence[str], members: _Members) -> Layout:
    known, hidden = members.known, members.hidden
    gone = [key for key in given.keys if key in hidden or (key not in known and key not in extra)]
    kept = without_members(given, gone)
    return with_members(kept, [key for key in (*needed, *extra) if key not in kept.keys])


def _extras(
    table: pa.Table, known: Sequence[str]
) -> tuple[dict[str, pa.BinaryArray], list[tuple[str, ...]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return members of extras as columns, the sets of their names, and which set each row has.

    Of a row of another format names may be those of COCO's members: then all stand in one member ``extras``.
    """
    column = table.column("extras").combine_chunks()
    if column.null_count == len(column):
        return {}, [()], np.zeros(len(column), np.int64)
    elements = members_of(column)
    layouts = elements.forms
    columns = {name: each for name, each in elements.columns.items() if name not in known}
    clashing = [any(key in known for key in layout.keys) for layout in layouts]
    names = [("extras",) if clash else layout.keys for layout, clash in zip(layouts, clashing, strict=True)]
    if any(clashing):
        nested = np.array(clashing)[elements.layouts]
        own = columns.get("extras")
        columns["extras"] = pc.if_else(
            pa.array(nested), column, own if own is not None else pa.scalar(None, pa.binary())
        )
    return columns, names, elements.layouts.astype(np.int64)
