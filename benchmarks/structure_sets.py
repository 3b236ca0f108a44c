"""The claim: RT Structure Sets become masks twenty-five times as fast as by dcmrtstruct2nii, with the same voxels.

Ten structures, 441 contours, 88,000 points on a CT of 512 x 512 (``structures_made.py``). Ours, the floor and the peers
turn by turn, each in a fresh process; the best of the rounds counts. What a tool does is measured in its own process, from
the files to a mask of every structure, without imports and without writing: the way that favours the peer, whose one call
also compresses and writes. plastimatch is a program of its own: it is measured whole, and has the grid of the CT made ready.
Ends with 1 where any voxel differs.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import structures_fill
from benchmarks.annotation_tools import ENVIRONMENTS, RUNNERS, Tool, installed, version
from benchmarks.measuring import measured_command
from benchmarks.structures_made import ORGANS, SIZE, SLICES, Made, made

TIMES_AS_FAST = 25.0
"""As dcmrtstruct2nii, CPU, from the files to the masks."""

MOST_FILL_US = 300.0
"""CPU microseconds of filling a contour."""

OURS = (sys.executable, "-m", "benchmarks.structures_run")
PLASTIMATCH = "plastimatch"
NIFTI_HEADER = 352

SINGLE_PRECISION = 10
"""Voxels in 262 million that plastimatch, which counts in 32 bits, may give otherwise: their centres lie within 1e-5 of a
pixel from an edge."""


def _peer(name: str) -> Tool:
    return Tool(name, (str(ENVIRONMENTS / name / "bin" / "python"), str(RUNNERS / f"run_{name}.py")), peer=True)


PEER, RASTERISERS = _peer("dcmrtstruct2nii"), _peer("rasterisers")


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds of one run: of its work, by its parts, and of its whole process."""

    cpu_s: float
    wall_s: float
    process_cpu_s: float
    parts: dict[str, float] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def main(*, rounds: int = 3) -> int:
    """Measure and print; return 1 where voxels differ."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    files = made(say=console.print)
    for tool in (PEER, RASTERISERS):
        if not installed(tool):
            console.print(f"{tool.name} is not there and left out: make bench-peers")
    with tempfile.TemporaryDirectory(prefix="labelport-structures-") as scratch:
        place = Path(scratch)
        runs = _runs(files, place)
        differing = _differing(files, place)
        best: dict[str, Cost] = {}
        for number in range(rounds):
            console.print(f"round {number + 1} of {rounds}")
            for name, command in runs.items():
                cost = _cost(command, place)
                best[name] = min(cost, best.get(name, cost), key=lambda each: each.cpu_s)
        console.print(_table(files, best))
        console.print(_fills(place))
    wrong = 0
    for names, differ in differing.items():
        few = PLASTIMATCH in names and sum(differ.values()) <= SINGLE_PRECISION
        wrong += bool(differ) and not few
        words = f"equal but for {sum(differ.values())}" if few else f"DIFFER: {', '.join(differ)}"
        console.print(f"voxels of {names}: {words if differ else 'equal'}")
    versions = [f"{PEER.name} {version(PEER)}"] if installed(PEER) else []
    versions += [f"{name} {installed_version(name)}" for name in ("numpy", "msgspec")]
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}; "
        f"load average now {os.getloadavg()[0]:.1f}; "
        f"best of {rounds} rounds",
        soft_wrap=True,
    )
    return int(wrong > 0)


def _runs(files: Made, place: Path) -> dict[str, list[str]]:
    """Return the command of each run that can be measured here."""
    nested, series = str(files.structures["nested"]), str(files.series)
    runs = {
        "floor: bytes to numbers": [*OURS, "floor", nested, series, "-"],
        "ours, masks": [*OURS, "masks", nested, series, "-"],
        "ours, whole volumes": [*OURS, "dense", nested, series, "-"],
        "ours, NIfTI one-hot": [*OURS, "nifti", nested, series, str(place / "ours")],
    }
    if installed(PEER):
        runs["dcmrtstruct2nii, masks"] = [*PEER.command, "masks", nested, series, "-"]
        runs["dcmrtstruct2nii, NIfTI"] = [*PEER.command, "nifti", nested, series, str(place / "peer")]
    if program := shutil.which(PLASTIMATCH):
        grid = place / "grid.mha"
        _told([program, "convert", "--input", series, "--output-img", str(grid)])
        runs["plastimatch, masks written"] = _plastimatch(program, files, grid, place / PLASTIMATCH)
    return runs


def _plastimatch(program: str, files: Made, grid: Path, out: Path) -> list[str]:
    # It takes nested contours for one shape, and exclusive ones for nothing.
    given = ["--input", str(files.structures["keyhole"]), "--fixed", str(grid)]
    return [program, "convert", *given, "--output-prefix", str(out), "--prefix-format", "nii"]


def _cost(command: Sequence[str], place: Path) -> Cost:
    """Measure one run."""
    for name in ("ours", "peer", PLASTIMATCH):
        shutil.rmtree(place / name, ignore_errors=True)
    found = measured_command(command)
    last = found.output.strip().splitlines()[-1]
    if not last.startswith("{"):  # a program that tells nothing of its parts
        return Cost(found.cpu_s, found.wall_s, found.cpu_s)
    told = json.loads(last)
    cpu, wall = (sum(part[number] for part in told["parts"].values()) for number in (0, 1))
    parts = {name: part[0] for name, part in told["parts"].items()}
    return Cost(cpu, wall, found.cpu_s, parts, told["digests"])


def _differing(files: Made, place: Path) -> dict[str, dict[str, int]]:
    """Return by who is compared the structures whose voxels differ, with how many voxels (of digests alone: -1)."""
    ours: dict[str, dict[str, str]] = {}
    for holes, path in files.structures.items():
        (place / holes).mkdir()
        ours[holes] = _cost([*OURS, "check", str(path), str(files.series), str(place / holes)], place).digests
    found = {f"ours, holes {holes}, and nested": _unequal(ours[holes], ours["nested"]) for holes in ("xor", "keyhole")}
    if installed(PEER):
        check = [*PEER.command, "check", str(files.structures["nested"]), str(files.series), "-"]
        found[f"ours and {PEER.name}"] = _unequal(ours["nested"], _cost(check, place).digests)
    if program := shutil.which(PLASTIMATCH):
        _told(_plastimatch(program, files, place / "grid.mha", place / PLASTIMATCH))
        differ: dict[str, int] = {}
        for organ in ORGANS:
            theirs = np.frombuffer((place / PLASTIMATCH / f"{organ.name}.nii").read_bytes(), np.uint8, -1, NIFTI_HEADER)
            bits = np.frombuffer((place / "keyhole" / f"{organ.name}.bits").read_bytes(), np.uint8)
            count = int(np.count_nonzero(np.unpackbits(bits) != theirs))
            differ |= {organ.name: count} if count else {}
        found[f"ours and {PLASTIMATCH}"] = differ
    return found


def _unequal(one: dict[str, str], other: dict[str, str]) -> dict[str, int]:
    return {organ.name: -1 for organ in ORGANS if not one.get(organ.name) or one[organ.name] != other.get(organ.name)}


def _told(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _table(files: Made, best: dict[str, Cost]) -> Table:
    title = f"{len(ORGANS)} structures, {files.contours} contours, {files.points:,} points, {SIZE} x {SIZE} x {SLICES}"
    table = Table(title=title, title_justify="left")
    for name in ("run", "CPU s", "wall s", "to ours", "of which, CPU s", "whole process, CPU s"):
        table.add_column(name, justify="left" if name in ("run", "of which, CPU s") else "right")
    for name, cost in best.items():
        ours = best["ours, NIfTI one-hot" if "NIfTI" in name else "ours, masks"]
        times = cost.cpu_s / ours.cpu_s
        missed = name == "dcmrtstruct2nii, masks" and times < TIMES_AS_FAST
        table.add_row(
            name,
            f"{cost.cpu_s:.3f}",
            f"{cost.wall_s:.3f}",
            f"{times:.2f} x" + (f" MISSED {TIMES_AS_FAST:g} x" if missed else ""),
            ", ".join(f"{part} {cpu:.3f}" for part, cpu in cost.parts.items()),
            f"{cost.process_cpu_s:.2f}",
        )
    return table


def _fills(place: Path) -> Table:
    """Return what filling a contour costs, alone."""
    path = place / "rings.npz"
    structures_fill.write_rings(path)
    ours = json.loads(measured_command([sys.executable, "-m", "benchmarks.structures_fill", str(path)]).output)
    rows = {"ours": {**ours, "more": 0, "fewer": 0}}
    if installed(RASTERISERS):
        rows |= json.loads(measured_command([*RASTERISERS.command, str(path)]).output)
    table = Table(title="a contour to its pixels, microseconds", title_justify="left")
    for name in ("by", "CPU", "wall", "to ours", "pixels more", "fewer"):
        table.add_column(name, justify="left" if name == "by" else "right")
    for name, row in rows.items():
        table.add_row(
            name,
            f"{row['cpu_us']:,.0f}" + (" MISSED" if name == "ours" and row["cpu_us"] > MOST_FILL_US else ""),
            f"{row['wall_us']:,.0f}",
            f"{row['cpu_us'] / ours['cpu_us']:,.2f} x",
            f"{row['more']:,}",
            f"{row['fewer']:,}",
        )
    return table


if __name__ == "__main__":
    own = argparse.ArgumentParser(prog="python -m benchmarks.structure_sets", description=__doc__)
    own.add_argument("--rounds", type=int, default=3, help="the best of so many is told")
    sys.exit(main(rounds=own.parse_args().rounds))
