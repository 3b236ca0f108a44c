"""The txts of a dataset as one set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.contract import Claim, Parsed, ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.yolo_darknet.class_names import category_rows, folder_of, read_class_names
from labelport.annotations.formats.yolo_darknet.judging import Judged, joined_rows, judge
from labelport.annotations.formats.yolo_darknet.naming_images import OtherNames, name_of
from labelport.annotations.formats.yolo_darknet.origin import (
    AGAINST_CENTRE,
    AGAINST_FIRST,
    AGAINST_LAST,
    AGAINST_TOP_LEFT,
    TOP_LEFT,
    Floats,
    against_origins,
    against_scores,
    corners,
    decide,
)
from labelport.annotations.formats.yolo_darknet.rows import Ints, rows_of_files
from labelport.annotations.places import image_rows
from labelport.tables import ANNOTATIONS

MOST_BYTES = 1 << 24
"""Of the txt of one image: a hundred thousand boxes take 5 MB."""


@dataclass(frozen=True)
class _Decision:
    """How the rows of a dataset are read."""

    decided: dict[str, str]
    evidence: dict[str, dict[str, int]]
    boxes: Floats
    """Shape (rows, 4): corners, as shares."""

    scores: Floats
    """Shape (rows,): NaN where there is none."""


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return the rows of the parts of a claim, an image a part."""
    names = read_class_names(claim.shared, files, context)
    if names is None and claim.parts:
        words = "no list of class names lies beside the files" if not claim.shared else "no list of class names is read"
        context.said.say("yolo.no_labels", claim.parts[0], "", words)
    dataset = folder_of(claim.shared[0]) if claim.shared else ""
    read_parts: list[str] = []
    found = [
        judge(rows, read_parts, names, context) for rows in rows_of_files(_bodies(files, claim, context, read_parts))
    ]
    rows = joined_rows(found)
    decision = _decide(rows, read_parts, context)
    categories, numbers = category_rows(rows.classes, names, claim.parts[0] if claim.parts else "")
    images = _images(rows, read_parts, dataset, context)
    annotations = _annotations(rows, decision, numbers, read_parts)
    return Parsed(AnnotationSet(images, categories, annotations), decision.decided, decision.evidence)


def _bodies(
    files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext, read_parts: list[str]
) -> Iterator[tuple[int, bytes]]:
    """Yield (number, bytes) of the parts that can be read; ``read_parts`` gets their names."""
    for name in claim.parts:
        body = context.body(files[name], most=MOST_BYTES)
        if body is not None:
            read_parts.append(name)
            yield len(read_parts) - 1, body


def _decide(rows: Judged, parts: Sequence[str], context: ReadContext) -> _Decision:
    evidence: dict[str, dict[str, int]] = {}
    scored = np.flatnonzero(~np.isnan(rows.fields[:, 4]))
    against_last, against_first = against_scores(rows.fields[scored])
    _count(evidence, AGAINST_LAST, rows.files[scored[against_last]], parts)
    _count(evidence, AGAINST_FIRST, rows.files[scored[against_first]], parts)
    counts = {AGAINST_LAST: int(against_last.sum()), AGAINST_FIRST: int(against_first.sum())}
    bound = dict(context.decided)
    first = (bound or decide(counts, context.options)).get("yolo_score") == "first"
    fields, scores = rows.fields[:, :4], rows.fields[:, 4]
    if first and len(scored):
        fields = fields.copy()
        scores = scores.copy()
        fields[scored], scores[scored] = rows.fields[scored, 1:], rows.fields[scored, 0]
        at = int(scored[0])
        words = f"the confidence is read before the box; rows that cannot be meant otherwise: {counts[AGAINST_LAST]:,}"
        context.said.say("yolo.score_first", parts[rows.files[at]], str(rows.lines[at]), words, count=len(scored))
    plain = np.flatnonzero(~rows.cornered)
    against_centre, against_top_left = against_origins(fields[plain])
    _count(evidence, AGAINST_CENTRE, rows.files[plain[against_centre]], parts)
    _count(evidence, AGAINST_TOP_LEFT, rows.files[plain[against_top_left]], parts)
    counts |= {AGAINST_CENTRE: int(against_centre.sum()), AGAINST_TOP_LEFT: int(against_top_left.sum())}
    decided = bound or decide(counts, context.options)
    _tell_origin(decided, counts, rows, plain[against_centre], parts, context=context)
    boxes = np.where(rows.cornered[:, None], fields, corners(fields, decided.get("yolo_origin", "")))
    return _Decision(decided, evidence, boxes, scores)


def _count(evidence: dict[str, dict[str, int]], what: str, files: Ints, parts: Sequence[str]) -> None:
    numbers, counts = np.unique(files, return_counts=True)
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        evidence.setdefault(parts[number], {})[what] = count


def _tell_origin(
    decided: Mapping[str, str],
    counts: Mapping[str, int],
    rows: Judged,
    against_centre: Ints,
    parts: Sequence[str],
    *,
    context: ReadContext,
) -> None:
    """Say at the first row against the centre that the corner was taken; nothing where the user says which it is.

    Where the centre was taken nothing is said of it: a row that leaves its image is told as that.
    """
    if context.options.yolo_origin != "auto" or decided.get("yolo_origin") != TOP_LEFT or not len(against_centre):
        return
    at = int(against_centre[0])
    words = (
        f"rows that leave their image if x, y are the centre of the box: {counts[AGAINST_CENTRE]:,}; "
        f"if they are its top left corner: {counts[AGAINST_TOP_LEFT]:,}; they were read as its top left corner"
    )
    context.said.say("yolo.looks_top_left", parts[rows.files[at]], str(rows.lines[at]), words)


def _images(rows: Judged, parts: Sequence[str], dataset: str, context: ReadContext) -> pa.Table:
    names = [name_of(part, dataset) for part in parts]
    others = OtherNames()
    alternatives = [others.of(part, name) for part, name in zip(parts, names, strict=True)]
    places = context.place(names, lambda number: (parts[number], ""), alternatives)
    kept = np.bincount(rows.files, minlength=len(parts)) > 0
    refused = np.isin(np.arange(len(parts)), list(rows.refused))
    states = pa.DictionaryArray.from_arrays(
        pa.array(np.where(kept, 0, np.where(refused, 2, 1)), pa.int32()), ["labelled", "negative", "unlabelled"]
    )
    return image_rows(names, places, source_file=list(parts), pointer="", state=states)


def _annotations(rows: Judged, decision: _Decision, categories: Ints, parts: Sequence[str]) -> pa.Table:
    polygons = pa.array((rows.polygons > 0).astype(np.int32))
    segmentation = None
    if rows.segmentation is not None:
        segmentation = rows.segmentation.take(pa.array(rows.polygons - 1, mask=rows.polygons == 0))
    return rows_of(
        ANNOTATIONS,
        len(rows.files),
        image_id=rows.files,
        category_id=categories,
        kind=pa.DictionaryArray.from_arrays(polygons, ["box", "polygon"]),
        unit="normalised",
        segmentation=segmentation,
        segmentation_kind=pa.DictionaryArray.from_arrays(polygons, ["none", "polygons"]),
        score=pa.array(decision.scores, mask=np.isnan(decision.scores)),
        source_file=pa.array(list(parts), pa.string()).take(pa.array(rows.files)),
        pointer=pa.array(rows.lines).cast(pa.string()),
        **box_columns(decision.boxes),
    )
