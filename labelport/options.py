"""Bases of the option models that plug-ins of a dataset's YAML derive from.

Series rules derive from ``RuleOptions``, manifests from ``ManifestOptions``; ``labelport.settings`` joins
them to discriminated unions. Unknown keys are refused everywhere.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

NAME = r"^[a-z][a-z0-9_]*$"


class Options(BaseModel):
    """Base of every model of the settings: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MediaWhere(Options):
    """Which objects a rule may claim; all that is given must hold."""

    kind: str | list[str] | None = Field(None, description="Kind of media: image, video, dicom …")
    format: str | list[str] | None = Field(None, description="Format: jpeg, png, mp4 …")
    key: str | list[str] | None = Field(None, description="Glob on the key below the prefix.")


class SeriesWhere(MediaWhere):
    """Which series a manifest takes; all that is given must hold."""

    rule: str | list[str] | None = Field(None, description="Series rule: dicom, video, pattern …")
    attributes: dict[str, str] = Field(default_factory=dict, description="Attributes that must be equal.")
    flags: list[str] = Field(default_factory=list, description="Flags that the series must have.")
    without_flags: list[str] = Field(default_factory=list, description="Flags that the series must not have.")


class Sample(Options):
    """A stable random sample of the series."""

    n: int = Field(ge=1, description="How many series.")
    random_state: int = Field(0, description="Another number, another sample.")


class RuleOptions(Options):
    """What every series rule takes; ``rule`` is narrowed to a literal by each."""

    rule: str
    where: MediaWhere | None = Field(None, description="The rule claims nothing else.")


class ManifestOptions(Options):
    """What every manifest takes; ``platform`` is narrowed to a literal by each."""

    platform: str
    name: str | None = Field(None, pattern=NAME, description="Unique name; default: the platform.")
    where: SeriesWhere | None = Field(None, description="Series to write; default: all.")
    sample: Sample | None = Field(None, description="A stable sample of the series.")
    split: dict[str, float] | None = Field(None, description="Shares by hash of the series id; they sum to 1.")
    use: str = Field("original", description="original, or the name of a rendition.")
    delta: bool = Field(False, description="Batches beside the full manifest.")
    strict: bool = Field(False, description="Any item left out means no manifest.")

    @property
    def manifest_name(self) -> str:
        """Return the unique name: the given one, else the platform."""
        return self.name or self.platform

    @property
    def own_keys(self) -> tuple[str, ...]:
        """Return globs of the keys that the manifest writes into the raw bucket: no listing takes them for media."""
        return ()

    @field_validator("split")
    @classmethod
    def _shares_sum_to_one(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        if value is not None and (not value or min(value.values()) <= 0 or abs(sum(value.values()) - 1) > 1e-9):
            raise ValueError("shares must be above 0 and sum to 1, as in {train: 0.8, val: 0.2}")
        return value


class RenditionOptions(Options):
    """An entry of ``renditions``; options of a kind are checked by the kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: Literal["frames", "window", "spectrogram"]
    where: SeriesWhere | None = None


class AnnotationOptions(Options):
    """How annotation files are read and written; a format may derive from it and add options of its own.

    What a file does not say is declared here, or decided with its evidence and reported.
    """

    voc_origin: Literal["zero_exclusive", "one_inclusive", "zero_inclusive"] = Field(
        "zero_exclusive", description="How Pascal VOC counts pixels: from 0 up to the edge, or up to the last pixel."
    )
    yolo_origin: Literal["auto", "centre", "top_left"] = Field(
        "auto", description="Which point x and y of YOLO are; auto: decided by all rows together."
    )
    normalised: Literal["auto", "yes", "no"] = Field("auto", description="Coordinates are shares of the image.")
    channel_axis: Literal["auto"] | Annotated[int, Field(ge=0, le=4)] = Field(
        "auto", description="NIfTI one-hot: the axis of the classes, 0 to 4."
    )
    polygon_min_points: int = Field(3, ge=1, description="A ring of fewer points is dropped with a finding.")
    short_polygon: Literal["point", "skip", "error"] = Field(
        "point", description="LabelMe polygons of one or two points: a point or a line, left out, or an error."
    )
    clip: bool = Field(False, description="Cut boxes to their image, on reading and on writing.")
    name_match: Literal["suffix", "exact", "stem"] = Field(
        "suffix", description="How names lead to images: equal; or a unique end of the path; or also a unique stem."
    )
    name_fold: list[Literal["case", "unicode", "percent"]] = Field(
        default_factory=list, description="Differences that a name may have; each use is reported."
    )
    repeated_class: Literal["multi", "conflict"] = Field(
        "multi", description="A file with several classes has them all, or is a conflict."
    )
    coco_ids: Literal["keep", "renumber"] = Field("keep", description="Ids of a COCO export.")
    empty_images: Literal["auto", "write", "skip"] = Field(
        "auto", description="Images without annotations in an export; auto: where the format has a way to say it."
    )
    closed_planar: Literal["nested", "union", "xor"] = Field("nested", description="Contours of a structure set.")
    container: Literal["folder", "tar", "zip"] = Field("folder", description="How an export is packed.")


def as_list(value: Any) -> list[Any]:
    """Return a value that may be one or a list of them as a list; null gives an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
