"""Exact facts of many objects: what the cache knows, and the rest from the workers.

The cache is keyed by (key, token) under one toolchain; another Pillow or av makes it void.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from labelport.manifests.beside import toolchain
from labelport.manifests.contract import EmitContext
from labelport.manifests.cvat import decoding, pixels
from labelport.runners.contract import Runner, Shard, Work
from labelport.storage.access import access_of

IMAGES_A_SHARD = 64
VIDEOS_A_SHARD = 1
IMAGE_DEADLINE_S = 60.0
VIDEO_DEADLINE_S = 60.0
VIDEO_BYTES_A_SECOND = 256 << 10
"""A slow decode: 1 h of 1080p of 2 GB may take 8,192 s. The deadline only stops what never ends."""

TOOLS = ("Pillow", "av", "natsort")

PRELOAD = ("PIL.Image",)
"""Imported once for all workers."""

OBJECT = pa.schema([("key", pa.string()), ("size", pa.int64()), ("token", pa.string())])
"""What the workers get of an object."""

Facts = dict[str, Any]


def cached(context: EmitContext, kind: str) -> Mapping[str, Any]:
    """Return the last generation's facts of a kind (images, videos) by key, void under other tools."""
    if context.cache.get("toolchain") != toolchain(*TOOLS):
        return {}
    found: Mapping[str, Any] = context.cache.get(kind, {})
    return found


def image_facts(
    objects: Iterable[tuple[str, int, str]], context: EmitContext, runner: Callable[[], Runner]
) -> dict[str, Facts]:
    """Return ``{token, width, height, checksum}`` or ``{error}`` of images (key, size, token) by key."""
    known = cached(context, "images")
    found: dict[str, Facts] = {}
    todo = _split(objects, known, found, lambda entry, token: entry["token"] == token)
    options = {**access_of(context.bucket), "preload": [*PRELOAD, pixels.__name__]}
    work = Work(pixels.WORK, options, deadline_s=IMAGE_DEADLINE_S)
    for row, result in _run(work, todo, IMAGES_A_SHARD, runner):
        found[row["key"]] = {
            "token": row["token"],
            **{name: value for name, value in result.items() if value is not None},
        }
    return found


def video_facts(
    objects: Iterable[tuple[str, int, str]], context: EmitContext, runner: Callable[[], Runner], *, force: bool
) -> dict[str, Facts]:
    """Return ``{token, force, facts}`` or ``{token, force, code, error}`` of videos by key; facts is JSON."""
    known = cached(context, "videos")
    found: dict[str, Facts] = {}
    todo = _split(objects, known, found, lambda entry, token: entry["token"] == token and entry["force"] == force)
    for deadline_s, group in _by_deadline(todo):
        options = {**access_of(context.bucket), "force": force, "preload": [*PRELOAD, "av", decoding.__name__]}
        work = Work(decoding.WORK, options, deadline_s=deadline_s)
        for row, result in _run(work, group, VIDEOS_A_SHARD, runner):
            facts = {name: value for name, value in result.items() if value is not None}
            if "error" in facts:
                facts.setdefault("code", "manifest.decode_failed")
            found[row["key"]] = {"token": row["token"], "force": force, **facts}
    return found


def keepable(found: Mapping[str, Facts]) -> dict[str, Facts]:
    """Return what the next run may take as it is, sorted: no failure that another try could mend."""
    return {
        key: found[key]
        for key in sorted(found)
        if "error" not in found[key] or found[key].get("code", "").startswith("cvat.")
    }


def _split(
    objects: Iterable[tuple[str, int, str]],
    known: Mapping[str, Any],
    found: dict[str, Facts],
    fits: Callable[[Mapping[str, Any], str], bool],
) -> Iterator[tuple[str, int, str]]:
    for key, size, token in objects:
        entry = known.get(key)
        if entry is not None and fits(entry, token):
            found[key] = dict(entry)
        else:
            yield key, size, token


def _by_deadline(objects: Iterable[tuple[str, int, str]]) -> Iterator[tuple[float, list[tuple[str, int, str]]]]:
    """Yield videos by classes of size, each twice the last: a deadline belongs to a work, not to an object."""
    classes: dict[int, list[tuple[str, int, str]]] = {}
    for found in objects:
        classes.setdefault(max(0, (found[1] // VIDEO_BYTES_A_SECOND).bit_length()), []).append(found)
    for power in sorted(classes):
        yield VIDEO_DEADLINE_S + float(1 << power), classes[power]


def _run(
    work: Work, objects: Iterable[tuple[str, int, str]], shard_rows: int, runner: Callable[[], Runner]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each object with its result; an object that killed its worker has ``error``.

    No runner is made where there is nothing to do: an unchanged run starts no worker.
    """
    shards = _shards(objects, shard_rows)
    first = next(shards, None)
    if first is None:
        return
    sent: dict[int, list[dict[str, Any]]] = {}

    def remembered() -> Iterator[Shard]:
        shard: Shard | None = first
        while shard is not None:
            sent[shard.number] = shard.rows.to_pylist()
            yield shard
            shard = next(shards, None)

    for result in runner().map(work, remembered()):
        rows = sent.pop(result.number)
        for number, values in zip(result.survivors, result.rows.to_pylist(), strict=True):
            yield rows[number], values
        for death in result.deaths:
            words = "it took longer than its deadline" if death.reason == "deadline" else "it killed its worker"
            yield rows[death.row], {"error": f"{words} ({death.detail})"}


def _shards(objects: Iterable[tuple[str, int, str]], shard_rows: int) -> Iterator[Shard]:
    batch: list[tuple[str, int, str]] = []
    number = 0
    for found in objects:
        batch.append(found)
        if len(batch) == shard_rows:
            yield Shard(number, _batch(batch))
            number, batch = number + 1, []
    if batch:
        yield Shard(number, _batch(batch))


def _batch(objects: list[tuple[str, int, str]]) -> pa.RecordBatch:
    columns = zip(*objects, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, OBJECT, strict=True)], schema=OBJECT
    )
