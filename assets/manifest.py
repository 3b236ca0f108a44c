"""Stages <name>_manifest: what a labeling platform takes."""

import dagster as dg

from assets.names import key_of, pool_of
from assets.previews import findings_preview, manifest_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, told
from assets.running import mark
from labelport.manifests import stage
from labelport.options import ManifestOptions
from labelport.settings import DatasetSettings


def build_manifest(
    settings: DatasetSettings,
    manifest: ManifestOptions,
    *,
    automation: dg.AutomationCondition[dg.AssetKey] | None,
) -> dg.AssetsDefinition:
    """Return the asset that writes one manifest."""
    name = manifest.manifest_name
    key = key_of(settings, f"{name}_manifest")

    @dg.asset(
        key=key,
        deps=[key_of(settings, "series"), key_of(settings, "media_metadata")],
        pool=pool_of(settings),
        required_resource_keys=required_resources(settings),
        kinds={manifest.platform},
        code_version=stage.code_version(manifest),
        automation_condition=automation,
        description=f"What {manifest.platform} takes, checked, under `manifests/{name}/` of `{settings.publish}`.",
        check_specs=check_specs(key, ["valid_for_platform"]),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def emitted_manifest(context: dg.AssetExecutionContext) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)
        yield from told(
            lambda: stage.refresh_manifest(dataset, name),
            table=None,
            previews=lambda _: manifest_preview(dataset, name) | findings_preview(dataset, f"{name}_manifest"),
        )

    return emitted_manifest
