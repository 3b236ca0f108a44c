"""The chain of assets of one dataset."""

import dagster as dg

from assets.bucket import build_bucket
from assets.bucket_inventory import build_bucket_inventory
from assets.manifest import build_manifest
from assets.media_metadata import build_media_metadata
from assets.series import build_series
from labelport.settings import DatasetSettings


def build_assets(
    settings: DatasetSettings, *, automation: dg.AutomationCondition[dg.AssetKey] | None = None
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return bucket, bucket_inventory, media_metadata, series, and a manifest for each entry.

    Neither network nor files are touched: definitions are loaded again at the start of every run.
    """
    return [
        build_bucket(settings),
        build_bucket_inventory(settings, automation=automation),
        build_media_metadata(settings, automation=automation),
        build_series(settings, automation=automation),
        *(build_manifest(settings, manifest, automation=automation) for manifest in settings.manifests),
    ]
