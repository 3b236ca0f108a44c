"""SageMaker Ground Truth: JSON Lines that name objects in S3, sequence files of frames, and texts themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.ground_truth.options import GroundTruthOptions
from labelport.options import ManifestOptions

__all__ = ["GroundTruth", "GroundTruthOptions"]


class GroundTruth:
    """Input manifests of Amazon SageMaker Ground Truth (specification 7)."""

    name = "ground_truth"
    version = "ground_truth-1"
    Options: type[ManifestOptions] = GroundTruthOptions

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write the lines in chunks, their index, and a file for each sequence of frames."""
        from labelport.manifests.ground_truth.emitting import emit_ground_truth  # noqa: PLC0415  -- settings import this

        return emit_ground_truth(series, options, sink, context)

    def check(self, files: Sequence[Path], options: Any | None = None) -> list[Finding]:  # noqa: ARG002
        """Return every violation: of lines with their number and JSON pointer, of sequence files with the pointer."""
        from labelport.manifests.ground_truth.checking import check_ground_truth  # noqa: PLC0415

        return check_ground_truth(files)

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is one of Ground Truth's, by the members that only its files have."""
        from labelport.manifests.ground_truth.detecting import looks_like_ground_truth  # noqa: PLC0415

        return looks_like_ground_truth(name, head)
