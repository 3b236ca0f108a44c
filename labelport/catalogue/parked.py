"""Results of a run that has not published yet, kept so that a killed run's work is not done twice."""

import secrets
from collections.abc import Iterator

import pyarrow as pa

from labelport.catalogue.places import parked_folder
from labelport.errors import ObjectAbsent
from labelport.storage.contract import Bucket


class Parked:
    """Tables of finished work of one stage, below ``<stage>/parked/``."""

    def __init__(self, bucket: Bucket, stage: str) -> None:
        self._bucket = bucket
        self._folder = parked_folder(stage)

    def park(self, rows: pa.Table) -> None:
        """Keep rows as one object, whole or not at all.

        As an Arrow file: only the next run reads it, and Parquet costs ten times the CPU for a few
        hundred rows of a hundred columns (measured: 9 ms).
        """
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            writer.write_table(rows)
        self._bucket.put(f"{self._folder}/{secrets.token_hex(8)}.arrow", sink.getvalue().to_pybytes())

    def batches(self) -> Iterator[pa.Table]:
        """Yield what was parked, in any order; an unreadable object is skipped: its work is done again."""
        for key in self._keys():
            try:
                body = self._bucket.get(key).body
            except ObjectAbsent:
                continue
            try:
                rows = pa.ipc.open_file(pa.BufferReader(body)).read_all()
            except (pa.ArrowException, OSError):
                continue
            yield rows

    def clear(self) -> None:
        """Drop everything that was parked."""
        for key in self._keys():
            self._bucket.delete(key)

    def _keys(self) -> list[str]:
        return [key for batch in self._bucket.list(f"{self._folder}/") for key in batch.column("key").to_pylist()]
