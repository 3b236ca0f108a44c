"""``labels.json``: which number is which class."""

from typing import Any, NamedTuple

from labelport.annotations.json_text import read_json
from labelport.annotations.said import Said

NAME = "labels.json"
MOST_BYTES = 16 << 20
MOST_ID = 2**63 - 1
"""No voxel has a greater number."""


class Label(NamedTuple):
    """A class."""

    id: int
    name: str


def is_label_list(file: str) -> bool:
    """Return whether a file is called as the list of classes is."""
    return file.rsplit("/", 1)[-1].lower() == NAME


def labels_of(body: bytes, file: str, said: Said) -> list[Label] | None:
    """Return the classes in the order of the list, or null where anything is wrong with it.

    A list of objects with ``id`` and ``name``, or an object that holds one as ``labels``; further members are left
    alone. Findings: those of ``read_json``, and ``nifti.bad_labels`` at the JSON pointer of each fault.
    """
    heard = Said()
    value = read_json(body, file, heard)
    said.take(heard)
    if heard.findings():
        return None
    faults: list[tuple[str, str]] = []
    start = ""
    if isinstance(value, dict) and isinstance(value.get("labels"), list):
        value, start = value["labels"], "/labels"
    if not isinstance(value, list) or not value:
        faults.append((start, "it is no list of objects with id and name"))
        value = []
    made = _made(value, start, faults)
    for pointer, words in faults:
        said.say("nifti.bad_labels", file, pointer, words)
    return None if faults else made


def _made(value: list[Any], start: str, faults: list[tuple[str, str]]) -> list[Label]:
    """Return the labels that are right, and add what is wrong."""
    made = []
    ids: dict[int, int] = {}
    names: dict[str, int] = {}
    for place, entry in enumerate(value):
        at = f"{start}/{place}"
        if not isinstance(entry, dict):
            faults.append((at, "it is no object with id and name"))
            continue
        number, name = entry.get("id"), entry.get("name")
        before = len(faults)
        if type(number) is not int:
            faults.append((f"{at}/id", "the id is no whole number"))
        elif not 1 <= number <= MOST_ID:
            faults.append(
                (f"{at}/id", "the id is below 1: 0 is the background" if number < 1 else "the id is too high")
            )
        elif ids.setdefault(number, place) != place:
            faults.append((f"{at}/id", f"entry {ids[number]} has this id too"))
        if not isinstance(name, str) or not name.strip():
            faults.append((f"{at}/name", "the name is empty, or no text"))
        elif not _is_text(name):
            faults.append((f"{at}/name", "the name has half a character"))
        elif names.setdefault(name, place) != place:
            faults.append((f"{at}/name", f"entry {names[name]} has this name too"))
        if len(faults) == before and isinstance(number, int) and isinstance(name, str):
            made.append(Label(number, name))
    return made


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
