"""Deleting what nobody needs: old generations, and the drafts of runs that died."""

import time
from collections.abc import Iterator

from labelport.catalogue.contents import GenerationUnreadable, read_contents
from labelport.catalogue.heartbeat import NAME, claimed, read_writer
from labelport.catalogue.places import contents_key, generation_folder, generations_folder
from labelport.catalogue.pointer import current_id
from labelport.errors import ObjectAbsent
from labelport.storage.contract import Bucket

DAY_S = 86400.0


def collect_generations(bucket: Bucket, stage: str, *, generations: int, days: float) -> int:
    """Delete generations and dead drafts of a stage; return how many.

    Kept: the live one, the ``generations`` newest, all sealed in the last ``days``, drafts whose writer
    lives, and the bases of those. Readers of a deleted one get ``GenerationGone``.
    """
    folders = _folders(bucket, stage)
    # Read after the listing: whatever became live since is either not in the list or named here.
    live = current_id(bucket, stage)
    published = set(_lineage(bucket, stage, live))
    now = time.time()
    drafts: dict[str, str] = {}
    old: list[str] = []
    in_use = {live}
    for generation in folders:
        heartbeat = None if generation in published else _heartbeat(bucket, stage, generation)
        if heartbeat is None:
            old.append(generation)
            continue
        body, etag = heartbeat
        writer = read_writer(body)
        if writer is not None and writer.is_alive(now):
            in_use |= {generation, writer.base}
        else:
            drafts[generation] = etag
    deleted = 0
    newest = sorted((g for g in old if _sealed_at(bucket, stage, g) is not None), key=_age_order)[-generations:]
    for generation in old:
        if generation in in_use or generation in newest:
            continue
        sealed_at = _sealed_at(bucket, stage, generation)
        if sealed_at is None or now - sealed_at > days * DAY_S:
            delete_generation(bucket, stage, generation)
            deleted += 1
    for generation, etag in drafts.items():
        if claimed(bucket, generation_folder(stage, generation), etag):
            delete_generation(bucket, stage, generation)
            deleted += 1
    return deleted


def delete_generation(bucket: Bucket, stage: str, generation: str) -> None:
    """Delete a generation: what makes it one first, the sign that it is a draft last."""
    folder = generation_folder(stage, generation)
    bucket.delete(contents_key(stage, generation))
    last = f"{folder}/{NAME}"
    for batch in list(bucket.list(f"{folder}/")):
        for key in batch.column("key").to_pylist():
            if key != last:
                bucket.delete(key)
    bucket.delete(last)


def _folders(bucket: Bucket, stage: str) -> list[str]:
    prefix = f"{generations_folder(stage)}/"
    return sorted(
        {
            key.removeprefix(prefix).split("/")[0]
            for batch in bucket.list(prefix)
            for key in batch.column("key").to_pylist()
        }
    )


def _lineage(bucket: Bucket, stage: str, live: str | None) -> Iterator[str]:
    """Yield the live generation, the one that it replaced, and so on: what was published for certain.

    A run killed right after the swap leaves the heartbeat in a generation that was published.
    """
    while live is not None:
        yield live
        try:
            place = contents_key(stage, live)
            live = read_contents(bucket.get(place).body, place).base
        except (ObjectAbsent, GenerationUnreadable):
            return


def _heartbeat(bucket: Bucket, stage: str, generation: str) -> tuple[bytes, str] | None:
    try:
        got = bucket.get(f"{generation_folder(stage, generation)}/{NAME}")
    except ObjectAbsent:
        return None
    return got.body, got.etag


def _sealed_at(bucket: Bucket, stage: str, generation: str) -> float | None:
    """Return when a generation was sealed, or null where it is the rest of a deletion."""
    place = contents_key(stage, generation)
    try:
        return read_contents(bucket.get(place).body, place).sealed_at
    except (ObjectAbsent, GenerationUnreadable):
        return None


def _age_order(generation: str) -> tuple[int, str]:
    number, _, suffix = generation.partition("-")
    return (int(number) if number.isdigit() else 0, suffix)
