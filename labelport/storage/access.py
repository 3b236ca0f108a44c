"""How a worker opens the bucket of its parent: without Dagster, and mostly without boto3."""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket

CACHED = 4
"""Buckets that a process keeps open: a worker has one, and opens it for every shard."""


def access_of(bucket: Bucket) -> dict[str, Any]:
    """Return plain values by which ``reopened`` opens a bucket in another process, on this machine or another.

    ``bucket``: its URI; ``connection``: how S3 is reached, null for others; ``env``: names of the variables of
    the environment that the process needs. The values hold secrets: a frame may carry them, nothing may
    store or show them. Raises ``BucketError`` where there are no credentials.
    """
    if not bucket.uri.startswith("s3://"):
        return {"bucket": bucket.uri, "connection": None, "env": []}
    from labelport.storage.s3.bucket import S3Bucket  # noqa: PLC0415  -- folders need not pay for its imports
    from labelport.storage.s3.settling import settled, variables  # noqa: PLC0415

    assert isinstance(bucket, S3Bucket)
    connection = settled(bucket.clients)
    return {"bucket": bucket.uri, "connection": connection.to_options(), "env": variables(connection)}


def reopened(options: Mapping[str, Any]) -> Bucket:
    """Open the bucket that the values of ``access_of`` name; other values in ``options`` are left alone.

    A process opens a bucket of S3 once, however often it asks: its connections stand and its credentials are
    known. Raises ``BucketError``.
    """
    if options.get("connection") is None:
        return open_bucket(options["bucket"])
    environment = tuple((name, os.environ.get(name)) for name in options.get("env", ()))
    return _opened(options["bucket"], Connection.from_options(options["connection"]), environment)


@lru_cache(maxsize=CACHED)
def _opened(uri: str, connection: Connection, environment: tuple[tuple[str, str | None], ...]) -> Bucket:
    del environment  # other variables are other credentials, and another bucket
    return open_bucket(uri, connection=connection)
