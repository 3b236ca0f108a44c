"""What a format can hold: the table of the docs, the losses of an export, and the measure of a round trip."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT = "kept"
LOST = "lost"

SHAPES = ("box", "rotated_box", "polygon", "rle", "mask", "keypoints", "point", "line", "circle", "class")
"""Kinds of annotations of pictures."""


@dataclass(frozen=True)
class Holds:
    """What becomes of each thing when it is written: ``KEPT``, ``LOST``, or words that say what stands instead.

    A thing of which other words are said is written in another form (``its box``), and that is a loss as well.
    """

    shapes: Mapping[str, str] = field(default_factory=dict)
    """By kind of ``SHAPES``; a kind that is not named is lost: the annotation is not written."""

    holes: str = LOST
    """Inner rings of polygons."""

    rings: str = LOST
    """Several rings of one annotation."""

    crowd: str = LOST
    """COCO's iscrowd."""

    keypoints: str = LOST
    """Keypoints of an annotation that has a box or polygon as well."""

    scores: str = LOST
    """Confidences."""

    negatives: str = KEPT
    """Images that were looked at and have nothing."""

    unlabelled: str = LOST
    """Images that nobody looked at, told from negative ones."""

    sizes: str = LOST
    """Width and height of the images."""

    extras: str = LOST
    """Members that no column has."""

    categories: str = KEPT
    """Categories that no annotation has, and the order of the categories."""
