"""The pointer to the live generation, moved by compare-and-swap, and whom the publish folder belongs to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from labelport.catalogue.places import DATASET, current_key
from labelport.errors import (
    BucketError,
    CatalogueConflict,
    LabelportError,
    ObjectAbsent,
    PreconditionFailed,
    PublishTaken,
)
from labelport.storage.contract import Bucket


class Current(NamedTuple):
    """The pointer as it was read."""

    generation: str
    etag: str


def read_current(bucket: Bucket, stage: str) -> Current | None:
    """Return the pointer of a stage, or null where nothing was ever published."""
    try:
        got = bucket.get(current_key(stage))
    except ObjectAbsent:
        return None
    try:
        return Current(str(json.loads(got.body)["generation"]), got.etag)
    except (ValueError, KeyError, TypeError) as error:
        raise BucketError(
            f"{current_key(stage)} in {bucket.uri} names no generation: it is damaged. Delete it, and the stage is built anew."
        ) from error


def current_id(bucket: Bucket, stage: str) -> str | None:
    """Return the id of the live generation, or null."""
    current = read_current(bucket, stage)
    return current.generation if current else None


@contextmanager
def naming(key: str) -> Iterator[None]:
    """Give an error of the system while an object is written the key that it lacks: disk full, permissions."""
    try:
        yield
    except OSError as error:
        if isinstance(error, LabelportError):
            raise
        raise BucketError(f"{key} cannot be written ({error.strerror or error}): nothing was published") from error


def swap_current(bucket: Bucket, stage: str, generation: str, *, seen: str | None) -> str:
    """Point to a generation where the pointer still has the ETag ``seen`` (null: there is none); return the new ETag.

    An answer that was lost is no failure: the pointer is read again, and where it names this generation
    it was moved. Raises ``CatalogueConflict`` where somebody else moved it, and then has changed nothing.
    """
    key = current_key(stage)
    body = json.dumps({"generation": generation}).encode()
    try:
        with naming(key):
            return bucket.put(key, body, if_match=seen, if_none_match=seen is None)
    except PreconditionFailed as error:
        # A client that lost the answer may have asked again by itself, and met its own success.
        current = read_current(bucket, stage)
        if current is not None and current.generation == generation:
            return current.etag
        other = current.generation if current else "none: the pointer was deleted"
        raise CatalogueConflict(
            f"{stage}: somebody else published since this run began; the live generation is {other}. "
            "Nothing was changed; run again, and the difference to it is made anew."
        ) from error
    except OSError:
        with suppress(OSError):
            current = read_current(bucket, stage)
            if current is not None and current.generation == generation:
                return current.etag
        raise


def dataset_at(bucket: Bucket) -> str | None:
    """Return the name of the dataset that a publish folder belongs to, or null where none has published there."""
    try:
        return bucket.get(DATASET).body.decode("utf-8", "replace").strip()
    except ObjectAbsent:
        return None


def refuse_taken(bucket: Bucket, dataset: str) -> None:
    """Raise ``PublishTaken`` where the publish folder belongs to another dataset."""
    with suppress(ObjectAbsent):
        _compare(bucket, bucket.get(DATASET).body, dataset)


def claim_dataset(bucket: Bucket, dataset: str) -> None:
    """Make the publish folder the dataset's own; raises ``PublishTaken`` where it is another's."""
    try:
        owner = bucket.get(DATASET).body
    except ObjectAbsent:
        try:
            bucket.put(DATASET, f"{dataset}\n".encode(), if_none_match=True)
            return
        except PreconditionFailed:
            owner = bucket.get(DATASET).body
    _compare(bucket, owner, dataset)


def _compare(bucket: Bucket, body: bytes, dataset: str) -> None:
    owner = body.decode(errors="replace").strip()
    if owner != dataset:
        raise PublishTaken(
            f"{bucket.uri} belongs to the dataset {owner!r}, not to {dataset!r}: two datasets in one publish "
            f"folder would overwrite each other. Give {dataset!r} a `publish` of its own, or, if it was renamed, "
            f"write its name into {DATASET}."
        )
