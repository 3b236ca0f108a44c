"""The settings of a dataset: what its owner writes in ``defs.yaml``, checked.

Unions over series rules and platforms are built from the registry of entry points, so a plug-in's
options are checked like ours.
"""

import hashlib
import json
import re
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import Field, create_model, field_validator, model_validator

from labelport.options import (
    NAME,
    AnnotationOptions,
    ManifestOptions,
    Options,
    RenditionOptions,
    RuleOptions,
    as_list,
)
from labelport.registry import ANNOTATION_FORMATS, MANIFESTS, SERIES_RULES, plugins


def _union(group: str, base: type[Options], discriminator: str) -> Any:
    models = [plugin.Options for plugin in plugins(group).values()]
    if not models:
        return base
    joined = reduce(or_, models)
    return Annotated[joined, Field(discriminator=discriminator)] if len(models) > 1 else joined


AnyRule: Any = _union(SERIES_RULES, RuleOptions, "rule")
AnyManifest: Any = _union(MANIFESTS, ManifestOptions, "platform")


def _joined_options() -> type[AnnotationOptions]:
    """Return the options of all annotation formats as one model: a source may hold files of several."""
    own = dict.fromkeys(plugin.Options for plugin in plugins(ANNOTATION_FORMATS).values())
    more = tuple(model for model in own if model is not AnnotationOptions)
    return create_model("AnyAnnotationOptions", __base__=more) if more else AnnotationOptions


AnyAnnotationOptions: Any = _joined_options()
"""``AnnotationOptions`` with those of all formats."""


class Privacy(Options):
    """What may be shown, and the key of the project (specification: docs/privacy.md)."""

    key_env: str | None = Field(None, description="Environment variable that holds the HMAC key.")
    keep: list[str] = Field(default_factory=list, description="Text columns that may enter the catalogue.")
    redact_keys: Literal["auto"] | bool = Field("auto", description="Redact object keys that may name a person.")
    previews: Literal["auto", "all", "none"] = Field("auto", description="Which pictures may be shown.")


class Limits(Options):
    """The guards: what a run may not do unnoticed."""

    removed_share: float = Field(0.2, ge=0, le=1, description="Share of objects that may vanish in one run.")
    errors_warn: float = Field(0.05, ge=0, le=1, description="Share of unreadable objects that warns.")
    errors_block: float = Field(0.2, ge=0, le=1, description="Share of unreadable objects that blocks.")
    max_probes_per_run: int | None = Field(None, ge=1, description="Probe at most so many objects a run.")
    unmatched_share: float = Field(0.1, ge=0, le=1, description="Share of annotations without an image that blocks.")


class DaskRunner(Options):
    """An existing Dask cluster by address."""

    dask: str = Field(pattern=r"^tcp://", description="Address of the scheduler.")


class Retention(Options):
    """What collection keeps."""

    generations: int = Field(3, ge=1, description="Newest generations kept.")
    days: float = Field(1, ge=0, description="Younger ones are kept as well.")


class Metadata(Options):
    """A table of the user's own values, joined by key or series."""

    path: str = Field(min_length=1, description="CSV or Parquet: below the bucket's prefix, an absolute path or a URI.")
    key: Literal["key", "series"] = Field(
        "key", description="Its column that says whose row it is: key of an object; or series id or group key."
    )
    columns: dict[str, Literal["notes", "client_metadata", "embedding"]] = Field(
        default_factory=dict, description="Which columns are joined, and what each is for."
    )
    label: str | None = Field(None, description="Column of true or false: which items are to be labelled.")
    keyframes: str | None = Field(None, description="Column of lists of frame numbers, as [13,17].")

    @property
    def files(self) -> tuple[str, ...]:
        """Return the one file."""
        return (self.path,)


SOURCE = "Folder or prefix of the files: a path, a URI, or below the bucket; none: structure sets of the bucket alone."


