"""Datature's skeleton file: keypoints, their connections, cameras and mirror twins (specification 6.12)."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.datature_skeleton.agreeing import differences
from labelport.annotations.formats.datature_skeleton.claiming import claims_of
from labelport.annotations.formats.datature_skeleton.reading import read_skeletons
from labelport.annotations.formats.datature_skeleton.writing import HOLDS, write_skeletons
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions

__all__ = ["DATATURE_SKELETON", "DatatureSkeleton", "differences"]


class DatatureSkeleton:
    """The skeleton file. It has no images and no annotations: its rows are the table ``skeletons``."""

    id = "datature_skeleton"
    title = "Datature skeleton"
    version = "datature_skeleton-1"
    reads = True
    holds: Holds | None = HOLDS
    Options: type[AnnotationOptions] = AnnotationOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return a claim of the JSON objects with ``skeletons``."""
        return claims_of(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the skeletons; what else the files hold is in ``documents``."""
        return read_skeletons([files[name] for name in claim.parts], context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``skeleton.json``; a set without skeletons: those of its categories with keypoints."""
        write_skeletons(given, output, context)


DATATURE_SKELETON = DatatureSkeleton()
