"""A dataset of real files in a folder, through listing, probing and grouping, in this process."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labelport.catalogue.inventory import refresh_inventory
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.probing.stage import refresh_media
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings
from labelport.testing.manifest import InlineRunner

Row = dict[str, Any]


def written(root: Path, files: Mapping[str, bytes]) -> Path:
    """Return a folder that holds these files."""
    for key, content in files.items():
        place = root / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return root


class RealFolder:
    """A dataset whose bucket is a folder."""

    def __init__(self, bucket: Path, publish: Path, *rules: Mapping[str, Any], name: str, **settings: Any) -> None:
        given = DatasetSettings(
            name=name, bucket=str(bucket), publish=str(publish), series=[dict(rule) for rule in rules], **settings
        )
        self.dataset: Dataset = open_dataset(given)

    def refresh(self) -> None:
        """Run the stages up to series."""
        refresh_inventory(self.dataset)
        refresh_media(self.dataset, runner=InlineRunner)
        refresh_series(self.dataset)

    def rows(self, table: str, *, stage: str = "series") -> list[Row]:
        """Return the live rows of a table."""
        live = Stage(self.dataset.publish, stage, dataset=self.dataset.name).require()
        return [dict(row) for row in live.table(table).to_pylist()]


def series_in(
    root: Path, files: Mapping[str, bytes], rules: Sequence[Mapping[str, Any]], *, name: str = "made", **settings: Any
) -> RealFolder:
    """Return a dataset of these files, grouped."""
    made = RealFolder(written(root / "raw", files), root / "derived", *rules, name=name, **settings)
    made.refresh()
    return made
