"""Which objects a CVAT manifest names: gathered from the series, sorted on disk where they are many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labelport.findings import Finding, finding
from labelport.manifests.contract import EmitContext, Item, Series, SeriesReader
from labelport.manifests.cvat.arranging import ROWS_IN_MEMORY, Row
from labelport.manifests.cvat.layouts import BIN, CLOUD_EXTENSIONS, POINT_BYTES, extension_of, stem_of, written_path
from labelport.manifests.cvat.lines import name_and_extension
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.placing import data_root, is_placed, path_in_root
from labelport.manifests.cvat.related import has_image_extension, is_context
from labelport.manifests.cvat.surveying import Survey, status_words
from labelport.manifests.cvat.unique import UniquePaths
from labelport.manifests.kinds import Counted, NotTaken, what_series_holds
from labelport.manifests.ordering import SortedRows
from labelport.manifests.selection import main_items
from labelport.privacy import key_may_identify
from labelport.tables import USABLE

HELPLESS = frozenset({"audio"})
"""CVAT takes no sound, and no picture of it."""

WHOLE = frozenset({"cine", "stack", "volume4d", "volume"})
"""Kinds of series by whose name they are refused, whatever their items are."""


class Entry(NamedTuple):
    """One object that gets an entry; a list of the same values where it comes from disk."""

    path: str
    """Below the data's root."""

    place: int
    """How many were gathered before: the order of the series."""

    size: int
    """Bytes."""

    token: str
    """Of the object."""

    width: int | None
    """As the manifest says it; null: only decoding tells."""

    height: int | None

    series: int
    """Number of its series in the order of the reader; -1: it is in none."""

    series_id: str | None


def _by_path() -> UniquePaths:
    return UniquePaths(SortedRows(lambda row: (row[0], row[1]), run_rows=ROWS_IN_MEMORY))


def _by_stem() -> UniquePaths:
    """Return an empty list in the order of the stems, which is not that of the paths: ``a.pcd``, ``a.b.pcd``."""
    return UniquePaths(SortedRows(lambda row: (stem_of(row[0]), row[0], row[1]), run_rows=ROWS_IN_MEMORY))


def entry_of(row: Row) -> Entry:
    """Return the entry that a row begins with."""
    return Entry._make(row[: len(Entry._fields)])


@dataclass
class Gathered:
    """What the series hold for CVAT."""

    stage: str
    """Name of the stage, for findings."""

    options: CvatOptions
    """Of the manifest."""

    images: UniquePaths = field(default_factory=_by_path)
    clouds: UniquePaths = field(default_factory=_by_stem)
    videos: UniquePaths = field(default_factory=_by_path)

    findings: list[Finding] = field(default_factory=list)
    """What is odd about single objects."""

    series: int = 0
    """How many series were read."""

    mixed: Counted = field(default_factory=lambda: Counted("cvat.mixed_media"))
    skipped_videos: Counted = field(default_factory=lambda: Counted("cvat.video_skipped"))
    ungrouped: Counted = field(default_factory=lambda: Counted("manifest.ungrouped"))
    suspect: Counted = field(default_factory=lambda: Counted("manifest.phi_suspect"))

    def say(self, code: str, key: str, message: str, *, store: str = "raw") -> None:
        """Add a finding about one object."""
        self.findings.append(finding(code, stage=self.stage, store=store, file=key, message=message))

    def say_of(self, path: str, code: str, message: str) -> None:
        """Add a finding about the object at a path below the data's root."""
        store, folder = data_root(self.options)
        self.say(code, folder + path, message, store=store)

    def counted(self) -> list[Finding]:
        """Return the findings that are counted."""
        words = {
            "mixed": "{count} images belong to no cloud of this prefix"
            + ("" if self.options.writes("images") else ": they were left out"),
            "skipped_videos": "{count} videos were left out by `video: skip`",
            "ungrouped": "the images of {count} series with versions are single entries in CVAT",
            "suspect": "{count} object keys look like a name, a date or a record number, and the manifest holds keys",
        }
        found = (getattr(self, name).findings(stage=self.stage, message=text) for name, text in words.items())
        return [each for some in found for each in some]

    def close(self) -> None:
        """Drop what is on disk."""
        for unique in (self.images, self.clouds, self.videos):
            unique.close()


