"""Options of the Centaur manifest (specification 6.8)."""

from typing import Literal

from pydantic import Field

from labelport.options import ManifestOptions


class CentaurOptions(ManifestOptions):
    """Centaur's series CSV: rows of images that belong together."""

    platform: Literal["centaur"] = "centaur"
    template: str | None = Field(None, description="The template downloaded from the portal: content_id comes from it.")
    partial: bool = Field(False, description="Rows that the template lacks are warnings.")
    origin_root: str = Field("", description="Prefix cut from the key to get origin: what was the import root.")
    notes: list[str] = Field(default_factory=list, description="Columns of attributes and notes that go into notes.")
    label_frames: Literal["auto", "none"] = Field("auto", description="auto: from label_this where it is mixed.")
    media: Literal["auto", "series", "audio_image"] = Field("auto", description="Which CSVs are written.")
