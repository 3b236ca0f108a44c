"""Options of the Encord manifest (specification 3.11)."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from labelport.manifests.encord.arns import ARN
from labelport.manifests.encord.metadata_keys import key_fault
from labelport.options import ManifestOptions

MOST_ENTRIES = 10_000
MOST_URLS = 1_000_000
MOST_BYTES = 100 * 1024 * 1024
"""The vendor's limits by plan and by file contradict each other: the lowest of both (specification 3.9)."""


class EncordOptions(ManifestOptions):
    """Encord's registration files: JSON for its web page and its SDK, or CSV for its web page."""

    platform: Literal["encord"] = "encord"
    format: Literal["json", "csv"] = Field("json", description="csv holds videos, images, groups and DICOM only.")
    dialect: Literal["file", "sdk"] = Field(
        "file", description="file: for the web page and the SDK; sdk: the SDK's own classes, <name>.sdk.json."
    )
    skip_duplicate_urls: bool = Field(True, description="Encord skips what it has by URL: an import can be repeated.")
    upsert: bool = Field(
        False,
        description="Encord takes new metadata for what it has. Needs skip_duplicate_urls; in a file unconfirmed.",
    )
    unconfirmed: bool = Field(False, description="Write what no document of the vendor shows: pdfs, nifti, $encord.")
    media_metadata: bool = Field(
        False, description="Write sizes, rates and types where all are exact: Encord then reads no file."
    )
    client_only: bool = Field(False, description="Strict client-only access: what lacks media metadata is an error.")
    client_metadata: list[str] = Field(default_factory=list, description="Attributes of the series to write, too.")
    sequences: bool = Field(False, description="Frames as image sequences: Encord writes a video into the bucket.")
    keyframes: Literal["metadata", "none"] = Field(
        "metadata", description="metadata: the column that names key frames."
    )
    sampling_rate: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Samples a second; 0: key frames only. Unconfirmed."
    )
    keyframe_mode: Literal["frame", "seconds"] | None = Field(None, description="Unit of key frames. Unconfirmed.")
    groups_plan: bool = Field(
        False, description="<name>.groups.json for all that Encord cannot group by itself; audio with images always."
    )
    split_by: int | None = Field(None, ge=1, le=16, description="A set of chunks for each folder of this depth.")
    dicom_header: Literal["Series title", "Dicom title"] = Field("Series title", description="CSV header of DICOM.")
    max_entries: int = Field(MOST_ENTRIES, ge=1, description="Entries of a chunk.")
    max_urls: int = Field(MOST_URLS, ge=1, description="URLs of a chunk.")
    max_bytes: int = Field(MOST_BYTES, ge=1024, description="Bytes of a chunk.")
    url_form: Literal["auto", "virtual", "path", "mrap"] = Field(
        "auto", description="virtual: bucket in the host name; path: in the path; mrap: by the ARN of an access point."
    )
    mrap: str | None = Field(None, description="ARN of a Multi-Region Access Point, with url_form: mrap.")
    mrap_joiner: str = Field("/", description="What stands between ARN and key; the vendor does not say.")
    urls: Literal["strict", "any"] = Field("strict", description="any: check accepts placeholders for URLs.")

    @field_validator("mrap")
    @classmethod
    def _is_an_arn(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(ARN, value):
            raise ValueError("it must read arn:aws:s3::<12 digits>:accesspoint/<alias>.mrap")
        return value

    @field_validator("mrap_joiner")
    @classmethod
    def _joins(cls, value: str) -> str:
        if not value.startswith("/") or not value.endswith("/") or re.search(r"\s", value):
            raise ValueError("it must start and end with a slash, as in / or /object/")
        return value

    @field_validator("client_metadata")
    @classmethod
    def _names_may_be_keys(cls, value: list[str]) -> list[str]:
        for name in value:
            if key_fault(name) == "reserved":
                raise ValueError(f"{name!r} is reserved by Encord: no attribute can be called so there")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> "EncordOptions":
        if self.upsert and not (self.skip_duplicate_urls and (self.unconfirmed or self.dialect == "sdk")):
            raise ValueError(
                "upsert has no effect without skip_duplicate_urls: true, and needs unconfirmed: true or dialect: sdk"
            )
        if (self.sampling_rate is not None or self.keyframe_mode is not None) and not self.unconfirmed:
            raise ValueError("sampling_rate and keyframe_mode are written as $encord, which needs unconfirmed: true")
        if (self.url_form == "mrap") != (self.mrap is not None):
            raise ValueError("url_form: mrap and the ARN in mrap belong together")
        if self.format == "csv":
            self._fit_into_csv()
        return self

    def _fit_into_csv(self) -> None:
        absent = {
            "dialect": self.dialect == "sdk",
            "media_metadata": self.media_metadata,
            "client_only": self.client_only,
            "client_metadata": self.client_metadata,
            "upsert": self.upsert,
            "sampling_rate": self.sampling_rate is not None,
            "keyframe_mode": self.keyframe_mode is not None,
            "groups_plan": self.groups_plan,
        }
        asked = [name for name, value in absent.items() if value]
        if asked:
            raise ValueError(f"a CSV has no column for it: {', '.join(asked)}. Use format: json")
