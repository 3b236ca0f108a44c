"""Options of the CVAT manifest (specification 2.14)."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from labelport.options import NAME, ManifestOptions


class CvatOptions(ManifestOptions):
    """CVAT's dataset manifest: JSON Lines that lie in the data's root."""

    platform: Literal["cvat"] = "cvat"
    mode: Literal["header", "exact"] = Field(
        "header",
        description="header: no image or cloud is opened and there are no checksums; exact: each is read whole.",
    )
    video: Literal["exact", "skip"] = Field("exact", description="exact: every frame is decoded; skip: no videos.")
    version: Literal["1.1", "1.0"] = Field("1.1", description="1.1 as CVAT's tool writes; 1.0 as its page shows.")
    media: Literal["auto", "images", "video", "pointcloud"] = Field(
        "auto", description="auto: each kind in its own folder; else that kind alone."
    )
    sorting: Literal["lexicographical", "natural", "predefined"] = Field(
        "lexicographical", description="Must equal the sorting of the task."
    )
    force: bool = Field(False, description="Write videos that have too few key frames.")
    index: Literal["auto"] | bool = Field("auto", description="index.json: auto is images and clouds yes, videos no.")
    place: Literal["publish", "data-root"] = Field(
        "publish", description="data-root: also put the files where CVAT reads them, into the bucket of the raw media."
    )

    @model_validator(mode="after")
    def _one_manifest_lies_in_the_root(self) -> Self:
        if self.place == "data-root" and self.split is not None:
            raise ValueError(
                "place: data-root and split exclude each other: the parts would overwrite one another in the data's "
                "root; leave place out, and copy each part to a prefix of its own"
            )
        if self.place == "data-root" and self.use != "original":
            raise ValueError(
                f"place: data-root and use exclude each other: the data's root is then renditions/{self.use}/ below "
                "publish, not the bucket of the raw media; leave place out, and copy the files there"
            )
        return self

    @property
    def own_keys(self) -> tuple[str, ...]:
        """Return globs of what `place: data-root` puts beside the data."""
        if self.place != "data-root":
            return ()
        return ("manifest.jsonl", "index.json", "pointcloud.jsonl", "**/*.manifest.jsonl")

    @property
    def is_batch(self) -> bool:
        """Return whether this is a batch of a manifest: those have names that no manifest can have."""
        return re.fullmatch(NAME, self.manifest_name) is None

    def writes(self, media: Literal["images", "video", "pointcloud"]) -> bool:
        """Return whether manifests of a kind are asked for."""
        return self.media in ("auto", media)
