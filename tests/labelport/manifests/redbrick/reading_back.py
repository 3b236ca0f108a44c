"""What RedBrick's tasks say, read with the standard library alone."""

import json
from pathlib import Path

Group = tuple[str, list[str]]


def groups(folder: Path) -> list[Group]:
    """Return name and items of each task, its series one after the other: in the order in which they stand there."""
    found: list[Group] = []
    for path in sorted(folder.rglob("*.json")):
        if path.name.endswith(".index.json"):
            continue
        for task in json.loads(path.read_bytes()):
            found.append((task["name"], [item for series in task["series"] for item in series["items"]]))
    return found
