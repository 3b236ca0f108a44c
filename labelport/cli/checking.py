"""``labelport check``: manifests from anywhere."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from labelport.cli.asking import settings_from
from labelport.cli.report import Report
from labelport.errors import SettingsError
from labelport.findings import severity_counts
from labelport.manifests.checking import (
    Recognised,
    check_recognised,
    dialect_in,
    is_beside,
    recognised,
)
from labelport.options import ManifestOptions
from labelport.privacy import plain
from labelport.registry import MANIFESTS, plugins

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_PATH = 4096
MOST_FILES = 50
"""Files that are listed for people; machines get all."""


def check_report(paths: Sequence[Path], *, platform: str | None = None, given: Sequence[str] = ()) -> Report:
    """Return what is wrong with manifests, and whose each file was taken for.

    ``given``: texts ``name=value``, options of the platforms. Raises ``SettingsError`` for a path that is not
    there, for a folder without a file to check, and for an option that no platform of the files has.
    """
    for path in paths:
        if not path.exists():
            raise SettingsError(f"{path} does not exist")
        if not (path.is_file() or path.is_dir()):
            raise SettingsError(f"{path} is neither a file nor a folder: write what shall be checked into a file")
    known = sorted(plugins(MANIFESTS))
    if platform is not None and platform not in known:
        raise SettingsError(f"there is no platform {platform!r}: there are {', '.join(known)}")
    files = recognised((path for path in paths if path.is_dir() or not is_beside(path)), platform=platform)
    if not files:
        raise SettingsError(f"no manifest lies in {', '.join(map(str, paths[:3]))}: there is nothing to check")
    options = _options(files, given, platform)
    found = check_recognised(files, options)
    told = [
        {"file": _shown(str(one.path)), "platform": one.platform, "dialect": dialect_in(one, options)} for one in files
    ]
    counts = severity_counts(found)
    return Report(
        "check",
        findings=[{**asdict(each), "file": _shown(each.file)} for each in found],
        severities=counts,
        shown=[_table(told), _summary(len(files), counts["error"], counts["warning"])],
        numbers={"files": len(files), "checked": told},
    )


def _shown(path: str) -> str:
    """Return a path as it can be printed: a name can hold line breaks, and bytes that are no text."""
    return plain(path, most=MOST_PATH)


def _options(files: Sequence[Recognised], given: Sequence[str], platform: str | None) -> dict[str, ManifestOptions]:
    """Return the options of the platforms of files: each takes of the given texts those that it has."""
    names = [platform] if platform else sorted({one.platform for one in files if one.platform})
    taken: dict[str, list[str]] = {name: [] for name in names}
    for text in given:
        first = text.partition("=")[0].strip().split(".")[0]
        fitting = [name for name in names if first in plugins(MANIFESTS)[name].Options.model_fields]
        if not fitting:
            have = {field for name in names for field in plugins(MANIFESTS)[name].Options.model_fields}
            whose = " and ".join(names) or "any platform: none was recognised"
            raise SettingsError(f"--set {text}: {first!r} is no option of {whose}. There are {', '.join(sorted(have))}")
        for name in fitting:
            taken[name].append(text)
    return {name: _validated(name, texts) for name, texts in taken.items() if texts}


def _validated(platform: str, given: Sequence[str]) -> ManifestOptions:
    """Return options of a platform by the rules of a dataset's manifest; the dataset itself does not matter."""
    settings = settings_from("checked", "published", given=given, platform=platform)
    options: ManifestOptions = settings.manifests[0]
    return options


def _table(told: Sequence[dict[str, str | None]]) -> "RenderableType":
    from rich.table import Table  # noqa: PLC0415  -- `--json` needs none
    from rich.text import Text  # noqa: PLC0415

    table = Table("file", "platform", "dialect", title="Checked as", title_justify="left", box=None)
    for one in told[:MOST_FILES]:
        table.add_row(
            Text(str(one["file"]), overflow="fold"), one["platform"] or "not recognised", one["dialect"] or ""
        )
    if len(told) > MOST_FILES:
        table.add_row(f"… and {len(told) - MOST_FILES:,} more", "", "")
    return table


def _summary(files: int, errors: int, warnings: int) -> "RenderableType":
    from rich.text import Text  # noqa: PLC0415

    return Text(f"{files} {'file' if files == 1 else 'files'}: {errors} errors, {warnings} warnings")
