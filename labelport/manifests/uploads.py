"""The table of what a platform has been given: one row a series, by the hash of what its entry holds.

States are against the *confirmed* uploads (specification 1.11): as long as nobody says that the platform
has a series, it is new.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from labelport.manifests.contract import Series, SeriesReader
from labelport.tables import UPLOADS

BATCH_ROWS = 10_000
ITEM_COLUMNS = ("index", "role", "store", "frame", "time_index", "channel", "version", "of_index", "label_this")


def content_hash(series: Series, url: Callable[[str, str], str]) -> str:
    """Return the SHA-256 of a series' entry and the tokens of its items.

    ``url``: how (store, key) is called in manifests. New bytes under an old URL are a change, and so are
    another order, another title and other notes.
    """
    digest = hashlib.sha256()
    row = series.row
    head = [row["series_id"], row["kind"], _pairs(row.get("attributes")), _pairs(row.get("metadata"))]
    digest.update(json.dumps(head, default=str).encode())
    for item in series.items:
        entry = [
            url(item.row["store"], item.row["key"]),
            item.media.get("token"),
            *(item.row.get(column) for column in ITEM_COLUMNS),
            _pairs(item.row.get("notes")),
        ]
        digest.update(b"\n" + json.dumps(entry, default=str).encode())
    return digest.hexdigest()


def _pairs(value: Any) -> list[tuple[str, str]]:
    return sorted(dict(value or ()).items())


def upload_batches(
    series: SeriesReader, before: Iterator[Mapping[str, Any]], *, manifest: str, url: Callable[[str, str], str]
) -> Iterator[pa.Table]:
    """Yield the uploads of a manifest in key order: two sorted streams merged.

    ``before``: rows of the live generation. Series that are gone stay as withdrawn where the platform
    was told to have them, and leave no trace where it was not.
    """
    rows: list[dict[str, Any]] = []
    for row in _merged(series, before, manifest, url):
        rows.append(row)
        if len(rows) == BATCH_ROWS:
            yield pa.Table.from_pylist(rows, schema=UPLOADS.schema)
            rows = []
    if rows:
        yield pa.Table.from_pylist(rows, schema=UPLOADS.schema)


def _merged(
    series: SeriesReader, before: Iterator[Mapping[str, Any]], manifest: str, url: Callable[[str, str], str]
) -> Iterator[dict[str, Any]]:
    old = next(before, None)
    for one in series:
        identity = one.row["series_id"]
        while old is not None and old["series_id"].encode() < identity.encode():
            yield from _withdrawn(old)
            old = next(before, None)
        known: Mapping[str, Any] = {}
        if old is not None and old["series_id"] == identity:
            known, old = old, next(before, None)
        yield _row(manifest, identity, content_hash(one, url), known)
    while old is not None:
        yield from _withdrawn(old)
        old = next(before, None)


def _row(manifest: str, identity: str, digest: str, known: Mapping[str, Any]) -> dict[str, Any]:
    confirmed = known.get("confirmed_at") is not None
    same = known.get("content_hash") == digest
    return {
        "manifest": manifest,
        "series_id": identity,
        "content_hash": digest,
        "batch": known.get("batch"),
        "written_at": known.get("written_at"),
        "confirmed_at": known.get("confirmed_at"),
        "state": ("same" if same else "changed") if confirmed else "new",
    }


def _withdrawn(old: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if old.get("confirmed_at") is not None:
        yield {**old, "state": "withdrawn"}
