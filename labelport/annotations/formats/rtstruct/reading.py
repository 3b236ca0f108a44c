"""Reading."""

from collections.abc import Mapping

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Parsed, ReadContext
from labelport.annotations.files import AnnotationFile


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return nothing yet."""
    del files, claim, context
    return Parsed(AnnotationSet())
