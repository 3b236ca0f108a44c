"""What a DICOMDIR names: the File IDs of its directory records (PS3.3 F.3.2.2, PS3.10 8.2).

Nothing else of a record is kept: it has the patient's name and the dates of the study as well.
"""

import re
import struct
import zlib
from dataclasses import dataclass

from labelport.probing.contract import BudgetSpent
from labelport.probing.dicom.opening import DEFLATED, Opened, inflated
from labelport.probing.dicom.walker import UNDEFINED, Element, NoItem, TooDeep, elements, inner, items
from labelport.probing.dicom.window import Closed, Ended, OverCap, Window, whole

RECORDS = 0x00041220
"""Directory Record Sequence."""

IN_USE = 0x00041410
"""Record In-use Flag: 0 says that the record was deleted, and its file with it."""

FILE_ID = 0x00041500
"""Referenced File ID: folders and name, as components of a code string."""

PARTIAL = "directory_partial"
"""Flag: the budget ended, or the file did, before its last record."""

BAD_FILE_ID = "directory_bad_file_id"
"""Flag: some records name a file in characters that no File ID has; they were left out."""

_WANTED = frozenset({RECORDS})
_OF_RECORD = frozenset({IN_USE, FILE_ID})
_FILE_ID = re.compile(rb"[A-Z0-9_]{1,16}(?:\\[A-Z0-9_]{1,16}){0,7}\Z")
_FILE_ID_LONGEST = 8 * 17
_SEQUENCE_END = {True: b"\xfe\xff\xdd\xe0", False: b"\xff\xfe\xe0\xdd"}
_BROKEN = (OverCap, BudgetSpent, Ended, Closed, TooDeep, NoItem, struct.error, zlib.error)


@dataclass(frozen=True)
class Directory:
    """What was read of a DICOMDIR."""

    files: list[str]
    """Names relative to its folder, components joined by ``/``; in the order of the records, each once."""

    flags: frozenset[str]
    """``PARTIAL``, ``BAD_FILE_ID``."""


def read_directory(window: Window, opened: Opened) -> Directory:
    """Return the files that a DICOMDIR names; never raises for what lies in it."""
    reading = _Reading(window, opened)
    try:
        reading.run()
    except _BROKEN:
        reading.flags.add(PARTIAL)
    return Directory(list(reading.files), frozenset(reading.flags))


class _Reading:
    def __init__(self, window: Window, opened: Opened) -> None:
        self.window = window
        self.opened = opened
        self.files: dict[str, None] = {}
        self.flags: set[str] = set()

    def run(self) -> None:
        at, coding = self.opened.at, self.opened.coding
        if self.opened.transfer_syntax == DEFLATED:
            content, complete = inflated(self.window, at)
            self.window, at = whole(content), 0
            if not complete:
                self.flags.add(PARTIAL)
        for element in elements(self.window, at, self.window.size, coding, wanted=_WANTED):
            if element.tag == RECORDS:
                self._take(element)
            if element.tag >= RECORDS:
                return

    def _take(self, sequence: Element) -> None:
        size, coding = self.window.size, self.opened.coding
        last = sequence.value_at
        for start, stop in items(self.window, sequence, size, coding):
            self._take_record(start, stop, sequence)
            last = stop
        if sequence.length != UNDEFINED:
            is_whole = sequence.value_at + sequence.length <= size
        else:  # an item of undefined length ends where nobody says; of the last one the walk found its end
            is_whole = last == size or self.window.bytes(last, 4) == _SEQUENCE_END[coding.little]
        if not is_whole:
            self.flags.add(PARTIAL)

    def _take_record(self, start: int, stop: int, sequence: Element) -> None:
        coding = inner(sequence.vr, self.opened.coding)
        for element in elements(self.window, start, stop, coding, depth=1, wanted=_OF_RECORD):
            if element.tag == IN_USE and element.length == 2:
                if self.window.bytes(element.value_at, 2) == b"\0\0":
                    return
            elif element.tag == FILE_ID:
                self._take_file_id(element)
            if element.tag >= FILE_ID:
                return

    def _take_file_id(self, element: Element) -> None:
        if element.length == 0:
            return  # present and empty where a record has no file
        raw = b""
        if element.length <= _FILE_ID_LONGEST:
            raw = self.window.bytes(element.value_at, element.length)
        # Each component may be padded with blanks, which are no part of it (PS3.5 6.2, CS).
        name = b"\\".join(part.strip(b" \0") for part in raw.split(b"\\"))
        if _FILE_ID.match(name):
            self.files[name.decode("ascii").replace("\\", "/")] = None
        elif name or element.length > _FILE_ID_LONGEST:
            self.flags.add(BAD_FILE_ID)
