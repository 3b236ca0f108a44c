"""RedBrick AI: tasks in JSON that name objects by their keys."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.redbrick.options import RedbrickOptions
from labelport.options import ManifestOptions

__all__ = ["Redbrick", "RedbrickOptions"]


class Redbrick:
    """RedBrick AI's JSON of tasks (specification 7)."""

    name = "redbrick"
    version = "redbrick-1"
    Options: type[ManifestOptions] = RedbrickOptions
    of_changed: Mapping[str, str] = MappingProxyType(
        dict.fromkeys(("addresses", "bytes", "values"), "redbrick.name_known")
    )

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the chunks and their index."""
        from labelport.manifests.redbrick.emitting import emit_redbrick  # noqa: PLC0415  -- settings import us

        return emit_redbrick(series, options, sink, context)

    def check(
        self,
        files: Sequence[Path],
        options: Any | None = None,  # noqa: ARG002  -- the contract's; tasks say all themselves
    ) -> list[Finding]:
        """Return every violation with its JSON pointer."""
        from labelport.manifests.redbrick.checking import check_redbrick  # noqa: PLC0415

        return check_redbrick(files)

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of RedBrick's, by the members of its first entries."""
        from labelport.manifests.redbrick.checking import looks_like_redbrick  # noqa: PLC0415

        return looks_like_redbrick(name, head)
