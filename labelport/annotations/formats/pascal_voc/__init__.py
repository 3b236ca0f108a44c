"""Pascal VOC: one XML file an image, boxes by two corners."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.pascal_voc import claiming, reading, writing
from labelport.annotations.formats.pascal_voc.holding import HOLDS
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions


class PascalVoc:
    """Pascal VOC (the development kit of 2007 to 2012, and what LabelImg and others made of it)."""

    id = "pascal_voc"
    title = "Pascal VOC"
    version = "1"
    reads = True
    holds: Holds | None = HOLDS
    Options = AnnotationOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return one claim of the XML files whose root is ``annotation``."""
        return claiming.claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the rows; pointers are lines of the XML: of ``bndbox`` for a box, of ``filename`` for an image."""
        return reading.read(files, claim, context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write one XML file an image."""
        writing.write(given, output, context)


PASCAL_VOC = PascalVoc()
