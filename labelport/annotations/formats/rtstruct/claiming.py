"""Which DICOM files are structure sets, by the class that their heads say."""

from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.dicom_class import class_of
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.rtstruct import tags
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.probing.sniff_medical import dicom


def claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return one claim of all files of the class RT Structure Set Storage, with and without preamble.

    ``told``: of all that are DICOM.
    """
    parts = tuple(file.name for file in files if _may_be(file, told=told))
    return [Claim(parts, confidence=1.0, why="SOP class RT Structure Set Storage")] if parts else []


def _may_be(file: AnnotationFile, *, told: bool) -> bool:
    try:
        head = file.head()
        return (told and dicom(head) is not None) or class_of(file, head) == tags.RT_STRUCTURE_SET_STORAGE
    except (ObjectAbsent, ObjectChanged, OSError):
        return False
