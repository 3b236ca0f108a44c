"""Results as Centaur's documentation describes them, made for tests, and what is read of them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import in_memory
from labelport.annotations.formats.centaur_results import CENTAUR_RESULTS, CentaurResults
from labelport.annotations.joining import joined
from labelport.annotations.matching import Matcher
from labelport.annotations.places import placed_nowhere
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.findings import Finding
from tests.labelport.annotations.formats.one_file_an_image import index_of

HEADER = (
    "Case ID", "Origin", "Origin Created At", "Content ID", "URL", "Labeling State", "Series", "Series Index", "Patch",
    "Study UID", "Series UID", "Instance UID", "Qualified Reads", "Correct Label", "Majority Label", "Top Reads",
)  # fmt: skip
"""All columns of the specification."""

SIZES = {"us/a.png": (200, 100), "us/b.png": (400, 300)}


def results(*rows: Mapping[str, Any], header: Sequence[str] = HEADER, delimiter: str = ",") -> str:
    """Return a CSV of rows by column; columns that a row does not give are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter=delimiter, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def manifest(*rows: tuple[object, ...]) -> bytes:
    """Return a filled manifest of (content_id, origin, series, series_index)."""
    lines = [",".join(map(str, row)) + "," for row in rows]
    return "\n".join(["content_id,origin,series,series_index,notes", *lines, ""]).encode()


def read(
    *bodies: str | bytes,
    reader: CentaurResults = CENTAUR_RESULTS,
    sizes: Mapping[str, tuple[int, int]] | None = None,
    told: bool = False,
    **options: Any,
) -> tuple[AnnotationSet, list[Finding]]:
    """Return what files say; ``sizes`` are the images of the dataset."""
    files = {
        f"{number}.csv": in_memory(f"{number}.csv", body.encode() if isinstance(body, str) else body)
        for number, body in enumerate(bodies)
    }
    said, given = Said(), reader.Options(**options)
    place = placed_nowhere if sizes is None else Matcher(index_of(sizes), given, said)
    context = ReadContext(options=given, said=said, place=place)
    claims = reader.claims(list(files.values()), told=told)
    return joined(
        [read_claim(Taken(reader, claim), files, context).parsed.annotations for claim in claims]
    ), said.findings()


def one(*rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the only annotation of rows of ``us/a.png``, 200 x 100 pixels, with the label ``cat``."""
    plain = {"Origin": "us/a.png", "Correct Label": "cat", "Labeling State": "Labeled"}
    found, _ = read(results(*(plain | dict(row) for row in rows)), sizes=SIZES, **more)
    (row,) = found.annotations.to_pylist()
    made: dict[str, Any] = row
    return made


def codes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in findings]
