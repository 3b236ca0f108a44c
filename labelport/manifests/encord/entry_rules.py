"""What one entry of a section must be (specification 3.3 and 5); everything wrong is said with its JSON pointer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.metadata_rules import MetadataRules
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.sections import SAFARI_ONLY, Section, belongs_elsewhere, extension_of_url, is_listed
from labelport.manifests.encord.seen import Seen
from labelport.manifests.encord.value_rules import ValueRules
from labelport.privacy import plain

MOST_TITLE = 300
"""Characters of a file's name [vendor's documentation]; a title takes its place."""

SDK_LISTS = {"image_groups": "images", "dicom_series": "dicomFiles"}
"""What the SDK's own classes call the list of an entry's objects."""

OTHER_SPELLINGS = {"audioMetadata": "audiometadata"}
"""The Encord page's prose spells it so, too."""

NO_TITLE = "it has no title, by which Encord calls a group or series"

_NUMBERED = re.compile(r"objectUrl_(\d{1,18})", re.ASCII)
CLIENT_ONLY = frozenset({"videos", "images", "audio"})
"""Sections whose media metadata strict client-only access needs [vendor's documentation]."""


@dataclass
class EntryRules:
    """Checks the entries of one file."""

    values: ValueRules
    options: EncordOptions
    seen: Seen

    urls: int = 0
    """Objects that the entries name."""

    safari: int = 0
    """Objects that Encord shows in Safari only."""

    def check(self, section: Section, entry: Any, pointer: str) -> None:
        """Say everything that is wrong with one entry."""
        if not isinstance(entry, dict):
            self.values.say("encord.value_type", pointer, "an entry is an object")
            return
        self._titled(section, entry, pointer)
        urls = self._numbered(section, entry, pointer) if section.several else self._single(entry, pointer)
        for name in urls:
            self.url(section, entry[name], f"{pointer}/{name}", sequence=entry.get("createVideo") is True)
        if section.name == "image_groups":
            self._create_video(entry, pointer)
        self._unknown_keys(section, entry, pointer)
        self._metadata(section, entry, pointer)

    def _titled(self, section: Section, entry: Mapping[str, Any], pointer: str) -> None:
        if "title" in entry:
            self.title(section, entry["title"], f"{pointer}/title")
        elif section.several:
            self.values.say("encord.title_missing", pointer, NO_TITLE)

    def title(self, section: Section, title: Any, place: str) -> None:
        """Check the title of an entry."""
        if not self.values.fits(title, str, place):
            return
        if not title.strip():
            if section.several:
                self.values.say("encord.title_missing", place, "the title is blank")
            return
        if len(title) > MOST_TITLE:
            words = f"it has {len(title):,} characters; {MOST_TITLE} are the most"
            self.values.say("encord.title_too_long", place, words)
        if self.seen.title_again(title):
            self.values.say("manifest.duplicate_title", place, "another entry has this title")

    def _single(self, entry: Mapping[str, Any], pointer: str) -> list[str]:
        if "objectUrl" in entry:
            return ["objectUrl"]
        self.values.say("encord.missing_key", pointer, "it lacks objectUrl")
        return []

    def _numbered(self, section: Section, entry: Mapping[str, Any], pointer: str) -> list[str]:
        """Return the keys of a group's URLs in the order of their numbers, which must be 0, 1, 2 and so on."""
        matches = (_NUMBERED.fullmatch(name) for name in entry)
        found = sorted((int(match[1]), match[0]) for match in matches if match)
        if not found and SDK_LISTS[section.name] not in entry:
            self.values.say("encord.missing_key", pointer, "it lacks objectUrl_0")
        wanted = 0
        for number, name in found:
            if name != f"objectUrl_{wanted}":
                words = f"objectUrl_{wanted} should stand here: numbers go from 0 on, without gaps or leading zeros"
                self.values.say("encord.group_index_gap", f"{pointer}/{name}", words)
            wanted = number + 1
        return [name for _, name in found]

    def url(self, section: Section, url: Any, pointer: str, *, sequence: bool = False) -> None:
        """Check the URL of an object: its form, its extension, and that it is new in the manifest."""
        self.urls += 1
        if not self.values.fits(url, str, pointer):
            return
        if self.options.urls == "strict":
            for fault in object_faults(url):
                self.values.say(fault.code, pointer, fault.message)
        elif not url.strip():
            self.values.say("manifest.url_form", pointer, "it is empty")
        if self.seen.url_again(url):
            self.values.say("manifest.duplicate_url", pointer, "the URL stands in this manifest already")
        extension = extension_of_url(url)
        if belongs_elsewhere(section.name, extension):
            self.values.say(
                "manifest.wrong_type", pointer, f"{plain(extension, most=20)} does not belong into {section.name}"
            )
        elif not is_listed(section.name, extension):
            shown = plain(extension, most=20) or "names without extension"
            words = f"Encord does not list {shown} for {section.name}"
            self.values.say("encord.extension_unlisted", pointer, words)
        elif extension in SAFARI_ONLY and section.kind in {"image", "video"}:
            self.safari += 1
            if sequence:
                self.values.say("encord.safari_only", pointer, "a TIFF in a sequence: Encord lists none there")

    def _create_video(self, entry: Mapping[str, Any], pointer: str) -> None:
        if "createVideo" in entry:
            self.values.fits(entry["createVideo"], bool, f"{pointer}/createVideo")
        else:
            words = "createVideo is not written out: documents differ on whether this is a group or a sequence"
            self.values.say("encord.createvideo_implicit", pointer, words)

    def _unknown_keys(self, section: Section, entry: Mapping[str, Any], pointer: str) -> None:
        known = {"title", "clientMetadata"}
        if section.several:
            known.add("createVideo" if section.name == "image_groups" else "dicomMetadata")
        else:
            known |= {"objectUrl", *_metadata_keys(section)}
        for name in entry:
            if name in known or (section.several and _NUMBERED.fullmatch(name)):
                continue
            if name == SDK_LISTS.get(section.name):
                words = "a list of objects is of the SDK's classes: a file has objectUrl_0, objectUrl_1 and so on"
                self.values.say("encord.sdk_dialect", f"{pointer}/{name}", words)
            else:
                numbered = {"objectUrl_0"} if section.several else set()
                self.values.unknown("encord.unknown_key", name, known | numbered, pointer)

    def _metadata(self, section: Section, entry: Mapping[str, Any], pointer: str) -> None:
        rules = MetadataRules(self.values)
        given = [name for name in _metadata_keys(section) if name in entry]
        for name in given:
            rules.media(section, entry[name], f"{pointer}/{name}")
        if self.options.client_only and (section.several or (not given and section.name in CLIENT_ONLY)):
            words = (
                "an entry of several files has no place for media metadata" if section.several else "they are absent"
            )
            self.values.say(
                "encord.client_only_incomplete", pointer, f"strict access needs media metadata, and {words}"
            )
        if "clientMetadata" in entry:
            rules.client(entry["clientMetadata"], f"{pointer}/clientMetadata")
        if section.name == "dicom_series" and "dicomMetadata" in entry:
            rules.dicom(entry["dicomMetadata"], f"{pointer}/dicomMetadata")


def _metadata_keys(section: Section) -> tuple[str, ...]:
    """Return how the media metadata of a section may be called."""
    if section.metadata is None:
        return ()
    other = OTHER_SPELLINGS.get(section.metadata)
    return (section.metadata, other) if other else (section.metadata,)
