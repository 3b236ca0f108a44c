"""The work of a worker: a shard of listed objects becomes rows of media.

Runs only in workers of a runner. An error of one object ends here and becomes its row; what gets out
is a fault of ours, or of the whole bucket.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from labelport.errors import BucketError, ObjectAbsent, ObjectChanged
from labelport.probing.contract import BudgetSpent, MediaRow, Probe, ProbeContext
from labelport.probing.extensions import extension_of, head_bytes
from labelport.probing.reader import FewerBytes, RangeReader
from labelport.probing.sniff import UNKNOWN, Sniffed, extension_mismatch, sniff
from labelport.probing.versions import probes, version_of
from labelport.runners.contract import Begin
from labelport.storage.access import reopened
from labelport.storage.contract import Bucket
from labelport.tables import MEDIA, STATUSES

GONE = "gone"
"""Flag of a row whose object was deleted after the listing."""

TRANSIENT = "transient"
"""Flag of a row whose object could not be read for a reason that lies in the store."""


@dataclass(frozen=True)
class _Tools:
    """What all rows of a shard share."""

    bucket: Bucket
    probes: Mapping[str, Probe]
    versions: Mapping[str, str]
    hmac_key: bytes | None
    keep: frozenset[str]


def probe_shard(rows: pa.RecordBatch, options: dict[str, Any], begin: Begin) -> pa.RecordBatch:
    """Return a row of ``tables.MEDIA`` for each listed object (``key``, ``token``, ``size``).

    ``options``: what ``access_of`` gives of the bucket, ``key_env`` (name of the environment variable that holds the project's
    key, or null; the key itself is in no frame), ``keep`` (opt-in text columns), ``versions`` (of
    probes, by kind). Raises ``BucketError`` where the bucket cannot be opened.
    """
    name = options.get("key_env")
    tools = _Tools(
        reopened(options),
        probes(),
        options["versions"],
        os.environ[name].encode() if name else None,
        frozenset(options.get("keep", ())),
    )
    made = []
    for number, listed in enumerate(rows.select(["key", "token", "size"]).to_pylist()):
        begin(number)
        made.append(media_row(tools, listed["key"], token=listed["token"], size=listed["size"]))
    return media_batch(made)


def media_row(tools: _Tools, key: str, *, token: str, size: int) -> MediaRow:
    """Return what is known of one object. Never raises for anything that lies in the object."""
    row: MediaRow = {
        "store": "raw",
        "key": key,
        "token": token,
        "size": size,
        "kind": "unknown",
        "extension": extension_of(key),
        "status": "empty",
        "probe_version": version_of("unknown", tools.versions),
        "probe_requests": 0,
        "probe_bytes": 0,
    }
    if size == 0:
        return {**row, "error": "The object has no bytes."}
    reader: RangeReader | None = None
    found: MediaRow
    try:
        head = _head(tools.bucket, key, token=token, size=size)
        row |= {"probe_requests": 1, "probe_bytes": len(head)}
        sniffed = sniff(head, size, key)
        probe = tools.probes.get(sniffed.kind)
        row |= {
            "kind": sniffed.kind,
            "format": sniffed.format,
            "mime_type": sniffed.mime_type,
            "probe_version": version_of(sniffed.kind, tools.versions),
        }
        if probe is None or sniffed.format not in probe.formats:
            return _finished(row, _without_probe(sniffed), tools.versions)
        reader = RangeReader(
            lambda start, length: tools.bucket.read_range(key, start, length, token=token),
            size,
            head=head,
            max_bytes=probe.limits.max_bytes,
            max_requests=probe.limits.max_requests,
        )
        context = ProbeContext(key, tools.hmac_key, tools.keep)
        found = probe.probe(head, size, reader.at, probe.limits, context)
        if isinstance(reader.failure, BucketError | ObjectAbsent | ObjectChanged | FewerBytes):
            found = _fault(reader.failure)  # a library in between may have made something else of it
    except Exception as error:  # the edge of one object: whatever a hostile file makes a parser raise is its row
        known = reader.failure if reader is not None and reader.failure is not None else error
        found = _fault(known)
    if reader is not None:
        row |= {"probe_requests": reader.requests, "probe_bytes": reader.bytes_read}
    return _finished(row, found, tools.versions)


def _head(bucket: Bucket, key: str, *, token: str, size: int) -> bytes:
    wanted = min(head_bytes(key), size)
    head = bucket.read_range(key, 0, wanted, token=token)
    if len(head) < wanted:
        raise FewerBytes(f"{len(head)} bytes where {size} were listed")
    return head


def _finished(row: MediaRow, found: MediaRow, versions: Mapping[str, str]) -> MediaRow:
    """Return the row with what was found; a probe may correct kind, format and MIME type.

    Its version is that of the kind that it has in the end: sound in a video's container is made anew
    with the sounds.
    """
    joined = {**row, **{name: value for name, value in found.items() if value is not None}}
    joined["probe_version"] = version_of(joined["kind"], versions)
    joined["status"] = found.get("status", "ok")
    joined["error"] = found.get("error")
    assert joined["status"] in STATUSES, joined["status"]
    joined["extension_mismatch"] = extension_mismatch(joined["extension"], joined.get("format") or UNKNOWN.format)
    return joined


def _without_probe(sniffed: Sniffed) -> MediaRow:
    if sniffed == UNKNOWN:
        return {"status": "not_media", "error": "The bytes are of no known kind."}
    return {"status": "unsupported", "error": f"{sniffed.format} is not read yet."}


def _fault(error: Exception) -> MediaRow:
    """Return what an error says of an object. The text of a parser's error may hold header text: not shown."""
    if isinstance(error, ObjectAbsent):
        return {"status": "changed", "error": "The object was deleted after it was listed.", "flags": [GONE]}
    if isinstance(error, ObjectChanged | FewerBytes):
        return {"status": "changed", "error": "The object changed after it was listed."}
    if isinstance(error, BudgetSpent):
        return {"status": "partial", "error": f"The budget of an object was spent: {error}."}
    if isinstance(error, BucketError):
        return {"status": "unreadable", "error": "The store did not give its bytes.", "flags": [TRANSIENT]}
    return {"status": "unreadable", "error": f"The content cannot be read ({type(error).__name__})."}


def media_batch(rows: list[MediaRow]) -> pa.RecordBatch:
    """Return rows as a batch of ``tables.MEDIA``; a row that does not fit its columns becomes ``unreadable``."""
    try:
        return pa.RecordBatch.from_pylist(rows, schema=MEDIA.schema)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.RecordBatch.from_pylist([_fitting(row) for row in rows], schema=MEDIA.schema)


def _fitting(row: MediaRow) -> MediaRow:
    try:
        pa.RecordBatch.from_pylist([row], schema=MEDIA.schema)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        kept = ("store", "key", "token", "size", "kind", "extension", "probe_version", "probe_requests", "probe_bytes")
        return {
            **{name: row[name] for name in kept},
            "status": "unreadable",
            "error": "The content says numbers or texts that no column can hold.",
        }
    return row
