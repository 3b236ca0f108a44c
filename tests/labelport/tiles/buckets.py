"""Small buckets of generated media, run up to their series."""

from pathlib import Path
from typing import Any, Literal

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.settings import DatasetSettings
from tests.labelport.stages import refreshed_here


def grouped(
    folder: Path, files: dict[str, bytes], *, upto: Literal["media", "series"] = "series", **settings: Any
) -> Dataset:
    """Return a dataset ``tiles`` of these files whose series (or what comes before) are published."""
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    for key, body in files.items():
        path = folder / "raw" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    known = {"name": "tiles", "bucket": str(folder / "raw"), "publish": str(folder / "out")}
    dataset = open_dataset(DatasetSettings.model_validate({**known, **settings}))
    refreshed_here(dataset, upto=upto)
    return dataset


def live(dataset: Dataset, stage: str) -> Generation:
    """Return the live generation of a stage."""
    return Stage(dataset.publish, stage, dataset=dataset.name).require()
