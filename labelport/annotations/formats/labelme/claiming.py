"""Which files are LabelMe's."""

from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.pascal_voc.heads import head_text, is_labelme_xml
from labelport.errors import ObjectAbsent, ObjectChanged

TAIL = 1 << 16


def claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return one claim of the JSON files with ``shapes`` and ``imagePath``, and of XML of LabelMe 3.

    ``told``: of all JSON and XML files.
    """
    parts = tuple(file.name for file in files if _may_be(file, told=told))
    return [Claim(parts, confidence=0.95, why="object with shapes and imagePath")] if parts else []


def _may_be(file: AnnotationFile, *, told: bool) -> bool:
    if told and file.name.lower().endswith((".json", ".xml")):
        return True
    try:
        head = file.head()
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return told or _has_shapes(head, file)
        return is_labelme_xml(head_text(head))
    except (ObjectAbsent, ObjectChanged, OSError):
        return False


def _has_shapes(head: bytes, file: AnnotationFile) -> bool:
    """Return whether a JSON object has the members of LabelMe: a picture between them can be megabytes long."""
    if not any(name in head for name in (b'"shapes"', b'"imageData"', b'"imagePath"')):
        return False
    if b'"annotations"' in head and b'"images"' in head:
        return False
    seen = head if file.size <= len(head) else head + file.read(max(file.size - TAIL, len(head)), TAIL)
    if b'"shapes"' not in seen:
        return False
    return b'"imagePath"' in seen or b'"shape_type"' in seen or (b'"points"' in seen and b'"label"' in seen)
