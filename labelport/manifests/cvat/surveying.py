"""What lies in the whole prefix: which images belong to which, and which objects are broken.

Series say what a manifest takes. Context images and broken files are in no series of that manifest, or in
none at all: the media rows of the prefix tell of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labelport.findings import Finding, finding
from labelport.manifests.contract import EmitContext, SeriesReader
from labelport.manifests.cvat.digests import KeyDigests
from labelport.manifests.cvat.layouts import (
    CLOUD_EXTENSIONS,
    PCD,
    POINT_BYTES,
    extension_of,
    is_kitti,
    stem_of,
    stems_that_claim,
)
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.placing import data_root
from labelport.manifests.cvat.related import VIDEO_EXTENSIONS, has_image_extension, is_context, main_image_of
from labelport.manifests.ordering import SortedRows
from labelport.manifests.selection import key_matcher
from labelport.options import as_list
from labelport.tables import USABLE

Row = Mapping[str, Any]

MEDIA_KINDS = frozenset(["image", "video", "audio", "dicom", "nifti", "text", "pdf", "archive", "unknown"])
"""Kinds of media other than clouds: what else ``where.kind`` names are kinds of series."""

PAIRS_IN_MEMORY = 50_000
"""Pairs of a sorted list that wait in memory; others are on disk."""


def _pairs() -> SortedRows:
    return SortedRows(tuple, run_rows=PAIRS_IN_MEMORY)


@dataclass
class Survey:
    """What the prefix holds beside the series."""

    stage: str
    """Name of the stage, for findings."""

    options: CvatOptions
    """Of the manifest."""

    image_contexts: SortedRows = field(default_factory=_pairs)
    """[main image, context image], by code points."""

    cloud_contexts: SortedRows = field(default_factory=_pairs)
    """[stem of the cloud, context image], by code points."""

    unclaimed_clouds: list[Row] = field(default_factory=list)
    """Key, size and token of clouds in no series: KITTI's, by their place alone."""

    findings: list[Finding] = field(default_factory=list)
    """What is broken or out of place."""

    _stems: KeyDigests = field(default_factory=KeyDigests)
    _images: KeyDigests = field(default_factory=KeyDigests)
    _has_contexts: bool = False

    def belongs_to_a_cloud(self, key: str) -> bool:
        """Return whether an image is the context image of a cloud."""
        return self.claiming_stem(key) is not None

    def claiming_stem(self, key: str) -> str | None:
        """Return the stem of the cloud that an image belongs to, or null."""
        if not len(self._stems):
            return None
        return next((stem for stem in stems_that_claim(key) if stem in self._stems), None)

    def say(self, code: str, key: str, message: str, *, hint: str | None = None) -> None:
        """Add a finding about one object."""
        self.findings.append(finding(code, stage=self.stage, file=key, message=message, hint=hint))

    def close(self) -> None:
        """Drop what is on disk."""
        self.image_contexts.__exit__(None, None, None)
        self.cloud_contexts.__exit__(None, None, None)


def survey(series: SeriesReader, options: CvatOptions, context: EmitContext, stage: str) -> Survey:
    """Look through the prefix twice: for clouds and broken objects, then for what belongs to what.

    Without a list of all media, the objects of the series are the prefix. The second look is only for
    prefixes that have clouds or folders ``related_images``.
    """
    found = Survey(stage, options)
    wanted = _wanted(options)
    for row in _objects(series, context):
        if row["store"] == "raw":
            _first_look(row, found, wanted)
    if data_root(options)[0] == "raw" and (found._has_contexts or len(found._stems)):
        for row in _objects(series, context):
            if row["store"] == "raw" and row["kind"] == "image" and row["status"] in USABLE:
                _relate(row["key"], found)
    return found


def _objects(series: SeriesReader, context: EmitContext) -> Iterable[Row]:
    if context.media is not None:
        return context.media()
    return (item.media for one in series for item in one.items)


def _first_look(row: Row, found: Survey, wanted: Callable[..., bool]) -> None:
    key, kind, usable = row["key"], row["kind"], row["status"] in USABLE
    if kind == "archive":
        found.say(
            "manifest.archive_not_opened",
            key,
            f"an archive of {row.get('size')} bytes was not opened",
            hint="Unpack it into the bucket, or describe it by hand: a zip needs its manifest beside it.",
        )
    elif kind == "image" and usable:
        found._images.add(key)
        found._has_contexts = found._has_contexts or is_context(key)
    elif found.options.writes("pointcloud") and (kind == "pointcloud" or extension_of(key) in CLOUD_EXTENSIONS):
        _cloud(row, found, lambda row: wanted(row, "pointcloud"))
    elif _looks_like_media(row, found.options) and wanted(row):
        found.say("manifest.skipped", key, status_words(row))


