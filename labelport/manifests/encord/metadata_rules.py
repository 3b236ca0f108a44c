"""What the metadata of an entry must be: the media's, the user's own, and DICOM's (specification 3.3 to 3.5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labelport.manifests.encord.metadata_keys import CONFIG, RESERVED_WORD, key_fault
from labelport.manifests.encord.sections import Section
from labelport.manifests.encord.value_rules import ValueRules, pointer_part

DICOM_TAGS = (
    "00080018", "00100020", "00180050", "00181114", "00181164", "0020000D", "0020000E", "00200013",
    "00200032", "00200037", "00209113", "00209116", "00280004", "00280008", "00280010", "00280011",
    "00280030", "00281050", "00281051", "00289110", "52009229", "52009230",
)  # fmt: skip
"""Tags that must be there, null where a file lacks one (documented in the SDK; keys of pydicom's JSON form)."""

PATIENT_ID = "00100020"


@dataclass(frozen=True)
class MetadataRules:
    """Says what is wrong with metadata."""

    values: ValueRules

    spelled: Callable[[str], str] = str
    """Turns the name of a member of media metadata into that of a file: the SDK's classes read two spellings."""

    def media(self, section: Section, given: Any, pointer: str) -> None:
        """Check media metadata: all members, of their types, above zero, and no other."""
        if not self.values.fits(given, dict, pointer):
            return
        kinds = dict(section.members)
        found: dict[str, str] = {}
        for name in given:
            member = self.spelled(name)
            if member not in kinds:
                self.values.unknown("encord.unknown_key", name, kinds, pointer)
            elif member in found:
                words = "the key stands twice, in two spellings"
                self.values.say("encord.duplicate_json_key", f"{pointer}/{name}", words)
            else:
                found[member] = name
        missing = [name for name in kinds if name not in found]
        if missing:
            words = f"it lacks {', '.join(missing)}: all members must be there"
            self.values.say("encord.missing_key", pointer, words)
        for name in (name for name in kinds if name in found):
            place, value = f"{pointer}/{found[name]}", given[found[name]]
            if self.values.fits(value, kinds[name], place) and kinds[name] is not str and value <= 0:
                self.values.say("encord.value_type", place, "it must be above 0")

    def client(self, given: Any, pointer: str) -> None:
        """Check the names of the user's own values, and what Encord's editor reads among them."""
        if not self.values.fits(given, dict, pointer):
            return
        for name, value in given.items():
            fault = key_fault(name)
            if fault is None:
                continue
            place = f"{pointer}/{pointer_part(name)}"
            if name == CONFIG:
                self.values.say("encord.unconfirmed_key", place, "no document shows what may stand in $encord")
            elif name == RESERVED_WORD:
                self._key_frames(value, place)
            elif fault == "reserved":
                self.values.say("encord.metadata_key_reserved", place, "Encord reserves names that start with $")
            else:
                self.values.say("encord.metadata_key", place, "this name cannot be declared in Encord's schema")

    def _key_frames(self, value: Any, pointer: str) -> None:
        frames = value if isinstance(value, list) else [None]
        if not all(isinstance(frame, int) and not isinstance(frame, bool) and frame >= 0 for frame in frames):
            self.values.say("encord.value_type", pointer, "key frames are a list of whole numbers from 0 on")

    def dicom(self, given: Any, pointer: str) -> None:
        """Check metadata of a DICOM file: the 22 tags."""
        if not self.values.fits(given, dict, pointer):
            return
        for name in given:
            if name != "tags":
                self.values.unknown("encord.unknown_key", name, ["tags"], pointer)
        if "tags" not in given:
            self.values.say("encord.missing_key", pointer, "it lacks tags")
        elif self.values.fits(given["tags"], dict, f"{pointer}/tags"):
            self._tags(given["tags"], f"{pointer}/tags")

    def _tags(self, tags: Mapping[str, Any], pointer: str) -> None:
        missing = [tag for tag in DICOM_TAGS if tag not in tags]
        if missing:
            words = f"{len(missing)} of {len(DICOM_TAGS)} tags are missing: {', '.join(missing)}"
            self.values.say("encord.dicom_tags_missing", pointer, words)
        for tag, value in tags.items():
            if value is not None:
                self.values.fits(value, dict, f"{pointer}/{pointer_part(tag)}")
        if tags.get(PATIENT_ID) is not None:
            words = "a PatientID is given: it must be null, unless it is a pseudonym"
            self.values.say("manifest.phi_suspect", f"{pointer}/{PATIENT_ID}", words)
