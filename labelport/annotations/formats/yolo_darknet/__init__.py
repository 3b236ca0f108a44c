"""YOLO DarkNet: one txt an image, rows of a class number and a box as shares of the image, and a list of names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.yolo_darknet.claiming import claims
from labelport.annotations.formats.yolo_darknet.origin import decide
from labelport.annotations.formats.yolo_darknet.reading import read
from labelport.annotations.formats.yolo_darknet.writing import SHAPES, write
from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.options import AnnotationOptions


class YoloDarknetOptions(AnnotationOptions):
    """Options of annotation files, with those of YOLO."""

    yolo_scores: bool = Field(False, description="Write confidences as a sixth field, after the box.")


_HOLDS = Holds(
    shapes=SHAPES,
    rings="box of all",
    crowd="left out",
    scores="lost, unless `yolo_scores` is set",
    unlabelled=KEPT,
)


class YoloDarknet:
    """YOLO DarkNet, also as Ultralytics, Roboflow and Label Studio lay it out."""

    id = "yolo_darknet"
    title = "YOLO DarkNet"
    version = "1"
    reads = True
    holds: Holds | None = _HOLDS
    Options: type[AnnotationOptions] = YoloDarknetOptions

    def holds_with(self, options: AnnotationOptions) -> Holds:
        """Return what the files hold: confidences where ``yolo_scores`` is set."""
        scores = KEPT if getattr(options, "yolo_scores", False) else LOST
        return replace(_HOLDS, scores=scores)

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return a claim for each folder with a list of class names, and one for txts without any list."""
        return claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the rows of the txts of a dataset; which point x, y are is decided once for all of them."""
        return read(files, claim, context)

    def decide(self, evidence: Mapping[str, int], options: AnnotationOptions) -> Mapping[str, str]:
        """Return which point x, y are, and where a confidence stands, by the counts of all txts."""
        return decide(evidence, options)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``label.labels`` and one ``labels/**.txt`` an image."""
        write(given, output, context)


YOLO_DARKNET = YoloDarknet()
