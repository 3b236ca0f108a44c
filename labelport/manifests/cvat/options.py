"""Options of the CVAT manifest (specification 2.14)."""

from typing import Literal

from pydantic import Field

from labelport.options import ManifestOptions


class CvatOptions(ManifestOptions):
    """CVAT's dataset manifest: JSON Lines that lie in the data's root."""

    platform: Literal["cvat"] = "cvat"
    mode: Literal["header", "exact"] = Field(
        "header", description="header: no image is opened and there are no checksums; exact: every image is decoded."
    )
    video: Literal["exact", "skip"] = Field("exact", description="exact: every frame is decoded; skip: no videos.")
    version: Literal["1.1", "1.0"] = Field("1.1", description="1.1 as CVAT's tool writes; 1.0 as its page shows.")
    media: Literal["auto", "images", "video"] = Field("auto", description="auto: each kind in its own folder.")
    sorting: Literal["lexicographical", "natural", "predefined"] = Field(
        "lexicographical", description="Must equal the sorting of the task."
    )
    force: bool = Field(False, description="Write videos that have too few key frames.")
    index: Literal["auto"] | bool = Field("auto", description="index.json: auto is images yes, videos no.")
    place: Literal["publish"] = Field("publish", description="Where the files are written.")
