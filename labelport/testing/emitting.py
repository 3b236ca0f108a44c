"""Emitting a manifest of made-up rows into a folder, in this process."""

import hashlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from labelport.dataset import UserFile
from labelport.errors import SettingsError
from labelport.manifests.contract import EmitContext, Emitted, Platform
from labelport.manifests.emission import emit_manifest
from labelport.manifests.reading import TableSeries
from labelport.manifests.sink import FolderSink
from labelport.options import ManifestOptions
from labelport.runners.contract import Runner, Shard, ShardResult, Work
from labelport.storage.contract import Bucket
from labelport.storage.keys import url_of
from labelport.storage.opening import open_bucket
from labelport.testing.prefix import Prefix

PUBLISH_URL = "https://derived.example/made"
PUBLISH_URI = "s3://derived-media"
"""How objects of the store ``publish`` are called: never as those of ``raw``."""


class InlineRunner:
    """Runs work here and now, in this process: for tests of what the work does, not of its isolation."""

    def __init__(self) -> None:
        self.objects = 0

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        """Yield the result of each shard, the last ones first: nobody may rely on the order."""
        module, _, name = work.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        results = []
        for shard in shards:
            self.objects += shard.rows.num_rows
            rows = function(shard.rows, dict(work.options), lambda row: None)  # noqa: ARG005
            survivors = tuple(range(shard.rows.num_rows))
            results.append(ShardResult(shard.number, pa.Table.from_batches([rows]), survivors))
        yield from reversed(results)

    def close(self) -> None:
        """Do nothing: there is no worker."""


def emit_to(
    folder: Path,
    platform: Platform,
    options: ManifestOptions,
    prefix: Prefix,
    *,
    bucket: Bucket | None = None,
    cache: Mapping[str, Any] | None = None,
    runner: Runner | None = None,
    url_base: str | None = "https://media.example/made",
    uri_base: str | None = "s3://made-media",
    files: Mapping[str, bytes] | None = None,
    wrote: Callable[[str], None] = lambda _: None,
) -> Emitted:
    """Emit a manifest of a prefix into a folder; work runs in this process unless a runner is given.

    Objects are called by ``url_base`` and their key; without one as the bucket calls them. By bucket and key
    they are called ``<uri_base>/<key>``; null is a folder, which has no such name. Objects of the store
    ``publish`` are called by ``PUBLISH_URL`` and ``PUBLISH_URI`` where the others have a base. ``files``: what the
    options may name, by path. ``wrote`` is told the id of each series that has an entry.
    """
    given = files or {}

    def file(path: str) -> UserFile:
        if path not in given:
            raise SettingsError(f"there is no file {path}")
        return UserFile(path, hashlib.sha256(given[path]).hexdigest(), given[path])

    context = EmitContext(
        dataset="made",
        bucket=bucket or open_bucket("memory://manifest-contract"),
        runner=lambda: runner or InlineRunner(),
        media=prefix.media_in_order,
        renditions=(lambda: iter(prefix.renditions)) if prefix.renditions else None,
        url=(lambda store, key: url_of(PUBLISH_URL if store == "publish" else url_base, key)) if url_base else None,
        uri=lambda store, key: f"{PUBLISH_URI if store == 'publish' else uri_base}/{key}" if uri_base else None,
        file=file,
        wrote=wrote,
        cache=cache or {},
    )
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    return emit_manifest(platform, options, series, FolderSink(folder), context)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by relative path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
