"""DICOM RT Structure Sets: contours in the patient's millimetres, read and written as voxels of the images."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.rtstruct import claiming, reading, writing
from labelport.annotations.formats.rtstruct.options import HOLDS, StructureOptions
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions


class RtStruct:
    """RT Structure Set Storage, 1.2.840.10008.5.1.4.1.1.481.3 (PS3.3 A.19 and C.8.8.5 to C.8.8.8)."""

    id = "rtstruct"
    title = "DICOM RT Structure Set"
    version = "1"
    reads = True
    separate = True
    volumes = True
    holds: Holds | None = HOLDS
    Options: type[AnnotationOptions] = StructureOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return one claim of the DICOM files of this SOP class."""
        return claiming.claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return a row a structure and slice; pointers are tag paths."""
        return reading.read(files, claim, context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``structures/<series id>.dcm``, one a series."""
        writing.write(given, output, context)


RTSTRUCT = RtStruct()
