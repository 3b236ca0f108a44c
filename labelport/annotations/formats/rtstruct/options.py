"""How structure sets are read and written, and what they hold."""

from typing import Literal

from pydantic import Field

from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.options import AnnotationOptions


class StructureOptions(AnnotationOptions):
    """Options of RT Structure Sets."""

    holes: Literal["xor", "keyhole"] = Field(
        "xor", description="RT Structure Sets: holes as exclusive contours, or as a cut to the outline."
    )
    uids: Literal["source", "pseudonym"] = Field(
        "source", description="RT Structure Sets: UIDs as in the images, or as the catalogue has them under the key."
    )


HOLDS = Holds(
    shapes={
        **dict.fromkeys(("polygon", "rotated_box", "point", "line"), "contours of its pixels"),
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
    categories=LOST,
)
