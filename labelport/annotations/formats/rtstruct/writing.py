"""Writing."""

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Output, WriteContext


def write(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write nothing yet."""
    del given, output, context