class AnnotationSource(Options):
    """Annotation files that come with the data, and the formats in which they are wanted."""

    source: str | None = Field(None, min_length=1, description=SOURCE)
    format: str = Field("auto", description="auto: by content; or a format id.")
    options: AnyAnnotationOptions = Field(
        default_factory=AnyAnnotationOptions, description="How the files are read and written."
    )
    exports: list[str] = Field(default_factory=list, description="Format ids: one asset each.")

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        return value if value == "auto" else _format_id(value)

    @field_validator("exports")
    @classmethod
    def _written_formats(cls, value: list[str]) -> list[str]:
        for each in value:
            if plugins(ANNOTATION_FORMATS)[_format_id(each)].holds is None:
                raise ValueError(f"{each} is read, and not written")
        if len(set(value)) != len(value):
            raise ValueError("a format stands twice")
        return value


def _format_id(value: str) -> str:
    known = sorted(plugins(ANNOTATION_FORMATS))
    if value not in known:
        raise ValueError(f"there is no format {value!r}; there are {', '.join(known)}")
    return value


class Results(Options):
    """Where a platform's results lie."""

    platform: str = Field(description="The platform: centaur.")
    source: str = Field(min_length=1, description="Folder or prefix of its files: a path, a URI, or below the bucket.")

    @field_validator("platform")
    @classmethod
    def _read_platform(cls, value: str) -> str:
        known = [
            each.removesuffix("_results") for each in sorted(plugins(ANNOTATION_FORMATS)) if each.endswith("_results")
        ]
        if value not in known:
            raise ValueError(f"results of {value!r} are not read; those of {', '.join(known)} are")
        return value

    @property
    def format(self) -> str:
        """Return the format id of the platform's results."""
        return f"{self.platform}_results"


NOT_BUILT_YET = ("inventory", "renditions")
"""Keys with a place in the settings that this version does nothing with: refused, so that nobody waits for them."""


