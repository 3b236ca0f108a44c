"""All definitions of the code location: datasets, sensor, schedules."""

import os
from pathlib import Path
from types import ModuleType

import dagster as dg

from orchestration.schedules import build_refreshes
from orchestration.sensors import build_bucket_changes
from orchestration.watch import watches

HERE = Path(__file__).parent
DATASETS = "LABELPORT_DATASETS"
"""Environment variable: a folder of more ``**/defs.yaml``, so that an upgrade is no merge."""


def load_datasets(folder: Path) -> dg.Definitions:
    """Return the datasets of a folder outside of the project; raises ``FileNotFoundError``."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{DATASETS} names {folder}, which is no folder: create it, or unset {DATASETS}")
    module = ModuleType("labelport_datasets")
    module.__file__ = str(folder.resolve() / "__init__.py")
    loaded = dg.ComponentTree.from_module(module, project_root=HERE.parent).build_defs()
    return dg.Definitions(assets=loaded.assets)  # two component trees do not merge


@dg.definitions
def defs() -> dg.Definitions:
    """Return everything; loaded again at the start of every run."""
    folder = os.environ.get(DATASETS)
    datasets = dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=HERE),
        *([load_datasets(Path(folder))] if folder else []),
        dg.Definitions(executor=dg.in_process_executor),
    )
    watched = watches(datasets.resolve_all_asset_specs())
    # By hand: ships stopped, which is the default of this kind of sensor.
    by_hand = dg.AutomationConditionSensorDefinition("rebuild", target=dg.AssetSelection.all())
    sensors = [build_bucket_changes(watched), by_hand] if watched else [by_hand]
    return dg.Definitions.merge(datasets, dg.Definitions(sensors=sensors, schedules=build_refreshes(watched)))
