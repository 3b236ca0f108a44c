"""``labelport check``: manifests from anywhere."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from labelport.cli.report import Report
from labelport.errors import SettingsError
from labelport.findings import severity_counts
from labelport.manifests.checking import check_files, files_below
from labelport.registry import MANIFESTS, plugins


def check_report(paths: Sequence[Path], *, platform: str | None = None) -> Report:
    """Return what is wrong with manifests; raises ``SettingsError`` for a path that is not there."""
    for path in paths:
        if not path.exists():
            raise SettingsError(f"{path} does not exist")
    known = sorted(plugins(MANIFESTS))
    if platform is not None and platform not in known:
        raise SettingsError(f"there is no platform {platform!r}: there are {', '.join(known)}")
    found = check_files(paths, platform=platform)
    counts = severity_counts(found)
    files = len(files_below(paths))
    said = f"{files} {'file' if files == 1 else 'files'}: {counts['error']} errors, {counts['warning']} warnings"
    return Report(
        "check",
        findings=[asdict(each) for each in found],
        severities=counts,
        shown=[Text(said)],
        numbers={"files": files},
    )