def _cloud(row: Row, found: Survey, wanted: Callable[[Row], bool]) -> None:
    """Note a cloud, or what is wrong with it; a ``.bin`` of unknown bytes is one where KITTI's lie."""
    key, known = row["key"], row["kind"] == "pointcloud"
    if data_root(found.options)[0] != "raw" or not wanted(row):
        return
    if known and row["status"] in USABLE:
        found._stems.add(stem_of(key))
    elif known or (extension_of(key) == PCD and row["kind"] in {"unknown", "text", None}):
        words = row.get("error") or "by its content it is none"
        found.say("cvat.pcd_header", key, f"its header cannot be read: {words}")
    elif is_kitti(key) and row["kind"] == "unknown":
        size = row.get("size") or 0
        if size % POINT_BYTES or not size:
            found.say("cvat.bin_size", key, f"it has {size:,} bytes: a point has {POINT_BYTES}")
        elif _chooses_by_series(found.options):
            found.say("manifest.skipped", key, "its bytes are those of no cloud, so it is in no series to choose")
        else:
            found._stems.add(stem_of(key))
            found.unclaimed_clouds.append({name: row.get(name) for name in ("key", "size", "token")})


def _relate(key: str, found: Survey) -> None:
    options = found.options
    stem = found.claiming_stem(key)
    if stem is not None:
        if has_image_extension(key):
            found.cloud_contexts.add([stem, key])
        else:
            found.say("cvat.extension_unlisted", key, "CVAT takes no context image of this extension")
    elif is_context(key) and options.writes("images"):
        main = main_image_of(key)
        if main is None:
            words = "CVAT reads related_images/<stem>_<extension>/<image> and nothing else"
            found.say("cvat.related_depth", key, words)
        elif not has_image_extension(key):
            found.say("cvat.extension_unlisted", key, "CVAT takes no context image of this extension")
        elif main not in found._images:
            found.say("cvat.orphan_context", key, "there is no main image for this context image")
        else:
            found.image_contexts.add([main, key])


def status_words(media: Row) -> str:
    """Return what is wrong with an object, in words."""
    if media.get("status") in USABLE:
        return f"by its content it is {media.get('kind')}, though its name says image or video"
    error = media.get("error")
    return f"its status is {media.get('status')}" + (f": {error}" if error else "")


def _looks_like_media(row: Row, options: CvatOptions) -> bool:
    """Return whether an object that is no good image or video was meant as one: by content, else by name."""
    images = options.writes("images")
    videos = options.writes("video") and options.video != "skip"
    if row["kind"] in {"image", "video"}:
        return row["status"] not in USABLE and (images if row["kind"] == "image" else videos)
    if row["kind"] not in {"unknown", "text", None}:
        return False
    return (images and has_image_extension(row["key"])) or (videos and extension_of(row["key"]) in VIDEO_EXTENSIONS)


def _chooses_by_series(options: CvatOptions) -> bool:
    where = options.where
    by_series = where is not None and (where.rule or where.attributes or where.flags or where.without_flags)
    return bool(by_series) or options.is_batch or options.sample is not None or options.split is not None


def _wanted(options: CvatOptions) -> Callable[..., bool]:
    """Return the test of an object against ``where``, as far as it can be said of one that is in no series.

    With a second argument that is the kind it was meant as, and kinds of series say nothing against it.
    """
    where = options.where
    kinds, formats = (as_list(where.kind), as_list(where.format)) if where else ([], [])
    matches = key_matcher(where)

    def of_kind(row: Row, meant: str | None) -> bool:
        if meant is None:
            return row["kind"] in kinds
        return meant in kinds or any(kind not in MEDIA_KINDS for kind in kinds)

    return lambda row, meant=None: (
        (not kinds or of_kind(row, meant)) and (not formats or row.get("format") in formats) and matches(row["key"])
    )


def related_of(pairs: Iterable[list[Any]]) -> Iterator[tuple[str, list[str]]]:
    """Yield each main with its context images out of sorted pairs; an image that stands twice is one."""
    main: str | None = None
    contexts: list[str] = []
    for owner, image in pairs:
        if owner != main:
            if main is not None:
                yield main, contexts
            main, contexts = owner, []
        if not contexts or contexts[-1] != image:
            contexts.append(image)
    if main is not None:
        yield main, contexts
