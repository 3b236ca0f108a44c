"""One click for "the platform has it": a job a manifest with batches, which confirms the batch that waits."""

import dagster as dg

from assets.manifest import SentConfig
from assets.names import key_of
from labelport.settings import DatasetSettings


def build_sent_jobs(settings: DatasetSettings) -> dg.Definitions:
    """Return ``<dataset>_<manifest>_sent`` for each manifest with `delta: true`; launched as it is, it confirms.

    What came into the batch after the launch stays due. A second launch confirms nothing more.
    """
    jobs = []
    for manifest in settings.manifests:
        if not manifest.delta:
            continue
        name = manifest.manifest_name
        key = key_of(settings, f"{name}_manifest")
        jobs.append(
            dg.define_asset_job(
                f"{settings.name}_{name}_sent",
                selection=dg.AssetSelection.assets(key),
                config=dg.RunConfig(ops={key.to_python_identifier(): SentConfig(sent_waiting=True)}),
                description=f"The platform {manifest.platform} has been given the batch that waits: later batches leave "
                "its series out. Another number: `sent` in the config of the asset.",
            )
        )
    return dg.Definitions(jobs=jobs)
