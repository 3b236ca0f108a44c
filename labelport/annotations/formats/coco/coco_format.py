"""COCO as a format: one reader, and a writer for each of its dialects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.coco.claiming import coco_claims
from labelport.annotations.formats.coco.reading import read_files
from labelport.annotations.formats.coco.writing import Dialect, write_coco
from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.options import AnnotationOptions

_AS_BOX = "its box"
_FULL = Holds(
    shapes={
        "box": KEPT,
        "rotated_box": "a polygon",
        "polygon": KEPT,
        "rle": KEPT,
        "mask": "run lengths",
        "keypoints": KEPT,
        "circle": _AS_BOX,
    },
    holes="RLE instead",
    rings=KEPT,
    crowd=KEPT,
    keypoints=KEPT,
    scores=KEPT,
    negatives=KEPT,
    unlabelled=LOST,
    sizes=KEPT,
    extras=KEPT,
    categories=KEPT,
)


@dataclass
class CocoFormat:
    """COCO, whole or one of its dialects."""

    id: str
    title: str
    holds: Holds | None
    reads: bool = False
    segmentations: bool = True
    """False: every annotation is written as its box."""

    keypoints: bool = True
    version: str = "1"
    separate: bool = True
    Options: type[AnnotationOptions] = AnnotationOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return a claim for each file that has lists of images and annotations."""
        return coco_claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the rows of the claim's files."""
        made, narrower = read_files([files[name] for name in claim.parts], context)
        return Parsed(made, format=narrower)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``annotations.json``."""
        write_coco(given, output, context, Dialect(self.segmentations, self.keypoints))

    def box_pointer(self, pointer: str, side: str) -> str:
        """Return the place of a box, or of its width or height, in its annotation."""
        return pointer + {"width": "/bbox/2", "height": "/bbox/3"}.get(side, "/bbox")


def _narrower(shapes: Mapping[str, str], keypoints: str, rings: str) -> Holds:
    return Holds(**{**vars(_FULL), "shapes": {**_FULL.shapes, **shapes}, "keypoints": keypoints, "rings": rings})


COCO = CocoFormat("coco", "COCO", _FULL, reads=True)
COCO_BOXES = CocoFormat(
    "coco_boxes",
    "COCO, boxes",
    _narrower(dict.fromkeys(("rotated_box", "polygon", "rle", "mask", "keypoints"), _AS_BOX), LOST, "box of all"),
    segmentations=False,
    keypoints=False,
)
COCO_MASKS = CocoFormat(
    "coco_masks", "COCO, polygons and masks", _narrower({"keypoints": "its box or shape"}, LOST, KEPT), keypoints=False
)
COCO_KEYPOINTS = CocoFormat("coco_keypoints", "COCO, keypoints", _FULL)
