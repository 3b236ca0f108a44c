"""Checking Encord's CSV: headers, cells, URLs, and what the file says as a whole (specification 4 and 5)."""

import csv
from collections.abc import Iterator
from pathlib import Path

from labelport.manifests.collecting import Collected
from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.check_json import MOST_READ, VENDOR_ENTRIES, VENDOR_URLS
from labelport.manifests.encord.csv_layout import title_fault
from labelport.manifests.encord.csv_reading import Header, Row, csv_lines, csv_rows
from labelport.manifests.encord.dialects import MOST_FILE_BYTES
from labelport.manifests.encord.entry_rules import MOST_TITLE
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.sections import belongs_elsewhere, extension_of_url
from labelport.manifests.encord.seen import Seen

SECTION_OF_BLOCK = {"video": "videos", "image": "images", "group": "image_groups", "dicom": "dicom_series"}
"""Section of the JSON that a block is like."""

_HEADERS = "ObjectUrl, then Video title, Image title, Image group title, Series title or Dicom title, then Create video"


class CsvCheck:
    """The check of one CSV file; pointers are ``line:cell``."""

    def __init__(self, path: Path, options: EncordOptions, seen: Seen) -> None:
        self._path = path
        self._options = options
        self._seen = seen
        self.collected = Collected(str(path))
        self._rows = 0
        self._items = 0
        self._groups: dict[tuple[str, str], bool | None] = {}
        self._short: list[Header] = []
        self._sequences = False

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many entries and URLs the file has."""
        return self._items + len(self._groups), self._rows

    def run(self) -> None:
        """Read the file and say everything that is wrong with it."""
        size = self._path.stat().st_size
        if size > MOST_FILE_BYTES:
            self.collected.say("encord.file_over_limit", "1:1", f"it has {size:,} bytes, and was not read")
            return
        line = 0
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                if file.read(1) == "\ufeff":
                    self.collected.say("manifest.unreadable", "1:1", "the file starts with a byte order mark")
                else:
                    file.seek(0)
                for each in csv_rows(csv_lines(file)):
                    line = each.line
                    if self._rows > MOST_READ:
                        words = f"it has more than {MOST_READ:,} rows; the rest was not read"
                        self.collected.say("encord.file_over_limit", f"{line}:1", words)
                        return
                    self._header(each) if isinstance(each, Header) else self._row(each)
        except UnicodeDecodeError:
            self.collected.say("manifest.unreadable", f"{line + 1}:1", "a byte in this line or below it is not UTF-8")
            return
        except csv.Error:
            self.collected.say("manifest.unreadable", f"{line + 1}:1", "this line or one below it is no CSV")
            return
        self._as_a_whole(size)

    def _header(self, header: Header) -> None:
        if header.kind is None:
            self.collected.say("encord.csv_header", f"{header.line}:1", f"it must be {_HEADERS}")
        elif header.kind == "group" and not header.says_create:
            words = "groups and sequences need the column Create video"
            self.collected.say("encord.csv_header", f"{header.line}:3", words)
        elif not header.says_create:
            self._short.append(header)

    def _row(self, row: Row) -> None:
        self._rows += 1
        if not row.header.cells:
            if self._rows == 1:
                self.collected.say(
                    "encord.csv_header", f"{row.line}:1", f"the file starts without a header: {_HEADERS}"
                )
            return
        if row.header.kind is None:
            return
        if len(row.cells) != len(row.header.cells):
            words = f"{len(row.cells)} cells where the header has {len(row.header.cells)}"
            self.collected.say("encord.csv_row", f"{row.line}:1", words)
        self._url(row)
        self._title(row)
        self._create(row)

    def _url(self, row: Row) -> None:
        place = f"{row.line}:1"
        if self._options.urls == "strict":
            for fault in object_faults(row.url):
                self.collected.say(fault.code, place, fault.message)
        elif not row.url.strip():
            self.collected.say("manifest.url_form", place, "it is empty")
        if self._seen.url_again(row.url):
            self.collected.say("manifest.duplicate_url", place, "the URL stands in this manifest already")
        if belongs_elsewhere(SECTION_OF_BLOCK[str(row.header.kind)], extension_of_url(row.url)):
            if len(row.header.cells) == 1:
                words = "without a title column Encord expects a video here"
                self.collected.say("manifest.wrong_type", place, words)
            else:
                words = f"the title column says {row.header.kind}, the extension another kind"
                self.collected.say("encord.csv_title_kind", place, words)

    def _title(self, row: Row) -> None:
        place = f"{row.line}:2"
        given = row.cells[1] if len(row.cells) > 1 else ""
        fault = title_fault(given)
        if fault:
            self.collected.say("manifest.csv_unsafe", place, f"the title {fault}")
        if len(given) > MOST_TITLE:
            words = f"it has {len(given):,} characters; {MOST_TITLE} are the most"
            self.collected.say("encord.title_too_long", place, words)
        if row.header.kind == "group" and not given.strip():
            self.collected.say("encord.title_missing", place, "the title says which group a row belongs to")
        elif row.header.kind in {"group", "dicom"}:
            self._grouped(row)
            return
        elif given.strip() and self._seen.title_again(given):
            self.collected.say("manifest.duplicate_title", place, "another entry has this title")
        self._items += 1

    def _grouped(self, row: Row) -> None:
        """Remember the row's group, whose rows all say the same of Create video."""
        key = (str(row.header.kind), row.title)
        if key not in self._groups and self._seen.title_again("\0".join(key)):
            words = "another file of this manifest has rows of this title: they become two items"
            self.collected.say("manifest.duplicate_title", f"{row.line}:2", words, severity="error")
        known = self._groups.setdefault(key, row.create_video)
        if known != row.create_video:
            words = "another row of this title says otherwise: a title is one group or one sequence"
            self.collected.say("encord.csv_row", f"{row.line}:3", words)

    def _create(self, row: Row) -> None:
        said = row.create_video
        if said is None:
            self.collected.say("encord.csv_row", f"{row.line}:3", "Create video is true or false")
        elif said and row.header.kind == "group":
            self._sequences = True
        elif said:
            self.collected.say("encord.csv_row", f"{row.line}:3", "only rows of sequences say true")

    def _as_a_whole(self, size: int) -> None:
        if not self._rows:
            self.collected.say("manifest.empty", "1:1", "the file has no row")
        if self._sequences:
            for header in self._short:
                words = "a sequence is in the file, so every block needs the column Create video"
                self.collected.say("encord.csv_header", f"{header.line}:3", words)
        for what, reached, own, hard in self._limits(size):
            if reached > own:
                severe = reached > hard
                words = f"it has {reached:,} {what}"
                self.collected.say("encord.file_over_limit", "1:1", words, severity="error" if severe else "warning")

    def _limits(self, size: int) -> Iterator[tuple[str, int, int, int]]:
        entries, urls = self.counts
        yield "entries", entries, self._options.max_entries, VENDOR_ENTRIES
        yield "URLs", urls, self._options.max_urls, VENDOR_URLS
        yield "bytes", size, self._options.max_bytes, MOST_FILE_BYTES