class DatasetSettings(Options):
    """One dataset of media: where it lies, and what is built from it."""

    name: str = Field(pattern=NAME, description="Key prefix and group of the assets.")
    enabled: bool = Field(True, description="False: the assets stay, nothing runs.")
    bucket: str | list[str] = Field(description="A folder or s3://bucket/prefix.")
    publish: str = Field(description="Where catalogue, renditions and manifests go; belongs to this dataset.")
    connection: str = Field("default", pattern=NAME, description="Name of the S3Connection that reaches S3 and queue.")
    url_base: str | None = Field(None, description="How objects are called in manifests.")
    include: list[str] = Field(default_factory=lambda: ["**/*"], description="Globs of keys that are read.")
    exclude: list[str] = Field(default_factory=list, description="Globs of keys that are left out; they win.")
    refresh: str | None = Field(None, description="Cron of the full listing.")
    poll: str | None = Field("5m", pattern=r"^\d+[smhd]$", description="How often to look where there are no events.")
    events: str | None = Field(None, description="URL of an SQS queue of this dataset alone.")
    inventory: str | None = Field(None, description="S3 Inventory destination to read instead of listing.")
    series: list[AnyRule] = Field(
        default_factory=list, validate_default=True, description="Rules, tried in this order."
    )
    metadata: Metadata | None = None
    renditions: dict[str, RenditionOptions] = Field(default_factory=dict)
    manifests: list[AnyManifest] = Field(default_factory=list, description="What is written for platforms.")
    annotations: AnnotationSource | None = Field(None, description="Annotations that come with the data.")
    results: list[Results] = Field(default_factory=list, description="What platforms give back; joins the annotations.")
    privacy: Privacy = Field(default_factory=Privacy)
    limits: Limits = Field(default_factory=Limits)
    runner: Literal["local"] | DaskRunner = "local"
    freshness: str | None = Field(None, pattern=r"^\d+[smhd]$", description="Fail when older, e.g. 2d.")
    retention: Retention = Field(default_factory=Retention)
    owners: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)

    @field_validator("series", mode="before")
    @classmethod
    def _default_rules(cls, value: Any) -> Any:
        return value or [{"rule": "dicom"}, {"rule": "video"}, {"rule": "single"}]

    @field_validator("refresh")
    @classmethod
    def _five_fields(cls, value: str | None) -> str | None:
        if value is not None and len(value.split()) != 5:
            raise ValueError('a cron has five fields, as in "0 3 * * *"')
        return value

    @field_validator("bucket")
    @classmethod
    def _one_bucket(cls, value: str | list[str]) -> str | list[str]:
        given = as_list(value)
        if len(given) != 1 or not given[0]:
            raise ValueError("a dataset has one bucket; make a dataset of each, or name their common prefix")
        return value

    @model_validator(mode="after")
    def _names_are_unique(self) -> "DatasetSettings":
        names = [manifest.manifest_name for manifest in self.manifests]
        doubles = sorted({name for name in names if names.count(name) > 1})
        if doubles:
            raise ValueError(f"two manifests are called {', '.join(doubles)}: give each a name of its own")
        own = [key for manifest in self.manifests for key in manifest.own_keys]
        if len(own) != len(set(own)):
            raise ValueError("two manifests would write the same files beside the data: leave `place` out of one")
        for manifest in self.manifests:
            if manifest.use != "original" and manifest.use not in self.renditions:
                raise ValueError(
                    f"manifest {manifest.manifest_name} uses the rendition {manifest.use!r}, which is not defined"
                )
        if self.publish.rstrip("/") == self.bucket_uri.rstrip("/"):
            raise ValueError("publish must be another place than bucket: what we write would be read as media")
        return self

    @model_validator(mode="after")
    def _annotations_lie_elsewhere(self) -> "DatasetSettings":
        named = [each.source for each in (self.annotations, *self.results) if each is not None]
        sources = [source for source in named if source is not None]
        if self.publish.rstrip("/") in {source.rstrip("/") for source in sources}:
            raise ValueError("annotations must lie in another place than publish: exports would be read again")
        if len(set(sources)) != len(sources):
            raise ValueError("two sources of annotations are one place: its files would be read twice")
        return self

    @model_validator(mode="after")
    def _pseudonyms_need_a_key(self) -> "DatasetSettings":
        own = self.annotations
        wanted = own is not None and "rtstruct" in own.exports and getattr(own.options, "uids", "") == "pseudonym"
        if wanted and self.privacy.key_env is None:
            raise ValueError(
                "annotations.options.uids: pseudonym needs privacy.key_env: pseudonyms are made under a key"
            )
        return self

    @model_validator(mode="after")
    def _events_come_from_s3(self) -> "DatasetSettings":
        if self.events is not None and not self.bucket_uri.startswith("s3://"):
            raise ValueError("events are of S3 buckets: a folder is watched without them; leave the line out")
        return self

    @model_validator(mode="after")
    def _only_what_is_built(self) -> "DatasetSettings":
        asked = [key for key in NOT_BUILT_YET if getattr(self, key)]
        asked += ["runner: dask"] if isinstance(self.runner, DaskRunner) else []
        if asked:
            raise ValueError(f"this version cannot do it yet: {', '.join(asked)}. Leave it out")
        return self

    @property
    def bucket_uri(self) -> str:
        """Return the one bucket."""
        return str(as_list(self.bucket)[0])

    @property
    def has_annotations(self) -> bool:
        """Return whether anything is to be read beside media."""
        return self.annotations is not None or bool(self.results)

    @property
    def left_out(self) -> list[str]:
        """Return the globs of keys that are no raw files: ``exclude``, and what manifests write beside the data."""
        return [*self.exclude, *(key for manifest in self.manifests for key in manifest.own_keys)]

    def hash_of(self, *fields: str) -> str:
        """Return 16 hex digits over the named settings, defaults filled in; no names: all of them."""
        given = self.model_dump(mode="json", include=set(fields) if fields else None)
        return hashlib.sha256(json.dumps(given, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]

    def manifest(self, name: str) -> ManifestOptions:
        """Return the manifest of that name; raises ``KeyError``."""
        for options in self.manifests:
            if options.manifest_name == name:
                return options  # type: ignore[no-any-return]
        raise KeyError(name)


UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(text: str) -> int:
    """Return the seconds of a duration such as ``5m`` or ``2d``; raises ``ValueError``."""
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if not match:
        raise ValueError(f"{text!r} is no duration: write 30s, 5m, 3h or 2d")
    return int(match[1]) * UNITS[match[2]]
