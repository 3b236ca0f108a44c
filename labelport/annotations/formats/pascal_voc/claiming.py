"""Which XML files are Pascal VOC."""

from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.pascal_voc.heads import head_text, is_annotation, is_labelme_xml, looks_like_xml
from labelport.errors import ObjectAbsent, ObjectChanged


def claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return one claim of all files whose root is ``annotation`` and that are not of LabelMe 3.

    ``told``: of all files that are XML, by name or by their first character.
    """
    parts = tuple(file.name for file in files if _may_be(file, told=told))
    return [Claim(parts, confidence=0.95, why="root element annotation")] if parts else []


def _may_be(file: AnnotationFile, *, told: bool) -> bool:
    if told and file.name.lower().endswith(".xml"):
        return True
    try:
        text = head_text(file.head())
    except (ObjectAbsent, ObjectChanged, OSError):
        return False
    return looks_like_xml(text) if told else is_annotation(text) and not is_labelme_xml(text)
