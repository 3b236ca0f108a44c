"""Buckets that the tests of the catalogue publish into."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from labelport.catalogue.stage import Stage
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket, forget
from tests.labelport.catalogue.rows import SCHEMAS
from tests.labelport.catalogue.watched import Watched, listed_birds


@pytest.fixture
def memory() -> Iterator[MemoryBucket]:
    """Return an empty bucket in memory."""
    name = f"catalogue-{uuid4().hex}"
    yield MemoryBucket(name)
    forget(name)


@pytest.fixture
def folder(tmp_path: Path) -> FolderBucket:
    """Return an empty folder."""
    return FolderBucket(str(tmp_path))


@pytest.fixture(params=["memory", "folder"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """Return an empty bucket of each kind."""
    found: Bucket = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def stage(memory: MemoryBucket) -> Stage:
    """Return a stage that cuts shards of 100 rows."""
    return Stage(memory, "bucket_inventory", dataset="birds", shard_rows=100, schemas=SCHEMAS)


@pytest.fixture
def birds(moto: Connection) -> Watched:
    """Return a dataset of ten recordings that were listed; its queue is empty."""
    return listed_birds(moto)
