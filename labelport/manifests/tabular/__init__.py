"""Supervisely, Kili and Scale: a CSV of addresses, with other columns on each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.tabular.options import KiliOptions, ScaleOptions, SuperviselyOptions
from labelport.options import ManifestOptions

__all__ = ["Kili", "KiliOptions", "Scale", "ScaleOptions", "Supervisely", "SuperviselyOptions"]


class _Tabular:
    """One setting of the module: the name of the platform says which columns (``layouts.LAYOUTS``)."""

    name: str
    version = "tabular-1"
    Options: type[ManifestOptions]

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the CSV: a row an object."""
        from labelport.manifests.tabular.emitting import emit_tabular  # noqa: PLC0415  -- settings import this package

        return emit_tabular(self.name, series, options, sink, context)

    def check(self, files: Sequence[Path], options: Any | None = None) -> list[Finding]:  # noqa: ARG002
        """Return every violation, with ``line:cell``."""
        from labelport.manifests.tabular.checking import check_tabular  # noqa: PLC0415

        return check_tabular(self.name, files)

    def detect(self, name: str, head: bytes) -> float:  # noqa: ARG002
        """Return how surely a file is one of the platform's, by its header."""
        from labelport.manifests.tabular.layouts import LAYOUTS, likeness  # noqa: PLC0415

        return likeness(LAYOUTS[self.name], head)


class Supervisely(_Tabular):
    """Supervisely's CSV of images: ``url;tag`` or ``path;tag``."""

    name = "supervisely"
    Options: type[ManifestOptions] = SuperviselyOptions


class Kili(_Tabular):
    """Kili's CSV of assets: ``external_id,content``."""

    name = "kili"
    Options: type[ManifestOptions] = KiliOptions


class Scale(_Tabular):
    """Scale's CSV of tasks: ``attachment_url`` or ``text``."""

    name = "scale"
    Options: type[ManifestOptions] = ScaleOptions
