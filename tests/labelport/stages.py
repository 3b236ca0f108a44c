"""The stages of a dataset as a run does them, but for the workers: their work is done in this process."""

from typing import Literal

import pytest

from labelport.annotations import confining
from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import Dataset
from labelport.probing import stage as probing
from labelport.series.stage import refresh_series
from labelport.testing.emitting import InlineRunner
from labelport.tiles import making


def refreshed_here(dataset: Dataset, *, upto: Literal["media", "series"] = "series") -> None:
    """Run the stages up to one. For tests of what comes behind: that workers are confined is shown elsewhere."""
    refresh_inventory(dataset, allow_removed=True)
    probing.refresh_media(dataset, allow_errors=True, runner=InlineRunner)
    if upto == "series":
        refresh_series(dataset)


def workers_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs and commands of this process do the work of workers here: to start a pool takes longer than the work."""
    for module in (probing, confining, making):
        monkeypatch.setattr(module, "LocalRunner", InlineRunner)
