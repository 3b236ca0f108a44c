"""Stages <format id>_annotations: the annotations in a format that somebody asked for."""

import dagster as dg

from assets.annotation_previews import export_preview
from assets.names import key_of, pool_of
from assets.previews import findings_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, told
from assets.running import mark
from labelport.annotations import exporting
from labelport.annotations.live import folder_of
from labelport.annotations.writing import is_on_volumes
from labelport.registry import ANNOTATION_FORMATS, plugins
from labelport.settings import DatasetSettings


def build_annotation_export(
    settings: DatasetSettings, format_id: str, *, automation: dg.AutomationCondition[dg.AssetKey] | None
) -> dg.AssetsDefinition:
    """Return the asset that writes the annotations in one format."""
    name = exporting.stage_name(format_id)
    key = key_of(settings, name)
    chosen = plugins(ANNOTATION_FORMATS)[format_id]
    places = [key_of(settings, each) for each in ("media_metadata", "series")] if is_on_volumes(chosen) else []

    @dg.asset(
        key=key,
        deps=[key_of(settings, "annotations"), *places],
        pool=pool_of(settings),
        required_resource_keys=required_resources(settings),
        kinds={format_id.split("_", maxsplit=1)[0]},
        code_version=exporting.code_version(format_id),
        automation_condition=automation,
        description=f"The annotations as {chosen.title}, under `{folder_of(format_id)}` of `{settings.publish}`.",
        check_specs=check_specs(key, [exporting.NAMES_UNIQUE], [exporting.LOSSLESS], described=exporting.DESCRIBED),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def exported_annotations(context: dg.AssetExecutionContext) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)
        yield from told(
            lambda: exporting.refresh_export(dataset, format_id),
            table=None,
            previews=lambda _: export_preview(dataset, format_id) | findings_preview(dataset, name),
        )

    return exported_annotations
