"""Which objects a CVAT manifest names: gathered from the series, then completed from all media.

The series say which images and videos are taken. The media rows of the whole prefix say which context
images lie beside them, and which objects would have been entries if they were not broken.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labelport.findings import Finding, finding
from labelport.manifests.contract import EmitContext, Item, Series, SeriesReader
from labelport.manifests.cvat.lines import name_and_extension
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.related import VIDEO_EXTENSIONS, has_image_extension, is_context, main_image_of
from labelport.manifests.emission import stage_name
from labelport.manifests.kinds import Counted, NotTaken, what_series_holds
from labelport.manifests.ordering import SortedRows
from labelport.manifests.selection import key_matcher, main_items
from labelport.options import as_list
from labelport.privacy import key_may_identify
from labelport.tables import USABLE

HELPLESS = frozenset({"audio"})
"""CVAT takes no sound, and no picture of it."""


@dataclass
class Gathered:
    """What the series hold for CVAT."""

    stage: str
    """Name of the stage, for findings."""

    images: SortedRows
    """[path, size, token, width, height, place in the order of the series]"""

    videos: SortedRows
    """[path, size, token]"""

    context_images: list[str] = field(default_factory=list)
    """Context images among the members of series, where no list of all media is at hand."""

    slashed: dict[str, str] = field(default_factory=dict)
    """Keys with a backslash by the path that the manifest would say."""

    findings: list[Finding] = field(default_factory=list)
    """What is odd."""

    skipped_videos: Counted = field(default_factory=lambda: Counted("cvat.video_skipped"))
    ungrouped: Counted = field(default_factory=lambda: Counted("manifest.ungrouped"))
    suspect: Counted = field(default_factory=lambda: Counted("manifest.phi_suspect"))

    def say(self, code: str, key: str, message: str) -> None:
        """Add a finding about one object."""
        self.findings.append(finding(code, stage=self.stage, file=key, message=message))


def image_order(options: CvatOptions) -> Callable[[list[Any]], Any]:
    """Return the sort key of a gathered image: must equal the sorting of CVAT's task."""
    if options.sorting == "predefined":
        return lambda row: row[5]
    if options.sorting == "natural":
        from natsort import os_sort_keygen  # noqa: PLC0415  -- only here, and slow to import

        natural = os_sort_keygen()
        return lambda row: natural(row[0])
    return lambda row: row[0]


def gather(series: SeriesReader, options: CvatOptions, context: EmitContext, gathered: Gathered) -> None:
    """Add every image and video of the series to ``gathered``, and say what CVAT does not take."""
    refused = NotTaken(
        "cvat", options.manifest_name, gathered.stage, renditions=context.rendition_names, helpless=HELPLESS
    )
    for one in series:
        holds = _gather_series(one, options, gathered)
        if holds is not None:
            refused.add(one.row, holds)
    gathered.findings.extend(refused.findings())
    gathered.findings.extend(
        gathered.skipped_videos.findings(stage=gathered.stage, message="{count} videos were left out by `video: skip`")
    )
    gathered.findings.extend(
        gathered.ungrouped.findings(
            stage=gathered.stage, message="the images of {count} series with versions are single entries in CVAT"
        )
    )
    gathered.findings.extend(
        gathered.suspect.findings(
            stage=gathered.stage,
            message="{count} object keys look like a name, a date or a record number, and the manifest holds keys",
        )
    )


def _gather_series(series: Series, options: CvatOptions, gathered: Gathered) -> str | None:
    """Add the members of one series; return what it holds that CVAT does not take, or null."""
    members = main_items(series)
    kinds = [str(item.media.get("kind")) for item in members]
    if series.row["kind"] in {"cine", "stack", "volume4d", "volume"}:
        return what_series_holds(series.row["kind"], kinds)
    images: set[str] = set()
    refused: str | None = None
    for item, kind in zip(members, kinds, strict=True):
        key, chosen = item.row["key"], item.row.get("frame") is not None
        if item.media.get("status") not in USABLE:
            gathered.say("manifest.skipped", key, _status_words(item.media))
        elif kind not in {"image", "video"} or chosen:
            refused = refused or what_series_holds(series.row["kind"], [kind], frames_chosen=chosen)
        elif kind == "video":
            _gather_video(item, options, gathered)
        elif key in images:
            gathered.say("manifest.duplicate_url", key, "the object stands twice in one series")
        elif _gather_image(item, options, gathered):
            images.add(key)
    if series.row["kind"] == "versions" and len(images) > 1:
        gathered.ungrouped.add(series.row["series_id"])
    return refused


def _gather_image(item: Item, options: CvatOptions, gathered: Gathered) -> bool:
    key, media = item.row["key"], item.media
    if options.media == "video":
        return False
    if is_context(key):
        gathered.context_images.append(key)
        return False
    if not _listed(key, gathered):
        return False
    name, extension = name_and_extension(key)
    if name.startswith("/") or ".." in name.split("/") or "\0" in key:
        gathered.say("manifest.key_unsafe", key, "the key is absolute or holds '..': it cannot be a name in a manifest")
        return False
    if "\\" in key:
        gathered.say("cvat.backslash", key, "the key holds a backslash, which CVAT reads as a slash")
        if options.version == "1.1":
            gathered.slashed.setdefault(name + extension, key)
    tiff = media.get("format") == "tiff"
    if tiff and (media.get("orientation") or 1) > 4:
        gathered.say("cvat.tiff_orientation", key, "a turned TIFF: the manifest holds its size as stored")
    if media.get("extension_mismatch"):
        gathered.say(
            "manifest.extension_mismatch", key, f"the extension is {extension}, the content is {media['format']}"
        )
    width, height = (
        (media.get("stored_width"), media.get("stored_height")) if tiff else (media.get("width"), media.get("height"))
    )
    if options.mode == "header" and (not width or not height):
        gathered.say("manifest.skipped", key, "its size is not known from its header")
        return False
    if key_may_identify(key):
        gathered.suspect.add(f"{item.row['series_id']}/{item.row['index']}")
    gathered.images.add([key, media["size"], media["token"], width, height, gathered.images.count])
    return True


