"""Batches: what a platform has not been given yet, beside the full manifest (specification 1.11).

``batch-0001`` and so on are the same format by the same emitter under another name. The last one waits until
somebody confirms it; until then it is written again under its own number. Files of confirmed ones are carried
over as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labelport.findings import Finding, finding
from labelport.manifests.contract import Platform
from labelport.manifests.ledger import Ledger
from labelport.options import ManifestOptions

WITHDRAWN = "withdrawn.csv"
WITHDRAWN_HEADER = ("series_id", "title", "batch", "last_state")
BATCHES = "batches"
"""Member of a generation's extras, and name of the page beside the manifest."""

PAGE = f"{BATCHES}.README.txt"

_FILE = re.compile(r"batch-\d{4,}\.")

_WORDS = {
    "addresses": "{count} series that the platform has are in this batch with other objects or in another order",
    "bytes": "{count} series that the platform has are in this batch with new bytes under the same addresses",
    "values": "{count} series that the platform has are in this batch with other notes or metadata alone",
}


def batch_name(number: int) -> str:
    """Return the base name of a batch's files.

    >>> batch_name(1)
    'batch-0001'
    """
    return f"batch-{number:04d}"


def is_file_of_a_batch(name: str) -> bool:
    """Return whether a name is one that a file of some batch may have.

    >>> is_file_of_a_batch("batch-0001.json"), is_file_of_a_batch("batch-0001")
    (True, False)
    """
    return _FILE.match(name) is not None


@dataclass(frozen=True)
class Batches:
    """Which batches a generation has; kept in its extras."""

    confirmed: int = 0
    """Batches 1 to this were confirmed; the next number waits, where there is one."""

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the files of each batch, by its number as text."""

    waiting: int = 0
    """Series in the batch that waits; 0: none waits."""

    @property
    def pending(self) -> int:
        """Return the number of the batch that waits, or that is next."""
        return self.confirmed + 1

    @classmethod
    def of(cls, extras: Mapping[str, Any]) -> "Batches":
        """Return what a generation's extras say."""
        given = extras.get(BATCHES) or {}
        files = {number: tuple(names) for number, names in given.get("files", {}).items()}
        return cls(given.get("confirmed", 0), files, given.get("waiting", 0))

    def extras(self) -> dict[str, Any]:
        """Return the member of a generation's extras."""
        files = {number: list(names) for number, names in self.files.items()}
        return {BATCHES: {"confirmed": self.confirmed, "files": files, "waiting": self.waiting}}

    def carried(self) -> list[str]:
        """Return the files of confirmed batches: they never change."""
        return [name for number, names in self.files.items() if int(number) <= self.confirmed for name in names]

    def with_pending(self, names: Iterable[str], waiting: int) -> "Batches":
        """Return the batches of the next generation, with these files of the one that waits."""
        files = {number: found for number, found in self.files.items() if int(number) <= self.confirmed}
        new = tuple(names)
        return Batches(self.confirmed, {**files, **({str(self.pending): new} if new else {})}, waiting)


def batch_options(options: ManifestOptions, number: int) -> ManifestOptions:
    """Return the options under which the emitter writes a batch: its files are called after the batch."""
    return options.model_copy(update={"name": batch_name(number)})


def batch_findings(platform: Platform, ledger: Ledger, *, stage: str, number: int) -> Iterator[Finding]:
    """Yield what a changed series means on the platform (``Platform.of_changed``): one finding a kind of change."""
    codes: Mapping[str, str] = getattr(platform, "of_changed", {})
    for what in sorted(ledger.changed):
        counted = ledger.changed[what]
        if what in codes:
            yield finding(
                codes[what],
                stage=stage,
                file=batch_name(number),
                store="publish",
                pointer=what,
                message=_WORDS[what].format(count=counted.count),
                value=", ".join(counted.examples),
                count=counted.count,
            )


def withdrawn_csv(ledger: Ledger) -> Iterator[bytes]:
    """Yield the lines of the list of series that the platform has and that are gone; nothing where there are none."""
    if not ledger.withdrawn:
        return
    yield _lines([WITHDRAWN_HEADER])
    for table in ledger.batches():
        rows = (row for row in table.to_pylist() if row["state"] == "withdrawn")
        # A title is the series id on every platform.
        lines = [(row["series_id"], row["series_id"], row["batch"], row["last_state"]) for row in rows]
        if lines:
            yield _lines(lines)


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def batches_page(batches: Batches, *, manifest: str, new: int = 0, withdrawn: int = 0, later: int = 0) -> bytes:
    """Return the page that says which batch waits, and how it is confirmed.

    ``new``: of the series that wait, those that the platform never had. ``later``: series that came after what
    was confirmed last, and that the next run puts into a batch.
    """
    lines = [f"Batches of the manifest {manifest}", "", "The full manifest beside them always holds everything."]
    lines += [f"Confirmed batches: {batches.confirmed}."]
    if batches.waiting:
        number = batches.pending
        series = "1 series" if batches.waiting == 1 else f"{batches.waiting} series"
        lines += [
            f"Waiting: {batch_name(number)} with {series} ({new} new, {batches.waiting - new} changed).",
            "",
            f"Give the platform the files of {batch_name(number)}, then say so:",
            f"  labelport sent {manifest} {number} --publish URI",
            f"or run the job that ends in {manifest}_sent in the Dagster UI.",
            "Until then it is written again under its own number, with what comes.",
        ]
    elif later:
        lines += [f"{later} series came later: the next run writes them as {batch_name(batches.pending)}."]
    else:
        lines += ["Nothing waits: the platform was given everything."]
    if withdrawn:
        lines += [
            "",
            f"{WITHDRAWN}: {withdrawn} series that the platform has and that are gone. No platform deletes through a",
            "manifest: delete them there by hand.",
        ]
    return ("\n".join(lines) + "\n").encode()
