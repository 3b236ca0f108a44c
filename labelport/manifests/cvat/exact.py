"""Exact facts of many objects: what the cache knows, and the rest from the workers.

The cache is keyed by (key, token) under one toolchain; another Pillow or av makes it void.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa

from labelport.manifests.beside import toolchain
from labelport.manifests.contract import EmitContext
from labelport.manifests.cvat import clouds, decoding, pixels
from labelport.manifests.cvat.arranging import Row
from labelport.manifests.cvat.checksums import Checksums, Kept, digest_of
from labelport.manifests.cvat.gathering import entry_of
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.placing import data_root
from labelport.runners.contract import Runner, Shard, Work
from labelport.storage.access import access_of
from labelport.storage.contract import Bucket

IMAGES_A_SHARD = 32
"""About 0.1 s of work, so that the last worker is not long alone."""

CLOUDS_A_SHARD = 8
VIDEOS_A_SHARD = 1
OBJECT_DEADLINE_S = 60.0
VIDEO_DEADLINE_S = 60.0
BYTES_A_SECOND = 256 << 10
"""A slow read: 1 h of 1080p of 2 GB may take 8,192 s. The deadline only stops what never ends."""

LOOKED_UP_TOGETHER = 4096

TOOLS = ("Pillow", "av", "natsort")

PRELOAD = ("PIL.Image",)
"""Imported once for all workers."""

OBJECT = pa.schema([("key", pa.string()), ("size", pa.int64()), ("token", pa.string())])
"""What the workers get of an object."""

Facts = dict[str, Any]
Object = tuple[str, int, str]
"""Key, size in bytes, token."""


@dataclass(frozen=True)
class Source:
    """Where the objects of a manifest are read."""

    bucket: Bucket
    """Of the data's root."""

    folder: str
    """The data's root in it, with its slash."""

    cache: Mapping[str, Any]
    """What the last run kept."""

    runner: Callable[[], Runner]
    """Gives the run's runner."""

    renditions: bool = False
    """The objects are renditions: their tokens are the md5 of their files."""

    def known(self, kind: str) -> Mapping[str, Any]:
        """Return the last run's facts of a kind (images, clouds, videos), void under other tools."""
        if self.cache.get("toolchain") != toolchain(*TOOLS):
            return {}
        found: Mapping[str, Any] = self.cache.get(kind, {})
        return found

    def options(self, *preload: str, **more: Any) -> dict[str, Any]:
        """Return the options of a work on this bucket."""
        tokens = {"tokens": "md5"} if self.renditions else {}
        return {**access_of(self.bucket), "preload": [*PRELOAD, *preload], **tokens, **more}


def source_of(options: CvatOptions, context: EmitContext, runner: Callable[[], Runner]) -> Source:
    """Return where the objects of a manifest are read. Raises ``ValueError`` where nobody gave that bucket."""
    store, folder = data_root(options)
    bucket = context.bucket if store == "raw" else context.publish
    if bucket is None:
        raise ValueError("renditions are to be read, and the context has no bucket of them")
    return Source(bucket, folder, context.cache, runner, renditions=store == "publish")


def image_checksums(entries: Iterable[Row], source: Source) -> Checksums:
    """Return size and checksum of the pixels of images (rows of ``Entry``), by their number in this order."""
    work = Work(pixels.WORK, source.options(pixels.__name__), deadline_s=OBJECT_DEADLINE_S)
    return _checksums(entries, source, "images", work, IMAGES_A_SHARD)


def cloud_checksums(entries: Iterable[Row], source: Source) -> Checksums:
    """Return the checksum of the bytes of clouds (rows of ``Entry``), by their number; their size is 0 x 0."""
    work = Work(clouds.WORK, source.options(clouds.__name__), deadline_s=clouds.DEADLINE_S)
    return _checksums(entries, source, "clouds", work, CLOUDS_A_SHARD)


