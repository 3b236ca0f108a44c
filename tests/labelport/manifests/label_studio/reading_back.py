"""What Label Studio's tasks say, read with the standard library alone."""

import json
from pathlib import Path

MEDIA = ("audio", "image", "video", "text")

Group = tuple[str, list[str]]


def groups(folder: Path) -> list[Group]:
    """Return series and addresses of each task: file by file, in the order in which they stand there."""
    found: list[Group] = []
    for path in sorted(folder.rglob("*.json")):
        if path.name.endswith(".index.json"):
            continue
        for task in json.loads(path.read_bytes()):
            values = [task["data"].get(name, []) for name in MEDIA]
            addresses = [one for value in values for one in ([value] if isinstance(value, str) else value)]
            found.append((task["data"]["series"], addresses))
    return found
