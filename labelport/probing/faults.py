"""What is wrong with objects: findings of the stage media_metadata, and whether its draft may be published."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.outcome import Verdict
from labelport.codes import CODES
from labelport.findings import Finding, finding, findings_table
from labelport.privacy import plain, shown_key
from labelport.settings import Limits
from labelport.tables import FAULTS, FINDINGS

STAGE = "media_metadata"

TOLD = (*FAULTS, "not_media")
"""Statuses that make a finding."""

COLUMNS = (
    "key", "kind", "format", "extension", "extension_mismatch", "status", "error", "flags", "points", "width", "height"
)  # fmt: skip
"""Columns of media that findings are made from."""

FLAGGED = {"pcd_points": "probe.pcd_points", "pdf_encrypted": "probe.pdf_encrypted", "pdf_mended": "probe.pdf_mended"}
"""Flags that make a finding."""

_FLAGGING = ("pointcloud", "pdf")
"""Kinds whose probes set them."""

EXAMPLES = 5


def findings_of(media: pa.RecordBatch | pa.Table) -> pa.Table:
    """Return the findings about some rows of media (``COLUMNS``, sorted by key), sorted by their key."""
    kind = _text(media["kind"])
    told = pc.is_in(_text(media["status"]), value_set=pa.array(TOLD))
    mismatch = pc.fill_null(media["extension_mismatch"], False)
    archive = pc.fill_null(pc.equal(kind, "archive"), False)
    flagged = pc.and_(pc.is_in(kind, value_set=pa.array(_FLAGGING)), pc.is_valid(media["flags"]))
    odd = pc.or_(pc.or_(told, mismatch), pc.or_(archive, flagged))
    rows = media.filter(odd).select(list(COLUMNS)).to_pylist()
    return findings_table(found for row in rows for found in _of_row(row))


def _of_row(row: dict[str, Any]) -> Iterator[Finding]:
    key = str(row["key"])
    flags = row["flags"] or ()
    for flag in sorted(set(flags) & FLAGGED.keys()):
        message = _words(flag, row) or CODES[FLAGGED[flag]].meaning
        yield finding(FLAGGED[flag], stage=STAGE, file=key, message=message)
    if row["status"] in TOLD and "pdf_encrypted" not in flags:  # that says it, and is no fault of the file
        code = f"probe.{row['status']}"
        yield finding(code, stage=STAGE, file=key, message=row["error"] or CODES[code].meaning)
    if row["extension_mismatch"]:
        message = (
            f"The content is {row['format'] or row['kind']}, the name ends in {plain(row['extension'] or 'nothing')}."
        )
        yield finding("probe.extension_mismatch", stage=STAGE, file=key, message=message, value=row["format"])
    if row["kind"] == "archive":
        message = f"An archive ({row['format']}) is named and never opened."
        yield finding("probe.archive_not_opened", stage=STAGE, file=key, message=message)


def _words(flag: str, row: dict[str, Any]) -> str | None:
    if flag == "pcd_points":
        return f"POINTS is {row['points']:,}, WIDTH x HEIGHT is {row['width']:,} x {row['height']:,}."
    return row["error"] if flag == "pdf_encrypted" else None


def not_probed_yet(count: int, limit: int | None) -> pa.Table:
    """Return the finding that objects are left for the next run, or no rows."""
    if not count:
        return FINDINGS.empty()
    message = f"{count:,} objects are left for the next run: limits.max_probes_per_run is {limit:,}."
    return findings_table([finding("probe.not_probed_yet", stage=STAGE, message=message, count=count)])


def unreadable_share(
    batches: Iterable[pa.RecordBatch],
    limits: Limits,
    *,
    redact: str | bool,
    allowed_share: float = 0.0,
    lifted: bool = False,
) -> Verdict:
    """Judge how many objects something is wrong with, and show which.

    ``batches``: key and status of all media. ``allowed_share``: what somebody allowed before; files that
    were accepted once do not block every run after. ``lifted``: allowed for this run.
    """
    statuses: Counter[str] = Counter()
    examples: list[str] = []
    for batch in batches:
        status = _text(batch.column("status"))
        statuses.update({each["values"]: each["counts"] for each in pc.value_counts(status).to_pylist()})
        if len(examples) < EXAMPLES:
            bad = batch.column("key").filter(pc.is_in(status, value_set=pa.array(FAULTS)))
            examples += [plain(shown_key(key, redact)) for key in bad[: EXAMPLES - len(examples)].to_pylist()]
    objects = statuses.total()
    faults = sum(statuses[status] for status in FAULTS)
    share = faults / objects if objects else 0.0
    blocks = share > max(limits.errors_block, allowed_share)
    warns = share > limits.errors_warn
    numbers = f"{faults:,} of {objects:,} objects ({share:.1%}) have a fault"
    if not warns and not blocks:
        words = f"{numbers}."
    elif blocks and not lifted:
        words = (
            f"{numbers}; more than {limits.errors_block:.0%} (limits.errors_block) blocks. Look at the findings. If "
            "these files are to stay, launch once with config `allow_errors: true`, or raise limits.errors_block."
        )
    else:
        words = f"{numbers}; more than {limits.errors_warn:.0%} (limits.errors_warn) warns. Look at the findings."
    return Verdict(
        name="unreadable_share",
        passed=not warns and not blocks,
        blocking=blocks and not lifted,
        message=words,
        evidence={
            "share": share,
            "faults": faults,
            "objects": objects,
            "errors_warn": limits.errors_warn,
            "errors_block": limits.errors_block,
            "lifted": lifted,
            "statuses": dict(sorted(statuses.items())),
            "examples": examples,
        },
    )


def _text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return a column of words as plain text."""
    return column.cast(pa.string())
