"""What one entry must be in the SDK's dialect: the classes of ``encord.orm.storage`` (specification 3.1 and 5).

The classes drop keys that they do not know in silence, so every key is looked at. They read names in two
spellings, ``objectUrl`` and ``object_url``; pointers show the one that stands in the file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from labelport.manifests.encord.entry_rules import CLIENT_ONLY, NO_TITLE, EntryRules
from labelport.manifests.encord.metadata_rules import MetadataRules
from labelport.manifests.encord.sections import SECTIONS, Section, spellings
from labelport.manifests.encord.value_rules import ValueRules

FILE_TYPES = {
    "videos": "VIDEO",
    "images": "IMAGE",
    "audio": "AUDIO",
    "text": "PLAIN_TEXT",
    "pdfs": "PDF",
    "nifti": "NIFTI",
    "image_groups": "IMG_GROUP",
    "dicom_series": "DICOM",
}
"""What ``externalFileType`` says where it is given (``encord`` 0.1.211)."""

_LISTS = {"image_groups": "images", "dicom_series": "dicomFiles"}
_OF_ENTRIES = ("title", "clientMetadata", "externalFileType")
_OF_OBJECTS = ("placeholderItemUuid",)


class Given(NamedTuple):
    """A member as it stands in the file."""

    pointer: str
    value: Any


@dataclass(frozen=True)
class SdkEntryRules:
    """Checks the entries of one file in the SDK's dialect."""

    rules: EntryRules
    """Of files: URLs, titles and metadata have the same."""

    @property
    def values(self) -> ValueRules:
        """Return what says things about values."""
        return self.rules.values

    def check(self, section: Section, entry: Any, pointer: str) -> None:
        """Say everything that is wrong with one entry."""
        if not self.values.fits(entry, dict, pointer):
            return
        members = self._members(entry, _known(section), pointer)
        self._title(section, members.get("title"), pointer)
        if section.several:
            self._objects(section, members, pointer)
        elif "objectUrl" in members:
            self.rules.url(section, members["objectUrl"].value, members["objectUrl"].pointer)
            self._media(section, members, pointer, needed=section.name in CLIENT_ONLY)
        else:
            self.values.say("encord.missing_key", pointer, "it lacks objectUrl")
        if section.name == "image_groups":
            self._create_video(members, pointer)
        if "clientMetadata" in members:
            MetadataRules(self.values).client(members["clientMetadata"].value, members["clientMetadata"].pointer)
        self._constants(section, members)

    def _members(self, given: Mapping[str, Any], known: tuple[str, ...], pointer: str) -> dict[str, Given]:
        """Return the known members by alias; say which are unknown, and which stand there in both spellings."""
        aliases = _aliases(known)
        found: dict[str, Given] = {}
        for name, value in given.items():
            alias = aliases.get(name)
            if alias is None:
                self._unknown(name, known, pointer)
            elif alias in found:
                words = "the key stands twice, in two spellings"
                self.values.say("encord.duplicate_json_key", f"{pointer}/{name}", words)
            else:
                found[alias] = Given(f"{pointer}/{name}", value)
        return found

    def _unknown(self, name: str, known: tuple[str, ...], pointer: str) -> None:
        if not set(known).isdisjoint(_LISTS.values()) and re.fullmatch(r"objectUrl_\d{1,18}", name, re.ASCII):
            words = "numbered URLs are of files: the SDK's classes drop them, and have a list of objects"
            self.values.say("encord.unknown_key", f"{pointer}/{name}", words, hint="Write images or dicomFiles.")
        else:
            self.values.unknown("encord.unknown_key", name, known, pointer)

    def _title(self, section: Section, title: Given | None, pointer: str) -> None:
        if title is not None and title.value is not None:
            self.rules.title(section, title.value, title.pointer)
        elif section.several:
            place, words = (title.pointer, "a group or series needs a title") if title else (pointer, NO_TITLE)
            self.values.say("encord.title_missing", place, words)

    def _objects(self, section: Section, members: Mapping[str, Given], pointer: str) -> None:
        name = _LISTS[section.name]
        if name not in members:
            self.values.say("encord.missing_key", pointer, f"it lacks {name}")
            return
        listed = members[name]
        if not isinstance(listed.value, list) or not listed.value:
            self.values.say("encord.value_type", listed.pointer, "it must be a list of one object or more")
            return
        sequence = "createVideo" in members and members["createVideo"].value is True
        for number, one in enumerate(listed.value):
            self._object(section, one, f"{listed.pointer}/{number}", sequence=sequence)

    def _object(self, section: Section, given: Any, pointer: str, *, sequence: bool) -> None:
        """Check one object of a group or series."""
        if not self.values.fits(given, dict, pointer):
            return
        of_dicom = section.name == "dicom_series"
        metadata = "dicomMetadata" if of_dicom else "imageMetadata"
        members = self._members(given, ("url", "title", metadata, *_OF_OBJECTS), pointer)
        if "url" in members:
            self.rules.url(section, members["url"].value, members["url"].pointer, sequence=sequence)
        else:
            self.values.say("encord.missing_key", pointer, "it lacks url")
        title = members.get("title")
        if title is not None and title.value is not None:
            self.values.fits(title.value, str, title.pointer)
        elif title is None and of_dicom:
            self.values.say("encord.title_missing", pointer, "a file of a series has a title, which may be null")
        if not of_dicom:
            self._media(SECTIONS["images"], members, pointer, needed=True)
        elif metadata in members and members[metadata].value is not None:
            MetadataRules(self.values).dicom(members[metadata].value, members[metadata].pointer)
        elif self.rules.options.client_only:
            self._incomplete(pointer)
        self._placeholder(members)

    def _media(self, section: Section, members: Mapping[str, Given], pointer: str, *, needed: bool) -> None:
        """Check media metadata, null where there are none."""
        given = members.get(section.metadata or "")
        if given is not None and given.value is not None:
            MetadataRules(self.values, _of_a_file).media(section, given.value, given.pointer)
        elif needed and self.rules.options.client_only:
            self._incomplete(pointer)

    def _incomplete(self, pointer: str) -> None:
        words = "strict access needs media metadata, and they are absent"
        self.values.say("encord.client_only_incomplete", pointer, words)

    def _create_video(self, members: Mapping[str, Given], pointer: str) -> None:
        if "createVideo" in members:
            self.values.fits(members["createVideo"].value, bool, members["createVideo"].pointer)
        else:
            words = "createVideo is not written out: false here, and true in other documents of the vendor"
            self.values.say("encord.createvideo_implicit", pointer, words)

    def _constants(self, section: Section, members: Mapping[str, Given]) -> None:
        wanted = FILE_TYPES[section.name]
        given = members.get("externalFileType")
        if given is not None and given.value != wanted:
            self.values.say("encord.value_type", given.pointer, f"it must be {wanted} in this list")
        self._placeholder(members)

    def _placeholder(self, members: Mapping[str, Given]) -> None:
        given = members.get("placeholderItemUuid")
        if given is not None and given.value is not None and not _is_uuid(given.value):
            self.values.say("encord.value_type", given.pointer, "it must be a UUID")


@cache
def _aliases(names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the alias of each spelling that the SDK's classes read."""
    return {spelled: name for name in names for spelled in spellings(name)}


@cache
def _known(section: Section) -> tuple[str, ...]:
    """Return the names of an entry's members, by alias."""
    if section.several:
        return (*_OF_ENTRIES, _LISTS[section.name], *(("createVideo",) if section.name == "image_groups" else ()))
    return (*_OF_ENTRIES, *_OF_OBJECTS, "objectUrl", *((section.metadata,) if section.metadata else ()))


def _of_a_file(name: str) -> str:
    """Return a name as files write it: ``fileSize`` is ``file_size``."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False
