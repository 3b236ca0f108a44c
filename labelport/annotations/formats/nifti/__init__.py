"""NIfTI volumes of labels: one-hot (a binary channel a class) and class-index (a number a voxel)."""

from collections.abc import Mapping, Sequence
from typing import Literal

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.nifti import claiming, reading, writing
from labelport.annotations.formats.nifti.options import INDEX_HOLDS, ONEHOT_HOLDS
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions

Layout = Literal["onehot", "index"]


class Nifti:
    """NIfTI-1 and NIfTI-2 beside ``labels.json``."""

    version = "1"
    reads = True
    volumes = True
    Options = AnnotationOptions

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.id = f"nifti_{layout}"
        self.title = "NIfTI, one-hot" if layout == "onehot" else "NIfTI, class-index"
        self.holds: Holds | None = ONEHOT_HOLDS if layout == "onehot" else INDEX_HOLDS

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return the volumes of this layout, a claim for each labels.json."""
        return claiming.claims(files, self._layout, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return a row a class and plane; pointers are label ids and fields of the header."""
        return reading.read(files, claim, self._layout, context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``segmentations/<series id>.nii.gz`` and ``labels.json``."""
        writing.write(given, output, self._layout, context)


NIFTI_ONEHOT = Nifti("onehot")
NIFTI_INDEX = Nifti("index")
