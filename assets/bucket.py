"""The bucket of a dataset: external to Dagster, the root of its lineage."""

import dagster as dg

from assets.names import key_of
from labelport.settings import DatasetSettings, seconds_of

WATCH = "labelport/watch"
"""Metadata of the bucket that tells sensor and schedules what to watch; no secret is in it."""


def build_bucket(settings: DatasetSettings) -> dg.AssetSpec:
    """Return the external asset of the bucket."""
    return dg.AssetSpec(
        key_of(settings, "bucket"),
        description=f"Raw media under `{settings.bucket_uri}`. Nothing here is ever changed by Labelport.",
        kinds={"s3" if settings.bucket_uri.startswith("s3://") else "file"},
        metadata={
            WATCH: {
                "name": settings.name,
                "bucket": settings.bucket_uri,
                "include": list(settings.include),
                "exclude": list(settings.left_out),
                "publish": settings.publish,
                "connection": settings.connection,
                "events": settings.events,
                "poll_s": seconds_of(settings.poll) if settings.poll else None,
                "refresh": settings.refresh,
                "enabled": settings.enabled,
                "settings": settings.hash_of(),
            }
        },
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
