"""What CVAT's manifests in a folder say, read with json alone."""

import json
from pathlib import Path


def groups(folder: Path) -> list[tuple[str, list[str]]]:
    """Return the paths of the objects of each manifest, in order; no group has a name, since CVAT has none.

    A manifest of a video says its base name alone: where it lies says the rest.
    """
    found: list[tuple[str, list[str]]] = []
    for path in sorted(folder.rglob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
        if lines[1]["type"] == "video":
            place = path.relative_to(folder).as_posix().partition("video/")[2]
            video = place.removesuffix("manifest.jsonl")[:-1]
            assert video.rpartition("/")[2] == lines[2]["properties"]["name"]
            found.append(("", [video]))
        else:
            found.append(("", [_path(line) for line in lines[2:]]))
    return found


def _path(line: dict) -> str:  # type: ignore[type-arg]
    given = line.get("meta", {}).get("original_name")
    return str(given) if given is not None else line["name"] + line["extension"]
