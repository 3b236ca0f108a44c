"""Checking Labelbox's data rows: ours, and hand-written ones, as the vendor's SDK would."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelport.findings import Finding
from labelport.manifests.array_check import Seen, Values, check_arrays
from labelport.manifests.array_detecting import members_of_entries
from labelport.manifests.chunks import is_index
from labelport.manifests.urls import url_faults
from labelport.privacy import plain

_KEYS = frozenset(
    {
        "row_data",
        "global_key",
        "external_id",
        "media_type",
        "metadata_fields",
        "attachments",
        "dataset_id",
        "embeddings",
        "metadata",
    }
)
"""Members of a data row [vendor's SDK, which refuses a whole file for any other]."""

_MEDIA_TYPES = frozenset(
    [
        "AUDIO",
        "CONVERSATIONAL",
        "DICOM",
        "DOCUMENT",
        "HTML",
        "IMAGE",
        "LLM",
        "LLM_PROMPT_CREATION",
        "LLM_PROMPT_RESPONSE_CREATION",
        "PDF",
        "POINT_CLOUD",
        "TEXT",
        "TMS_GEO",
        "TMS_SIMPLE",
        "VIDEO",
    ]
)
_ATTACHMENTS = frozenset(["VIDEO", "IMAGE", "IMAGE_OVERLAY", "HTML", "RAW_TEXT", "TEXT_URL", "PDF_URL", "CAMERA_IMAGE"])
"""Types of media and of attachments [vendor's SDK]."""

_NO_URLS = frozenset({"RAW_TEXT", "HTML"})
"""Attachments whose value may be the text itself."""

_PATH_STYLE = re.compile(r"https://s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?/", re.IGNORECASE)


def looks_like_labelbox(name: str, head: bytes) -> float:
    """Return how surely a file is one of Labelbox's: an array of data rows, or an index of chunks."""
    if is_index(name, head):
        return 0.9
    return 1.0 if "row_data" in members_of_entries(head) else 0.0


def is_path_style(url: str) -> bool:
    """Return whether a URL of S3 names the bucket in its path: Labelbox wants it in the host name [specification 7]."""
    return bool(_PATH_STYLE.match(url))


def check_labelbox(files: Sequence[Path]) -> list[Finding]:
    """Return every violation of the files."""
    return check_arrays(files, _RowRules)


@dataclass
class _RowRules:
    """What a data row must be."""

    values: Values
    seen: Seen
    urls: int = 0

    def check(self, entry: dict[str, Any], pointer: str) -> None:
        """Say everything that is wrong with one data row."""
        self.values.unknown(entry, _KEYS, pointer)
        media_type = self.values.text(entry, "media_type", pointer, required=False)
        if media_type is not None and media_type.upper() not in _MEDIA_TYPES:
            words = f"Labelbox knows no media type {plain(media_type, most=40)!r}"
            self.values.say("manifest.value_type", f"{pointer}/media_type", words)
        self._row_data(entry, media_type, pointer)
        self._global_key(entry, pointer)
        self.values.text(entry, "external_id", pointer, required=False)
        for number, one in self._objects(entry, "metadata_fields", pointer):
            self._field(one, f"{pointer}/metadata_fields/{number}")
        for number, one in self._objects(entry, "attachments", pointer):
            self._attachment(one, f"{pointer}/attachments/{number}")

    def _row_data(self, entry: dict[str, Any], media_type: str | None, pointer: str) -> None:
        if isinstance(entry.get("row_data"), dict):
            return  # tiles and conversations, of which we write none
        url = self.values.text(entry, "row_data", pointer)
        if url is None:
            return
        self.urls += 1
        if media_type is not None and media_type.upper() == "TEXT" and "://" not in url:
            return  # the words themselves
        self._url(url, f"{pointer}/row_data")
        if self.seen.again("url", url):
            self.values.say("manifest.duplicate_url", f"{pointer}/row_data", "the URL stands in this manifest already")

    def _url(self, url: str, pointer: str) -> None:
        for fault in url_faults(url):
            self.values.say(fault.code, pointer, fault.message)
        if is_path_style(url):
            self.values.say("labelbox.path_style", pointer, "the bucket stands in the path of the URL")

    def _global_key(self, entry: dict[str, Any], pointer: str) -> None:
        if "global_key" not in entry:
            self.values.say("labelbox.no_global_key", pointer, "importing it twice makes two rows")
            return
        key = self.values.text(entry, "global_key", pointer)
        if key is not None and self.seen.again("global key", key):
            self.values.say("labelbox.global_key_twice", f"{pointer}/global_key", "another row has this key")

    def _objects(self, entry: dict[str, Any], name: str, pointer: str) -> list[tuple[int, dict[str, Any]]]:
        """Return the objects of a member that is a list of such, with their numbers; say what is none."""
        if name not in entry or not self.values.fits(entry[name], list, f"{pointer}/{name}"):
            return []
        return [
            (number, one)
            for number, one in enumerate(entry[name])
            if self.values.fits(one, dict, f"{pointer}/{name}/{number}")
        ]

    def _field(self, field: dict[str, Any], pointer: str) -> None:
        self.values.unknown(field, ("name", "value", "schema_id"), pointer)
        if "schema_id" not in field:
            self.values.text(field, "name", pointer)
        if "value" not in field:
            self.values.say("manifest.missing_key", pointer, "it lacks value")
        elif isinstance(field["value"], dict | list) or field["value"] is None:
            self.values.say("manifest.value_type", f"{pointer}/value", "it must be a single value")

    def _attachment(self, attachment: dict[str, Any], pointer: str) -> None:
        self.values.unknown(attachment, ("type", "value", "name"), pointer)
        self.values.text(attachment, "name", pointer, required=False)
        kind = self.values.text(attachment, "type", pointer)
        value = self.values.text(attachment, "value", pointer)
        if kind is not None and kind not in _ATTACHMENTS:
            words = f"Labelbox knows no attachments of type {plain(kind, most=40)!r}"
            self.values.say("manifest.value_type", f"{pointer}/type", words)
        elif value is not None and kind not in _NO_URLS:
            self.urls += 1
            self._url(value, f"{pointer}/value")
