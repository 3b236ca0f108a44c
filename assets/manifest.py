"""Stages <name>_manifest: what a labeling platform takes."""

from datetime import UTC, datetime

import dagster as dg

from assets.names import key_of, pool_of
from assets.previews import findings_preview, manifest_preview
from assets.resources import dataset_in, required_resources
from assets.results import Told, check_specs, told
from assets.running import mark
from labelport.catalogue.outcome import Outcome
from labelport.dataset import Dataset
from labelport.manifests import stage
from labelport.manifests.judging import CHECK
from labelport.manifests.rule_groups import GROUPS, WHAT
from labelport.manifests.sent import BatchUnknown, confirm_batch
from labelport.options import ManifestOptions
from labelport.settings import DatasetSettings

DESCRIBED = {
    CHECK: "What would be published holds to the platform's rules; a red one leaves the last manifest live.",
    **{group: f"{words.capitalize()}." for group, words in WHAT.items()},
}
"""What each check says when it is green."""


class SentConfig(dg.Config):
    """Says that the platform has a batch (manifests with `delta: true`); then the manifest is refreshed."""

    sent: int | None = None
    """Number of the batch that the platform has been given."""

    sent_waiting: bool = False
    """The batch that waits, whatever its number, as it stood when the run was launched."""


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
        check_specs=check_specs(key, [CHECK], list(GROUPS), described=DESCRIBED),
        group_name=settings.name,
        owners=list(settings.owners),
        tags=dict(settings.tags),
    )
    def emitted_manifest(context: dg.AssetExecutionContext, config: SentConfig) -> Told:
        mark(context)
        dataset = dataset_in(context, settings)

        def refresh() -> Outcome:
            if config.sent is not None or config.sent_waiting:
                _confirm(context, dataset, name, config.sent)
            return stage.refresh_manifest(dataset, name)

        yield from told(
            refresh,
            table=None,
            previews=lambda _: manifest_preview(dataset, name) | findings_preview(dataset, f"{name}_manifest"),
        )

    return emitted_manifest


def _confirm(context: dg.AssetExecutionContext, dataset: Dataset, name: str, batch: int | None) -> None:
    """Write down that the platform has a batch; with no number the one that waits, as it stood at the launch."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    launched = record.create_timestamp.astimezone(UTC) if record and batch is None else None
    try:
        done = confirm_batch(dataset.publish, name, batch, dataset=dataset.name, now=datetime.now(UTC), before=launched)
    except BatchUnknown as nothing:
        if batch is not None:
            raise
        context.log.warning(f"nothing was confirmed: {nothing}")  # the job was launched twice
    else:
        context.log.info(f"batch {done.batch} of {name} is confirmed: {done.series} series")
