"""Tables and manifests as files: whole or not at all."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labelport.catalogue.generation import Generation
from labelport.errors import BucketError, SettingsError
from labelport.tables import TABLES

FORMATS = (".parquet", ".csv")


def refuse_other_formats(path: Path | None) -> None:
    """Raise ``SettingsError`` for a file of another extension, before any work is done."""
    if path is not None and path.suffix.lower() not in FORMATS:
        raise SettingsError(f"{path}: the extension says the format; write {' or '.join(FORMATS)}")


def write_table(generation: Generation, table: str, path: Path) -> Path:
    """Write a table of a generation as Parquet or CSV, by the extension; one batch is in memory."""
    schema, batches = TABLES[table].schema, generation.batches(table)
    with replacing(path) as unfinished:
        if path.suffix.lower() == ".csv":
            _write_csv(unfinished, schema, batches)
        else:
            _write_parquet(unfinished, schema, batches)
    return path


def write_tables(generation: Generation, tables: Sequence[str], folder: Path) -> list[Path]:
    """Write tables of a generation into a folder as ``<table>.parquet``."""
    return [write_table(generation, table, folder / f"{table}.parquet") for table in tables]


def write_files(generation: Generation, folder: Path) -> list[Path]:
    """Copy the files of a generation (a manifest's) into a folder under their names."""
    written = []
    for name in sorted(generation.files()):
        path = folder.joinpath(*name.split("/"))
        with replacing(path) as unfinished:
            unfinished.write_bytes(generation.read_file(name))
        written.append(path)
    return written


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside the wanted one; what was written there takes its place at the end.

    Raises ``BucketError`` where the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise BucketError(f"{path} cannot be written ({error.strerror or error})") from error
    finally:
        if path.parent.is_dir():
            unfinished.unlink(missing_ok=True)


def _write_parquet(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _write_csv(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(schema.names)
        for batch in batches:
            for row in batch.to_pylist(maps_as_pydicts="strict"):
                writer.writerow([_cell(value) for value in row.values()])


def _cell(value: Any) -> Any:
    """Return a value as a cell: null empty, truth as true or false, times in ISO 8601, lists and structs as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return value
