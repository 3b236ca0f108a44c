"""The chain of assets of one dataset."""

import dagster as dg

from assets.annotation_export import build_annotation_export
from assets.annotation_files import build_annotation_files
from assets.annotations import build_annotations
from assets.bucket import build_bucket
from assets.bucket_inventory import build_bucket_inventory
from assets.manifest import build_manifest
from assets.media_metadata import build_media_metadata
from assets.series import build_series
from labelport.annotations.gathering import sources_of
from labelport.settings import DatasetSettings


def build_assets(
    settings: DatasetSettings, *, automation: dg.AutomationCondition[dg.AssetKey] | None = None
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return bucket, bucket_inventory, media_metadata, series, a manifest for each entry, and what is of annotations.

    Neither network nor files are touched: definitions are loaded again at the start of every run.
    """
    return [
        build_bucket(settings),
        build_bucket_inventory(settings, automation=automation),
        build_media_metadata(settings, automation=automation),
        build_series(settings, automation=automation),
        *(build_manifest(settings, manifest, automation=automation) for manifest in settings.manifests),
        *(_of_annotations(settings, automation) if settings.has_annotations else ()),
    ]


def _of_annotations(
    settings: DatasetSettings, automation: dg.AutomationCondition[dg.AssetKey] | None
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return annotation_files where there are any beside the bucket, annotations, and an export for each format that is asked for."""
    exports = settings.annotations.exports if settings.annotations else []
    return [
        *([build_annotation_files(settings)] if sources_of(settings) else []),
        build_annotations(settings, automation=automation),
        *(build_annotation_export(settings, each, automation=automation) for each in exports),
    ]
