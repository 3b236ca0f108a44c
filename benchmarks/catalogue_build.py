"""The claim: from a folder of 5,000 images and 50 clips to the catalogue, for little more than reading it.

Ours and the floor run turn by turn, each in a fresh process, files in the page cache.
"""

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Measured, measured
from benchmarks.mediaset import CACHE, mediaset, write_images

CPU_RATIO = 2.0
UNCHANGED_CPU_S = 2.0
RUN_MIB = 150.0
WORKER_MIB = 200.0

ADDED, REMOVED = 10, 5


@dataclass(frozen=True)
class Run:
    """One run of ours."""

    cost: Measured
    told: dict[str, Any]

    @property
    def probed(self) -> int:
        """Return how many objects were probed."""
        return int(self.told["media_metadata"]["counts"]["probed"])


@dataclass(frozen=True)
class Rounds:
    """All that was measured."""

    floor: list[Measured]
    build: list[Run]
    start: list[Measured]
    unchanged: list[Run]
    touched: Run


def main(*, images: int = 5000, clips: int = 50, rounds: int = 3) -> None:
    """Measure and print."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    source = mediaset(images=images, clips=clips, say=console.print)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as scratch:
        found = run_rounds(source, Path(scratch), images=images, clips=clips, rounds=rounds, say=console.print)
    console.print(table_of(found, images=images, clips=clips))
    names = ("pyarrow", "pillow", "av", "pydantic")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}; load average now "
        f"{os.getloadavg()[0]:.1f}; medians of {rounds} rounds; CPU of all processes",
        soft_wrap=True,
    )


def run_rounds(
    source: Path, scratch: Path, *, images: int, clips: int, rounds: int, say: Callable[[str], None]
) -> Rounds:
    """Run floor and ours turn by turn; the first floor only warms the page cache."""
    bucket = scratch / "bucket"
    shutil.copytree(source, bucket, copy_function=os.link)  # the set itself is never changed
    floors, builds, starts, unchanged = [], [], [], []
    measured("benchmarks.floor", str(bucket), str(scratch / "floor.parquet"))
    publish = scratch / "published-0"
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        publish = scratch / f"published-{number}"
        floors.append(measured("benchmarks.floor", str(bucket), str(scratch / "floor.parquet")))
        builds.append(_ours(bucket, publish))
        starts.append(measured("benchmarks.catalogue_run", str(bucket), str(publish), "--only-start"))
        unchanged.append(_ours(bucket, publish))
        assert builds[-1].told["rows"] == builds[-1].probed == images + clips, builds[-1].told
        assert unchanged[-1].probed == 0, unchanged[-1].told
        assert not unchanged[-1].told["media_metadata"]["changed"], unchanged[-1].told
    for path in sorted(bucket.rglob("*.jpg"))[:REMOVED]:
        path.unlink()
    write_images(bucket, ADDED, first=images)
    touched = _ours(bucket, publish)
    assert touched.probed == ADDED, touched.told
    assert touched.told["rows"] == images + clips + ADDED - REMOVED, touched.told
    return Rounds(floors, builds, starts, unchanged, touched)


def table_of(found: Rounds, *, images: int, clips: int) -> Table:
    """Return the figures with their goals; a missed goal says so."""
    floor = statistics.median(run.cpu_s for run in found.floor)
    build = statistics.median(run.cost.cpu_s for run in found.build)
    start = statistics.median(run.cpu_s for run in found.start)
    unchanged = statistics.median(run.cost.cpu_s for run in found.unchanged)
    beyond = unchanged - start
    in_run = max(float(run.told["above_imports_mib"]) for run in [*found.build, *found.unchanged, found.touched])
    worker = max(run.cost.worker_mib for run in found.build)
    loads = [run.cost.load for run in found.build]
    table = Table(title=f"Catalogue of {images:,} images and {clips} clips", title_justify="left")
    for name in ("figure", "ours", "floor", "ratio", "goal", ""):
        table.add_column(name, justify="left" if name in ("figure", "") else "right")
    table.add_row(
        "build, CPU s",
        f"{build:.2f}",
        f"{floor:.2f}",
        f"{build / floor:.2f}",
        f"< {CPU_RATIO:g} x",
        _met(build / floor < CPU_RATIO),
    )
    walls = [statistics.median(w) for w in ([r.cost.wall_s for r in found.build], [r.wall_s for r in found.floor])]
    table.add_row("build, wall s", f"{walls[0]:.2f}", f"{walls[1]:.2f}", f"{walls[0] / walls[1]:.2f}", "", "")
    table.add_row("start-up, CPU s", f"{start:.2f}", "", "", "", "")
    table.add_row(
        "unchanged, CPU s beyond start-up",
        f"{beyond:.2f}",
        "",
        "",
        f"< {UNCHANGED_CPU_S:g}",
        _met(beyond < UNCHANGED_CPU_S),
    )
    table.add_row(f"+{ADDED} -{REMOVED} files, CPU s", f"{found.touched.cost.cpu_s:.2f}", "", "", "", "")
    table.add_row("peak above imports, run, MiB", f"{in_run:.0f}", "", "", f"<= {RUN_MIB:g}", _met(in_run <= RUN_MIB))
    table.add_row("peak of a worker, MiB", f"{worker:.0f}", "", "", f"<= {WORKER_MIB:g}", _met(worker <= WORKER_MIB))
    table.add_row("load average", f"{min(loads):.1f} to {max(loads):.1f}", "", "", "", "")
    return table


def _ours(bucket: Path, publish: Path) -> Run:
    cost = measured("benchmarks.catalogue_run", str(bucket), str(publish))
    return Run(cost, json.loads(cost.output))


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    main()
