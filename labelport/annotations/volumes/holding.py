"""What formats of volumes hold: voxels of named structures, and nothing of how they were drawn."""

from labelport.annotations.holds import KEPT, LOST, Holds


def voxels_alone(drawn: str) -> Holds:
    """Return what is held where all shapes become voxels; ``drawn`` says what stands in place of outlines."""
    return Holds(
        shapes={
            **dict.fromkeys(("polygon", "rotated_box", "point", "line"), drawn),
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
