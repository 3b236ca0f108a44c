"""Stage media_metadata: what each object is, from its content."""

import dagster as dg

from assets.names import key_of, pool_of
from assets.previews import findings_preview, media_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, column_lineage, column_schema, told
from assets.running import mark
from labelport.probing import stage
from labelport.settings import DatasetSettings
from labelport.tables import MEDIA


class MediaConfig(dg.Config):
    """Lifts the guard for one run."""

    allow_errors: bool = False


def build_media_metadata(
    settings: DatasetSettings, *, automation: dg.AutomationCondition[dg.AssetKey] | None
) -> dg.AssetsDefinition:
    """Return the asset that probes what is new or changed."""
    key = key_of(settings, "media_metadata")
    source = key_of(settings, "bucket_inventory")

    @dg.asset(
        key=key,
        deps=[source],
        pool=pool_of(settings),
        required_resource_keys=required_resources(settings),
        kinds={"parquet"},
        code_version=stage.code_version(settings),
        automation_condition=automation,
        description="One row an object: kind, size in pixels or seconds, frames, faults; by content, from its first bytes.",
        metadata={
            "dagster/column_schema": column_schema(MEDIA),
            "dagster/column_lineage": column_lineage({name: [(source, name)] for name in ("key", "token", "size")}),
        },
        check_specs=check_specs(key, ["unreadable_share"]),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def media_metadata(context: dg.AssetExecutionContext, config: MediaConfig) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)
        yield from told(
            lambda: stage.refresh_media(
                dataset,
                allow_errors=config.allow_errors,
                progress=lambda phase, done, total: context.log.info(f"{phase}: {done} of {total}" if total else phase),
            ),
            table=MEDIA,
            previews=lambda _: media_preview(dataset) | findings_preview(dataset, "media_metadata"),
            lift="If these files are to stay, launch this asset once with the config `allow_errors: true`, or raise `limits.errors_block`.",
        )

    return media_metadata
