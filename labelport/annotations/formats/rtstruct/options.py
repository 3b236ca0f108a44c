"""How structure sets are read and written, and what they hold."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from labelport.annotations.holds import LOST
from labelport.annotations.volumes.holding import voxels_alone
from labelport.options import AnnotationOptions


class StructureOptions(AnnotationOptions):
    """Options of RT Structure Sets."""

    holes: Literal["xor", "keyhole"] = Field(
        "xor", description="RT Structure Sets: holes as exclusive contours, or as a cut to the outline."
    )
    uids: Literal["source", "pseudonym"] = Field(
        "source", description="RT Structure Sets: UIDs as in the images, or as the catalogue has them under the key."
    )


HOLDS = replace(voxels_alone("contours of its pixels"), categories=LOST)
