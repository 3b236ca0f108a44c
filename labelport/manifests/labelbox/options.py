"""Options of the Labelbox manifest."""

from typing import Literal

from pydantic import Field

from labelport.options import ManifestOptions


class LabelboxOptions(ManifestOptions):
    """Labelbox's data rows: a JSON array of objects by URL, each with a global key of its own."""

    platform: Literal["labelbox"] = "labelbox"
    series_field: str = Field("series", min_length=1, max_length=100, description="Metadata field of the series' id.")
    max_entries: int = Field(100_000, ge=1, description="Data rows of a chunk. Our number: the vendor gives none.")
    max_bytes: int = Field(50_000_000, ge=1024, description="Bytes of a chunk. Our number: the vendor gives none.")
