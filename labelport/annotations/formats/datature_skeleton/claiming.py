"""Which files are Datature skeletons, by the names at their beginning."""

import re
from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile

SURE, LIKELY, TOLD = 0.95, 0.7, 0.6

_SKELETONS = re.compile(r'"skeletons"\s*:\s*\[')
_BESIDE = re.compile(r'"(?:chirality|cameras)"\s*:\s*\[')
_COCO = re.compile(r'"(?:images|annotations)"\s*:\s*\[')
_CLASS_FILES = ("labels.json",)


def claims_of(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return a claim a confidence: files of one confidence are read with each other."""
    found: dict[float, list[str]] = {}
    for file in files:
        if file.name.rsplit("/", 1)[-1].lower() in _CLASS_FILES:
            continue
        head = _text(file.head()).lstrip()
        sure = _confidence(head)
        if told and sure < TOLD and (file.name.lower().endswith(".json") or head[:1] in ("{", "/")):
            sure = TOLD
        if sure:
            found.setdefault(sure, []).append(file.name)
    why = "a JSON object with skeletons"
    return [Claim(tuple(names), confidence=sure, why=why) for sure, names in found.items()]


def _confidence(head: str) -> float:
    # A file with comments before its first bracket is no JSON, and still meant to be one.
    if not head.startswith(("{", "//", "/*")):
        return 0.0
    if _COCO.search(head):
        return 0.0
    if _SKELETONS.search(head):
        return SURE
    # Long lists may stand before the skeletons.
    both = len({found[0][:3] for found in _BESIDE.finditer(head)}) == 2
    return LIKELY if both else 0.0


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")
