"""Options of the Ground Truth manifest."""

import re
from typing import Literal

from pydantic import Field, field_validator

from labelport.options import ManifestOptions

MOST_ENTRIES = 100_000
"""Objects of one labeling job: the vendor's quota for all tasks but semantic segmentation, which has
20,000 [vendor's documentation, "Input Data Quotas"]."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class GroundTruthOptions(ManifestOptions):
    """Input manifests of Amazon SageMaker Ground Truth."""

    platform: Literal["ground_truth"] = "ground_truth"
    media: Literal["auto", "images", "sequences", "text"] = Field(
        "auto",
        description="auto: frames as sequences, other images and texts a line each; else that kind alone. "
        "images: frames a line each, too.",
    )
    series_key: str | None = Field(
        "series", description="Name under which each line holds the id of its series; null: not written."
    )
    max_entries: int = Field(MOST_ENTRIES, ge=1, description="Lines of a chunk: one labeling job takes one chunk.")

    @field_validator("series_key")
    @classmethod
    def _may_be_a_name(cls, value: str | None) -> str | None:
        if value is not None and (
            not _KEY.fullmatch(value) or value == "source" or value.endswith(("-ref", "-metadata"))
        ):
            raise ValueError(
                "it must be letters, digits, - and _, begin with a letter, and be neither source nor end in -ref or "
                "-metadata, which have a meaning there"
            )
        return value
