"""What is wrong with the rows that a reader made: the words, ranges and nulls that every stage relies on."""

import json
import math
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.holds import SHAPES
from labelport.codes import CODES
from labelport.findings import Finding
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES, SKELETONS

KINDS = {*SHAPES, "volume"}
UNITS = {"pixel", "normalised", "mm"}
STATES = {"labelled", "negative", "unlabelled"}
SEGMENTATION_KINDS = {"polygons", "points", "rle_counts", "rle_text", "png", "wkt", "none"}
CORNERS = ("x0", "y0", "x1", "y1")
FLOATS = (*CORNERS, "area_given", "score")


def faults_of(given: AnnotationSet, files: Collection[str], *, checked: bool = True) -> list[str]:
    """Return what is wrong with a set read from files of these names, in words; nothing where all is well.

    ``checked``: boxes that cannot be were taken out (``boxes.checked``).
    """
    wrong_schema = [
        f"{table.name}: the schema is another"
        for table, rows in (
            (ANNOTATION_IMAGES, given.images),
            (CATEGORIES, given.categories),
            (ANNOTATIONS, given.annotations),
            (SKELETONS, given.skeletons),
        )
        if not rows.schema.equals(table.schema)
    ]
    if wrong_schema:
        return wrong_schema
    return [*_of_images(given, files), *_of_categories(given, files), *_of_annotations(given, files, checked=checked)]


def faults_of_findings(findings: Iterable[Finding], files: Collection[str]) -> list[str]:
    """Return what is wrong with findings: unknown codes, files that were not given, no words."""
    faults = []
    for each in findings:
        if each.code not in CODES:
            faults.append(f"finding {each.code}: the code is not registered")
        if each.file and each.file not in files:
            faults.append(f"finding {each.code}: no file is called {each.file!r}")
        if not each.message or each.count < 1:
            faults.append(f"finding {each.code}: no message, or none counted")
        if len(each.value or "") > 80:
            faults.append(f"finding {each.code}: its value is longer than 80 characters")
    return faults


def _of_images(given: AnnotationSet, files: Collection[str]) -> Iterator[str]:
    used = set(given.annotations.column("image_id").to_pylist())
    for number, row in enumerate(given.images.to_pylist()):
        where = f"image {number} ({row['name_given']})"
        if row["image_id"] != number:
            yield f"{where}: image_id is {row['image_id']}, not the row number"
        if row["state"] not in STATES:
            yield f"{where}: state {row['state']!r}"
        elif (row["state"] == "labelled") != (number in used):
            yield f"{where}: state {row['state']} with{'' if number in used else 'out'} annotations"
        if not row["name_given"]:
            yield f"{where}: no name"
        yield from _of_sources(row, where, files)


def _of_categories(given: AnnotationSet, files: Collection[str]) -> Iterator[str]:
    for number, row in enumerate(given.categories.to_pylist()):
        where = f"category {number} ({row['name']})"
        if row["category_id"] != number:
            yield f"{where}: category_id is {row['category_id']}, not the row number"
        points = len(row["keypoints"] or ())
        if any(not 0 <= end < points for pair in row["skeleton"] or () for end in pair):
            yield f"{where}: its skeleton leads beyond its {points} keypoints"
        yield from _of_sources(row, where, files)


def _of_annotations(given: AnnotationSet, files: Collection[str], *, checked: bool) -> Iterator[str]:
    images, categories = given.images.num_rows, given.categories.num_rows
    for number, row in enumerate(given.annotations.to_pylist()):
        where = f"annotation {number} ({row['source_file']} {row['pointer']})"
        if row["annotation_id"] != number:
            yield f"{where}: annotation_id is {row['annotation_id']}, not the row number"
        if not 0 <= row["image_id"] < images:
            yield f"{where}: image_id {row['image_id']} of {images}"
        if row["category_id"] is not None and not 0 <= row["category_id"] < categories:
            yield f"{where}: category_id {row['category_id']} of {categories}"
        if not row["pointer"]:
            yield f"{where}: no pointer"
        yield from _of_geometry(row, where, checked=checked)
        yield from _of_sources(row, where, files)


def _of_geometry(row: dict[str, Any], where: str, *, checked: bool) -> Iterator[str]:
    if row["kind"] not in KINDS:
        yield f"{where}: kind {row['kind']!r}"
    if row["unit"] not in UNITS and (row["unit"] is not None or row["x0"] is not None):
        yield f"{where}: unit {row['unit']!r}"
    if row["segmentation_kind"] not in SEGMENTATION_KINDS:
        yield f"{where}: segmentation_kind {row['segmentation_kind']!r}"
    if (row["segmentation_kind"] == "none") != (row["segmentation"] is None):
        yield f"{where}: segmentation_kind {row['segmentation_kind']} and segmentation {row['segmentation']!r:.40}"
    if any(row[name] is not None and math.isnan(row[name]) for name in FLOATS):
        yield f"{where}: NaN where null is meant"
    box = [row[name] for name in CORNERS]
    if None in box:
        if box != [None] * 4:
            yield f"{where}: half a box {box}"
    elif checked and not (all(map(math.isfinite, box)) and box[0] <= box[2] and box[1] <= box[3]):
        yield f"{where}: box {box}"
    if row["keypoints"] is not None and (len(row["keypoints"]) % 3 or any(map(math.isnan, row["keypoints"]))):
        yield f"{where}: keypoints {row['keypoints']}"


def _of_sources(row: dict[str, Any], where: str, files: Collection[str]) -> Iterator[str]:
    if row["source_file"] not in files:
        yield f"{where}: source_file {row['source_file']!r} is none of the files"
    for name in ("source_id", "extras"):
        if row[name] is not None and not _is_json(row[name]):
            yield f"{where}: {name} {row[name]!r:.40} is no JSON text"
    if row["extras"] is not None and not row["extras"].lstrip().startswith(b"{"):
        yield f"{where}: extras are no object: {row['extras']!r:.40}"


def _is_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
