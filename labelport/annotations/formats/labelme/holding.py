"""What a LabelMe file can hold."""

from labelport.annotations.holds import KEPT, LOST, Holds

HOLDS = Holds(
    shapes={
        "box": KEPT,
        "rotated_box": KEPT,
        "polygon": KEPT,
        "rle": "a mask",
        "mask": KEPT,
        "keypoints": "its box or outline, and points",
        "point": KEPT,
        "line": KEPT,
        "circle": KEPT,
        "class": KEPT,
    },
    holes="a mask",
    rings=KEPT,
    crowd=LOST,
    keypoints="points of their own, without visibility",
    scores=LOST,
    negatives=KEPT,
    unlabelled=KEPT,
    sizes=KEPT,
    extras=KEPT,
    categories=LOST,
)
