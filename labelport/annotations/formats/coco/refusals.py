"""Which JSON files are no COCO files, and what is odd in the members beside the lists."""

from labelport.annotations.formats.coco.annotation_piece import AnnotationPiece
from labelport.annotations.formats.coco.arrays import NotRead
from labelport.annotations.formats.coco.text_file import TextFile
from labelport.annotations.json_text import read_json
from labelport.annotations.said import Said
from labelport.manifests.json_elements import escaped

MOST_LOOKED = 64 << 20
"""Bytes of a member beside the lists that is looked into."""


def refused_because(file: TextFile) -> NotRead | None:
    """Return why a file is not read as COCO, null where it is."""
    absent = [name for name in ("images", "annotations") if name not in file.arrays]
    for name in (*absent, "categories"):
        if name in file.members and (absent == [name] or name == "categories"):
            return NotRead("json.wrong_type", f"{name} is no list; the file was not read", pointer=f"/{name}")
    if absent:
        return NotRead("coco.not_coco", f"the file has no list {' and no list '.join(absent)}")
    pieces: list[AnnotationPiece] = file.arrays["annotations"].pieces
    names = {name for piece in pieces for form in piece.elements.forms for name in form.keys}
    if names and not names & {"bbox", "segmentation", "keypoints"}:
        shown = ", ".join(sorted(names)[:6])
        return NotRead("coco.not_coco", f"no annotation has a bbox, segmentation or keypoints, but {shown}")
    return None


def tell_outer_oddities(file: TextFile, name: str, said: Said) -> None:
    """Say which members beside the lists have doubled names, or are nested too deep."""
    for key, text in file.members.items():
        if text[:1] not in (b"{", b"[") or len(text) > MOST_LOOKED:
            continue
        heard = Said()
        read_json(text, name, heard)
        for each in heard.findings():
            said.say(each.code, name, f"/{escaped(key)}{each.pointer}", each.message, severity=each.severity)
    if file.doubled:
        words = "this name stands twice at the top of the file"
        said.say("json.duplicate_key", name, f"/{escaped(file.doubled)}", words)
