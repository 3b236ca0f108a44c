"""Stage series: which objects belong together, and in which order."""

import dagster as dg

from assets.names import key_of, pool_of
from assets.previews import findings_preview, series_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, column_lineage, column_schema, told
from assets.running import mark
from labelport.series import stage
from labelport.settings import DatasetSettings
from labelport.tables import SERIES


def build_series(
    settings: DatasetSettings, *, automation: dg.AutomationCondition[dg.AssetKey] | None
) -> dg.AssetsDefinition:
    """Return the asset that regroups what changed."""
    key = key_of(settings, "series")
    source = key_of(settings, "media_metadata")

    @dg.asset(
        key=key,
        deps=[source],
        pool=pool_of(settings),
        required_resource_keys=required_resources(settings),
        kinds={"parquet"},
        code_version=stage.code_version(settings),
        automation_condition=automation,
        description="One row a series and one row an item, in the order that labelers will see.",
        metadata={
            "dagster/column_schema": column_schema(SERIES),
            "dagster/column_lineage": column_lineage(
                {
                    "width": [(source, "width")],
                    "height": [(source, "height")],
                    "phi_risk": [(source, "phi_risk")],
                    "group_key": [(source, "key"), (source, "dicom")],
                }
            ),
        },
        check_specs=check_specs(key, [], ["complete"]),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def series(context: dg.AssetExecutionContext) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)
        yield from told(
            lambda: stage.refresh_series(dataset),
            table=SERIES,
            previews=lambda _: series_preview(dataset) | findings_preview(dataset, "series"),
        )

    return series
