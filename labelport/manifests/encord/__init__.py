"""Encord: registration files in JSON or CSV that name objects by their URLs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.encord.options import EncordOptions
from labelport.options import ManifestOptions

__all__ = ["Encord", "EncordOptions"]


class Encord:
    """Encord's registration files (specification 3 to 5)."""

    name = "encord"
    version = "encord-2"
    Options: type[ManifestOptions] = EncordOptions
    of_changed: ClassVar = {"addresses": "encord.group_changed", "bytes": "encord.bytes_changed"}

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the chunks, their index, and the plan of groups."""
        from labelport.manifests.encord.emitting import emit_encord  # noqa: PLC0415  -- settings import this package

        return emit_encord(series, options, sink, context)

    def check(self, files: Sequence[Path], options: Any | None = None) -> list[Finding]:
        """Return every violation: with its JSON pointer, for CSV with ``line:column``."""
        from labelport.manifests.encord.checking import check_encord  # noqa: PLC0415

        return check_encord(files, options or EncordOptions())

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of Encord's, by its first members or its header."""
        from labelport.manifests.encord.detecting import looks_like_encord  # noqa: PLC0415

        return looks_like_encord(name, head)

    def dialect(self, path: Path, options: Any | None = None) -> str:
        """Return what a file was checked as: file or sdk (the dialects of JSON), csv, plan or index."""
        from labelport.manifests.encord.checking import form_of  # noqa: PLC0415

        return form_of(path, options or EncordOptions())

    def media_columns(self, options: Any) -> tuple[str, ...]:
        """Return the media columns that are read beside the common ones; headers only where they are written."""
        from labelport.manifests.encord.media_metadata import COLUMNS  # noqa: PLC0415

        return COLUMNS if options.media_metadata or options.client_only else ("sample_rate", "bit_depth")
