"""Keys and common attributes of a dataset's assets."""

from typing import Any

import dagster as dg

from labelport.settings import DatasetSettings


def key_of(settings: DatasetSettings, name: str) -> dg.AssetKey:
    """Return the asset key ``<dataset>/<name>``."""
    return dg.AssetKey([settings.name, name])


def common(settings: DatasetSettings) -> dict[str, Any]:
    """Return what every asset and spec of a dataset has: group, owners, tags."""
    return {"group_name": settings.name, "owners": list(settings.owners), "tags": dict(settings.tags)}


def pool_of(settings: DatasetSettings) -> str:
    """Return the pool that keeps a dataset to one run, however it was started."""
    return f"dataset/{settings.name}"
