"""What a worker read, parked in a folder as Arrow files: the run maps them and copies nothing."""

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Parsed
from labelport.annotations.said import Said
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES, SKELETONS

_TABLES = {table.name: table.schema for table in (ANNOTATION_IMAGES, CATEGORIES, ANNOTATIONS, SKELETONS)}
_REST = "rest.msgpack"


def park(folder: Path, parsed: Parsed, said: Said) -> None:
    """Write what was read, and what was said of it, into a folder."""
    given = parsed.annotations
    for name in _TABLES:
        table: pa.Table = getattr(given, name)
        with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            # Arrow's files have one dictionary a column.
            out.write_table(table.unify_dictionaries())
    rest: dict[str, Any] = {
        "documents": dict(given.documents),
        "decided": dict(parsed.decided),
        "evidence": {name: dict(counts) for name, counts in parsed.evidence.items()},
        "format": parsed.format,
        "said": said.told(),
    }
    (folder / _REST).write_bytes(msgspec.msgpack.encode(rest))


def unpark(folder: Path) -> tuple[Parsed, Said]:
    """Return what ``park`` wrote; the tables are mapped, so the folder must stay while they are used."""
    tables = {}
    for name, schema in _TABLES.items():
        with pa.memory_map(str(folder / f"{name}.arrow")) as file, pa.ipc.open_file(file) as opened:
            tables[name] = opened.read_all().cast(schema)
    rest = msgspec.msgpack.decode((folder / _REST).read_bytes())
    rows = AnnotationSet(**tables, documents=rest["documents"])
    return Parsed(rows, rest["decided"], rest["evidence"], format=rest["format"]), Said.retold(rest["said"])
