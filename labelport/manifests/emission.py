"""One manifest from its options: select the series, show them as `use` says, emit, and once a part of a split."""

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from labelport.errors import SettingsError
from labelport.findings import Finding, finding
from labelport.manifests.contract import EmitContext, Emitted, Platform, SeriesReader, Sink
from labelport.manifests.live import LIVE
from labelport.manifests.renditions import RenditionSeries, SortedRenditions
from labelport.manifests.selection import selected
from labelport.manifests.sink import PartSink
from labelport.options import ManifestOptions
from labelport.registry import MANIFESTS, broken, plugins

PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""Names of the parts of a split: they are folders."""


def stage_name(manifest: str) -> str:
    """Return the name of a manifest's stage."""
    return f"{manifest}_manifest"


def platform_of(name: str) -> Platform:
    """Return the platform of that name; raises ``SettingsError`` where none is installed."""
    found = plugins(MANIFESTS)
    if name not in found:
        reason = broken(MANIFESTS).get(name)
        raise SettingsError(
            f"the platform {name!r} cannot be loaded: {reason}"
            if reason
            else f"there is no platform {name!r}: there are {', '.join(sorted(found))}"
        )
    platform: Platform = found[name]()
    return platform


def emit_manifest(
    platform: Platform, options: ManifestOptions, series: SeriesReader, sink: Sink, context: EmitContext
) -> Emitted:
    """Write one manifest, or one a part of its split, and return what was done.

    ``where``, ``sample`` and ``split`` go by the series as they are in the tables; what ``use`` names stands in
    place of their objects before the platform sees them, and series that lack it are left out. A manifest without
    an entry is the error ``manifest.empty``. Findings of several parts that are equal are kept once.
    """
    stage = stage_name(options.manifest_name)
    if options.use != "original" and context.renditions is None:
        missing = finding(
            "manifest.rendition_missing",
            stage=stage,
            message=f"the rendition {options.use!r} was not made for any item: all series were left out",
        )
        return Emitted([missing, _empty(stage, "no item has the rendition that `use` names")])
    with ExitStack() as stack:
        renditions = None
        if options.use != "original" and context.renditions is not None:
            renditions = stack.enter_context(SortedRenditions(context.renditions(), options.use))
        run = _Emission(platform, options, renditions)
        if options.split is None:
            emitted = run.emit(selected(series, options), sink, context)
        else:
            emitted = _parts(run, series, sink, context)
    if emitted.entries == 0 and not any(f.code == "manifest.empty" for f in emitted.findings):
        emitted = replace(emitted, findings=[*emitted.findings, _empty(stage, "there is nothing to write")])
    return emitted


@dataclass(frozen=True)
class _Emission:
    """What is the same for all parts of a manifest."""

    platform: Platform
    options: ManifestOptions
    renditions: SortedRenditions | None
    """What stands in place of the objects; null: they are shown as they are."""

    def emit(self, series: SeriesReader, sink: Sink, context: EmitContext) -> Emitted:
        """Write the manifest of these series."""
        if self.renditions is None:
            return self.platform.emit(series, self.options, sink, context)
        stage = stage_name(self.options.manifest_name)
        shown = RenditionSeries(series, self.renditions, name=self.options.use, stage=stage)
        emitted = self.platform.emit(shown, self.options, sink, context)
        return replace(emitted, findings=[*shown.findings(), *emitted.findings])


def _parts(run: _Emission, series: SeriesReader, sink: Sink, context: EmitContext) -> Emitted:
    options = run.options
    findings: dict[Finding, None] = {}
    entries = 0
    cache: dict[str, Any] = {}
    for part in sorted(options.split or {}):
        if not PART.fullmatch(part) or part == LIVE:
            raise SettingsError(f"the part {part!r} of the split of {options.manifest_name} cannot be a folder")
        inside = replace(context, folder=f"{context.folder}{part}/", whole=False)
        emitted = run.emit(selected(series, options, part=part), PartSink(sink, part), inside)
        findings.update(dict.fromkeys(emitted.findings))
        entries += emitted.entries
        cache = joined_cache(cache, emitted.cache)
    return Emitted(list(findings), entries, cache)


def joined_cache(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Return two caches as one: dictionaries inside are joined, other values taken from the right."""
    return {
        **left,
        **{
            name: {**left[name], **value} if isinstance(value, dict) and isinstance(left.get(name), dict) else value
            for name, value in right.items()
        },
    }


def _empty(stage: str, why: str) -> Finding:
    return finding("manifest.empty", stage=stage, message=f"no manifest was written: {why}")
