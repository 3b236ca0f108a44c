"""``make demo``: one materialization of every dataset, and a table of what was written.

Runs on the instance of ``DAGSTER_HOME``, so that ``make ui`` shows the run.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import yaml
from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from rich.console import Console
from rich.table import Table

from labelport.dataset import Dataset, open_dataset
from labelport.privacy import shown_key
from labelport.settings import DatasetSettings
from labelport.tables import FAULTS
from orchestration.definitions import DATASETS, defs


def main() -> int:
    """Run the whole graph and print what came of it; 0 where every asset was materialized."""
    console = Console(highlight=False)
    loaded = defs()
    console.print("[bold]Materializing the whole graph[/] (in this process; `make ui` shows it in Dagster's UI)")
    with dg.DagsterInstance.get() as instance:
        result = loaded.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, raise_on_error=False, tags={"labelport/reason": "make demo"}
        )
    if not result.success:
        for event in result.all_events:
            if event.is_step_failure and event.step_failure_data.error:
                console.print(f"[red]{event.step_key}[/]: {event.step_failure_data.error.message.strip()}")
        return 1
    console.print(_materializations(result))
    for settings in _datasets():
        _print_dataset(console, open_dataset(settings))
    console.print("Next: [bold]make ui[/], then open http://127.0.0.1:3000 and look at the lineage.")
    return 0


def _datasets() -> list[DatasetSettings]:
    """Return the settings of the datasets in the folder that the environment names."""
    found = []
    for path in sorted(Path(os.environ[DATASETS]).glob("**/defs.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            found.append(DatasetSettings.model_validate(document["attributes"]))
    return found


def _materializations(result: dg.ExecuteInProcessResult) -> Table:
    table = Table("asset", "", "rows", "data version", "what was done", title="Assets")
    for event in result.get_asset_materialization_events():
        made = event.materialization
        told = {name: value.value for name, value in made.metadata.items()}
        done = {
            name.removeprefix("labelport/"): value
            for name, value in told.items()
            if name.startswith("labelport/") and isinstance(value, int) and not isinstance(value, bool) and value
        }
        table.add_row(
            made.asset_key.to_user_string(),
            "changed" if told.get("labelport/changed") else "unchanged",
            str(told.get("dagster/row_count", "")),
            str((made.tags or {}).get("dagster/data_version", ""))[:12],
            ", ".join(
                f"{name} {value}"
                for name, value in done.items()
                if not name.startswith(("cost", "findings", "changed"))
            ),
        )
    return table


def _print_dataset(console: Console, dataset: Dataset) -> None:
    redact = dataset.settings.privacy.redact_keys
    kinds: Counter[str] = Counter()
    bad: list[tuple[str, str, str]] = []
    for batch in _live(dataset, "media_metadata").batches("media", columns=["key", "kind", "status", "error"]):
        for row in batch.to_pylist():
            kinds[row["kind"] or "unknown"] += 1
            if row["status"] in FAULTS or row["status"] == "not_media":
                bad.append((shown_key(row["key"], redact), row["status"], row["error"] or ""))
    objects = Table("kind", "objects", title=f"{dataset.name}: {kinds.total()} objects")
    for kind, number in kinds.most_common():
        objects.add_row(kind, str(number))
    console.print(objects)
    faults = Table(
        "file", "status", "why", title=f"{len(bad)} bad files, left out of every manifest (the demo allows them)"
    )
    for row in bad:
        faults.add_row(*row)
    console.print(faults)
    series = _live(dataset, "series").table("series", columns=["rule", "kind", "items"]).to_pylist()
    grouped: Counter[tuple[str, str]] = Counter((row["rule"], row["kind"]) for row in series)
    table = Table("rule", "kind", "series", title=f"{len(series)} series")
    for (rule, kind), number in sorted(grouped.items()):
        table.add_row(rule, kind, str(number))
    console.print(table)
    manifests = Table("manifest", "file", "bytes", title="Manifests")
    for manifest in dataset.settings.manifests:
        name = manifest.manifest_name
        for file, entry in _live(dataset, f"{name}_manifest").files().items():
            manifests.add_row(name, f"{dataset.settings.publish.rstrip('/')}/manifests/{name}/{file}", str(entry.size))
    console.print(manifests)


def _live(dataset: Dataset, stage: str) -> Generation:
    return Stage(dataset.publish, stage, dataset=dataset.name).require()


if __name__ == "__main__":
    sys.exit(main())
