"""Stage annotations: one row an annotation, matched to the dataset's images."""

import dagster as dg

from assets.annotation_previews import annotations_preview
from assets.names import key_of, pool_of
from assets.previews import findings_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, column_lineage, column_schema, told
from assets.running import mark
from labelport.annotations import stage
from labelport.annotations.gathering import sources_of
from labelport.annotations.judging import BLOCKING, DESCRIBED, WARNING
from labelport.settings import DatasetSettings
from labelport.tables import ANNOTATIONS

LIFT = "Launch once with config `allow_errors: true` (or `allow_removed: true`) if that is right."


class AnnotationsConfig(dg.Config):
    """Lifts guards for one run."""

    allow_errors: bool = False
    """Publish although many annotations are refused, or are of images that the dataset lacks."""

    allow_removed: bool = False
    """Publish although many annotation files are gone."""


def build_annotations(
    settings: DatasetSettings, *, automation: dg.AutomationCondition[dg.AssetKey] | None
) -> dg.AssetsDefinition:
    """Return the asset that reads what changed among the annotation files."""
    key = key_of(settings, "annotations")
    media = key_of(settings, "media_metadata")
    files = [key_of(settings, "annotation_files")] if sources_of(settings) else []
    platforms = {each.platform for each in settings.results}
    sent = [
        key_of(settings, f"{each.manifest_name}_manifest") for each in settings.manifests if each.platform in platforms
    ]

    @dg.asset(
        key=key,
        deps=[*files, media, key_of(settings, "series"), *sent],
        pool=pool_of(settings),
        required_resource_keys=required_resources(settings),
        kinds={"parquet"},
        code_version=stage.code_version(),
        automation_condition=automation,
        description="One row an annotation, of any format, led to the dataset's images; and what is wrong with them.",
        metadata={
            "dagster/column_schema": column_schema(ANNOTATIONS),
            "dagster/column_lineage": column_lineage({"image_id": [(media, "key")]}),
        },
        check_specs=check_specs(key, list(BLOCKING), list(WARNING), described=DESCRIBED),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def annotations(context: dg.AssetExecutionContext, config: AnnotationsConfig) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)
        yield from told(
            lambda: stage.refresh_annotations(
                dataset, allow_errors=config.allow_errors, allow_removed=config.allow_removed
            ),
            table=ANNOTATIONS,
            previews=lambda _: annotations_preview(dataset) | findings_preview(dataset, "annotations"),
            lift=LIFT,
        )

    return annotations
