"""Checking manifests from anywhere: the platform is found by content, then asked."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from labelport.findings import Finding, finding
from labelport.manifests.contract import Platform
from labelport.registry import MANIFESTS, plugins

HEAD_BYTES = 4096
SURE = 0.3
"""Below this no platform has recognised a file."""

BESIDE = (".README.txt", ".skipped.csv")
"""Our own files beside a manifest."""


def platforms() -> dict[str, Platform]:
    """Return the installed platforms by name."""
    return {name: plugin() for name, plugin in plugins(MANIFESTS).items()}


def detect(path: Path, known: dict[str, Platform]) -> str | None:
    """Return the platform whose manifest a file is, by its first bytes, or null."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    sure = {name: platform.detect(path.name, head) for name, platform in known.items()}
    best = max(sure, key=lambda name: sure[name], default=None)
    return best if best is not None and sure[best] >= SURE else None


def check_files(paths: Iterable[Path], *, platform: str | None = None) -> list[Finding]:
    """Return every violation of manifests, with pointer or line.

    Folders stand for all files below them, without READMEs and lists of skipped items. ``platform``
    skips the detection. A file of no known platform is ``manifest.unknown_platform``.
    """
    known = platforms()
    by_platform: dict[str, list[Path]] = {}
    found: list[Finding] = []
    for path in files_below(paths):
        try:
            name = platform or detect(path, known)
        except OSError as error:
            found.append(_about("manifest.unreadable", path, f"the file cannot be read: {error.strerror}"))
            continue
        if name is None or name not in known:
            what = f"there is no platform {name!r}" if name else "no platform's manifest begins like this file"
            found.append(_about("manifest.unknown_platform", path, what))
        else:
            by_platform.setdefault(name, []).append(path)
    for name in sorted(by_platform):
        found += known[name].check(by_platform[name])
    return found


def files_below(paths: Iterable[Path]) -> Sequence[Path]:
    """Return the files, folders replaced by what lies below them."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += [
                p for p in sorted(path.rglob("*")) if p.is_file() and p.name != "LIVE" and not p.name.endswith(BESIDE)
            ]
        else:
            files.append(path)
    return files


def _about(code: str, path: Path, message: str) -> Finding:
    return finding(code, stage="check", file=str(path), message=message)
