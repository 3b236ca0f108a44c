"""All definitions of the code location: datasets, sensors, schedules."""

import os
from pathlib import Path
from types import ModuleType

import dagster as dg

from assets.resources import S3Store, resource_key
from orchestration.annotation_changes import build_annotation_changes
from orchestration.queues import build_count_messages
from orchestration.schedules import build_refreshes
from orchestration.sensors import build_bucket_changes
from orchestration.watch import watches

HERE = Path(__file__).parent
DATASETS = "LABELPORT_DATASETS"
"""Environment variable: a folder of more ``**/defs.yaml``, so that an upgrade is no merge."""

DEFAULT = resource_key("default")
"""Connection of datasets that name none: the AWS chain of the process, where no ``S3Connection`` is called so."""


def load_datasets(folder: Path) -> dg.Definitions:
    """Return the datasets of a folder outside of the project; raises ``FileNotFoundError``."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{DATASETS} names {folder}, which is no folder: create it, or unset {DATASETS}")
    module = ModuleType("labelport_datasets")
    module.__file__ = str(folder.resolve() / "__init__.py")
    loaded = dg.ComponentTree.from_module(module, project_root=HERE.parent).build_defs()
    # Two component trees do not merge.
    return dg.Definitions(assets=loaded.assets, resources=loaded.resources, jobs=loaded.jobs)


@dg.definitions
def defs() -> dg.Definitions:
    """Return everything; loaded again at the start of every run."""
    folder = os.environ.get(DATASETS)
    trees = [dg.load_from_defs_folder(path_within_project=HERE), *([load_datasets(Path(folder))] if folder else [])]
    named = {key for tree in trees for key in tree.resources or ()}
    ours = {DEFAULT: S3Store()} if DEFAULT not in named else {}
    # Resources join first: asset specs resolve only where every resource key is known.
    datasets = dg.Definitions.merge(*trees, dg.Definitions(resources=ours, executor=dg.in_process_executor))
    watched = watches(datasets.resolve_all_asset_specs())
    # By hand: ships stopped, which is the default of this kind of sensor.
    by_hand = dg.AutomationConditionSensorDefinition("rebuild", target=dg.AssetSelection.all())
    count_messages = build_count_messages(datasets.resources or {})
    sensors: list[dg.SensorDefinition] = [by_hand]
    if watched:
        sensors.append(build_bucket_changes(watched, count_messages))
    if any(watch.annotations for watch in watched):
        sensors.append(build_annotation_changes(watched))
    return dg.Definitions.merge(datasets, dg.Definitions(sensors=sensors, schedules=build_refreshes(watched)))
