"""One entry of a manifest from the items of a series: URLs, metadata, bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from labelport.manifests.chunks import Entry
from labelport.manifests.contract import Item, Series
from labelport.manifests.encord import csv_layout
from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.client_metadata import ClientMetadata, client_metadata
from labelport.manifests.encord.json_forms import FORMS, METADATA_IN, Named
from labelport.manifests.encord.json_layout import json_entry
from labelport.manifests.encord.media_metadata import media_metadata
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.placing import Placed, item_title
from labelport.manifests.encord.remarks import Remarks
from labelport.manifests.encord.sections import SECTIONS, belongs_elsewhere
from labelport.manifests.encord.url_forms import UrlOf
from labelport.privacy import key_may_identify
from labelport.probing.sniff import extension_of

CSV_SECTIONS = {"videos": csv_layout.VIDEOS, "images": csv_layout.IMAGES, "dicom_series": csv_layout.DICOM}
"""What a CSV holds beside groups."""

MOST_MEDIA_BYTES = 1_000_000_000
MOST_PIXELS = (3840, 2160)
SAMPLE_RATES = range(8_000, 96_001)
SAMPLE_BITS = range(16, 33)
"""What Encord takes of one file [vendor's documentation]."""


class Made(NamedTuple):
    """An entry."""

    entry: Entry | None
    """Its bytes; null where all that it names stands in the file already."""

    urls: tuple[str, ...]
    """All objects that it is about."""

    digests: frozenset[bytes]
    """Of URLs that must not come again; to be added to ``known`` once the entry is written."""


@dataclass
class EntryMaker:
    """Makes entries in the order of the series, and remembers which URLs the file has."""

    options: EncordOptions
    dataset: str
    url: UrlOf
    remarks: Remarks

    known: set[bytes] = field(default_factory=set)
    """Digests of the URLs that stand in the file, of all that a further series could name again."""

    def make(self, series: Series, placed: Placed, *, pending: frozenset[bytes] = frozenset()) -> Made | None:
        """Return an entry, or null where an object of it cannot be written, which was said.

        ``pending``: digests of the same series' other entries.
        """
        urls = [self.url(item.row["store"], item.row["key"]) for item in placed.items]
        good = [self._can_be_written(series, placed, item, url) for item, url in zip(placed.items, urls, strict=True)]
        if not all(good):
            return None
        fresh, digests = self._fresh(series, placed, urls, pending)
        if not fresh:
            return Made(None, tuple(urls), digests)
        entry = self._entry(series, placed, [item for item, _ in fresh], [url for _, url in fresh])
        return None if entry is None else Made(entry, tuple(urls), digests)

    def _can_be_written(self, series: Series, placed: Placed, item: Item, url: str) -> bool:
        key, good = item.row["key"], True
        extension = extension_of(key)
        for fault in object_faults(url):
            self.remarks.say(fault.code, series, f"its URL cannot be written: {fault.message}", key=key)
            good = False
        if belongs_elsewhere(placed.section, extension):
            words = f"its content is {item.media.get('kind')}, and {extension} says another kind; it was left out"
            self.remarks.say("manifest.extension_mismatch", series, words, key=key, severity="error")
            return False
        if item.media.get("extension_mismatch"):
            words = f"the extension is {item.media.get('extension')}, the content is {item.media.get('format')}"
            self.remarks.say("manifest.extension_mismatch", series, words, key=key)
        return good

    def _fresh(
        self, series: Series, placed: Placed, urls: Sequence[str], pending: frozenset[bytes]
    ) -> tuple[list[tuple[Item, str]], frozenset[bytes]]:
        """Return items and URLs without those that the file has, and the digests to remember.

        Members of groups are in one series by the series stage's own promise, so only those are remembered
        that may come again: single objects, and files of which several series name frames.
        """
        several = SECTIONS[placed.section].several
        seen = set(pending)
        remembered: set[bytes] = set()
        fresh: list[tuple[Item, str]] = []
        for item, url in zip(placed.items, urls, strict=True):
            digest = blake2b(url.encode(), digest_size=16).digest()
            frame_of_a_file = item.row.get("frame") is not None and item.row["store"] == "raw"
            again = not several or frame_of_a_file
            if digest in seen or (again and digest in self.known):
                if not placed.shared:
                    words = "its URL stands in the file already"
                    self.remarks.say("manifest.duplicate_url", series, words, key=item.row["key"])
                continue
            fresh.append((item, url))
            seen.add(digest)
            if again:
                remembered.add(digest)
        return fresh, frozenset(remembered)

    def _entry(self, series: Series, placed: Placed, items: Sequence[Item], urls: Sequence[str]) -> Entry | None:
        samples = placed.sequence or placed.section == "videos"
        values = client_metadata(series, items, self.options, dataset=self.dataset, samples=samples)
        self._remark(series, items, values)
        if self.options.format == "csv":
            if values.given or values.lost:
                self.remarks.count("no_columns", series.row["series_id"])
            group = csv_layout.SEQUENCES if placed.sequence else csv_layout.GROUPS
            return csv_layout.csv_entry(CSV_SECTIONS.get(placed.section, group), placed.title, urls)
        return self._json(series, placed, items, urls, values)

    def _json(
        self, series: Series, placed: Placed, items: Sequence[Item], urls: Sequence[str], values: ClientMetadata
    ) -> Entry | None:
        metadata = [self._media_metadata(series, placed.section, item) for item in items]
        if any(each is None for each in metadata):
            return None
        objects = [
            Named(url, item_title(placed.title, item), each or {})
            for url, item, each in zip(urls, items, metadata, strict=True)
        ]
        members = FORMS[self.options.dialect]
        section = SECTIONS[placed.section]
        name = section.name if self.options.dialect == "file" else section.sdk_name
        return json_entry(name, members(section, placed, objects, values.all()), len(urls))

    def _media_metadata(self, series: Series, section: str, item: Item) -> dict[str, Any] | None:
        """Return the media metadata of one object, empty where none are written; null where they must be and cannot."""
        own = METADATA_IN[self.options.dialect].get(section)
        if own is None or not (self.options.media_metadata or self.options.client_only):
            return {}
        values = media_metadata(own, item.media)
        if values is not None:
            return values
        if self.options.client_only:
            words = (
                f"its {SECTIONS[own].metadata} would not be complete and exact, and strict client-only access needs it"
            )
            self.remarks.say("encord.client_only_incomplete", series, words, key=item.row["key"])
            return None
        self.remarks.count("incomplete", series.row["series_id"])
        return {}

    def _remark(self, series: Series, items: Sequence[Item], values: ClientMetadata) -> None:
        name = series.row["series_id"]
        suspects = sum(key_may_identify(item.row["key"]) for item in items) or int(values.may_identify())
        if suspects:
            self.remarks.count("suspect", name, suspects)
        large = sum(_is_over_limit(item) for item in items)
        if large:
            self.remarks.count("large", name, large)
        if self.options.format == "json":
            for column in values.refused:
                self.remarks.count("reserved", column)
            for column in values.odd:
                self.remarks.count("odd", column)
            for column in values.deep:
                self.remarks.count("deep", column)
            if values.lost:
                self.remarks.count("lost", name)


def _is_over_limit(item: Item) -> bool:
    media = item.media
    sides = sorted((media.get("width") or 0, media.get("height") or 0), reverse=True)
    pictures = media.get("kind") in {"image", "video"} and any(
        side > most for side, most in zip(sides, MOST_PIXELS, strict=True)
    )
    return (media.get("size") or 0) > MOST_MEDIA_BYTES or pictures or (media.get("kind") == "audio" and _is_odd(media))


def _is_odd(sound: Mapping[str, Any]) -> bool:
    rate, bits = sound.get("sample_rate"), sound.get("bit_depth")
    return (rate is not None and rate not in SAMPLE_RATES) or (bits is not None and bits not in SAMPLE_BITS)
