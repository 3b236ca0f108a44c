"""Options of the rule ``audio_image``."""

from typing import Literal

from pydantic import Field, field_validator

from labelport.options import Options, RuleOptions


class PairTable(Options):
    """A table that says which picture belongs to which recording."""

    path: str = Field(min_length=1, description="CSV or Parquet: below the bucket's prefix, an absolute path or a URI.")
    recording: str = Field("recording", description="Its column of the recordings' keys.")
    image: str = Field("image", description="Its column of the pictures' keys.")


class AudioImageOptions(RuleOptions):
    """Options of the rule ``audio_image``."""

    rule: Literal["audio_image"] = "audio_image"
    recordings: list[Literal["audio", "video"]] = Field(
        ["audio"], min_length=1, description="Kinds that may be recordings; video: clips with sound."
    )
    images: str | None = Field(
        None,
        description="Folder of pictures whose names below it are those of the recordings, beside `a.wav`, `a.png`.",
    )
    by: Literal["path", "stem"] = Field(
        "path", description="What must be equal below `images`: path: folders and name; stem: the name alone."
    )
    table: PairTable | None = Field(None, description="A table of recordings and pictures, which wins over names.")

    @field_validator("images")
    @classmethod
    def _a_folder(cls, value: str | None) -> str | None:
        if value is not None and (not value.strip("/") or value.startswith("/")):
            raise ValueError("images is a folder below the bucket's prefix, as in pictures/")
        return None if value is None else f"{value.rstrip('/')}/"

    @property
    def files(self) -> tuple[str, ...]:
        """Return the path of the table, where there is one."""
        return () if self.table is None else (self.table.path,)
