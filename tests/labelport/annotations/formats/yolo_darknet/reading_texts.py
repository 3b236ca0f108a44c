"""Texts as files of a format: read, written, and what was said."""

from collections.abc import Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Format, Parsed, ReadContext
from labelport.annotations.detecting import Taken
from labelport.annotations.files import in_memory
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.writing import write_annotations
from labelport.options import AnnotationOptions

Findings = list[tuple[str, str, str]]


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their relative names."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def claimed(chosen: Format, files: Mapping[str, bytes], *, told: bool = False) -> list[Claim]:
    """Return the claims of a format."""
    return chosen.claims([in_memory(name, body) for name, body in files.items()], told=told)


def read_claim_of(chosen: Format, files: Mapping[str, bytes], claim: Claim, **words: Any) -> tuple[Parsed, Findings]:
    """Return what was read of a claim, and the findings as (code, file, pointer)."""
    said = Said()
    by_name = {name: in_memory(name, body) for name, body in files.items()}
    made = read_claim(Taken(chosen, claim), by_name, ReadContext(said=said, **words)).parsed
    return made, [(each.code, each.file, each.pointer) for each in said.findings()]


def read_all(chosen: Format, files: Mapping[str, bytes], **words: Any) -> tuple[Parsed, Findings]:
    """Return what was read of the one claim of some files."""
    claims = claimed(chosen, files) or claimed(chosen, files, told=True)
    assert len(claims) == 1, claims
    return read_claim_of(chosen, files, claims[0], **words)


def boxes_of(given: AnnotationSet) -> list[tuple[float, ...]]:
    """Return the boxes, rounded where only binary fractions differ."""
    columns = [given.annotations.column(name).to_pylist() for name in ("x0", "y0", "x1", "y1")]
    return [tuple(round(value, 9) for value in box) for box in zip(*columns, strict=True)]


def column(given: AnnotationSet, name: str, table: str = "annotations") -> list[Any]:
    """Return a column as a list."""
    made: list[Any] = getattr(given, table).column(name).to_pylist()
    return made


class Kept:
    """An output that keeps its files."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, name: str, body: bytes) -> None:
        """Keep a file; a name is written once."""
        assert name not in self.files
        self.files[name] = body

    @contextmanager
    def open(self, name: str) -> Any:
        """Keep what is written."""
        stream = BytesIO()
        yield stream
        self.put(name, stream.getvalue())


def written(
    chosen: Format, given: AnnotationSet, options: AnnotationOptions | None = None
) -> tuple[dict[str, bytes], list[tuple[str, int]]]:
    """Return the files of an export, and its findings as (code, count)."""
    output = Kept()
    found = write_annotations(given, chosen, output, options=options)
    return output.files, [(each.code, each.count) for each in found]
