"""What a Pascal VOC file can hold."""

from labelport.annotations.holds import KEPT, LOST, Holds

ITS_BOX = "its box"

HOLDS = Holds(
    shapes={
        "box": KEPT,
        "rotated_box": ITS_BOX,
        "polygon": ITS_BOX,
        "rle": ITS_BOX,
        "mask": ITS_BOX,
        "keypoints": ITS_BOX,
        "circle": ITS_BOX,
    },
    holes=LOST,
    rings="box of all",
    crowd=LOST,
    keypoints=LOST,
    scores=LOST,
    negatives=KEPT,
    unlabelled=KEPT,
    sizes=KEPT,
    extras="those of Pascal VOC alone",
    categories=LOST,
)
