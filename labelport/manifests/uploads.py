"""The table of what a platform has been given: one row a series, by the hash of what its entry holds.

States are against what the platform was *said to have* (specification 1.11): as long as nobody confirms a
batch, its series are due again. Two sorted streams are merged, the series and the rows of the live
generation, so memory is one row.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from labelport.manifests.contract import Series, SeriesReader

Row = dict[str, Any]
ITEM_COLUMNS = ("index", "role", "store", "frame", "time_index", "channel", "version", "of_index", "label_this")

DUE = ("new", "changed")
"""States of series that the platform does not have as they are."""


class Hashes(NamedTuple):
    """Hashes of one series, hex."""

    content: str
    """Of all that its entry holds, and of the tokens: new bytes under an old address are a change."""

    addresses: str
    """Of the addresses in their order."""

    bytes: str
    """Of the tokens in their order."""


@dataclass(frozen=True)
class Delivery:
    """What the rows of one run depend on beside the series."""

    manifest: str
    """Name of the manifest."""

    url: Callable[[str, str], str]
    """How (store, key) is called in manifests."""

    attributes: tuple[str, ...] = ()
    """Attributes of the series that the entries hold."""

    batch: int | None = None
    """Number of the batch that takes what is due; null where there are no batches."""

    now: datetime | None = None
    """The clock of ``written_at``."""


def hashes_of(series: Series, delivery: Delivery) -> Hashes:
    """Return the hashes of a series: entry, addresses, tokens."""
    row = series.row
    attributes = dict(row.get("attributes") or ())
    told = sorted((name, attributes[name]) for name in delivery.attributes if name in attributes)
    addresses = [delivery.url(item.row["store"], item.row["key"]) for item in series.items]
    tokens = [item.media.get("token") for item in series.items]
    entry = [
        [row["series_id"], row["kind"], told, _pairs(row.get("metadata"))],
        [[*(item.row.get(column) for column in ITEM_COLUMNS), _pairs(item.row.get("notes"))] for item in series.items],
    ]
    hashes = [hashlib.sha256(json.dumps(part, default=str).encode()) for part in (addresses, tokens, entry)]
    content = hashlib.sha256(b"".join(digest.digest() for digest in hashes)).hexdigest()
    return Hashes(content, hashes[0].hexdigest(), hashes[1].hexdigest())


def _pairs(value: Any) -> list[tuple[str, str]]:
    return sorted(dict(value or ()).items())


def upload_rows(
    series: SeriesReader, before: Iterator[Mapping[str, Any]], delivery: Delivery
) -> Iterator[tuple[Row, Mapping[str, Any] | None]]:
    """Yield the uploads of a manifest in key order, each with the row that the live generation has of it.

    ``series``: those that have an entry. ``before``: rows of the live generation. Series that are gone stay as
    withdrawn where the platform was said to have them; of others the last pair is (``{}``, old row).
    """
    old = next(before, None)
    for one in series:
        identity = one.row["series_id"]
        while old is not None and old["series_id"].encode() < identity.encode():
            yield _withdrawn(old), old
            old = next(before, None)
        known: Mapping[str, Any] | None = None
        if old is not None and old["series_id"] == identity:
            known, old = old, next(before, None)
        yield _row(identity, hashes_of(one, delivery), known or {}, delivery), known
    while old is not None:
        yield _withdrawn(old), old
        old = next(before, None)


def _row(identity: str, hashes: Hashes, known: Mapping[str, Any], delivery: Delivery) -> Row:
    sent = known.get("sent")
    row: Row = {
        "manifest": delivery.manifest,
        "series_id": identity,
        "content_hash": hashes.content,
        "addresses_hash": hashes.addresses,
        "bytes_hash": hashes.bytes,
        "batch": None,
        "written_at": None,
        "confirmed_at": None,
        "last_state": None,
        "sent": sent,
    }
    if sent is not None and sent["content_hash"] == hashes.content:
        return {**row, **_as_sent(sent), "state": "same"}
    row["state"] = "new" if sent is None else "changed"
    if delivery.batch is None:
        return row
    waits = known.get("batch") == delivery.batch and known.get("content_hash") == hashes.content
    return {**row, "batch": delivery.batch, "written_at": known.get("written_at") if waits else delivery.now}


def _as_sent(sent: Mapping[str, Any]) -> Row:
    return {name: sent[name] for name in ("batch", "written_at", "confirmed_at")}


def _withdrawn(old: Mapping[str, Any]) -> Row:
    """Return the row of a series that is gone; empty where the platform never had it."""
    sent = old.get("sent")
    if sent is None:
        return {}
    last = old["last_state"] if old["state"] == "withdrawn" else old["state"]
    hashes = {name: sent[name] for name in ("content_hash", "addresses_hash", "bytes_hash")}
    return {**old, **hashes, **_as_sent(sent), "state": "withdrawn", "last_state": last}


def confirmed(row: Mapping[str, Any], now: datetime) -> Row:
    """Return a row of a batch as it is once somebody says that the platform has the batch."""
    names = ("batch", "content_hash", "addresses_hash", "bytes_hash", "written_at")
    sent = {**{name: row[name] for name in names}, "confirmed_at": now}
    return {**row, "confirmed_at": now, "state": "same", "sent": sent}


def what_changed(row: Mapping[str, Any]) -> str:
    """Return what of a changed series is another: addresses, bytes (under the same addresses), or values alone."""
    sent = row["sent"]
    if sent["addresses_hash"] != row["addresses_hash"]:
        return "addresses"
    return "bytes" if sent["bytes_hash"] != row["bytes_hash"] else "values"
