"""DICOM objects that lie in two places count once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labelport.annotations.said import Said
from labelport.annotations.volumes.document import Document, read_document

CODE = "volume.duplicate_object"


@dataclass(frozen=True)
class Double:
    """A file that does not count."""

    owner: str
    """The file that counts in its place."""

    same: bool
    """Both draw the same structures."""


def doubles_of(documents: Mapping[str, bytes], files: Iterable[str]) -> dict[str, Double]:
    """Return the files that hold an object which another one counts for.

    ``files``: in the order in which they count; the first that has voxels does.
    """
    copies: dict[str, list[tuple[str, Document]]] = {}
    for name in files:
        document = read_document(documents.get(name))
        if document is not None and document.object:
            copies.setdefault(document.object, []).append((name, document))
    found = {}
    for several in copies.values():
        owner, counted = next((each for each in several if _voxels(each[1])), several[0])
        for name, document in several:
            if name != owner:
                found[name] = Double(owner, document.grids == counted.grids)
    return found


def tell_doubles(doubles: Mapping[str, Double], said: Said) -> None:
    """Say which files do not count: other structures under one UID are somebody's mistake."""
    for name, double in doubles.items():
        words = f"it is the same DICOM object as {double.owner}"
        if double.same:
            said.say(CODE, name, "", words, value=double.owner)
            continue
        hint = "Find out which of them is right, and remove the other; each needs a UID of its own."
        said.say(CODE, name, "", f"{words}, with other structures", value=double.owner, severity="warning", hint=hint)


def _voxels(document: Document) -> int:
    return sum(listed.voxels for grid in document.grids for listed in grid.structures)
