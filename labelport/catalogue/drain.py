"""What the keys that events name are now, against the live inventory.

Why an event and a listing never undo each other: an event only says where to look. What is published of a
key is what a HEAD said after the message was received, or a listing that began after it was received. A
change of the object before that moment is in it; one after it has a message of its own, which is still in
the queue, and the next drain looks again. So order, doubles and deletes need no care, and messages are
deleted once the moment that they asked for is published, or was found to be live already. Publishing is by
compare-and-swap against the generation that was compared with: of two runs at once one begins anew, and
its messages come again.

What this cannot see: with two runs of one dataset at once, an object that went and came back the same
between them. The orchestrator runs one at a time, and the next full listing says what is so.
"""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pyarrow as pa

from labelport.catalogue.difference import Changes, compared
from labelport.catalogue.generation import Generation
from labelport.catalogue.listed import without_folder_markers
from labelport.errors import ObjectAbsent
from labelport.progress import Progress, silent
from labelport.storage.contract import Bucket, ListedObject
from labelport.storage.listing import ListingNotes, batch_of

HEADS_AT_ONCE = 16
CHUNK_KEYS = 1000
"""Keys whose HEADs are awaited together."""


def drained(
    bucket: Bucket, live: Generation, keys: Collection[str], *, place: ExitStack, progress: Progress = silent
) -> Changes:
    """Ask for every key what it is now, and return what that changes in the live inventory.

    A key without an object, or with a folder marker, is a deleted one. Rows are set aside in ``place``.
    Raises ``BucketError`` where a HEAD fails otherwise: an absent bucket is no absent object.
    """
    in_order = sorted(keys, key=str.encode)
    named = pa.table({"key": pa.array(in_order, pa.string())})
    old = live.lookup("inventory", named)
    return compared(iter(old.to_batches()), _objects(bucket, in_order, progress), place=place)


def _objects(bucket: Bucket, keys: Sequence[str], progress: Progress) -> Iterator[pa.RecordBatch]:
    # Not noted as a listing notes them: that one has counted the markers of the whole bucket.
    notes = ListingNotes()
    with ThreadPoolExecutor(HEADS_AT_ONCE) as pool:
        for start in range(0, len(keys), CHUNK_KEYS):
            chunk = keys[start : start + CHUNK_KEYS]
            found = [each for each in pool.map(partial(_head, bucket), chunk) if each is not None]
            progress("asking", start + len(chunk), len(keys))
            if found:
                yield without_folder_markers(batch_of(found), notes)


def _head(bucket: Bucket, key: str) -> ListedObject | None:
    try:
        return bucket.head(key)
    except ObjectAbsent:
        return None
