"""Label Studio: tasks in JSON whose data name objects by bucket and key, or by URL."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.label_studio.options import LabelStudioOptions
from labelport.options import ManifestOptions

__all__ = ["LabelStudio", "LabelStudioOptions"]


class LabelStudio:
    """Label Studio's JSON of tasks (specification 7)."""

    name = "label_studio"
    version = "label_studio-1"
    Options: type[ManifestOptions] = LabelStudioOptions
    of_changed: Mapping[str, str] = MappingProxyType(
        dict.fromkeys(("addresses", "bytes", "values"), "label_studio.duplicates")
    )

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the chunks and their index."""
        from labelport.manifests.label_studio.emitting import emit_label_studio  # noqa: PLC0415  -- settings import us

        return emit_label_studio(series, options, sink, context)

    def check(self, files: Sequence[Path], options: Any | None = None) -> list[Finding]:
        """Return every violation with its JSON pointer."""
        from labelport.manifests.label_studio.checking import check_label_studio  # noqa: PLC0415

        return check_label_studio(files, options or LabelStudioOptions())

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of Label Studio's, by the members of its first entries."""
        from labelport.manifests.label_studio.checking import looks_like_label_studio  # noqa: PLC0415

        return looks_like_label_studio(name, head)
