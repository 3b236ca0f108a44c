"""Options of the Label Studio manifest."""

from typing import Literal, Self

from pydantic import Field, model_validator

from labelport.options import ManifestOptions

MOST_ENTRIES = 250_000
MOST_BYTES = 50 * 1024 * 1024
"""What Label Studio takes in one file [vendor's documentation; a server may be set up for more]."""

VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]{0,99}$"
"""A name that a labeling config can use as ``$name``."""


class LabelStudioOptions(ManifestOptions):
    """Label Studio's tasks: a JSON array whose ``data`` hold what the labeling config calls by name."""

    platform: Literal["label_studio"] = "label_studio"
    address: Literal["auto", "uri", "url"] = Field(
        "auto",
        description="uri: s3://bucket/key, which a storage of the project resolves; url: https; auto: uri where there is one.",
    )
    image_key: str = Field("image", pattern=VARIABLE, description="Key of an image, or of a list of images.")
    video_key: str = Field("video", pattern=VARIABLE, description="Key of a video.")
    audio_key: str = Field("audio", pattern=VARIABLE, description="Key of a recording.")
    text_key: str = Field("text", pattern=VARIABLE, description="Key of a text: its address, not its words.")
    series_key: str = Field("series", pattern=VARIABLE, description="Key of the series' id.")
    max_entries: int = Field(MOST_ENTRIES, ge=1, le=MOST_ENTRIES, description="Tasks of a chunk.")
    max_bytes: int = Field(50_000_000, ge=1024, le=MOST_BYTES, description="Bytes of a chunk.")

    @property
    def key_of_kind(self) -> dict[str, str]:
        """Return the key of each kind of media that a task can hold."""
        return {"image": self.image_key, "video": self.video_key, "audio": self.audio_key, "text": self.text_key}

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = [*self.key_of_kind.values(), self.series_key]
        if len(set(keys)) < len(keys):
            raise ValueError("image_key, video_key, audio_key, text_key and series_key must all differ")
        return self
