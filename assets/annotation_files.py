"""The annotation files of a dataset and the results of its platforms: external to Dagster, beside the bucket."""

import dagster as dg

from assets.names import key_of
from labelport.annotations.gathering import sources_of
from labelport.settings import DatasetSettings, seconds_of

WATCH_ANNOTATIONS = "labelport/watch_annotations"
"""Metadata that tells the sensor which places to watch."""


def build_annotation_files(settings: DatasetSettings) -> dg.AssetSpec:
    """Return the external asset of the annotation files."""
    sources = sources_of(settings)
    places = ", ".join(f"`{source.uri}`" for source in sources)
    return dg.AssetSpec(
        key_of(settings, "annotation_files"),
        description=f"Annotation files under {places}. Nothing here is ever changed by Labelport.",
        kinds={"s3" if sources[0].uri.startswith("s3://") else "file"},
        metadata={
            WATCH_ANNOTATIONS: {
                "name": settings.name,
                "sources": [source.uri for source in sources],
                "publish": settings.publish,
                "poll_s": seconds_of(settings.poll) if settings.poll else None,
                "enabled": settings.enabled,
            }
        },
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
