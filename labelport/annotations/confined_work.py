"""The worker's side of ``confined.py``: opens the files again, reads them, parks the rows."""

import gc
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from labelport.annotations.confined import CLAIM, OBJECTS
from labelport.annotations.contract import Claim, ReadContext
from labelport.annotations.detecting import Taken, formats
from labelport.annotations.files import AnnotationFile
from labelport.annotations.gathering import Source, named
from labelport.annotations.matching import Matcher
from labelport.annotations.parked import park
from labelport.annotations.prefetching import prefetched
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.sources import file_of, opened
from labelport.annotations.volumes.catalogue_volumes import opened_volumes
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.runners.contract import Begin
from labelport.settings import AnyAnnotationOptions
from labelport.storage.access import reopened


def read_parts(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Read the parts that are named in the folder of each row, and park what was read there."""
    for number, place in enumerate(rows.column("place").to_pylist()):
        begin(number)
        _read(Path(place), options)
        gc.collect()
    return rows


def _read(place: Path, options: Mapping[str, Any]) -> None:
    given = AnyAnnotationOptions.model_validate(options["options"])
    source = Source(**options["source"], options=given, roots=tuple(options["roots"]))
    told = json.loads((place / CLAIM).read_bytes())
    claim = Claim(tuple(told["parts"]), tuple(told["shared"]), told["confidence"], told["why"])
    said = Said()
    context = ReadContext(
        options=source.options,
        said=said,
        place=Matcher(_table(Path(options["index"])), source.options, said, roots=source.roots),
        volumes=_volumes(options),
        decided=told["decided"],
    )
    with _ahead(_files(place, source, options)) as files:
        done = read_claim(Taken(_reader(told["format"], options), claim), files, context)
    park(place, done.parsed, said)


@contextmanager
def _ahead(files: dict[str, AnnotationFile]) -> Iterator[dict[str, AnnotationFile]]:
    """Give the files; of a bucket many are asked for at once, as each answer takes its time."""
    if all(file.path is not None for file in files.values()):
        yield files
        return
    with prefetched(list(files.values())) as ahead:
        yield {file.name: file for file in ahead}


def _volumes(options: Mapping[str, Any]) -> Volumes:
    if options["planes"] is None:
        return NoVolumes()
    name = options["key_env"]
    return opened_volumes(Path(options["planes"]), os.environ[name].encode() if name else None)


def _reader(format_id: str, options: Mapping[str, Any]) -> Any:
    reader = formats()[format_id]
    if not options["manifests"]:
        return reader
    return reader.with_manifests([Path(path).read_bytes() for path in options["manifests"]])


def _files(place: Path, source: Source, options: Mapping[str, Any]) -> dict[str, AnnotationFile]:
    bucket = reopened(options)
    columns = [_table(place / OBJECTS).column(name).to_pylist() for name in ("name", "size", "token")]
    objects = [file_of(bucket, *row) for row in zip(*columns, strict=True)]
    # What is wrong with an archive was said when it was listed.
    files = [named(file, source) for file in opened(objects, Said(), sure=options["single"])]
    return {file.name: file for file in files}


def _table(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as opened_file:
        return opened_file.read_all()
