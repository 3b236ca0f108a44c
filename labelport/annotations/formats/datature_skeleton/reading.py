"""Reading skeleton files: the columns, and the text of all else as it was given."""

from collections.abc import Sequence
from typing import Any

import msgspec

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.contract import Parsed, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.datature_skeleton.checking import Checker
from labelport.annotations.formats.datature_skeleton.skeletons import Skeleton, skeleton_of
from labelport.annotations.formats.datature_skeleton.telling import is_text
from labelport.annotations.formats.datature_skeleton.twins import MOST_CHIRALITY, mirrors_of, twins_of
from labelport.annotations.json_text import read_json
from labelport.annotations.said import Said
from labelport.tables import SKELETONS

MOST_FILE = 4 << 20
BOM = b"\xef\xbb\xbf"
MEMBER = "skeletons"
COLUMNS = ("name", "keypoints", "connections", "chirality", "cameras", "source_file", "extras")


def read_skeletons(files: Sequence[AnnotationFile], context: ReadContext) -> Parsed:
    """Return the skeletons of files, one row each; the rest of a file is its document."""
    rows: list[dict[str, Any]] = []
    documents: dict[str, bytes] = {}
    for file, body in bodies(files, context, most=MOST_FILE):
        document = read_json(body, file.name, context.said)
        if document is None:
            continue
        if not isinstance(document, dict) or not isinstance(document.get(MEMBER), list):
            place = f"/{MEMBER}" if isinstance(document, dict) and MEMBER in document else ""
            context.said.say("skeleton.not_skeleton", file.name, place, "there is no list of skeletons")
            continue
        texts = _texts(body, file.name, context.said)
        if texts is None:
            continue
        rest, skeletons = texts
        rows += _rows(document, skeletons, file.name, context.said)
        if rest:
            documents[file.name] = object_text(rest)
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return Parsed(AnnotationSet(skeletons=rows_of(SKELETONS, len(rows), **columns), documents=documents))


def object_text(members: dict[str, bytes]) -> bytes:
    """Return a JSON object of members whose values are JSON texts."""
    return b"{" + b", ".join(msgspec.json.encode(name) + b": " + text for name, text in members.items()) + b"}"


def _texts(body: bytes, file: str, said: Said) -> tuple[dict[str, bytes], list[bytes]] | None:
    """Return the texts of the members beside the skeletons, and of each skeleton, as given."""
    try:
        members = msgspec.json.decode(body.removeprefix(BOM), type=dict[str, msgspec.Raw])
        skeletons = msgspec.json.decode(members[MEMBER], type=list[msgspec.Raw])
    except msgspec.MsgspecError:
        # What Python reads and this reader does not: a name with half a surrogate pair.
        said.say("json.not_json", file, "", "a name is no Unicode text")
        return None
    return {name: bytes(raw) for name, raw in members.items() if name != MEMBER}, [bytes(raw) for raw in skeletons]


def _rows(document: dict[str, Any], texts: list[bytes], file: str, said: Said) -> list[dict[str, Any]]:
    checker = Checker(file, said)
    found = [skeleton_of(held, f"/{MEMBER}/{at}", checker) for at, held in enumerate(document[MEMBER])]
    _tell_doubled(found, checker)
    checker.document(document, found)
    cameras = _camera_names(document.get("cameras"))
    mirrors = mirrors_of(document.get("chirality"))
    if isinstance(document.get("chirality"), list) and len(document["chirality"]) > MOST_CHIRALITY:
        words = f"twins are taken from the first {MOST_CHIRALITY:,} entries; the others are kept"
        said.say("format.too_large", file, "/chirality", words, severity="warning")
    return [
        {
            "name": each.name,
            "keypoints": list(each.keypoints),
            "connections": [list(pair) for pair in each.connections],
            "chirality": twins_of(each, number, mirrors),
            "cameras": cameras,
            "source_file": file,
            "extras": text,
        }
        for number, (each, text) in enumerate(zip(found, texts, strict=True))
        if each is not None
    ]


def _tell_doubled(found: Sequence[Skeleton | None], checker: Checker) -> None:
    names: dict[str, int] = {}
    for number, each in enumerate(found):
        if each is not None and names.setdefault(each.name, number) != number:
            place = f"/{MEMBER}/{number}/name"
            words = f"skeleton {names[each.name]} has this name too"
            checker.said.say("skeleton.duplicate_name", checker.file, place, words, value=each.name)


def _camera_names(cameras: Any) -> list[str]:
    listed = cameras if isinstance(cameras, list) else []
    return [each["name"] for each in listed if isinstance(each, dict) and is_text(each.get("name"))]
