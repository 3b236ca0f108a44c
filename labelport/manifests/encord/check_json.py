"""Checking Encord's JSON: every entry by its section's rules, then the file as a whole (specification 5)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from labelport.codes import Severity
from labelport.manifests.collecting import Collected
from labelport.manifests.encord.dialects import FILE, MOST_FILE_BYTES, SKIP, UPSERT, Dialect, dialect_for
from labelport.manifests.encord.entry_rules import EntryRules
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.sdk_rules import SdkEntryRules
from labelport.manifests.encord.sections import SECTIONS, Section
from labelport.manifests.encord.seen import Seen
from labelport.manifests.encord.value_rules import ValueRules, pointer_part
from labelport.manifests.json_elements import JsonElements, JsonFault, Member

VENDOR_ENTRIES, VENDOR_URLS = 500_000, 1_000_000
"""What Encord takes in one file at most [vendor's documentation]."""

MOST_READ = 2 * VENDOR_ENTRIES
"""Entries after which a file is not read on."""


class JsonCheck:
    """The check of one JSON file, in its dialect."""

    def __init__(self, path: Path, options: EncordOptions, seen: Seen) -> None:
        self._path = path
        self._options = options
        self.collected = Collected(str(path))
        self._dialect: Dialect = FILE
        self._values = ValueRules(self.collected)
        self._entries = EntryRules(self._values, options, seen)
        self._counts: Counter[str] = Counter()
        self._flags: dict[str, tuple[str, bool]] = {}

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many entries and URLs the file has."""
        return self._counts.total(), self._entries.urls

    def run(self) -> None:
        """Read the file and say everything that is wrong with it."""
        size = self._path.stat().st_size
        if size > MOST_FILE_BYTES:
            self._values.say("encord.file_over_limit", "", f"it has {size:,} bytes, and was not read")
            return
        self._dialect = dialect_for(self._path, self._options)
        try:
            with self._path.open("rb") as file:
                whole = self._read(JsonElements(file))
        except JsonFault as fault:
            self._values.say("manifest.unreadable", fault.place, str(fault))
            return
        if whole:
            self._as_a_whole()
        for what, reached, most in self._limits(size):
            severity: Severity = "error" if reached > most else "warning"
            words = f"it has {reached:,} {what}"
            self._values.say("encord.file_over_limit", "", words, severity=severity)

    def _read(self, elements: JsonElements) -> bool:
        """Check all members; return whether the file was read to its end."""
        dialect, names = self._dialect, Seen()
        for member in elements.members():
            pointer = f"/{pointer_part(member.name)}"
            section = dialect.sections.get(member.name)
            flag = dialect.flags.get(member.name)
            name = section.name if section else flag or member.name
            if names.title_again(name):
                self._values.say("encord.duplicate_json_key", pointer, "the key stands twice at the top")
            if section:
                self._section(section, member, pointer, elements)
            elif flag:
                if self._values.fits(member.value, bool, pointer):
                    self._flags[flag] = (member.name, member.value)
            elif member.name in dialect.unchecked:
                self._unchecked(member, pointer)
            elif member.name in dialect.foreign:
                words = f"the key {member.name!r} is not one of {_WORDS[dialect.name]}"
                self._values.say("encord.unknown_top_key", pointer, words, hint=dialect.hint)
            else:
                self._values.unknown("encord.unknown_top_key", member.name, (*dialect.sections, *dialect.flags), "")
            if self._counts.total() > MOST_READ:
                return False
        return True

    def _unchecked(self, member: Member, pointer: str) -> None:
        if member.elements is None:
            self._values.say("encord.value_type", pointer, "it must be a list of entries")
            return
        self._counts[member.name] += sum(1 for _ in member.elements)
        self._values.say("encord.not_checked", pointer, "entries of this list are not checked")

    def _section(self, section: Section, member: Member, pointer: str, elements: JsonElements) -> None:
        if member.elements is None:
            self._values.say("encord.value_type", pointer, "it must be a list of entries")
            return
        rules = self._entries if self._dialect is FILE else SdkEntryRules(self._entries)
        for number, entry in enumerate(member.elements):
            if elements.odd:
                self._values.odd(entry, f"{pointer}/{number}")
            rules.check(section, entry, f"{pointer}/{number}")
            self._counts[section.name] += 1
            if self._counts.total() > MOST_READ:
                words = f"it has more than {MOST_READ:,} entries; the rest was not read"
                self._values.say("encord.file_over_limit", f"{pointer}/{number}", words)
                return

    def _as_a_whole(self) -> None:
        if not self._counts.total():
            self._values.say("manifest.empty", "", "the file has no entry")
        skip, skips = self._flags.get(SKIP, ("", False))
        upsert, upserts = self._flags.get(UPSERT, ("", False))
        if not skips:
            name = next(key for key, flag in self._dialect.flags.items() if flag == SKIP)
            words = f"{skip or name} is {'false' if skip else 'not written out'}"
            self._values.say("encord.skip_duplicates_absent", f"/{skip}" if skip else "", words)
        if upserts and not skips:
            words = "it has no effect unless duplicates are skipped"
            self._values.say("encord.upsert_no_effect", f"/{upsert}", words)
        if self._dialect is FILE:
            self._unconfirmed(upserts=upserts)
        if self._entries.safari:
            words = f"{self._entries.safari:,} objects are TIFF or MOV"
            self._values.say("encord.safari_only", "", words, count=self._entries.safari)

    def _unconfirmed(self, *, upserts: bool) -> None:
        """Say which keys of a file only the SDK's classes confirm."""
        counts = {name: count for name, count in self._counts.items() if SECTIONS[name].unconfirmed}
        for name, count in {**({UPSERT: 1} if upserts else {}), **counts}.items():
            words = f"no document of the vendor shows the key {name}"
            self._values.say("encord.unconfirmed_key", f"/{name}", words, count=count)
        for name, code in (("text", "encord.text_key"), ("dicom_series", "encord.dicom_shape")):
            if self._counts[name]:
                words = "the SDK and other sections have it so; no document shows it in a file"
                self._values.say(code, f"/{name}", words, count=self._counts[name])

    def _limits(self, size: int) -> Iterator[tuple[str, int, int]]:
        """Yield (what, how many, the vendor's hard limit) of all that is beyond the manifest's own limits."""
        entries, urls = self.counts
        for what, reached, own, hard in (
            ("entries", entries, self._options.max_entries, VENDOR_ENTRIES),
            ("URLs", urls, self._options.max_urls, VENDOR_URLS),
            ("bytes", size, self._options.max_bytes, MOST_FILE_BYTES),
        ):
            if reached > own:
                yield what, reached, hard


_WORDS = {"file": "a file", "sdk": "the SDK's classes"}
