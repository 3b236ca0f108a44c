"""Options of the manifests of Supervisely, Kili and Scale."""

from typing import Literal

from pydantic import Field

from labelport.options import ManifestOptions


class SuperviselyOptions(ManifestOptions):
    """Supervisely's CSV of images."""

    platform: Literal["supervisely"] = "supervisely"
    address: Literal["url", "path"] = Field(
        "url", description="url: https addresses; path: keys, for a CSV that lies at the root of the media."
    )
    tags: list[str] = Field(default_factory=list, description="Attributes of the series to write as tags.")


class KiliOptions(ManifestOptions):
    """Kili's CSV of assets."""

    platform: Literal["kili"] = "kili"


class ScaleOptions(ManifestOptions):
    """Scale's CSV of tasks."""

    platform: Literal["scale"] = "scale"
    column: Literal["attachment_url", "text"] = Field(
        "attachment_url", description="attachment_url: https addresses of images and texts; text: the texts themselves."
    )