def _listed(key: str, gathered: Gathered) -> bool:
    extension = name_and_extension(key)[1]
    if not extension:
        gathered.say("cvat.no_extension", key, "the name has no extension")
        return False
    if not has_image_extension(key):
        gathered.say("cvat.extension_unlisted", key, f"the extension {extension} is none that CVAT takes as an image")
        return False
    return True


def _gather_video(item: Item, options: CvatOptions, gathered: Gathered) -> None:
    key, media = item.row["key"], item.media
    if options.media == "images":
        return
    if options.video == "skip":
        gathered.skipped_videos.add(item.row["series_id"])
        return
    if media.get("extension_mismatch"):
        gathered.say("manifest.extension_mismatch", key, f"extension and content ({media['format']}) disagree")
    if key_may_identify(key):
        gathered.suspect.add(f"{item.row['series_id']}/{item.row['index']}")
    gathered.videos.add([key, media["size"], media["token"]])


def _status_words(media: Mapping[str, Any]) -> str:
    if media.get("status") in USABLE:
        return f"by its content it is {media.get('kind')}, though its name says image or video"
    error = media.get("error")
    return f"its status is {media.get('status')}" + (f": {error}" if error else "")


def survey(options: CvatOptions, context: EmitContext, gathered: Gathered) -> dict[str, list[str]]:
    """Return the context images of each main image, and say which objects of the prefix are broken.

    Paths in code-point order. Without a list of all media, context images among the series serve.
    """
    related: dict[str, list[str]] = {}
    media = context.media
    if media is None:
        for key in sorted(gathered.context_images):
            _relate(key, related, gathered)
        mains = {row[0] for row in gathered.images} if related else set()
    else:
        rows = (row for row in media() if row["store"] == "raw")
        for row in rows:
            _survey_row(row, options, related, gathered)
        mains = (
            {row["key"] for row in media() if row["key"] in related and row["kind"] == "image"} if related else set()
        )
    for main in sorted(related.keys() - mains):
        for key in related.pop(main):
            gathered.say("cvat.orphan_context", key, "there is no main image for this context image")
    return {main: sorted(keys) for main, keys in related.items()}


def _survey_row(
    row: Mapping[str, Any], options: CvatOptions, related: dict[str, list[str]], gathered: Gathered
) -> None:
    key, kind = row["key"], row["kind"]
    if kind == "archive":
        gathered.findings.append(
            finding(
                "manifest.archive_not_opened",
                stage=gathered.stage,
                file=key,
                message=f"an archive of {row['size']} bytes was not opened",
                hint="Unpack it into the bucket, or describe it by hand: a zip needs its manifest beside it.",
            )
        )
    elif kind == "image" and row["status"] in USABLE:
        if is_context(key) and has_image_extension(key) and options.media != "video":
            _relate(key, related, gathered)
    elif _looks_like_media(row, options) and _is_wanted(row, options):
        gathered.say("manifest.skipped", key, _status_words(row))


def _relate(key: str, related: dict[str, list[str]], gathered: Gathered) -> None:
    main = main_image_of(key)
    if main is None:
        gathered.say("cvat.related_depth", key, "CVAT reads related_images/<stem>_<extension>/<image> and nothing else")
    else:
        related.setdefault(main, []).append(key)


def _looks_like_media(row: Mapping[str, Any], options: CvatOptions) -> bool:
    """Return whether an object that is no good image or video was meant as one: by content, else by name."""
    images = options.media != "video"
    videos = options.media != "images" and options.video != "skip"
    if row["kind"] in {"image", "video"}:
        return row["status"] not in USABLE and (images if row["kind"] == "image" else videos)
    if row["kind"] not in {"unknown", "text", None}:
        return False
    return (images and has_image_extension(row["key"])) or (
        videos and name_and_extension(row["key"])[1].lower() in VIDEO_EXTENSIONS
    )


def _is_wanted(row: Mapping[str, Any], options: CvatOptions) -> bool:
    """Return whether ``where`` would have taken an object that is in no series, as far as that can be said."""
    where = options.where
    if where is None:
        return True
    kinds = as_list(where.kind)
    return (not kinds or row["kind"] in kinds) and key_matcher(where)(row["key"])


def without_clashes(gathered: Gathered) -> Iterator[list[Any]]:
    """Yield the images in order, without those whose backslash would make two objects one name."""
    if not gathered.slashed:
        yield from gathered.images
        return
    taken = {row[0] for row in gathered.images if row[0] in gathered.slashed}
    for row in gathered.images:
        name = "".join(name_and_extension(row[0]))
        first = gathered.slashed.get(name, row[0])
        if row[0] in taken or (name not in taken and first == row[0]):
            yield row


def clashing(gathered: Gathered) -> list[str]:
    """Return the keys that ``without_clashes`` leaves out."""
    if not gathered.slashed:
        return []
    kept = {row[0] for row in without_clashes(gathered) if "\\" in row[0]}
    return sorted(row[0] for row in gathered.images if "\\" in row[0] and row[0] not in kept)


def gathered_for(options: CvatOptions, images: SortedRows, videos: SortedRows) -> Gathered:
    """Return an empty ``Gathered`` of a manifest."""
    return Gathered(stage_name(options.manifest_name), images, videos)
