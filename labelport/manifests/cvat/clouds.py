"""Checksums of clouds in the workers: the md5 of the source file's bytes, ``.pcd`` or ``.bin`` (specification 2.7)."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.manifests.cvat.pixels import GONE, RESULT
from labelport.runners.contract import Begin
from labelport.storage.access import reopened
from labelport.storage.contract import Bucket

WORK = "labelport.manifests.cvat.clouds:checksums"
"""Name of the work for the runner."""

BLOCK_BYTES = 8 << 20
"""Read at a time: a cloud of a survey has gigabytes."""

DEADLINE_S = 3600.0
"""A cloud of 1 GB at 256 KiB a second. The deadline only stops what never ends."""


def checksums(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Hash the clouds of a shard: columns ``key``, ``size``, ``token`` in, ``RESULT`` out, its sizes 0.

    ``options``: what ``access_of`` gives of the bucket.
    """
    bucket = reopened(options)
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows.to_pylist()):
        begin(number)
        try:
            found.append({"width": 0, "height": 0, "checksum": _md5(bucket, row["key"], row["size"], row["token"])})
        except (ObjectAbsent, ObjectChanged):
            found.append({"error": GONE})
        except Exception as error:  # the edge of one object: what a store raises for it
            found.append({"error": f"it cannot be read ({type(error).__name__})"})
    return pa.RecordBatch.from_pylist(found, schema=RESULT)


def _md5(bucket: Bucket, key: str, size: int, token: str) -> str:
    hashed = hashlib.md5()
    for start in range(0, size, BLOCK_BYTES):
        hashed.update(bucket.read_range(key, start, min(BLOCK_BYTES, size - start), token=token))
    return hashed.hexdigest()
