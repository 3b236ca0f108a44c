"""CVAT: dataset manifests of images, videos and point clouds, byte for byte as CVAT's own tool writes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from labelport.findings import Finding
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.cvat.options import CvatOptions
from labelport.options import ManifestOptions

__all__ = ["Cvat", "CvatOptions"]


class Cvat:
    """CVAT's dataset manifest (specification 2; the tool 2.54.1-alpha)."""

    name = "cvat"
    version = "cvat-2"
    Options: type[ManifestOptions] = CvatOptions
    fixed_names = True
    of_changed: Mapping[str, str] = MappingProxyType(
        dict.fromkeys(("addresses", "bytes", "values"), "cvat.task_is_fixed")
    )
    """A task keeps the files that it was made of: whatever changed, a batch makes a new task [R]."""

    def emit(self, series: SeriesReader, options: Any, sink: Sink, context: EmitContext) -> Emitted:
        """Write one manifest for all images, one for all point clouds and one for each video."""
        from labelport.manifests.cvat.emitting import emit_cvat  # noqa: PLC0415  -- settings import this package

        return emit_cvat(series, options, sink, context)

    def check(
        self,
        files: Sequence[Path],
        options: Any | None = None,  # noqa: ARG002  -- the contract's; CVAT's files say all themselves
        *,
        level: Literal["reader", "full"] = "full",
    ) -> list[Finding]:
        """Return every violation with its line; ``reader`` tests only what CVAT's reader does."""
        from labelport.manifests.cvat.checking import check_cvat  # noqa: PLC0415

        return check_cvat(files, level=level)

    def detect(self, name: str, head: bytes) -> float:
        """Return how surely a file is a CVAT manifest or index, by its first lines."""
        from labelport.manifests.cvat.checking import looks_like_cvat  # noqa: PLC0415

        return looks_like_cvat(name, head)

    def placements(self, options: Any, names: Sequence[str]) -> dict[str, str]:
        """Return the keys in the raw bucket at which outputs are put too, by their name (``place: data-root``)."""
        from labelport.manifests.cvat.placing import placements  # noqa: PLC0415

        return placements(options, names)

    def toolchain(self, options: Any) -> tuple[str, ...]:
        """Return the packages on whose versions the bytes depend."""
        decodes = options.mode == "exact" or options.video == "exact"
        return (*(("Pillow", "av") if decodes else ()), *(("natsort",) if options.sorting == "natural" else ()))
