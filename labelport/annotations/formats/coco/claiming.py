"""Which files are COCO, judged by their first bytes."""

import re
from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile

_OBJECT = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t\r\n]*\{")
_IMAGES = re.compile(rb'"images"[ \t\r\n]*:[ \t\r\n]*\[')
_ANNOTATIONS = re.compile(rb'"annotations"[ \t\r\n]*:[ \t\r\n]*[\[{]')
_CATEGORIES = re.compile(rb'"categories"[ \t\r\n]*:[ \t\r\n]*\[')
_IMAGE = re.compile(rb'"file_name"[ \t\r\n]*:')
_ANNOTATION = re.compile(rb'"image_id"[ \t\r\n]*:')
_OTHERS = re.compile(rb'"(?:shapes|skeletons|imagePath)"[ \t\r\n]*:')

LARGE = 65536


def coco_claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return a claim for each file that has, or may have, lists of images and annotations."""
    made = []
    for file in files:
        if not (told or file.name.lower().endswith((".json", ".txt")) or "." not in file.name.rsplit("/", 1)[-1]):
            continue
        if told and not file.name.lower().endswith(".json") and not _OBJECT.match(file.head(256)):
            continue
        confidence, why = _judged(file.head(), file.size)
        if told and confidence < 1:
            confidence, why = 1.0, why or "told"
        if confidence:
            made.append(Claim((file.name,), confidence=confidence, why=why))
    return made


def _judged(head: bytes, size: int) -> tuple[float, str]:
    if not _OBJECT.match(head):
        return 0.0, ""
    images, annotations = _IMAGES.search(head), _ANNOTATIONS.search(head)
    if images and annotations:
        return 0.95, "lists images and annotations"
    if _OTHERS.search(head):
        return 0.0, ""
    if size <= len(head):
        return 0.0, ""
    # A long list is the first, and the other comes behind what is looked at.
    if images and _IMAGE.search(head):
        return 0.9, "a list images with file_name"
    if annotations and _ANNOTATION.search(head):
        return 0.9, "a list annotations with image_id"
    if _CATEGORIES.search(head):
        return 0.7, "a list categories"
    return 0.0, ""
