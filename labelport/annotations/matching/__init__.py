"""Names of annotation files led to the dataset's images (annotations, section 5)."""

from labelport.annotations.matching.matcher import Matcher

__all__ = ["Matcher"]
