"""What the flags of LabelMe files are: the classes of images, or remarks on images that have shapes.

A file can have flags that are set for the whole image. Where a data set has flags and no shape at all, they are
what was labelled: classes. Beside shapes they are remarks (``night``, ``checked``), and would be categories that
nobody drew; they are kept as members of the image. The files do not say which it is, so all of them decide
together, and ``labelme_flags`` says it where that is wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from labelport.annotations.formats.labelme.documents import Document
from labelport.annotations.said import Said
from labelport.options import AnnotationOptions

CLASSES = "classes"
KEPT = "kept"
DECIDED = "labelme_flags"


class LabelMeOptions(AnnotationOptions):
    """The options of all formats, and what LabelMe's files do not say."""

    labelme_flags: Literal["auto", "classes", "kept"] = Field(
        "auto",
        description="Flags of LabelMe files: classes of the image, or kept with it; auto: classes where no file has shapes.",
    )


def evidence_of(documents: Sequence[Document]) -> dict[str, dict[str, int]]:
    """Return the counts of shapes and of set flags by file, where there are any."""
    counts = {each.file: {"shapes": each.shapes, "flags": len(each.true_flags)} for each in documents}
    return {file: {name: count for name, count in each.items() if count} for file, each in counts.items()}


def decide(evidence: Mapping[str, int], options: AnnotationOptions) -> dict[str, str]:
    """Return what flags are, from the counts of all files together."""
    told = getattr(options, "labelme_flags", "auto")
    if told != "auto":
        return {DECIDED: told}
    classes = evidence.get("flags", 0) > 0 and not evidence.get("shapes", 0)
    return {DECIDED: CLASSES if classes else KEPT}


def tell(documents: Sequence[Document], decided: Mapping[str, str], said: Said) -> None:
    """Say once where flags were taken for classes."""
    flagged = [each for each in documents if each.true_flags]
    if decided[DECIDED] == CLASSES and flagged:
        count = sum(len(each.true_flags) for each in flagged)
        words = f"{count:,} flags of {len(flagged):,} files were read as classes of their images"
        said.say("labelme.flags", flagged[0].file, "/flags", words)
