"""Which files are CSV files of annotations, and of which kind: by their header lines."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from labelport.annotations.contract import Claim
from labelport.annotations.detecting import PICTURES
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.csv.class_rows import FLAGS
from labelport.annotations.formats.csv.headers import FOREIGN, Layout, box_layout, class_layout, plain
from labelport.annotations.formats.csv.lines import PhysicalLines
from labelport.annotations.formats.csv.rows import encoding_of, header_of
from labelport.errors import ObjectAbsent, ObjectChanged

Group = Literal["corners", "size", "classes"]
GROUPS: tuple[Group, ...] = ("corners", "size", "classes")

SURE, LIKELY, WEAK = 0.9, 0.7, 0.4

HEAD = 65536
_HEAD_ROWS = 20
_NO_TEXT = (
    *PICTURES,
    *("json", "jsonl", "xml", "yaml", "yml", "names", "labels", "data", "zip", "tar", "gz", "parquet", "xlsx", "md"),
    *("mp4", "mov", "avi", "mkv", "webm", "wav", "mp3", "flac", "ogg", "m4a", "pcd", "ply", "bin", "pdf"),
)
"""Extensions of files that are not looked into."""

_PICTURE = re.compile(rf"\.(?:{'|'.join(PICTURES)})$", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?")


def claims_of(files: Sequence[AnnotationFile], group: Group, *, told: bool) -> list[Claim]:
    """Return one claim for each degree of sureness; boxes have one alone, so that their files are one claim."""
    found: dict[float, list[str]] = {}
    whys: dict[float, str] = {}
    for file, head in _heads(files):
        confidence, why = judged(head, group)
        if told and (file.name.lower().endswith((".csv", ".tsv")) or any(judged(head, each)[0] for each in GROUPS)):
            confidence, why = SURE, "the format was told"
        if confidence:
            found.setdefault(confidence, []).append(file.name)
            whys.setdefault(confidence, why)
    return [Claim(tuple(names), confidence=level, why=whys[level]) for level, names in found.items()]


def _heads(files: Iterable[AnnotationFile]) -> Iterator[tuple[AnnotationFile, bytes]]:
    for file in files:
        if not file.size or file.name.rsplit(".", 1)[-1].lower() in _NO_TEXT:
            continue
        try:
            head = file.head(HEAD)
        except (ObjectAbsent, ObjectChanged, OSError):
            continue
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[", b"<"):
            yield file, head


def judged(head: bytes, group: Group) -> tuple[float, str]:
    """Return how surely a file is of a group, and why; 0 where it is not."""
    lines = PhysicalLines(io.TextIOWrapper(io.BytesIO(head), encoding_of(head), errors="replace", newline=""))
    try:
        found = header_of(lines)
    except UnicodeError:
        return 0.0, ""
    if found is None or len(found[0]) < 2:
        return 0.0, ""
    header, delimiter = found
    boxes = box_layout(header)
    if boxes is not None:
        return _box(boxes, header, group)
    if FOREIGN.intersection(map(plain, header)):
        return 0.0, ""
    if any(_PICTURE.search(cell) for cell in header):
        return _headerless(header, group)
    return _classes(header, _rows(lines, delimiter, cut=len(head) >= HEAD), group)


def _box(layout: Layout, header: Sequence[str], group: Group) -> tuple[float, str]:
    if ("size" if layout.kind == "size" else "corners") != group:
        return 0.0, ""
    return SURE, f"columns {', '.join(header[place].strip() for place in layout.used)}"


def _headerless(header: Sequence[str], group: Group) -> tuple[float, str]:
    """Return the claim of a file whose first line is a row: it is claimed, so that its reader says so."""
    four = sum(_NUMBER.fullmatch(cell.strip()) is not None for cell in header) >= 4
    if group == ("corners" if four else "classes"):
        return SURE, "rows that begin with an image, without a header"
    return 0.0, ""


def _classes(header: Sequence[str], rows: list[list[str]], group: Group) -> tuple[float, str]:
    layout = class_layout(header)
    if layout is None or group != "classes":
        return 0.0, ""
    if layout.label is not None:
        words = f"columns {header[layout.name].strip()}, {header[layout.label].strip()}"
        return (SURE if len(header) == 2 else LIKELY), words
    return _one_hot(header, layout, rows)


def _one_hot(header: Sequence[str], layout: Layout, rows: list[list[str]]) -> tuple[float, str]:
    """Return whether the columns beside the name are flags: all of them in all rows of the head, or some."""
    whole = [row for row in rows if len(row) == len(header)]
    flags = [_is_flags({row[place].strip() for row in whole}) for place in layout.classes]
    if not whole or not any(flags):
        return 0.0, ""
    words = f"column {header[layout.name].strip()}, and 0 or 1 below {sum(flags)} others"
    return (SURE if all(flags) else WEAK), words


def _is_flags(texts: set[str]) -> bool:
    return bool(texts & FLAGS) and texts <= FLAGS | {""}


def _rows(lines: PhysicalLines, delimiter: str, *, cut: bool) -> list[list[str]]:
    """Return some rows of the head; ``cut``: its last line may be none."""
    texts = [line for line in lines.block(_HEAD_ROWS) if not cut or line.endswith(("\n", "\r"))]
    try:
        return [row for row in csv.reader(texts, delimiter=delimiter, skipinitialspace=True) if row]
    except csv.Error:
        return []
