"""Writing skeleton files: as they were given where nothing has changed, else from the columns."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.datature_skeleton.reading import MEMBER, object_text
from labelport.annotations.formats.datature_skeleton.skeletons import skeleton_of
from labelport.annotations.formats.datature_skeleton.telling import Teller
from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.annotations.said import Said

HOLDS = Holds(negatives=LOST, categories="those with keypoints, where the set has no skeletons", extras=KEPT)
FILE = "skeleton"


def write_skeletons(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write ``skeleton.json``; skeletons of further source files go to ``skeleton-2.json`` and so on.

    A file is written with all its other members, number text included. A set without skeletons gives those of
    its categories that have keypoints.
    """
    del context
    by_file: dict[str, list[bytes]] = {}
    for row in given.skeletons.to_pylist():
        by_file.setdefault(row["source_file"], []).append(_text_of(row))
    if not by_file:
        by_file[""] = [_json(each) for each in _of_categories(given)]
    for number, (file, skeletons) in enumerate(by_file.items(), 1):
        name = f"{FILE}.json" if number == 1 else f"{FILE}-{number}.json"
        output.put(name, _file(given.documents.get(file, b"{}") if file else b"{}", skeletons))


def _file(document: bytes, skeletons: list[bytes]) -> bytes:
    members = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    lines = [msgspec.json.encode(name) + b": " + bytes(raw) for name, raw in members.items() if name != MEMBER]
    lines.append(b'"skeletons": [' + b",\n  ".join([b"", *skeletons])[1:] + (b"\n ]" if skeletons else b"]"))
    return b"{\n " + b",\n ".join(lines) + b"\n}\n"


def _text_of(row: dict[str, Any]) -> bytes:
    """Return a skeleton as it was given, or as its columns say where they say something else."""
    if row["extras"] is None:
        return _json(_object(row, {}))
    text = bytes(row["extras"])
    held = json.loads(text)
    before = skeleton_of(held, "", Teller("", Said()))
    pairs = tuple((one, other) for one, other in row["connections"] or ())
    if before is not None and (before.name, list(before.keypoints), before.connections) == (
        row["name"],
        row["keypoints"] or [],
        pairs,
    ):
        return text
    kept = {name: bytes(raw) for name, raw in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).items()}
    changed = _object(row, held)
    return object_text({**kept, **{name: _json(value) for name, value in changed.items()}})


def _object(row: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return a skeleton of columns; keypoints that were there keep their other members."""
    keypoints = row["keypoints"] or []
    listed = before.get("keypoints")
    points = {each.get("name"): each for each in listed if isinstance(each, dict)} if isinstance(listed, list) else {}
    return {
        "name": row["name"],
        "keypoints": [points.get(name, {"name": name}) for name in keypoints],
        "connections": list(_connections(keypoints, row["connections"] or [])),
    }


def _connections(keypoints: list[str], pairs: list[list[int]]) -> Iterator[dict[str, Any]]:
    named = len(set(keypoints)) == len(keypoints)
    for pair in pairs:
        yield {"pair": [keypoints[end] for end in pair] if named else list(pair)}


def _of_categories(given: AnnotationSet) -> Iterator[dict[str, Any]]:
    for row in given.categories.select(["name", "keypoints", "skeleton"]).to_pylist():
        keypoints = row["keypoints"] or []
        ends = range(len(keypoints))
        pairs = [pair for pair in row["skeleton"] or [] if len(set(pair)) > 1 and all(end in ends for end in pair)]
        if keypoints:
            yield _object({"name": row["name"], "keypoints": keypoints, "connections": pairs}, {})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
