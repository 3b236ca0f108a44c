"""Keys and pools of a dataset's assets."""

import dagster as dg

from labelport.settings import DatasetSettings


def key_of(settings: DatasetSettings, name: str) -> dg.AssetKey:
    """Return the asset key ``<dataset>/<name>``."""
    return dg.AssetKey([settings.name, name])


def pool_of(settings: DatasetSettings) -> str:
    """Return the pool that keeps a dataset to one run, however it was started."""
    return f"dataset/{settings.name}"
