"""Structure sets as rows of the annotation tables."""

from collections.abc import Mapping

from labelport.annotations.contract import Claim, Parsed, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.rtstruct.structure_set import MOST_BYTES, read_structure_set
from labelport.annotations.volumes.rows import annotation_set


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return a row a structure and slice of the files that can be placed on series of the dataset."""
    read_files = [
        read_structure_set(body, file.name, context.volumes, context.options, context.said)
        for file, body in bodies((files[name] for name in claim.parts), context, most=MOST_BYTES)
    ]
    return Parsed(annotation_set([each for each in read_files if each is not None]))
