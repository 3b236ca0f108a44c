"""The claim: a million DICOM headers are grouped in half a minute and a gigabyte, and a change costs its groups.

The catalogue is made up (``dicom_made.py``) and published; ours and the floor then run turn by turn, each in a fresh
process. After that the first slice of ten series is another one, and the same stage runs again.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dicom_made import SERIES_A_STUDY, SLICES, publish_media
from benchmarks.measuring import measured

SERIES = 10_000
CHANGED = 10
MOST_S, MOST_MIB = 30.0, 1024.0
"""For 10,000 series of 100 slices."""


def main(*, series: int = SERIES) -> None:
    """Measure and print."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    table = Table(title=f"{series * SLICES:,} DICOM headers in {series:,} series", title_justify="left")
    for name in ("keys", "run", "wall s", "CPU s", "floor, CPU s", "ratio", "peak MiB", "studies built", "of"):
        table.add_column(name, justify="left" if name in ("keys", "run") else "right")
    for scattered in (True, False):
        named = "by UID" if scattered else "by study and series"
        with tempfile.TemporaryDirectory(prefix="labelport-series-") as folder:
            place = Path(folder)
            console.print(f"publishing media, keys {named} …")
            publish_media(place, series=series, scattered=scattered, dataset="benchmark")
            floor = _run(place, "floor")
            table.add_row(named, "all", *_told(_run(place, "ours"), floor, series))
            step = max(series // CHANGED, 1)
            changed = frozenset(range(0, series, step))
            publish_media(place, series=series, scattered=scattered, dataset="benchmark", changed=changed)
            table.add_row(named, f"{CHANGED} series changed", *_told(_run(place, "ours"), None, series))
    console.print(table)


def _run(place: Path, which: str) -> dict[str, Any]:
    return dict(json.loads(measured("benchmarks.series_run", str(place), which).output))


def _told(ours: dict[str, Any], floor: dict[str, Any] | None, series: int) -> list[str]:
    peak = ours["above_imports_mib"] + ours["imports_mib"]
    judged = series == SERIES and floor is not None
    return [
        f"{ours['wall_s']:.1f}" + (" MISSED" if judged and ours["wall_s"] > MOST_S else ""),
        f"{ours['cpu_s']:.1f}",
        f"{floor['cpu_s']:.1f}" if floor else "",
        f"{ours['cpu_s'] / floor['cpu_s']:.1f}x" if floor else "",
        f"{peak:.0f}" + (" MISSED" if judged and peak > MOST_MIB else ""),
        f"{ours['groups_built']:,}",
        f"{-(-series // SERIES_A_STUDY):,}",
    ]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("--series", type=int, default=SERIES, help=f"DICOM series of {SLICES} slices that are grouped")


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(description=__doc__)
    arguments(_parser)
    main(series=_parser.parse_args().series)
