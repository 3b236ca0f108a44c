"""Labelbox: data rows in JSON that name objects by their URLs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.labelbox.options import LabelboxOptions
from labelport.options import ManifestOptions

__all__ = ["Labelbox", "LabelboxOptions"]


class Labelbox:
    """Labelbox's JSON of data rows (specification 7)."""

    name = "labelbox"
    version = "labelbox-1"
    Options: type[ManifestOptions] = LabelboxOptions
    of_changed: Mapping[str, str] = MappingProxyType(dict.fromkeys(("bytes", "values"), "labelbox.global_key_known"))

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the chunks and their index."""
        from labelport.manifests.labelbox.emitting import emit_labelbox  # noqa: PLC0415  -- settings import us

        return emit_labelbox(series, options, sink, context)

    def check(
        self,
        files: Sequence[Path],
        options: Any | None = None,  # noqa: ARG002  -- the contract's; data rows say all themselves
    ) -> list[Finding]:
        """Return every violation with its JSON pointer."""
        from labelport.manifests.labelbox.checking import check_labelbox  # noqa: PLC0415

        return check_labelbox(files)

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of Labelbox's, by the members of its first entries."""
        from labelport.manifests.labelbox.checking import looks_like_labelbox  # noqa: PLC0415

        return looks_like_labelbox(name, head)
