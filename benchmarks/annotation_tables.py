"""The figures of annotation formats as tables, with their goals."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.annotation_tools import OURS, TASKS, Size
from benchmarks.measuring import Measured

TIMES_AS_FAST = {
    "read": {"hotcoco": 1.0},
    "yolo": {"hotcoco": 1.8, "globox": 7.0, "datumaro": 7.0},
    "voc": {"hotcoco": 1.0},
}
"""By task and peer: its wall time over ours is at least that."""

PARITY = 0.1
"""Two figures as near as that are equal: the machine is not quieter."""

TRAIN_READ_S = 2.5
TRAIN_READ_MIB = 1.3e9 / 2**20


@dataclass(frozen=True)
class Goal:
    """One thing that was promised."""

    what: str
    wanted: str
    found: str
    met: bool


def tables_of(size: Size, runs: Mapping[tuple[str, str], Sequence[Measured]]) -> list[Table]:
    """Return wall times with ratios, CPU with memory, and the goals."""
    costs = {key: median_of(found) for key, found in runs.items() if found}
    names = list(dict.fromkeys(tool for _, tool in costs))
    title = f"{size.name}: {size.images:,} images, {size.annotations:,} annotations"
    walls = _table(f"{title}: wall seconds, and how many times ours", ["COCO", *names])
    spent = _table(f"{title}: CPU seconds, how many times ours, and peak MiB", ["COCO", *names])
    for task in dict.fromkeys(task for task, _ in costs):
        walls.add_row(TASKS[task], *(_wall(costs, task, name) for name in names))
        spent.add_row(TASKS[task], *(_spent(costs, task, name) for name in names))
    goals = _table(f"{title}: goals", ["goal", "", "found", " "])
    for goal in goals_of(size, costs):
        goals.add_row(goal.what, goal.wanted, goal.found, "met" if goal.met else "MISSED")
    walls.caption = "supervision: the file without polygons" if "supervision" in names else None
    return [walls, spent, goals] if goals.row_count else [walls, spent]


def median_of(runs: Sequence[Measured]) -> Measured:
    """Return the run of median wall time; CPU is the median of its own, memory the highest."""
    middle = sorted(runs, key=lambda run: run.wall_s)[(len(runs) - 1) // 2]
    return Measured(
        cpu_s=statistics.median(run.cpu_s for run in runs),
        wall_s=statistics.median(run.wall_s for run in runs),
        worker_mib=max(run.worker_mib for run in runs),
        load=middle.load,
        output=middle.output,
        tree_mib=max(run.tree_mib for run in runs),
    )


def goals_of(size: Size, costs: Mapping[tuple[str, str], Measured]) -> list[Goal]:
    """Return the goals that the figures say something about."""
    made = []
    for task, peers in TIMES_AS_FAST.items():
        for peer, times in peers.items():
            ours, theirs = costs.get((task, OURS.name)), costs.get((task, peer))
            if ours and theirs:
                found = theirs.wall_s / ours.wall_s
                parity = times == 1.0
                wanted = f"parity (within {PARITY:.0%})" if parity else f">= {times:g} times as fast"
                met = found >= (1 / (1 + PARITY) if parity else times)
                made.append(Goal(f"{TASKS[task]}, against {peer}", wanted, f"{found:.2f}", met))
    folder, tar = (costs.get((task, OURS.name)) for task in ("yolo", "tar"))
    if folder and tar:
        made.append(Goal("to YOLO, tar", "< folder", f"{tar.wall_s:.2f} s", tar.wall_s < folder.wall_s))
    read = costs.get(("read", OURS.name))
    if read and size.name == "train":
        made.append(Goal("read, wall", f"<= {TRAIN_READ_S:g} s", f"{read.wall_s:.2f} s", read.wall_s <= TRAIN_READ_S))
        wanted = f"<= {TRAIN_READ_MIB:,.0f} MiB"
        made.append(Goal("read, peak", wanted, f"{read.tree_mib:,.0f} MiB", read.tree_mib <= TRAIN_READ_MIB))
    return made


def _table(title: str, names: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", min_width=len(title))
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number and name != " " else "left")
    return table


def _wall(costs: Mapping[tuple[str, str], Measured], task: str, name: str) -> str:
    found, ours = costs.get((task, name)), costs.get((task, OURS.name))
    return "" if found is None else _times(found.wall_s, ours and ours.wall_s)


def _spent(costs: Mapping[tuple[str, str], Measured], task: str, name: str) -> str:
    found, ours = costs.get((task, name)), costs.get((task, OURS.name))
    return "" if found is None else f"{_times(found.cpu_s, ours and ours.cpu_s)}  {found.tree_mib:>5,.0f}"


def _times(seconds: float, ours: float | None) -> str:
    """Return seconds with their ratio to ours."""
    return f"{seconds:.2f}  {seconds / ours:5.2f} x" if ours else f"{seconds:.2f}"
