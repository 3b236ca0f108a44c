"""What NIfTI volumes of labels hold."""

from dataclasses import replace

from labelport.annotations.holds import KEPT, LOST, Holds

ONEHOT_HOLDS = Holds(
    shapes={
        **dict.fromkeys(("polygon", "rotated_box", "point", "line"), "its pixels"),
        "rle": KEPT,
        "mask": KEPT,
    },
    holes=KEPT,
    rings=KEPT,
    crowd=LOST,
    keypoints=LOST,
    scores=LOST,
    negatives=KEPT,
    unlabelled=LOST,
    sizes=KEPT,
    extras=LOST,
    categories=KEPT,
)
INDEX_HOLDS = replace(ONEHOT_HOLDS, crowd="lost; classes that overlap are refused")
