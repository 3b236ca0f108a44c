"""Centaur: the CSV that tells the portal which images belong to a series."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labelport.findings import Finding
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.options import ManifestOptions

__all__ = ["Centaur", "CentaurOptions"]


class Centaur:
    """Centaur's series CSV and audio CSV (specification 6)."""

    name = "centaur"
    version = "centaur-2"
    Options: type[ManifestOptions] = CentaurOptions

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the CSVs: the template filled, or drafts."""
        from labelport.manifests.centaur.emitting import emit_centaur  # noqa: PLC0415  -- settings import this package

        return emit_centaur(series, options, sink, context)

    def check(self, files: Sequence[Path], options: Any | None = None) -> list[Finding]:
        """Return every violation with line and column."""
        from labelport.manifests.centaur.checking import check_centaur  # noqa: PLC0415

        return check_centaur(files, options or CentaurOptions())

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of Centaur's CSVs, by its header."""
        from labelport.manifests.centaur.outputs import looks_like_centaur  # noqa: PLC0415

        return looks_like_centaur(name, head)

    def files(self, options: Any) -> tuple[str, ...]:
        """Return the template, where one is named: another one fills the manifest anew."""
        return (options.template,) if options.template else ()