def _checksums(entries: Iterable[Row], source: Source, kind: str, work: Work, shard_rows: int) -> Checksums:
    found = Checksums()
    todo = _unknown(entries, source.folder, Kept(source.known(kind)), found)
    for number, result in _run(work, todo, shard_rows, source.runner):
        if result.get("error") is not None:
            found.errors[number] = result["error"]
        else:
            found.put(number, result["width"], result["height"], bytes.fromhex(result["checksum"]))
    return found


def _unknown(entries: Iterable[Row], folder: str, kept: Kept, found: Checksums) -> Iterator[tuple[int, Object]]:
    """Yield the number and object of each entry whose facts are not kept; the others go to ``found``."""
    rows = map(entry_of, entries)
    while batch := list(islice(rows, LOOKED_UP_TOGETHER)):
        objects = [(folder + entry.path, entry.size, entry.token) for entry in batch]
        digests = [digest_of(key, token) for key, _, token in objects]
        for given, digest, facts in zip(objects, digests, kept.find(digests), strict=True):
            number = found.expect(digest)
            if facts is None:
                yield number, given
            else:
                found.put(number, *facts)


def video_facts(paths: Iterable[Object], source: Source, *, force: bool) -> dict[str, Facts]:
    """Return ``{token, force, facts}`` or ``{token, force, code, error}`` of videos by path; facts is JSON."""
    known = source.known("videos")
    found: dict[str, Facts] = {}
    todo: list[Object] = []
    for path, size, token in paths:
        entry = known.get(source.folder + path)
        if entry is not None and entry["token"] == token and entry["force"] == force:
            found[path] = dict(entry)
        else:
            todo.append((path, size, token))
    for deadline_s, group in _by_deadline(todo):
        work = Work(decoding.WORK, source.options("av", decoding.__name__, force=force), deadline_s=deadline_s)
        numbered = ((number, (source.folder + path, size, token)) for number, (path, size, token) in enumerate(group))
        for number, result in _run(work, numbered, VIDEOS_A_SHARD, source.runner):
            facts = {name: value for name, value in result.items() if value is not None}
            if "error" in facts:
                facts.setdefault("code", "manifest.decode_failed")
            path, _, token = group[number]
            found[path] = {"token": token, "force": force, **facts}
    return found


def keepable(found: Mapping[str, Facts], source: Source) -> dict[str, Facts]:
    """Return what the next run may take as it is, by key, sorted: no failure that another try could mend."""
    return {
        source.folder + path: found[path]
        for path in sorted(found)
        if "error" not in found[path] or found[path].get("code", "").startswith("cvat.")
    }


def _by_deadline(objects: Iterable[Object]) -> Iterator[tuple[float, list[Object]]]:
    """Yield videos by classes of size, each twice the last: a deadline belongs to a work, not to an object."""
    classes: dict[int, list[Object]] = {}
    for found in objects:
        classes.setdefault(max(0, (found[1] // BYTES_A_SECOND).bit_length()), []).append(found)
    for power in sorted(classes):
        yield VIDEO_DEADLINE_S + float(1 << power), classes[power]


def _run(
    work: Work, objects: Iterable[tuple[int, Object]], shard_rows: int, runner: Callable[[], Runner]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number of each object with its result; an object that killed its worker has ``error``.

    No runner is made where there is nothing to do: an unchanged run starts no worker.
    """
    rows = iter(objects)
    first = list(islice(rows, shard_rows))
    if not first:
        return
    sent: dict[int, list[int]] = {}

    def remembered() -> Iterator[Shard]:
        batch = first
        for place in range(1 << 62):
            if not batch:
                return
            sent[place] = [number for number, _ in batch]
            yield Shard(place, _batch([given for _, given in batch]))
            batch = list(islice(rows, shard_rows))

    for result in runner().map(work, remembered()):
        numbers = sent.pop(result.number)
        for place, values in zip(result.survivors, result.rows.to_pylist(), strict=True):
            yield numbers[place], values
        for death in result.deaths:
            words = "it took longer than its deadline" if death.reason == "deadline" else "it killed its worker"
            yield numbers[death.row], {"error": f"{words} ({death.detail})"}


def _batch(objects: list[Object]) -> pa.RecordBatch:
    columns = zip(*objects, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, OBJECT, strict=True)], schema=OBJECT
    )
