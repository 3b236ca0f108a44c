"""Pascal VOC files as rows."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.contract import Claim, Parsed, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.pascal_voc.origins import contradiction, to_edges
from labelport.annotations.formats.pascal_voc.rows import Rows
from labelport.annotations.formats.pascal_voc.spelling import differs
from labelport.annotations.formats.pascal_voc.xml_text import MOST_BYTES
from labelport.annotations.naming import stem_of
from labelport.annotations.places import Places, image_rows
from labelport.annotations.said import Said
from labelport.tables import ANNOTATIONS, CATEGORIES


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return the rows of the files of a claim: one image a file, one annotation an object with a box."""
    rows = Rows()
    for file, body in bodies((files[name] for name in claim.parts), context, most=MOST_BYTES):
        rows.add_file(body, file.name, context.said)
    images = rows.images
    places = context.place(images.names, lambda i: (images.files[i], str(images.lines[i])), images.spelled)
    _tell_names(rows, places, context.said)
    _tell_sizes(rows, places, context.said)
    _tell_origin(rows, places, context)
    sizes = np.array(images.sizes, np.float64).reshape(-1, 2)
    made = image_rows(
        _names(rows, places),
        places,
        source_file=images.files,
        pointer=[str(line) for line in images.lines],
        state=images.states,
        width=sizes[:, 0],
        height=sizes[:, 1],
        extras=images.extras,
    )
    return Parsed(AnnotationSet(made, _categories(rows), _annotations(rows, context.options.voc_origin)))


def _categories(rows: Rows) -> pa.Table:
    return rows_of(CATEGORIES, len(rows.categories), name=list(rows.categories), source_file=rows.named_by)


def _annotations(rows: Rows, origin: str) -> pa.Table:
    return rows_of(
        ANNOTATIONS,
        len(rows.image),
        image_id=rows.image,
        category_id=rows.category,
        kind="box",
        unit="pixel",
        segmentation_kind="none",
        source_file=[rows.images.files[image] for image in rows.image],
        pointer=[str(line) for line in rows.lines],
        extras=rows.extras,
        **box_columns(to_edges(rows.boxes(), origin)),
    )


def _names(rows: Rows, places: Places) -> list[str]:
    """Return the names: with the folder that the file says where the image lies in it, or where that is not known.

    Equal names that led nowhere are called by the folders of their XML files as well.
    """
    images = rows.images
    if not any(name != plain for name, plain in zip(images.names, images.plain, strict=True)):
        names = images.names
    else:
        names = [
            name if key is None or f"/{key}".endswith(f"/{name}") else plain
            for name, plain, key in zip(images.names, images.plain, places.column("key").to_pylist(), strict=True)
        ]
    counts = Counter(names)
    if len(counts) == len(names):
        return names
    return [
        f"{file.rpartition('/')[0]}/{name}" if counts[name] > 1 and row < 0 and "/" in file else name
        for name, file, row in zip(names, images.files, places.rows.tolist(), strict=True)
    ]


def _tell_names(rows: Rows, places: Places, said: Said) -> None:
    """Say which images were found by the name of the XML file, as the one inside led nowhere."""
    images = rows.images
    doubtful = np.flatnonzero((places.rows >= 0) & np.array([bool(name) for name in images.inside], np.bool_))
    if not len(doubtful):
        return
    keys = places.column("key").take(pa.array(doubtful)).to_pylist()
    for image, key in zip(doubtful.tolist(), keys, strict=True):
        if not differs(images.files[image], key) and differs(f"{_stem(key)}.xml", images.inside[image]):
            words = "the file name inside led to no image, that of the XML file did"
            said.say(
                "voc.filename_differs", images.files[image], str(images.lines[image]), words, value=images.inside[image]
            )


def _stem(key: str) -> str:
    return stem_of(key.rsplit("/", 1)[-1])


def _tell_sizes(rows: Rows, places: Places, said: Said) -> None:
    """Say of which images the file gives another size than they have."""
    images = rows.images
    given, known = np.array(images.sizes, np.float64).reshape(-1, 2), places.sizes()
    differ = (given != known).any(axis=1) & ~np.isnan(given).any(axis=1) & ~np.isnan(known).any(axis=1)
    for image in np.flatnonzero(differ).tolist():
        (width, height), (real_width, real_height) = given[image].tolist(), known[image].tolist()
        words = f"the file says {width:.0f} x {height:.0f}, the image is {real_width:.0f} x {real_height:.0f}"
        said.say("voc.size_differs", images.files[image], str(images.size_lines[image]), words)


def _tell_origin(rows: Rows, places: Places, context: ReadContext) -> None:
    """Say once of all files which numbers speak against ``voc_origin``."""
    if not rows.image:
        return
    given, known = np.array(rows.images.sizes, np.float64).reshape(-1, 2), places.sizes()
    sizes = np.where(np.isnan(given), known, given)[rows.image]
    origin = context.options.voc_origin
    found = contradiction(rows.boxes(), sizes, origin)
    against = np.flatnonzero(found.flags)
    if len(against):
        first = int(against[0])
        file = rows.images.files[rows.image[first]]
        shown = ", ".join(f"{value:g}" for value in rows.boxes()[first])
        words = f"{len(against):,} of {len(rows.image):,} boxes contradict voc_origin {origin}: {found.words}"
        context.said.say("voc.origin", file, str(rows.lines[first]), words, value=shown)
