"""A published catalogue opened by its address, for notebooks and scripts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds

from labelport.catalogue.generation import Generation
from labelport.catalogue.places import CATALOGUE
from labelport.catalogue.shards import ranges_of
from labelport.catalogue.stage import live_generation
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.opening import folder_of, open_bucket
from labelport.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd


class Catalogue:
    """The live generations of all stages at the moment of opening; it keeps reading those.

    A table that several stages have (``findings``) is that of all of them together.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._folder = folder_of(bucket.uri)
        opened = {stage: live_generation(bucket, stage) for stage in _stages(bucket)}
        self.generations: dict[str, Generation] = {name: live for name, live in opened.items() if live is not None}
        """Live generation of each stage."""

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        return sorted({table for generation in self.generations.values() for table in generation.tables()})

    def table(self, name: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a whole table as Arrow; raises ``KeyError`` where no stage has it."""
        parts = [generation.table(name, columns=columns) for generation in self._having(name)]
        return pa.concat_tables(parts).unify_dictionaries()

    def frame(self, table: str, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return a whole table as a pandas DataFrame; raises ``KeyError`` where no stage has it."""
        frame: pd.DataFrame = self.table(table, columns=columns).to_pandas()
        return frame

    def dataset(self, table: str) -> ds.Dataset:
        """Return a table as a pyarrow dataset, which reads what a query needs; raises ``KeyError``."""
        shards = [
            (generation.shard_key(table, shard), shard.size)
            for generation in self._having(table)
            for shard in generation.shards(table).shards
        ]
        if self._folder is not None:
            paths = [f"{self._folder}/{key}" for key, _ in shards]
            return ds.dataset(paths, schema=TABLES[table].schema, format="parquet")
        parquet = ds.ParquetFileFormat()
        fragments = [parquet.make_fragment(ranges_of(self._bucket, key, size=size)) for key, size in shards]
        return ds.FileSystemDataset(fragments, TABLES[table].schema, parquet)

    def _having(self, table: str) -> list[Generation]:
        having = [generation for generation in self.generations.values() if table in generation.tables()]
        if not having:
            raise KeyError(f"no stage has a table {table!r}; there are {', '.join(self.tables()) or 'none'}")
        return having


def opened(uri: str, connection: Connection | None = None) -> Catalogue:
    """Return the catalogue below a publish folder or bucket; raises ``FileNotFoundError`` where there is none.

    ``connection``: how S3 is reached; without one by the ordinary AWS chain.
    """
    catalogue = Catalogue(open_bucket(uri, connection=connection))
    if not catalogue.generations:
        raise FileNotFoundError(f"nothing was ever published in {uri}: is it the `publish` of a dataset?")
    return catalogue


def _stages(bucket: Bucket) -> list[str]:
    keys = (key for batch in bucket.list(CATALOGUE) for key in batch.column("key").to_pylist())
    pointers = (key.removeprefix(CATALOGUE).split("/") for key in keys if key.endswith("/CURRENT"))
    return sorted(parts[0] for parts in pointers if len(parts) == 2)
