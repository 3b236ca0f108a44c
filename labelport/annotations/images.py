"""The index of a dataset's images: what names of annotation files can lead to."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.places import PLACE_SCHEMA
from labelport.manifests.reading import Tables

KINDS = ("image", "video", "audio", "dicom", "nifti", "pointcloud", "pdf")
"""Kinds of media that can be annotated."""

MEMBERS = ("image", "video", "audio")
"""Roles of items that are members of a series."""

LABEL = "label"

_MEDIA = ("store", "key", "kind", "status", "extension", "width", "height")
_ITEMS = ("series_id", "index", "role", "store", "key")
_RENDITIONS = (
    *("store", "key", "source_key", "source_frame", "width", "height"),
    *("status", "series_id", "item_index", "gone_since"),
)
_BROKEN = r"(?i)^\.(jpe?g|png|gif|bmp|tiff?|webp|dcm|nii(\.gz)?|mp4|mov|avi|mkv|webm|wav|mp3|flac)$"
"""Extensions of objects that could not be read and are images by their name."""


def index_of(media: Tables, items: Tables | None = None, renditions: Tables | None = None) -> pa.Table:
    """Return an index of ``places.PLACE_SCHEMA``: a row for each annotatable object, and one for each live rendition.

    ``media``, ``items`` and ``renditions``: generations of the stages media_metadata, series and renditions; without
    the later two the objects are in no series. Objects that could not be read are there, of unknown size, where
    their content or name says that they are media; those that are only labels of others are not. A rendition's row
    says what it was made of (``rendition_of``, ``frame``) and has its own size.
    """
    made = [_with_items(_rows(media, "media", _MEDIA, _can_be_annotated), items)]
    if renditions is not None:
        made.append(_of_renditions(renditions))
    return pa.concat_tables(made).combine_chunks()


def _rows(
    tables: Tables, name: str, columns: Sequence[str], wanted: Callable[[pa.RecordBatch], pa.BooleanArray]
) -> pa.Table:
    """Return the wanted rows of a table with words as text; batch by batch, so that the whole is never there."""
    batches = []
    for batch in tables.batches(name, columns=columns):
        plain = pa.record_batch([_plain(batch.column(column)) for column in columns], names=list(columns))
        batches.append(plain.filter(pc.fill_null(wanted(plain), False)))
    return pa.Table.from_batches(batches) if batches else _nothing(columns)


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _nothing(columns: Sequence[str]) -> pa.Table:
    whole = ("width", "height", "index", "source_frame", "item_index")
    return pa.table({name: pa.array([], pa.int32() if name in whole else pa.string()) for name in columns})


def _can_be_annotated(media: pa.RecordBatch) -> pa.BooleanArray:
    broken = pc.and_kleene(
        pc.invert(pc.is_in(media.column("status"), pa.array(["ok", "not_media"]))),
        pc.match_substring_regex(media.column("extension"), _BROKEN),
    )
    usable = pc.or_kleene(pc.is_in(media.column("kind"), pa.array(KINDS)), broken)
    return pc.and_kleene(pc.equal(media.column("store"), "raw"), usable)


def _is_member_or_label(items: pa.RecordBatch) -> pa.BooleanArray:
    return pc.and_(pc.equal(items.column("store"), "raw"), pc.is_in(items.column("role"), pa.array([*MEMBERS, LABEL])))


def _is_live(renditions: pa.RecordBatch) -> pa.BooleanArray:
    return pc.and_(pc.equal(renditions.column("status"), "ok"), pc.is_null(renditions.column("gone_since")))


def _with_items(objects: pa.Table, items: Tables | None) -> pa.Table:
    """Return index rows of objects: with their series where they are a member, and their item where it is one only."""
    rows = _nothing(_ITEMS) if items is None else _rows(items, "items", _ITEMS, _is_member_or_label)
    is_label = pc.equal(rows.column("role"), LABEL)
    grouped = (
        rows.filter(pc.invert(is_label))
        .group_by("key", use_threads=False)
        .aggregate([("series_id", "min"), ("index", "min"), ("index", "count")])
    )
    keys = objects.column("key")
    place = pc.index_in(keys, grouped.column("key"))
    of_others = pc.and_(pc.is_in(keys, rows.column("key").filter(is_label)), pc.is_null(place))
    objects, place = objects.filter(pc.invert(of_others)), place.filter(pc.invert(of_others))
    found = grouped.take(place)
    one = pc.equal(found.column("index_count"), 1)
    return _index(
        objects,
        series_id=found.column("series_id_min"),
        item_index=pc.if_else(one, found.column("index_min"), pa.scalar(None, pa.int32())),
    )


def _of_renditions(renditions: Tables) -> pa.Table:
    rows = _rows(renditions, "renditions", _RENDITIONS, _is_live)
    return _index(
        rows,
        series_id=rows.column("series_id"),
        item_index=rows.column("item_index"),
        frame=rows.column("source_frame"),
        rendition_of=rows.column("source_key"),
    )


def _index(rows: pa.Table, **columns: pa.ChunkedArray) -> pa.Table:
    given = {name: rows.column(name) for name in ("store", "key", "width", "height")} | columns
    made = [
        given[field.name].cast(field.type) if field.name in given else pa.nulls(rows.num_rows, field.type)
        for field in PLACE_SCHEMA
    ]
    return pa.table(made, schema=PLACE_SCHEMA)
