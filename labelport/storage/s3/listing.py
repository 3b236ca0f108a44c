"""A listing of S3 as batches of the inventory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from labelport.errors import BucketError
from labelport.storage.listing import BATCH_ROWS, ListingNotes
from labelport.storage.s3.by_boto import refusing
from labelport.storage.s3.pages import OBJECTS, PageObjects
from labelport.storage.s3.refusals import Action, Asked, Refusal, asked
from labelport.storage.s3.tokens import s3_token
from labelport.tables import INVENTORY


class Page(NamedTuple):
    """One answer of a listing."""

    objects: PageObjects
    folders: list[str]
    """Prefixes that were not entered; none where the listing goes to the ground."""


@dataclass(frozen=True)
class Lister:
    """Listings of one bucket; threads share it."""

    client: Any
    """A boto3 client that ``parse_pages_here`` was done to."""

    bucket: str
    endpoint: str

    versions: bool
    """Whether the current versions are listed with their ids."""

    def pages(self, prefix: str, *, folders: bool = False) -> Iterator[Page]:
        """Yield all pages of the keys that begin with a prefix; ``folders``: do not go beyond the next slash.

        Raises ``BucketError``, also where a server says that there is another page and not which: a listing
        is whole or fails.
        """
        action: Action = "s3:ListBucketVersions" if self.versions else "s3:ListBucket"
        what = Asked(action, self.bucket, self.endpoint)
        given = {"Bucket": self.bucket, "Prefix": prefix} | ({"Delimiter": "/"} if folders else {})
        place: dict[str, str] = {}
        while True:
            answer, before = asked(partial(self._page, given | place), what), place
            yield Page(answer[OBJECTS], [folder["Prefix"] for folder in answer.get("CommonPrefixes", ())])
            if not answer.get("IsTruncated"):
                return
            place = _next_place(answer, versions=self.versions)
            if not place or place == before:
                raise BucketError(
                    f"{self.endpoint} says that the listing of {self.bucket} goes on, but not where: it is not whole"
                )

    def _page(self, parameters: dict[str, str]) -> dict[str, Any]:
        ask = self.client.list_object_versions if self.versions else self.client.list_objects_v2
        answer: dict[str, Any] = refusing(lambda: ask(**parameters))
        if OBJECTS not in answer:
            raise Refusal(cause="nonsense")
        return answer


def _next_place(page: dict[str, Any], *, versions: bool) -> dict[str, str]:
    names = (
        {"KeyMarker": "NextKeyMarker", "VersionIdMarker": "NextVersionIdMarker"}
        if versions
        else {"ContinuationToken": "NextContinuationToken"}
    )
    return {parameter: page[name] for parameter, name in names.items() if page.get(name)}


def batches_of(
    objects: PageObjects, *, asked_for: str, below: str, versions: bool, notes: ListingNotes
) -> Iterator[pa.RecordBatch]:
    """Yield a page as batches of ``tables.INVENTORY.schema``, with keys below the bucket's prefix ``below``.

    ``asked_for``: what all keys must begin with. Left out and noted are an object whose whole key is the
    bucket's prefix, and keys that are no UTF-8: neither has a name here.
    """
    for key in objects.unnamed:
        notes.note("inventory.name_not_utf8", key)
    if not all(key.startswith(asked_for) for key in objects.keys):
        raise BucketError(f"the store listed keys that do not begin with {asked_for!r}, which is what it was asked for")
    batch = _batch(objects, below=len(below), versions=versions)
    if below in objects.keys:
        notes.note("inventory.prefix_itself", below)
        batch = batch.filter(pc.not_equal(batch.column("key"), ""))
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _batch(objects: PageObjects, *, below: int, versions: bool) -> pa.RecordBatch:
    told = objects.versions if versions else [None] * len(objects.keys)
    tokens = [
        etag
        if etag is not None and version is None
        else s3_token(
            etag=etag, version_id=version, size=objects.sizes[row], last_modified=objects.modified[row].as_py()
        )
        for row, (etag, version) in enumerate(zip(objects.etags, told, strict=True))
    ]
    columns = [
        pa.array([key[below:] for key in objects.keys], pa.string()),
        pa.array(objects.sizes, pa.int64()),
        pa.array(objects.etags, pa.string()),
        objects.modified,
        pa.array(told, pa.string()),
        pa.array(tokens, pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=INVENTORY.schema)
