"""LabelMe: one JSON file an image, shapes of many types."""

from collections.abc import Mapping, Sequence

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.labelme import claiming, image_flags, reading, writing
from labelport.annotations.formats.labelme.holding import HOLDS
from labelport.annotations.formats.labelme.image_flags import LabelMeOptions
from labelport.annotations.holds import Holds
from labelport.options import AnnotationOptions


class LabelMe:
    """LabelMe (https://github.com/wkentaro/labelme): read from version 3, written as of 5.5.0."""

    id = "labelme"
    title = "LabelMe"
    version = "1"
    reads = True
    holds: Holds | None = HOLDS
    Options: type[AnnotationOptions] = LabelMeOptions

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return one claim of the files; XML of LabelMe 3 among them, which is refused by name."""
        return claiming.claims(files, told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the rows. Pointers lead to the shape; of a group of polygons to its first one."""
        return reading.read(files, claim, context)

    def decide(self, evidence: Mapping[str, int], options: AnnotationOptions) -> Mapping[str, str]:
        """Return whether flags are classes of images, from the counts of all files."""
        return image_flags.decide(evidence, options)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write one JSON file an image."""
        writing.write(given, output, context)


LABELME = LabelMe()
