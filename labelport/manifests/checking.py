"""Checking manifests from anywhere: the platform is found by content, then asked."""

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelport.findings import Finding, finding
from labelport.manifests.chunks import check_index, is_index
from labelport.manifests.contract import Platform
from labelport.options import ManifestOptions
from labelport.registry import MANIFESTS, plugins

HEAD_BYTES = 4096
SURE = 0.3
"""Below this no platform has recognised a file."""

BESIDE = (
    ".README.txt",
    ".skipped.csv",
    "withdrawn.csv",
    ".only_in_template.csv",
    ".only_in_ours.csv",
    ".ambiguous.csv",
)
"""Ends of the names of our own files beside a manifest."""

_MARKERS = frozenset({"LIVE", "PLACED"})
"""Names of the files that say which generation lies there."""

_MARKS = {
    codecs.BOM_UTF8: "a byte order mark",
    codecs.BOM_UTF16_LE: "the mark of UTF-16",
    codecs.BOM_UTF16_BE: "the mark of UTF-16",
}
_CHUNK = re.compile(rb'"file"\s*:\s*"([^"\\/]+)"')

Options = Mapping[str, ManifestOptions]
"""By platform; one that is absent has its defaults, and what its files say by content is believed."""


@dataclass(frozen=True)
class Recognised:
    """A file and whose manifest it is."""

    path: Path

    platform: str | None = None
    """Name of the platform; null where none has recognised it."""

    index: bool = False
    """An index of chunks that no platform checks by itself."""

    fault: Finding | None = None
    """Why nobody checks it."""


def platforms() -> dict[str, Platform]:
    """Return the installed platforms by name."""
    return {name: plugin() for name, plugin in plugins(MANIFESTS).items()}


def detect(path: Path, known: Mapping[str, Platform]) -> str | None:
    """Return the platform whose manifest a file is, by its first bytes, or null.

    A byte order mark hides no platform: its check says that it must not be there. An index of chunks is of the platform whose chunk it names first: all indices begin alike.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if is_index(path.name, head):
        named = _CHUNK.search(head)
        chunk = path.with_name(named[1].decode("utf-8", "replace")) if named else path
        return detect(chunk, known) if chunk != path and chunk.is_file() else None
    return _surest(path.name, head, known) or _surest(path.name, head.removeprefix(codecs.BOM_UTF8), known)


def _surest(name: str, head: bytes, known: Mapping[str, Platform]) -> str | None:
    sure = {platform: known[platform].detect(name, head) for platform in known}
    best = max(sure, key=lambda platform: sure[platform], default=None)
    return best if best is not None and sure[best] >= SURE else None


def recognised(paths: Iterable[Path], *, platform: str | None = None) -> list[Recognised]:
    """Return the files with their platforms, folders replaced by what lies below them.

    ``platform`` skips the detection.
    """
    known = platforms()
    return [_recognised(path, known, platform) for path in files_below(paths)]


def _recognised(path: Path, known: Mapping[str, Platform], wanted: str | None) -> Recognised:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        name = wanted or detect(path, known)
    except OSError as error:
        return Recognised(path, fault=_about("manifest.unreadable", path, f"the file cannot be read: {error.strerror}"))
    if wanted and wanted not in known:
        return Recognised(path, fault=_about("manifest.unknown_platform", path, f"there is no platform {wanted!r}"))
    if is_index(path.name, head) and (name is None or known[name].detect(path.name, head) < SURE):
        return Recognised(path, name, index=True)
    return Recognised(path, name, fault=None if name else _unknown(path, head))


def _unknown(path: Path, head: bytes) -> Finding:
    for mark, words in _MARKS.items():
        if head.startswith(mark):
            return _about("manifest.unreadable", path, f"the file starts with {words}: no platform takes it")
    return _about("manifest.unknown_platform", path, "no platform's manifest begins like this file")


def check_recognised(files: Sequence[Recognised], options: Options | None = None) -> list[Finding]:
    """Return every violation of files, with pointer or line: what nobody checks first, then by platform."""
    known, given = platforms(), options or {}
    found = [one.fault for one in files if one.fault]
    for name in sorted({one.platform for one in files if one.platform}):
        own = [one.path for one in files if one.platform == name and not one.index]
        found += known[name].check(own, given.get(name))
    return [*found, *(each for one in files if one.index for each in check_index(one.path))]


def dialect_in(file: Recognised, options: Options | None = None) -> str | None:
    """Return what a platform of several dialects takes a file for (``Platform.dialect``); null where it has one."""
    if file.index:
        return "index"
    if file.platform is None:
        return None
    tell = getattr(platforms()[file.platform], "dialect", None)
    try:
        return tell(file.path, (options or {}).get(file.platform)) if tell else None
    except OSError:
        return None  # the check says it


def check_files(paths: Iterable[Path], *, platform: str | None = None, options: Options | None = None) -> list[Finding]:
    """Return every violation of manifests, with pointer or line.

    Folders stand for all files below them, without READMEs and other files of ours beside a manifest.
    ``platform`` skips the detection. A file of no known platform is ``manifest.unknown_platform``.
    """
    return check_recognised(recognised(paths, platform=platform), options)


def is_beside(path: Path) -> bool:
    """Return whether a file lies beside manifests and is none, by its name: one of ours, or any README."""
    return path.name in _MARKERS or path.name.endswith(BESIDE) or path.stem.lower() == "readme"


def files_below(paths: Iterable[Path]) -> Sequence[Path]:
    """Return the files, folders replaced by what lies below them but for our own files beside manifests."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += [p for p in sorted(path.rglob("*")) if p.is_file() and not is_beside(p)]
        else:
            files.append(path)
    return files


def _about(code: str, path: Path, message: str) -> Finding:
    return finding(code, stage="check", file=str(path), message=message)
