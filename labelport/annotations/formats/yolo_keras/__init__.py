"""YOLO Keras PyTorch: one txt of lines ``name x0,y0,x1,y1,class``, boxes in pixels, and a list of names."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.yolo_darknet.writing import SHAPES
from labelport.annotations.formats.yolo_keras.claiming import claims
from labelport.annotations.formats.yolo_keras.reading import read
from labelport.annotations.formats.yolo_keras.writing import write
from labelport.annotations.holds import KEPT, Holds
from labelport.options import AnnotationOptions


class YoloKeras:
    """YOLO Keras PyTorch."""

    id = "yolo_keras"
    title = "YOLO Keras PyTorch"
    version = "1"
    reads = True
    holds: Holds | None = Holds(shapes=SHAPES, rings="box of all", crowd="left out", unlabelled=KEPT)
    Options: type[AnnotationOptions] = AnnotationOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return a claim for each folder with a list of class names, and one for files without any list."""
        return claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the boxes of the lines; lines of one image in one file are merged."""
        return read(files, claim, context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``label.txt`` and ``annotation.txt``, one line an image."""
        write(given, output, context)


YOLO_KERAS = YoloKeras()
