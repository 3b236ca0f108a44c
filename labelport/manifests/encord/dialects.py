"""The two dialects of Encord's JSON: that of files, and that of the SDK's own classes (specification 3.1).

Their top-level keys differ, so a file says by itself which one it speaks.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeAlias

from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.sections import SECTIONS, Section, spellings
from labelport.manifests.json_elements import JsonElements, JsonFault

DialectName: TypeAlias = Literal["file", "sdk"]

SKIP, UPSERT = "skip_duplicate_urls", "upsert_metadata"

MOST_FILE_BYTES = 1 << 30
"""Larger files are not read at all: ten times what Encord takes."""

SDK_LISTS = frozenset({"imageGroupsFromItems", "timeSeries", "scenes"})
"""Lists of the SDK that Labelport does not write (``DataUploadItems``, ``encord`` 0.1.211)."""


@dataclass(frozen=True)
class Dialect:
    """What may stand at the top of a file."""

    name: DialectName

    sections: Mapping[str, Section]
    """By key; the SDK's classes read both spellings of a name."""

    flags: Mapping[str, str]
    """By key: ``SKIP`` or ``UPSERT``."""

    foreign: frozenset[str]
    """Keys of the other dialect."""

    hint: str
    """What to do where one of them stands."""

    unchecked: frozenset[str] = frozenset()
    """Keys that are good, and whose values are not looked at."""


_SDK_SECTIONS = {key: section for section in SECTIONS.values() for key in spellings(section.sdk_name)}
_SDK_FLAGS = {key: flag for flag in (SKIP, UPSERT) for key in spellings(flag)}
_UNCHECKED = frozenset(key for name in SDK_LISTS for key in spellings(name))
_OF_FILES = frozenset({*SECTIONS, SKIP, UPSERT})
_NEUTRAL = frozenset({"videos", "images", "audio", "text", "nifti"})
"""Keys that both dialects have."""
_OF_THE_SDK = frozenset({*_SDK_SECTIONS, *_SDK_FLAGS, *_UNCHECKED}) - _OF_FILES
_TELLING = (_OF_FILES - _NEUTRAL) | _OF_THE_SDK
"""Keys that only one dialect has."""

FILE = Dialect(
    "file",
    SECTIONS,
    {SKIP: SKIP, UPSERT: UPSERT},
    _OF_THE_SDK,
    "It is of the SDK's own classes (dialect: sdk). In a file: image_groups, dicom_series, pdfs, skip_duplicate_urls.",
)
SDK = Dialect(
    "sdk",
    _SDK_SECTIONS,
    _SDK_FLAGS,
    frozenset({"pdfs"}),
    "It is of files, and the SDK's classes drop it in silence: there it is pdf.",
    unchecked=_UNCHECKED,
)
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (FILE, SDK)}

_WINDOW, _OVERLAP = 1 << 20, 64
_CANDIDATE = re.compile(rb'"(?:%s)"\s{0,16}:' % "|".join(sorted(_OF_THE_SDK)).encode())


def dialect_for(path: Path, options: EncordOptions) -> Dialect:
    """Return the dialect of a file: the one that the options name, else by its content."""
    if "dialect" in options.model_fields_set:
        return DIALECTS[options.dialect]
    return dialect_of(path)


def dialect_of(path: Path) -> Dialect:
    """Return the dialect that a file's top-level keys speak; that of files where they do not say.

    The SDK's needs a key that only its classes have, and none that only files have. Keys may stand behind
    a gigabyte of entries: the file is read once for the words, and parsed only where one of them is there.
    """
    if path.stat().st_size > MOST_FILE_BYTES:
        return FILE
    with path.open("rb") as file:
        found = any(_CANDIDATE.search(window) for window in _windows(file))
    if not found:
        return FILE
    own: set[str] = set()
    # A fault ends the names; the check says it.
    with path.open("rb") as file, suppress(JsonFault):
        for member in JsonElements(file).members():
            own |= _TELLING & {member.name}
    return SDK if own & _OF_THE_SDK and own <= _OF_THE_SDK else FILE


def _windows(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in pieces; what a key could be cut by stands in both pieces."""
    before = b""
    while piece := file.read(_WINDOW):
        yield before + piece
        before = piece[-_OVERLAP:]
