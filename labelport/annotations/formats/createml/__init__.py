"""CreateML: a JSON list of images, each with its boxes by their centre, in pixels (specification 6.9)."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.createml.claiming import claims_of
from labelport.annotations.formats.createml.reading import read_createml
from labelport.annotations.formats.createml.writing import HOLDS, write_createml
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions

__all__ = ["CREATEML", "CreateMl"]


class CreateMl:
    """CreateML, the JSON of object detectors and of image classifiers."""

    id = "createml"
    title = "CreateML"
    version = "createml-1"
    reads = True
    holds: Holds | None = HOLDS
    Options: type[AnnotationOptions] = AnnotationOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return a claim of the files that list images with annotations."""
        return claims_of(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return boxes and classes: one image a name and file, one category a label."""
        return read_createml([files[name] for name in claim.parts], context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``createml.json``, one entry an image."""
        write_createml(given, output, context)

    def box_pointer(self, pointer: str, side: str) -> str:
        """Return the place of a box's number: below the annotation's ``coordinates``."""
        return f"{pointer}/coordinates" + ("" if side == "box" else f"/{side}")


CREATEML = CreateMl()