def gather(series: SeriesReader, options: CvatOptions, context: EmitContext, survey: Survey) -> Gathered:
    """Return every image, cloud and video of the series, and what CVAT does not take of them."""
    gathered = Gathered(survey.stage, options)
    refused = NotTaken(
        "cvat", options.manifest_name, gathered.stage, renditions=context.rendition_names, helpless=HELPLESS
    )
    for one in series:
        holds = _Members(one, gathered, survey).gather()
        if holds is not None:
            refused.add(one.row, holds)
        gathered.series += 1
    for row in survey.unclaimed_clouds:
        gathered.clouds.add(_cloud_entry(row, gathered, None), written_path(row["key"]))
    if options.writes("images") and not gathered.clouds.count:
        gathered.mixed = Counted("cvat.mixed_media")  # without a cloud nothing is mixed
    gathered.findings.extend([*refused.findings(), *gathered.counted()])
    return gathered


def _cloud_entry(media: Mapping[str, Any], gathered: Gathered, series_id: str | None) -> Entry:
    """Return the entry of a cloud; of a ``.bin`` the length says all."""
    key, size = media["key"], media["size"]
    width, height = media.get("width"), media.get("height")
    if extension_of(key) == BIN:
        width, height = size // POINT_BYTES, 1
    number = gathered.series if series_id is not None else -1
    return Entry(key, gathered.clouds.count, size, media["token"], width, height, number, series_id)


