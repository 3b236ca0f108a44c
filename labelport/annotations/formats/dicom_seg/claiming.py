"""Which files are segmentation objects: by the SOP class at their head."""

from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.dicom_class import class_of
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.dicom_seg.opening import LABEL_MAP, SEGMENTATION
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.probing import sniff_medical


def claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return one claim of all DICOM files whose SOP class is Segmentation or Label Map Segmentation Storage.

    ``told``: of all DICOM files, and of those that are called so.
    """
    parts = tuple(file.name for file in files if _may_be(file, told=told))
    return [Claim(parts, confidence=1.0, why="DICOM of the class Segmentation Storage")] if parts else []


def _may_be(file: AnnotationFile, *, told: bool) -> bool:
    if told and file.name.lower().endswith(".dcm"):
        return True
    try:
        head = file.head(16 << 10)
        if sniff_medical.dicom(head) is None:
            return False
        return told or class_of(file, head) in (SEGMENTATION, LABEL_MAP)
    except (ObjectAbsent, ObjectChanged, OSError):
        return False
