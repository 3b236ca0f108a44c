"""What Labelbox's data rows say, read with the standard library alone."""

import json
from pathlib import Path

Group = tuple[str, list[str]]


def groups(folder: Path) -> list[Group]:
    """Return series and URLs of each row with its attachments: file by file, in the order in which they stand there."""
    found: list[Group] = []
    for path in sorted(folder.rglob("*.json")):
        if path.name.endswith(".index.json"):
            continue
        for row in json.loads(path.read_bytes()):
            (series,) = [field["value"] for field in row["metadata_fields"] if field["name"] == "series"]
            attached = [attachment["value"] for attachment in row.get("attachments", [])]
            found.append((series, [row["row_data"], *attached]))
    return found
