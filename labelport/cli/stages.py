"""The chain of stages of one dataset, run up to the one that was asked for."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from labelport.catalogue.generation import Generation
from labelport.catalogue.inventory import refresh_inventory
from labelport.catalogue.outcome import DraftRefused, Outcome
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.privacy import plain, shown_key
from labelport.progress import Progress

Upto = Literal["inventory", "media", "series", "manifest"]

MOST_FINDINGS = 10_000
"""Findings that are shown or written as JSON; the tables hold all of them."""


@dataclass
class Refreshed:
    """What a run of the chain came to."""

    dataset: Dataset
    """The dataset."""

    outcomes: list[Outcome] = field(default_factory=list)
    """Of each stage that was published or still holds, in order."""

    refused: DraftRefused | None = None
    """The draft that a blocking check refused; no stage ran after it."""

    def live(self, stage: str) -> Generation:
        """Return the live generation of a stage; raises ``StageAbsent``."""
        return Stage(self.dataset.publish, stage, dataset=self.dataset.name).require()

    def findings(self) -> list[dict[str, Any]]:
        """Return the findings of all stages that ran, keys redacted as the settings say; the first 10,000."""
        redact = self.dataset.settings.privacy.redact_keys
        rows: list[dict[str, Any]] = []
        for outcome in self.outcomes:
            for batch in self.live(outcome.stage).batches("findings"):
                rows += batch.slice(0, max(MOST_FINDINGS - len(rows), 0)).to_pylist()
        return [row | {"file": plain(shown_key(row["file"], redact))} if row["file"] else row for row in rows]

    def severities(self) -> dict[str, int]:
        """Return how many findings of each severity all stages have."""
        counts = {"error": 0, "warning": 0, "info": 0, "loss": 0}
        for outcome in self.outcomes:
            for severity, count in outcome.findings.items():
                counts[severity] += count
        return counts


@contextmanager
def catalogue_at(folder: Path | None) -> Iterator[str]:
    """Give the place of the catalogue: the folder that was named, or one that ends with the command."""
    if folder is not None:
        yield str(folder)
        return
    made = tempfile.mkdtemp(prefix="labelport-")
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def refreshed(
    dataset: Dataset,
    *,
    upto: Upto,
    listing: Literal["full", "events"] = "full",
    allow_removed: bool,
    allow_errors: bool,
    progress: Progress,
) -> Refreshed:
    """Run the stages up to the one named; equal stages do nothing. A refused draft ends the chain.

    ``listing``: ``events`` drains the dataset's queue in place of listing its bucket.

    Raises ``LabelportError`` for what is no verdict on the data: no such folder, a wrong setting.
    """
    result = Refreshed(dataset)
    try:
        result.outcomes.append(
            refresh_inventory(dataset, allow_removed=allow_removed, listing=listing, progress=progress)
        )
        if upto == "inventory":
            return result
        from labelport.probing.stage import refresh_media  # noqa: PLC0415  -- only what was asked for

        result.outcomes.append(refresh_media(dataset, allow_errors=allow_errors, progress=progress))
        if upto == "media":
            return result
        from labelport.series.stage import refresh_series  # noqa: PLC0415

        result.outcomes.append(refresh_series(dataset, progress=progress))
        if upto == "series":
            return result
        from labelport.manifests.stage import refresh_manifest  # noqa: PLC0415

        for manifest in dataset.settings.manifests:
            result.outcomes.append(refresh_manifest(dataset, manifest.manifest_name, progress=progress))
    except DraftRefused as refused:
        result.refused = refused
    return result
