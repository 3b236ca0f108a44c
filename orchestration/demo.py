"""``make demo``: one materialization of every dataset, and a table of what was written.

Runs on the instance of ``DAGSTER_HOME``, so that ``make ui`` shows the run.
"""

import os
import sys
import warnings
from pathlib import Path

import dagster as dg
import yaml
from rich.console import Console

from labelport.dataset import Dataset, open_dataset
from labelport.settings import DatasetSettings
from orchestration.definitions import DATASETS, defs
from orchestration.demo_tables import materializations, print_dataset
from orchestration.queues import resolved_connection


def main() -> int:
    """Run the whole graph and print what came of it; 0 where every asset was materialized."""
    console = Console(highlight=False)
    console.print("[bold]Materializing the whole graph[/] (in this process; `make ui` shows it in Dagster's UI)")
    datasets = materialized(console, reason="make demo")
    if datasets is None:
        return 1
    for dataset in datasets:
        print_dataset(console, dataset)
    console.print("Next: [bold]make ui[/], then open http://127.0.0.1:3000 and look at the lineage.")
    return 0


def materialized(console: Console, *, reason: str) -> list[Dataset] | None:
    """Run the whole graph, print a line an asset, and return the datasets; null where a step failed."""
    with warnings.catch_warnings():
        # Dagster's own words about links from assets to YAML lines, ten times over.
        warnings.filterwarnings("ignore", message=r"Class `\w+` is currently in beta")
        loaded = defs()
    with dg.DagsterInstance.get() as instance:
        result = loaded.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={"labelport/reason": reason},
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    if not result.success:
        for event in result.all_events:
            if event.is_step_failure and event.step_failure_data.error:
                console.print(f"[red]{event.step_key}[/]: {event.step_failure_data.error.message.strip()}")
        return None
    console.print(materializations(result))
    resources = loaded.resources or {}
    return [open_dataset(each, resolved_connection(resources, each.connection)) for each in _datasets()]


def _datasets() -> list[DatasetSettings]:
    """Return the settings of the datasets in the folder that the environment names."""
    found = []
    for path in sorted(Path(os.environ[DATASETS]).glob("**/defs.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if document["type"].endswith(".MediaDataset"):
                found.append(DatasetSettings.model_validate(document["attributes"]))
    return found


if __name__ == "__main__":
    sys.exit(main())
