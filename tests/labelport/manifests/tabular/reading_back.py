"""What the CSVs of Supervisely, Kili and Scale say, read with the standard library alone."""

import csv
from pathlib import Path

Group = tuple[str, list[str]]

COLUMNS = ("url", "path", "content", "attachment_url", "text")


def groups(folder: Path) -> list[Group]:
    """Return each row: the series where the row names it, and its one address (of a text the text)."""
    found: list[Group] = []
    for path in sorted(folder.rglob("*.csv")):
        if path.name.endswith(".skipped.csv"):
            continue
        with path.open(encoding="utf-8", newline="") as file:
            delimiter = ";" if ";" in file.readline() else ","
            file.seek(0)
            for row in csv.DictReader(file, delimiter=delimiter):
                [address] = [row[name] for name in COLUMNS if name in row]
                found.append((row.get("external_id", "").split("/")[0], [address]))
    return found
