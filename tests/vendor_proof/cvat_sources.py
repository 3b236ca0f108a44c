"""What the cases of CVAT's fixtures are made of, for both environments of the proof.

Objects are listed, probed and grouped in the project's own environment, whose probes need PyAV 18; the manifests
are then written from that catalogue in the environment of CVAT's versions, on which their bytes depend.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import Dataset, open_dataset
from labelport.settings import DatasetSettings

TEN_BIT_OPTIONS = {"mode": "exact", "index": True}
"""Options of the manifests of the clips of 10 bits."""

NOT_COMPARED = ("pcd_cli/", "video_dir")
"""The tool's wrong answers for point clouds, and a folder of videos, which the tool does not take."""


@dataclass(frozen=True)
class Source:
    """What a manifest was made of."""

    folder: Path
    include: str = "**/*"
    video: str | None = None
    """The one video that the case is about; the manifest is that of its whole folder."""

    @classmethod
    def of(cls, fixtures: Path, source: str) -> Self:
        """Return the source of a case: a folder, a file in one, or a pattern below one."""
        parts = Path(source).parts
        wild = next((at for at, part in enumerate(parts) if set("*?[") & set(part)), None)
        if wild is not None:
            return cls(fixtures.joinpath(*parts[:wild]), "/".join(parts[wild:]))
        path = fixtures / source
        return cls(path.parent, video=path.name) if path.is_file() else cls(path)

    def catalogue(self, scratch: Path) -> Path:
        """Return where the catalogue of the source lies, and its manifests."""
        return scratch / hashlib.sha256(f"{self.folder}\0{self.include}".encode()).hexdigest()[:16]

    def dataset(self, scratch: Path, manifest: Mapping[str, Any] | None = None) -> Dataset:
        """Return the source as a dataset with at most one manifest; raises ``LabelportError``."""
        given = {
            "name": "fixtures",
            "bucket": str(self.folder),
            "publish": str(self.catalogue(scratch)),
            "include": [self.include],
            "manifests": [manifest] if manifest else [],
            "limits": {"errors_block": 1},
        }
        return open_dataset(DatasetSettings.model_validate(given))


def compared_cases(fixtures: Path) -> list[dict[str, Any]]:
    """Return the cases that have an answer, or a refusal that we must share."""
    cases: list[dict[str, Any]] = json.loads((fixtures / "out" / "cases.json").read_text())
    return [case for case in cases if not case["case"].startswith(NOT_COMPARED)]


def options_of(case: Mapping[str, Any], *, video: bool) -> dict[str, Any]:
    """Return our options for those that the tool was given."""
    given = case["options"]
    options: dict[str, Any] = {"mode": "header" if "no checksum" in given else "exact"}
    if "3D" in given:
        options["media"] = "pointcloud"
    if "natural" in given:
        options["sorting"] = "natural"
    if video:
        options |= {"index": True, "force": "--force" in given}
    return options


def manifest_name(options: Mapping[str, Any]) -> str:
    """Return a name that tells manifests of one source apart."""
    return "_".join(f"{option}_{value}".lower() for option, value in sorted(options.items()))


def catalogued(sources: Iterable[Source], scratch: Path) -> Iterator[Path]:
    """List, probe and group each folder once; yield it when its catalogue is there. An absent folder is passed over."""
    # Not at the top: the environment of CVAT's versions has none of what the probes read other kinds with.
    from labelport.probing.stage import refresh_media
    from labelport.series.stage import refresh_series

    for source in dict.fromkeys(Source(each.folder, each.include) for each in sources):
        if source.folder.exists():
            dataset = source.dataset(scratch)
            refresh_inventory(dataset)
            refresh_media(dataset)
            refresh_series(dataset)
            yield source.folder
