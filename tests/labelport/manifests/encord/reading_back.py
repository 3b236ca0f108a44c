"""What Encord's files say, read with the standard library alone."""

import csv
import json
from itertools import groupby
from pathlib import Path
from typing import Any

GROUPED = ("image group title", "series title", "dicom title")
"""Title columns below which rows of one title are one item."""

Group = tuple[str, list[str]]


def groups(folder: Path) -> list[Group]:
    """Return title and URLs of each entry: file by file, in the order in which they stand there."""
    found: list[Group] = []
    for path in sorted(folder.rglob("*")):
        if path.name.endswith((".index.json", ".groups.json", ".skipped.csv")):
            continue
        if path.suffix == ".json":
            found += _of_json(path)
        elif path.suffix == ".csv":
            found += _of_csv(path)
    return found


def _of_json(path: Path) -> list[Group]:
    sections = [value for value in json.loads(path.read_bytes()).values() if isinstance(value, list)]
    return [(entry["title"], _urls(entry)) for section in sections for entry in section]


def _urls(entry: dict[str, Any]) -> list[str]:
    if "objectUrl" in entry:
        return [entry["objectUrl"]]
    files = entry.get("images") or entry.get("dicomFiles")
    if files:  # the SDK's dialect
        return [file["url"] for file in files]
    count = sum(name.startswith("objectUrl_") for name in entry)
    return [entry[f"objectUrl_{number}"] for number in range(count)]


def _of_csv(path: Path) -> list[Group]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    titled: list[tuple[object, str, str]] = []
    column = ""
    for number, row in enumerate(rows):
        if row[0].lower() == "objecturl":
            column = row[1].lower()
        else:
            titled.append((row[1] if column in GROUPED else number, row[1], row[0]))
    grouped = (list(some) for _, some in groupby(titled, key=lambda each: each[0]))
    return [(some[0][1], [url for _, _, url in some]) for some in grouped]
