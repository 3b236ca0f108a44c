"""DICOM segmentation objects, read through highdicom (an extra): a segment is a category."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.dicom_seg import claiming, reading
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions


class DicomSeg:
    """Segmentation and Label Map Segmentation Storage, 1.2.840.10008.5.1.4.1.1.66.4 and .7 (PS3.3 C.8.20); only read."""

    id = "dicom_seg"
    title = "DICOM segmentation"
    version = "1"
    reads = True
    separate = True
    volumes = True
    holds: Holds | None = None
    Options = AnnotationOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return one claim of the DICOM files of this SOP class."""
        return claiming.claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return a row a segment and slice; pointers are tag paths."""
        return reading.read(files, claim, context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Raise ``NotImplementedError``: nothing is written in this format."""
        raise NotImplementedError


DICOM_SEG = DicomSeg()
