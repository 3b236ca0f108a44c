"""Which files are CreateML, by the first entry of their list."""

import json
import re
from collections.abc import Sequence
from typing import Any

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile

_LIST_OF_OBJECTS = re.compile(r"\s*\[\s*(?=\{)")
_IMAGE_FIRST = re.compile(r'\s*\[\s*\{\s*"(?:image|imagefilename)"\s*:\s*"')
_ANNOTATIONS = re.compile(r'"annotations?"\s*:\s*[\[{]')
_CLASS_FILES = ("labels.json",)

SURE, LIKELY, TOLD = 0.95, 0.8, 0.6


def claims_of(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return a claim a confidence: files of one confidence are read with each other."""
    found: dict[float, list[str]] = {}
    for file in files:
        if file.name.rsplit("/", 1)[-1].lower() in _CLASS_FILES:
            continue
        head = head_text(file.head())
        sure = _confidence(head)
        if told and sure < TOLD and (file.name.lower().endswith(".json") or head.lstrip().startswith("[")):
            sure = TOLD
        if sure:
            found.setdefault(sure, []).append(file.name)
    why = "a list of images with annotations"
    return [Claim(tuple(names), confidence=sure, why=why) for sure, names in found.items()]


def head_text(head: bytes) -> str:
    """Return the beginning of a file as text, whatever it holds."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")


def _confidence(head: str) -> float:
    start = _LIST_OF_OBJECTS.match(head)
    if start is None:
        return 0.0
    try:
        first, _ = json.JSONDecoder().raw_decode(head, start.end())
    except (ValueError, RecursionError):
        # Broken, or longer than the head: what is wrong is said when it is read.
        return LIKELY if _IMAGE_FIRST.match(head) and _ANNOTATIONS.search(head) else 0.0
    return _of_entry(first, head)


def _of_entry(first: dict[str, Any], head: str) -> float:
    """Return the confidence by an entry: Label Studio has ``annotations`` too, but names no image beside them."""
    if not isinstance(first.get("image", first.get("imagefilename")), str):
        return 0.0
    listed = first.get("annotations", first.get("annotation"))
    marks = listed if isinstance(listed, list) else [listed]
    if isinstance(first.get("label"), str) or any(isinstance(mark, dict) and "label" in mark for mark in marks):
        return SURE
    return LIKELY if _ANNOTATIONS.search(head) else 0.0
