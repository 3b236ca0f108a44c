"""labels.json: the classes of an export, one for each name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.said import Said

LABELS = "labels.json"

MOST_ID = 2**63 - 1
"""That readers take."""

MOST_VOXEL = 65_535
"""Id of a class that a voxel names: uint16."""


@dataclass(frozen=True)
class Labels:
    """Classes in the order of the categories."""

    ids: Sequence[int]
    names: Sequence[str]

    class_of: Sequence[int | None]
    """Position of the class of each category; null: the category has no name, and is not written."""

    @property
    def body(self) -> bytes:
        """Return labels.json, a class a line."""
        lines = [
            json.dumps({"id": number, "name": name}, ensure_ascii=False)
            for number, name in zip(self.ids, self.names, strict=True)
        ]
        return ("[\n  " + ",\n  ".join(lines) + "\n]\n").encode() if lines else b"[]\n"


def labels_of(given: AnnotationSet, said: Said, *, most: int) -> Labels:
    """Return the classes of all categories of a set: each name once, since a reader refuses it twice.

    Ids are those of the sources where all are whole numbers above zero, each once, and none is above ``most``; else
    1, 2, … by position. Categories of one file that became one class (``loss.duplicate_name``), that have no name
    (``loss.characters``), or that got another id (``loss.ids``) are told.
    """
    names: list[str] = given.categories.column("name").to_pylist()
    own = [_whole(text) for text in given.categories.column("source_id").to_pylist()]
    positions: dict[str, int] = {}
    firsts: list[int] = []
    for row, name in enumerate(names):
        if name.strip() and name not in positions:
            positions[name] = len(firsts)
            firsts.append(row)
    class_of = [positions.get(name) for name in names]
    _tell_names(class_of, given.categories.select(["source_file", "source_id"]).to_pylist(), said)
    ids = [own[row] for row in firsts]
    kept = [number for number in ids if number is not None and 1 <= number <= most]
    if len(set(kept)) < len(firsts):
        kept = list(range(1, len(firsts) + 1))
        changed = sum(number is not None and number != new for number, new in zip(ids, kept, strict=True))
        if changed:
            hint = "Nothing to do: the labels.json of the export names them."
            said.say("loss.ids", LABELS, "", "ids of classes were given anew, from 1", count=changed, hint=hint)
    return Labels(kept, list(positions), class_of)


def _tell_names(class_of: Sequence[int | None], rows: Sequence[Mapping[str, str | None]], said: Said) -> None:
    """Say which categories have no name, or that of another one of their file; one id of a file is one category."""
    seen: dict[tuple[int, str | None], set[str | None]] = {}
    for position, row in zip(class_of, rows, strict=True):
        if position is None:
            said.say("loss.characters", LABELS, "", "a category without a name is not written")
            continue
        known = seen.setdefault((position, row["source_file"]), set())
        if known and (row["source_id"] is None or row["source_id"] not in known):
            said.say("loss.duplicate_name", LABELS, f"/{position}", "categories of one name became one class")
        known.add(row["source_id"])


def _whole(source_id: str | None) -> int | None:
    """Return an id of a source where it is a whole number; else -1, and null where there is none."""
    if source_id is None:
        return None
    try:
        return msgspec.json.decode(source_id, type=int)
    except msgspec.MsgspecError:
        return -1
