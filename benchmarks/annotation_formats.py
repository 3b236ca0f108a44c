"""The claim: COCO is read, and written as YOLO and Pascal VOC, as fast as by anybody, in bounded memory.

Ours, the floor and the peers turn by turn, each task in a fresh process (start of the interpreter included), files
in the page cache. ``python -m benchmarks.annotation_formats --coco train`` for the large one; the peers are there
after ``make bench-peers``.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import annotation_tables
from benchmarks.annotation_tools import (
    FLOOR,
    OURS,
    PEERS,
    SIZES_BY_NAME,
    TASKS,
    TINY,
    Files,
    Size,
    Tool,
    installed,
    made,
    version,
)
from benchmarks.measuring import Measured, measured_command
from benchmarks.mediaset import CACHE

SLOW_S = 30.0
"""What took longer is not measured again: its rounds would take longer than all others together."""

LIMIT_S = 900.0

MEMORY = Path("/dev/shm")
"""A file system in memory. On a disk (ext4) creating a file was seen to take up to 0.5 ms of CPU for a while after many
were deleted: that would be all that is measured."""

ROOM = 4 << 30
"""Bytes that must be free there."""

Say = Callable[[str], None]
Runs = dict[tuple[str, str], list[Measured]]
"""By task and tool."""


@dataclass(frozen=True)
class Job:
    """What is to be measured."""

    sizes: tuple[Size, ...]
    tasks: tuple[str, ...]
    tools: tuple[Tool, ...]
    rounds: int
    say: Say


def main(
    *,
    coco: Sequence[str] = ("val",),
    tasks: Sequence[str] = tuple(TASKS),
    peers: Sequence[str] | None = None,
    rounds: int = 3,
    out: Path | None = None,
) -> None:
    """Measure and print. ``out``: the folder below which the tools write; default: in memory where there is room."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    CACHE.mkdir(exist_ok=True)
    wanted = [tool for tool in PEERS if peers is None or tool.name in peers]
    for tool in wanted:
        if not installed(tool):
            console.print(f"{tool.name} is not there and left out: make bench-peers")
    tools = (OURS, FLOOR, *(tool for tool in wanted if installed(tool)))
    job = Job(tuple(SIZES_BY_NAME[name] for name in coco), tuple(tasks), tools, rounds, console.print)
    place = out or _roomy()
    with tempfile.TemporaryDirectory(prefix="labelport-", dir=place) as scratch:
        able = _able(job, Path(scratch))
        for size in job.sizes:
            runs = _rounds(job, size, able, Path(scratch))
            console.print()
            for table in annotation_tables.tables_of(size, runs):
                console.print(table)
    versions = [f"{tool.name} {version(tool)}" for tool in tools if tool.peer]
    versions += [f"{name} {installed_version(name)}" for name in ("msgspec", "pyarrow", "numpy")]
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}; load "
        f"average now {os.getloadavg()[0]:.1f}; medians of {rounds} rounds, of one where it takes over {SLOW_S:g} s; written to {place}",
        soft_wrap=True,
    )


def _roomy() -> Path:
    """Return where files cost least: in memory, or else beside what is measured."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM else CACHE


def _able(job: Job, scratch: Path) -> set[tuple[str, str]]:
    """Let every tool do every task on a tiny file; return (task, tool) of those that did it right.

    Raises ``CalledProcessError`` and ``ValueError`` for ours and the floor; a peer is told.
    """
    files = made(TINY, with_images=_with_images(job, TINY), say=job.say)
    able = set()
    for task in job.tasks:
        for tool in job.tools:
            if not tool.does(task, TINY):
                continue
            try:
                _run(tool, task, TINY, files, scratch)
                able.add((task, tool.name))
            except (subprocess.SubprocessError, OSError, ValueError) as error:
                if not tool.peer:
                    raise
                job.say(f"{tool.name} cannot do “{TASKS[task]}” and is left out of it: {_why(error)}")
    return able


def _rounds(job: Job, size: Size, able: set[tuple[str, str]], scratch: Path) -> Runs:
    """Measure all tools turn by turn."""
    files = made(size, with_images=_with_images(job, size), say=job.say)
    found: Runs = {}
    for number in range(job.rounds):
        job.say(f"{size.name}, round {number + 1} of {job.rounds}")
        for task in job.tasks:
            for tool in job.tools:
                runs = found.setdefault((task, tool.name), [])
                able_to = (task, tool.name) in able and tool.does(task, size)
                if not able_to or len(runs) < number or (runs and runs[0].wall_s > SLOW_S):
                    continue
                try:
                    runs.append(_run(tool, task, size, files, scratch))
                except (subprocess.SubprocessError, OSError, ValueError) as error:
                    if not tool.peer:
                        raise
                    job.say(f"{tool.name}, {TASKS[task]}, {size.name}: no figure: {_why(error)}")
    return found


def _run(tool: Tool, task: str, size: Size, files: Files, scratch: Path) -> Measured:
    """Measure one run; raises ``ValueError`` where the tool did not read all annotations or wrote too few files."""
    out = scratch / ("out.tar" if task == "tar" else "out")
    os.sync()  # what the tool before has left to be written is not this one's
    with tempfile.TemporaryFile("w+", dir=scratch) as errors:
        try:
            found = measured_command(tool.run(task, files, out), limit_s=LIMIT_S, errors=errors)
        except subprocess.CalledProcessError as error:
            errors.seek(0)
            error.stderr = errors.read()
            raise
    read = " ".join(found.output.split()[-1:])
    if read != str(size.annotations):
        raise ValueError(f"it read {read or 'none'} of {size.annotations} annotations")
    if task in ("yolo", "voc"):
        ending = ".txt" if task == "yolo" else ".xml"
        written = sum(name.endswith(ending) for _, _, names in os.walk(out) for name in names)
        # datumaro writes no file for some of the images without a box.
        if written < 0.9 * size.images:
            raise ValueError(f"it wrote {written:,} files for {size.images:,} images")
        shutil.rmtree(out)
    elif task == "tar":
        out.unlink()
    return found


def _with_images(job: Job, size: Size) -> bool:
    return any(tool.boxes_only and tool.does(task, size) for tool in job.tools for task in job.tasks)


def _why(error: Exception) -> str:
    words = getattr(error, "stderr", None)
    lines = str(words).strip().splitlines() if words else []
    return lines[-1] if lines else f"{type(error).__name__}: {error}"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark to a parser."""
    parser.add_argument("--coco", action="append", choices=list(SIZES_BY_NAME), help="size of a COCO file; repeatable")
    parser.add_argument("--task", action="append", choices=list(TASKS), help="only this conversion; repeatable")
    parser.add_argument("--peer", action="append", choices=[tool.name for tool in PEERS], help="only it; repeatable")
    parser.add_argument("--out", type=Path, help="folder below which is written (default: in memory, else .cache)")


def told(given: argparse.Namespace) -> dict[str, Any]:
    """Return what ``main`` takes of the options that were given."""
    return {"coco": given.coco or ["val"], "tasks": given.task or list(TASKS), "peers": given.peer, "out": given.out}


if __name__ == "__main__":
    own = argparse.ArgumentParser(prog="python -m benchmarks.annotation_formats", description=__doc__)
    own.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    arguments(own)
    options = own.parse_args()
    main(**told(options), rounds=options.rounds)
