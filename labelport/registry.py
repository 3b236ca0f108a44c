"""Plug-ins by entry point: probes, series rules, manifests and annotation formats, ours too.

A plug-in that cannot be loaded is named in ``broken()`` and skipped; it never stops a load.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

PROBES = "labelport.probes"
SERIES_RULES = "labelport.series_rules"
MANIFESTS = "labelport.manifests"
ANNOTATION_FORMATS = "labelport.annotation_formats"


@cache
def _points(group: str) -> list[EntryPoint]:
    # Kept: each look is a scan of everything that is installed, some 10 ms.
    return sorted(entry_points(group=group), key=lambda point: (point.name, point.value))


@cache
def _loaded(group: str) -> tuple[dict[str, Any], dict[str, str]]:
    good: dict[str, Any] = {}
    bad: dict[str, str] = {}
    for point in _points(group):
        try:
            plugin = point.load()
        except Exception as error:  # a stranger's code: named and skipped
            bad[point.name] = f"{point.value}: {type(error).__name__}: {error}"
            continue
        if point.name in good:
            bad[point.name] = f"{point.value}: the name is taken already"
            continue
        good[point.name] = plugin
    return good, bad


def plugins(group: str) -> dict[str, Any]:
    """Return the plug-ins of a group by name, in the order of their names."""
    return dict(_loaded(group)[0])


def broken(group: str) -> dict[str, str]:
    """Return why plug-ins of a group could not be loaded, by name."""
    return dict(_loaded(group)[1])


def modules(group: str) -> list[str]:
    """Return the modules of the plug-ins of a group, for a process that imports them ahead."""
    return sorted({point.module for point in _points(group)})
