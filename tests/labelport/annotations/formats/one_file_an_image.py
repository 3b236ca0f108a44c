"""Reads and writes what tests have with formats of one file an image, and breaks their files."""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Format, ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import in_memory
from labelport.annotations.joining import joined
from labelport.annotations.matching import Matcher
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.places import PLACE_SCHEMA, placed_nowhere
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.writing import write_annotations
from labelport.findings import Finding, findings_table
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES
from tests.needs import fixtures

Bodies = Mapping[str, str | bytes]
ORACLE_SIZES = {"x.jpg": (100, 80), "sub/x.jpg": (50, 40)}


def read(
    reader: Format,
    bodies: Bodies,
    *,
    told: bool = False,
    sizes: Mapping[str, tuple[int, int]] | None = None,
    **options: Any,
) -> tuple[AnnotationSet, list[Finding]]:
    """Return what the files that the format claims say; ``sizes`` are the images of the dataset."""
    files = {name: in_memory(name, body.encode() if isinstance(body, str) else body) for name, body in bodies.items()}
    said, given = Said(), reader.Options(**options)
    place = placed_nowhere if sizes is None else Matcher(index_of(sizes), given, said)
    context = ReadContext(options=given, said=said, place=place)
    claims = reader.claims(list(files.values()), told=told)
    sets = [read_claim(Taken(reader, claim), files, context).parsed.annotations for claim in claims]
    return joined(sets), said.findings()


def index_of(sizes: Mapping[str, tuple[int, int]]) -> pa.Table:
    columns = {name: pa.nulls(len(sizes), PLACE_SCHEMA.field(name).type) for name in PLACE_SCHEMA.names}
    columns["store"] = pa.array(["raw"] * len(sizes))
    columns["key"] = pa.array(list(sizes), pa.string())
    columns["width"] = pa.array([width for width, _ in sizes.values()], pa.int32())
    columns["height"] = pa.array([height for _, height in sizes.values()], pa.int32())
    return pa.table(columns).cast(PLACE_SCHEMA)


def written(writer: Format, given: AnnotationSet, **options: Any) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the files that a format writes of a set, and what it said."""
    with MemoryOutput() as output:
        findings = write_annotations(given, writer, output, options=writer.Options(**options))
    return output.files, findings


def fixture_files(*folder: str) -> dict[str, bytes]:
    """Return the files of a folder of the shared fixtures by name."""
    root = fixtures("annotations", *folder)
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def oracle(folder: str) -> dict[str, tuple[int, set[tuple[str, str]]]]:
    """Return what ``expected.json`` says of each file: annotations, and (code, pointer) of its findings."""
    expected = json.loads((fixtures("annotations", "made") / "expected.json").read_text())
    return {
        name: (each["annotations"], {(code, pointer) for code, pointer in each["findings"]})
        for name, each in expected.items()
        if name.startswith(f"{folder}/")
    }


def facts(given: AnnotationSet) -> list[dict[str, Any]]:
    """Return what is to be equal after a round trip: images and annotations without rows, files and pointers."""
    images = given.images.drop_columns(["image_id", "spellings", "source_file", "pointer"]).to_pylist()
    categories = given.categories.column("name").to_pylist()
    rows = given.annotations.drop_columns(["annotation_id", "source_file", "pointer"]).to_pylist()
    for row in rows:
        row["category_id"] = categories[row["category_id"]]
    for row in (*images, *rows):
        row["extras"] = None if row["extras"] is None else json.loads(row["extras"])
    return [*images, *rows]


def assert_sound(given: AnnotationSet, findings: list[Finding]) -> None:
    """Fail where tables do not hold together, whatever was read."""
    findings_table(findings)
    for table, wanted in zip(
        (given.images, given.categories, given.annotations), (ANNOTATION_IMAGES, CATEGORIES, ANNOTATIONS), strict=True
    ):
        assert table.schema.equals(wanted.schema)
        table.validate(full=True)
    ids = given.annotations.column("image_id").to_pylist()
    states = given.images.column("state").to_pylist()
    assert {number for number, state in enumerate(states) if state == "labelled"} == set(ids)
    for extras in (*given.images.column("extras").to_pylist(), *given.annotations.column("extras").to_pylist()):
        assert extras is None or isinstance(json.loads(extras), dict)


PIECES = (
    *(
        b"\x00",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\r",
        b"\n",
        b"NaN",
        b"1e999",
        b"-1",
        b"1_0",
        b"9" * 400,
        b'"',
        b"\\ud800",
    ),
    *(
        b"<",
        b">",
        b"&",
        b"&#0;",
        b"<!DOCTYPE a>",
        b"<!--",
        b"]]>",
        b"<a>" * 300,
        b"[" * 300,
        b"{",
        b"}",
        b"null",
        b"[]",
    ),
)


@st.composite
def broken(draw: st.DrawFn, bodies: tuple[bytes, ...]) -> bytes:
    """Draw a body that was cut, flipped, doubled, spliced or encoded otherwise, one to three times."""
    body = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        end = draw(st.integers(at, min(at + 40, len(body))))
        how = draw(st.sampled_from(("cut", "flip", "double", "splice", "replace", "tail", "utf-16", "cr")))
        if how == "cut":
            body = body[:at] + body[end:]
        elif how == "tail":
            body = body[:at]
        elif how == "flip" and body:
            at = min(at, len(body) - 1)
            body = body[:at] + bytes([body[at] ^ draw(st.integers(1, 255))]) + body[at + 1 :]
        elif how == "double":
            body = body[:end] + body[at:]
        elif how == "splice":
            body = body[:at] + draw(st.sampled_from(PIECES)) + body[at:]
        elif how == "replace":
            body = body[:at] + draw(st.sampled_from(PIECES)) + body[end:]
        elif how == "cr":
            body = body.replace(b"\n", b"\r")
        else:
            body = body.decode("latin-1").encode("utf-16")
    return body
