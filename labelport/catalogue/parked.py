"""Results of a run that has not published yet, kept so that a killed run's work is not done twice."""

import secrets
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from labelport.catalogue.places import parked_folder
from labelport.errors import ObjectAbsent
from labelport.storage.contract import Bucket


class Parked:
    """Tables of finished work of one stage, below ``<stage>/parked/``."""

    def __init__(self, bucket: Bucket, stage: str) -> None:
        self._bucket = bucket
        self._folder = parked_folder(stage)

    def park(self, rows: pa.Table) -> None:
        """Keep rows as one object, whole or not at all."""
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink, compression="zstd")
        self._bucket.put(f"{self._folder}/{secrets.token_hex(8)}.parquet", sink.getvalue().to_pybytes())

    def batches(self) -> Iterator[pa.Table]:
        """Yield what was parked, in any order; an unreadable object is skipped: its work is done again."""
        for key in self._keys():
            try:
                yield pq.read_table(pa.BufferReader(self._bucket.get(key).body))
            except (pa.ArrowException, ObjectAbsent):
                continue

    def clear(self) -> None:
        """Drop everything that was parked."""
        for key in self._keys():
            self._bucket.delete(key)

    def _keys(self) -> list[str]:
        return [key for batch in self._bucket.list(f"{self._folder}/") for key in batch.column("key").to_pylist()]
