"""What Centaur's files say, read with the standard library alone."""

import csv
from pathlib import Path

SIDES = (".skipped.csv", ".only_in_ours.csv", ".only_in_template.csv", ".ambiguous.csv")

Group = tuple[str, list[str]]


def groups(folder: Path) -> list[Group]:
    """Return each series with its origins by index, file by file; a recording with its image has no name."""
    return [group for path in manifests(folder) for group in _of(rows_of(path))]


def manifests(folder: Path) -> list[Path]:
    """Return the CSVs that are for the portal."""
    return [path for path in sorted(folder.rglob("*.csv")) if not path.name.endswith(SIDES)]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV by heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _of(rows: list[dict[str, str]]) -> list[Group]:
    if rows and "image_id" in rows[0]:
        return [("", [row["origin"], row["image_id"]]) for row in rows]
    series: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        if row["series"]:
            series.setdefault(row["series"], []).append((int(row["series_index"]), row["origin"]))
    return [(name, [origin for _, origin in sorted(members)]) for name, members in series.items()]