@dataclass
class _Members:
    """The members of one series."""

    series: Series
    gathered: Gathered
    survey: Survey
    entries: int = 0

    def gather(self) -> str | None:
        """Add the members; return what the series holds that CVAT does not take, or null."""
        kind = self.series.row["kind"]
        members = main_items(self.series)
        takes: dict[str, Callable[[Item, str], None]] = {
            "image": self._image,
            "video": self._video,
            "pointcloud": self._cloud,
        }
        refused: str | None = None
        strangers: list[tuple[Item, str]] = []
        seen: set[str] = set()
        for item in members:
            key, media_kind = item.row["key"], str(item.media.get("kind"))
            chosen = item.row.get("frame") is not None and item.row["store"] == "raw"
            path = path_in_root(self.gathered.options, item.row["store"], key)
            if item.media.get("status") not in USABLE:
                self._say("manifest.skipped", item, status_words(item.media))
            elif media_kind == "text" and is_placed(key):
                continue  # a manifest that was put where CVAT reads it
            elif media_kind not in takes or chosen:
                refused = refused or what_series_holds(kind, [media_kind], frames_chosen=chosen and kind not in WHOLE)
                strangers.append((item, media_kind))
            elif path is None:
                self._say("manifest.key_unsafe", item, "it lies outside of the folder that this manifest is about")
            elif key in seen:
                self._say("manifest.duplicate_url", item, "the object stands twice in one series")
            else:
                seen.add(key)
                takes[media_kind](item, path)
        windows = {item.row.get("version") for item in members} if self.gathered.options.use != "original" else ()
        if (kind == "versions" or len(windows) > 1) and self.entries > 1:
            self.gathered.ungrouped.add(self.series.row["series_id"])
        if not self.entries:
            return refused
        for item, media_kind in strangers:
            self._say("manifest.wrong_type", item, f"its content is {media_kind}: the rest of its series has entries")
        return None

    def _say(self, code: str, item: Item, message: str) -> None:
        self.gathered.say(code, item.row["key"], message, store=item.row["store"])

    def _take(self, unique: UniquePaths, item: Item, entry: Entry, written: str) -> None:
        if key_may_identify(item.row["key"]):
            self.gathered.suspect.add(f"{item.row['series_id']}/{item.row['index']}")
        unique.add(entry, written)
        self.entries += 1

    def _entry(self, unique: UniquePaths, item: Item, path: str, width: int | None, height: int | None) -> Entry:
        media, number = item.media, self.gathered.series
        return Entry(
            path, unique.count, media["size"], media["token"], width, height, number, self.series.row["series_id"]
        )

    def _image(self, item: Item, path: str) -> None:
        options, media = self.gathered.options, item.media
        if options.media == "video" or self.survey.belongs_to_a_cloud(path):
            return
        if is_context(path):
            if options.media == "pointcloud":
                self.gathered.mixed.add(path)
            return
        self.gathered.mixed.add(path)
        if options.media == "pointcloud" or not self._can_be_named(item, path):
            return
        tiff = media.get("format") == "tiff"
        if tiff and (media.get("orientation") or 1) > 4:
            self._say("cvat.tiff_orientation", item, "a turned TIFF: the manifest holds its size as stored")
        self._say_where_mismatched(item)
        sides = ("stored_width", "stored_height") if tiff else ("width", "height")
        width, height = (media.get(side) for side in sides)
        if options.mode == "header" and (media.get("status") == "truncated" or not width or not height):
            words = status_words(media) if media.get("status") == "truncated" else "its size is not known"
            self._say("manifest.skipped", item, words)
            return
        written = "".join(name_and_extension(path, version=options.version))
        entry = self._entry(self.gathered.images, item, path, width, height)
        self._take(self.gathered.images, item, entry, written)

    def _can_be_named(self, item: Item, path: str) -> bool:
        name, extension = name_and_extension(path)
        if not extension:
            self._say("cvat.no_extension", item, "the name has no extension")
        elif not has_image_extension(path):
            words = f"the extension {extension} is none that CVAT takes as an image"
            self._say("cvat.extension_unlisted", item, words)
        else:
            return self._is_below(item, name)
        return False

    def _is_below(self, item: Item, name: str) -> bool:
        if name.startswith("/") or ".." in name.split("/") or "\0" in name:
            words = "the key is absolute or holds '..': it cannot be a name in a manifest"
            self._say("manifest.key_unsafe", item, words)
            return False
        if "\\" in item.row["key"]:
            self._say("cvat.backslash", item, "the key holds a backslash, which CVAT reads as a slash")
        return True

    def _say_where_mismatched(self, item: Item) -> None:
        if item.media.get("extension_mismatch"):
            words = f"the extension is {item.media.get('extension')}, the content is {item.media.get('format')}"
            self._say("manifest.extension_mismatch", item, words)

    def _cloud(self, item: Item, path: str) -> None:
        options, media = self.gathered.options, item.media
        if not options.writes("pointcloud"):
            return
        extension = extension_of(path)
        if extension not in CLOUD_EXTENSIONS or (extension == BIN and media.get("format") != "kitti"):
            words = f"CVAT takes clouds as .pcd, or floats as .bin: this is {media.get('format')} as {extension or 'no extension'}"
            self._say("cvat.extension_unlisted", item, words)
            return
        if not self._is_below(item, name_and_extension(path)[0]):
            return
        entry = _cloud_entry(media, self.gathered, self.series.row["series_id"])
        if media.get("status") == "truncated":
            self._say("manifest.skipped", item, status_words(media))
        elif not entry.width or not entry.height:
            self._say("cvat.pcd_header", item, "its header says no width and height above 0")
        else:
            written = "".join(name_and_extension(written_path(path), version=options.version))
            self._take(self.gathered.clouds, item, entry, written)

    def _video(self, item: Item, path: str) -> None:
        options = self.gathered.options
        if not options.writes("video"):
            return
        if options.video == "skip":
            self.gathered.skipped_videos.add(self.series.row["series_id"])
            return
        self._say_where_mismatched(item)
        self._take(self.gathered.videos, item, self._entry(self.gathered.videos, item, path, None, None), path)
