"""What Ground Truth's files say, read with the standard library alone."""

import json
from pathlib import Path
from typing import Any

Group = tuple[str, list[str]]


def groups(folder: Path) -> list[Group]:
    """Return the series and the addresses of each line: of frames those that its sequence file names.

    A line that holds a text gives the text in place of an address.
    """
    return [
        (line.get("series", ""), _addresses(path, line))
        for path in sorted(folder.rglob("*.jsonl"))
        for line in _lines(path)
    ]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _addresses(path: Path, line: dict[str, Any]) -> list[str]:
    if "source" in line:
        return [line["source"]]
    reference: str = line["source-ref"]
    folder, _, name = reference.rpartition("/")
    if not folder.endswith(".sequences"):
        return [reference]
    sequence = json.loads((path.parent / folder.rpartition("/")[2] / name).read_bytes())
    frames = sorted(sequence["frames"], key=lambda frame: int(frame["frame-no"]))
    assert len(frames) == sequence["number-of-frames"]
    return [sequence["prefix"] + frame["frame"] for frame in frames]
