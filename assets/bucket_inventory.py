"""Stage bucket_inventory: one row an object of the bucket."""

from datetime import timedelta

import dagster as dg

from assets.names import key_of, pool_of
from assets.previews import findings_preview, inventory_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, column_schema, told
from assets.running import mark
from labelport.catalogue import inventory
from labelport.settings import DatasetSettings, seconds_of
from labelport.tables import INVENTORY

LISTING = "labelport/listing"
"""Tag of a run: ``events`` drains the queue and lists nothing; ``full``, or none, lists."""


class InventoryConfig(dg.Config):
    """Lifts the guard for one run."""

    allow_removed: bool = False


def build_bucket_inventory(
    settings: DatasetSettings, *, automation: dg.AutomationCondition[dg.AssetKey] | None
) -> dg.AssetsDefinition:
    """Return the asset that lists the bucket."""
    key = key_of(settings, "bucket_inventory")

    @dg.asset(
        key=key,
        deps=[key_of(settings, "bucket")],
        pool=pool_of(settings),
        required_resource_keys=required_resources(settings),
        kinds={"parquet"},
        code_version=inventory.code_version(settings),
        automation_condition=automation,
        description="One row an object of the bucket: key, size, and the token that says when it changed.",
        metadata={"dagster/column_schema": column_schema(INVENTORY)},
        check_specs=check_specs(key, ["removed_share", "not_empty"]),
        freshness_policy=(
            dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=seconds_of(settings.freshness)))
            if settings.freshness
            else None
        ),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def bucket_inventory(context: dg.AssetExecutionContext, config: InventoryConfig) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)
        yield from told(
            lambda: inventory.refresh_inventory(
                dataset,
                allow_removed=config.allow_removed,
                listing="events" if context.run.tags.get(LISTING) == "events" else "full",
                progress=lambda phase, done, total: context.log.info(f"{phase}: {done} of {total}" if total else phase),
            ),
            table=INVENTORY,
            previews=lambda _: inventory_preview(dataset) | findings_preview(dataset, "bucket_inventory"),
            lift="If that is right, launch this asset once with the config `allow_removed: true`.",
        )

    return bucket_inventory
