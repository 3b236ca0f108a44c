"""Reads CSV texts of tests with one format, with what is checked of all boxes."""

from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import in_memory
from labelport.annotations.formats.csv.formats import CsvBoxes, CsvClasses
from labelport.annotations.matching import Matcher
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.places import PLACE_SCHEMA, placed_nowhere
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.writing import write_annotations
from labelport.findings import Finding
from labelport.options import AnnotationOptions

AnyCsv = CsvBoxes | CsvClasses
Place = tuple[str, str]


def read(
    reader: AnyCsv,
    *texts: str | bytes,
    sizes: dict[str, tuple[int, int]] | None = None,
    decided: dict[str, str] | None = None,
    **options: Any,
) -> tuple[AnnotationSet, list[Finding]]:
    """Return what the files ``0.csv``, ``1.csv`` … of one claim say.

    ``sizes`` are the images of the dataset; ``decided`` is what other files of the claim said.
    """
    files = {
        f"{number}.csv": in_memory(f"{number}.csv", text.encode() if isinstance(text, str) else text)
        for number, text in enumerate(texts)
    }
    said, given = Said(), AnnotationOptions(**options)
    place = placed_nowhere if sizes is None else Matcher(index_of(sizes), given, said)
    context = ReadContext(options=given, said=said, place=place, decided=decided or {})
    made = read_claim(Taken(reader, Claim(tuple(files))), files, context)
    return made.parsed.annotations, said.findings()


def index_of(sizes: dict[str, tuple[int, int]]) -> pa.Table:
    """Return an index of images by key."""
    columns = {name: pa.nulls(len(sizes), PLACE_SCHEMA.field(name).type) for name in PLACE_SCHEMA.names}
    columns["store"] = pa.array(["raw"] * len(sizes))
    columns["key"] = pa.array(list(sizes), pa.string())
    columns["width"] = pa.array([width for width, _ in sizes.values()], pa.int32())
    columns["height"] = pa.array([height for _, height in sizes.values()], pa.int32())
    return pa.table(columns).cast(PLACE_SCHEMA)


def written(writer: AnyCsv, given: AnnotationSet, **options: Any) -> tuple[bytes, list[Finding]]:
    """Return the file that a format writes of a set, with what it said."""
    output = MemoryOutput()
    findings = write_annotations(given, writer, output, options=AnnotationOptions(**options))
    output.close()
    assert list(output.files) == ["annotations.csv"]
    return output.files["annotations.csv"], findings


def rows(given: AnnotationSet) -> list[tuple[Any, ...]]:
    """Return (image, class, x0, y0, x1, y1) of each annotation."""
    names = given.images.column("name_given").to_pylist()
    classes = given.categories.column("name").to_pylist()
    table = given.annotations
    boxes = np.column_stack([table.column(side).to_pylist() for side in ("x0", "y0", "x1", "y1")])
    return [
        (names[image], classes[category], *box)
        for image, category, box in zip(
            table.column("image_id").to_pylist(), table.column("category_id").to_pylist(), boxes.tolist(), strict=True
        )
    ]


def labels(given: AnnotationSet) -> list[tuple[str, str]]:
    """Return (image, class) of each annotation."""
    return [row[:2] for row in rows(given)]


def states(given: AnnotationSet) -> dict[str, str]:
    """Return the state of each image."""
    images = given.images
    return dict(zip(images.column("name_given").to_pylist(), images.column("state").to_pylist(), strict=True))


def places(findings: list[Finding]) -> list[Place]:
    """Return code and place of findings."""
    return [(each.code, each.pointer) for each in findings]


def only(findings: list[Finding], *codes: str) -> list[str]:
    """Return the places of findings, all of which must be of these codes."""
    assert {each.code for each in findings} <= set(codes), places(findings)
    return [each.pointer for each in findings]
