"""The claim: a manifest of a million objects, and its check, in little memory on every platform.

Each platform in a fresh process, on series that are made up while they are read; the floor reads the same series
and writes one ``json.dumps`` line an item. Once from a published catalogue, so that reading is measured, too.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.manifest_run import DATASET
from benchmarks.measuring import measured
from benchmarks.series_made import FRAMES, MadeSeries
from labelport.registry import MANIFESTS, plugins

ITEMS = 1_000_000
MOST_MIB = 250.0
"""Above imports, for a million items."""

TABLES = ("tables", 200_000, "encord")
"""From a catalogue: how many items, and for which platform."""

SHAPES = {
    "series": f"frames, {FRAMES} a series",
    "singles": "single images",
    "tables": f"frames, {FRAMES} a series, from a catalogue",
}


@dataclass(frozen=True)
class Run:
    """One platform on one shape of series."""

    platform: str
    shape: str
    items: int
    told: dict[str, Any]

    def rate(self, step: str) -> float:
        """Return items for each second of CPU."""
        return self.items / max(self.told[f"{step}_cpu_s"], 1e-9)

    def peak(self, step: str) -> float:
        """Return MiB above imports."""
        return float(self.told[f"{step}_mib"])


def main(*, items: int = ITEMS, platforms: Sequence[str] = ()) -> None:
    """Measure and print."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    names = list(platforms or plugins(MANIFESTS))
    runs = [_run(name, shape, items, console.print) for shape in ("series", "singles") for name in ("floor", *names)]
    shape, most, platform = TABLES
    if platform in names:
        with tempfile.TemporaryDirectory(prefix="labelport-catalogue-") as folder:
            count = min(items, most)
            publish(MadeSeries(count), Path(folder))
            runs += [_run(name, shape, count, console.print, folder) for name in ("floor", platform)]
    console.print(table_of(runs))


def table_of(runs: Sequence[Run]) -> Table:
    """Return the figures with the goal; a missed goal says so."""
    table = Table(title="Manifests of many objects", title_justify="left")
    for name in (
        "series",
        "platform",
        "emit, items/CPU s",
        "floor",
        "ratio",
        "check, items/CPU s",
        "peak MiB",
        "goal",
        "",
    ):
        table.add_column(name, justify="left" if name in ("series", "platform", "") else "right")
    floors = {run.shape: run for run in runs if run.platform == "floor"}
    for run in runs:
        if run.platform == "floor":
            continue
        floor = floors[run.shape]
        peak = max(run.peak("emit"), run.peak("check"))
        table.add_row(
            f"{run.items:,} {SHAPES[run.shape]}",
            run.platform,
            f"{run.rate('emit'):,.0f}" if run.told["entries"] else f"({run.rate('emit'):,.0f})",
            f"{floor.rate('emit'):,.0f}",
            f"{floor.rate('emit') / run.rate('emit'):.1f}",
            f"{run.rate('check'):,.0f}" if run.told["entries"] else "",
            f"{run.peak('emit'):.0f} / {run.peak('check'):.0f}",
            f"<= {MOST_MIB:g}",
            "met" if peak <= MOST_MIB else "MISSED",
        )
    table.caption = "peak: of emit / of check, above imports; in brackets: the platform takes none of these series"
    return table


def publish(series: MadeSeries, folder: Path) -> None:
    """Publish series, items and media as the stages do."""
    from labelport.catalogue.stage import Stage  # noqa: PLC0415  -- the other shapes need none of it
    from labelport.storage.opening import open_bucket  # noqa: PLC0415

    bucket, tables = open_bucket(str(folder)), series.tables()
    for stage, names in {"series": ("series", "items"), "media_metadata": ("media",)}.items():
        draft = Stage(bucket, stage, dataset=DATASET).draft(None)
        for name in names:
            draft.write(name, tables[name])
        draft.seal(inputs={}, code_version="1", settings_hash="1")
        draft.publish()


def _run(platform: str, shape: str, items: int, say: Callable[[str], None], *folder: str) -> Run:
    say(f"{platform}: {items:,} {SHAPES[shape]}")
    told = json.loads(measured("benchmarks.manifest_run", platform, shape, str(items), *folder).output)
    if told.get("check_errors"):
        raise RuntimeError(f"{platform}: its check finds {told['check_errors']} errors in what it wrote")
    return Run(platform, shape, items, told)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark to a parser."""
    parser.add_argument("--items", type=int, default=ITEMS, help="objects of a manifest")
    parser.add_argument("--platform", action="append", default=[], help="manifests of this one only; repeatable")


if __name__ == "__main__":
    own = argparse.ArgumentParser(prog="python -m benchmarks.manifest_stream", description=__doc__)
    arguments(own)
    given = own.parse_args()
    main(items=given.items, platforms=given.platform)
