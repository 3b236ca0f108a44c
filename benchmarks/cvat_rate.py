"""The claim: CVAT's exact manifest for little more than decoding, and on all cores; header mode opens nothing.

Rate = images a wall second of ``emit`` alone, files in the page cache: inventory, probe and series are done before,
the workers' start-up is taken off and told apart. The floor is the least script that decodes and hashes, in one
thread. CPU an image hardly depends on what else the machine does, as the rate does. Each run is a fresh process,
ours and floor turn by turn.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.cvat_imageset import imageset
from benchmarks.cvat_runs import MANY
from benchmarks.measuring import Measured, measured
from benchmarks.mediaset import CACHE

ALL_CORES_GOAL = 1.4
MANY_MIB_GOAL = 250.0


def main(*, images: int = 2000, rounds: int = 3, many: bool = True) -> None:
    """Measure and print."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    folder = imageset(images=images, say=console.print)
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as scratch:
        console.print(_table(folder, Path(scratch), cores=cores, rounds=rounds, many=many, say=console.print))
    names = ("pillow", "av", "pyarrow")
    console.print(
        f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, "
        f"{', '.join(f'{name} {version(name)}' for name in names)}; medians of {rounds} rounds. CVAT's own tool, the "
        "peer, is no package of the index and is not installed: its rate is not measured here.",
        soft_wrap=True,
    )


def _table(folder: Path, scratch: Path, *, cores: int, rounds: int, many: bool, say: Callable[[str], None]) -> Table:
    table = Table(title="CVAT's manifest", title_justify="left")
    for name in ("figure", "ours", "floor", "ratio", "goal", ""):
        table.add_column(name, justify="left" if name in ("figure", "") else "right")
    images, video = folder / "images", folder / "video"
    runs: dict[str, list[tuple[dict[str, Any], Measured]]] = {}
    _run("floor", images, scratch)  # warms the page cache
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for name, source, more in (
            ("floor", images, ()),
            ("start", images, ("--workers", "1")),
            ("start", images, ("--workers", str(cores))),
            ("exact", images, ("--workers", "1")),
            ("exact", images, ("--workers", str(cores))),
            ("header", images, ()),
            ("video-floor", video, ()),
            ("video", video, ()),
        ):
            runs.setdefault(" ".join([name, *more]), []).append(_run(name, source, scratch, *more))
    floor = _rate(runs["floor"])
    for workers in sorted({1, cores}):
        found = runs[f"exact --workers {workers}"]
        rate = _rate(found)
        goal = ALL_CORES_GOAL if workers == cores > 1 else None
        _row(table, f"exact, {workers} workers, images/s", rate, floor, goal)
        worker = max(cost.worker_mib for _, cost in found)
        own = max(told["above_imports_mib"] for told, _ in found)
        start = statistics.median(cost.cpu_s for _, cost in runs[f"start --workers {workers}"])
        cpu = 1000 * (statistics.median(cost.cpu_s for _, cost in found) - start) / found[0][0]["entries"]
        floor_cpu = 1000 * statistics.median(cost.cpu_s for _, cost in runs["floor"]) / found[0][0]["entries"]
        table.add_row("  CPU an image, ms", f"{cpu:.2f}", f"{floor_cpu:.2f}", f"{cpu / floor_cpu:.2f}", "", "")
        table.add_row("  start-up not counted, s", f"{_median(found, 'startup'):.2f}", "", "", "", "")
        table.add_row("  peak above imports, run; of a worker, MiB", f"{own:.0f}; {worker:.0f}", "", "", "", "")
    header = runs["header"]
    loads = [cost.load for run in runs.values() for _, cost in run]
    table.add_row("load average", f"{min(loads):.1f} to {max(loads):.1f}", "", "", "", "")
    reads = max(told["reads"] for told, _ in header)
    assert reads == 0, f"header mode read {reads} times"
    _row(table, "header, images/s", _rate(header), floor, None)
    table.add_row("  objects opened", str(reads), "", "", "0", "met")
    _row(table, "video, 1080p frames/s", _frames(runs["video"], runs["video-floor"]), _rate(runs["video-floor"]), None)
    for mode in ("header", "exact", "exact") if many else ():
        told, _ = _run(f"many-{mode}", images, scratch)
        peak = told["above_imports_mib"]
        known = ", all known" if told["kept"] else ""
        name = f"{MANY:,} made images, {mode}{known}: peak above imports, MiB"
        table.add_row(
            name, f"{peak:.0f}", "", "", f"<= {MANY_MIB_GOAL:g}", "met" if peak <= MANY_MIB_GOAL else "MISSED"
        )
        table.add_row("  emit; check, s", f"{told['seconds']:.0f}; {told['check_seconds']:.0f}", "", "", "", "")
    return table


def _run(name: str, source: Path, scratch: Path, *more: str) -> tuple[dict[str, Any], Measured]:
    publish = scratch / f"published-{source.name}"
    publish.mkdir(exist_ok=True)
    cost = measured("benchmarks.cvat_runs", name, str(source), str(publish), *more)
    return json.loads(cost.output.splitlines()[-1]), cost


def _rate(runs: Sequence[tuple[dict[str, Any], Measured]]) -> float:
    """Return entries a second, the start-up taken off."""
    return statistics.median(told["entries"] / (told["seconds"] - told.get("startup", 0.0)) for told, _ in runs)


def _frames(ours: Sequence[tuple[dict[str, Any], Measured]], floor: Sequence[tuple[dict[str, Any], Measured]]) -> float:
    """Return decoded frames a second: the manifest's entries are key frames, so the floor says how many there are."""
    frames = floor[0][0]["entries"]
    return statistics.median(frames / (told["seconds"] - told["startup"]) for told, _ in ours)


def _median(runs: Sequence[tuple[dict[str, Any], Measured]], name: str) -> float:
    return statistics.median(told[name] for told, _ in runs)


def _row(table: Table, name: str, ours: float, floor: float, goal: float | None) -> None:
    met = "" if goal is None else "met" if ours / floor >= goal else "MISSED"
    aim = "" if goal is None else f">= {goal:g} x"
    table.add_row(name, f"{ours:,.0f}", f"{floor:,.0f}", f"{ours / floor:.2f}", aim, met)


if __name__ == "__main__":
    main()
