"""``make demo``: one materialization of every dataset, and a table of what was written.

Runs on the instance of ``DAGSTER_HOME``, so that ``make ui`` shows the run.
"""

import os
import sys
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import yaml
from rich.console import Console
from rich.table import Column, Table

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.privacy import shown_key
from labelport.settings import DatasetSettings
from labelport.tables import FAULTS
from orchestration.definitions import DATASETS, defs


def main() -> int:
    """Run the whole graph and print what came of it; 0 where every asset was materialized."""
    console = Console(highlight=False)
    with warnings.catch_warnings():
        # Dagster's own words about links from assets to YAML lines, ten times over.
        warnings.filterwarnings("ignore", message=r"Class `\w+` is currently in beta")
        loaded = defs()
    console.print("[bold]Materializing the whole graph[/] (in this process; `make ui` shows it in Dagster's UI)")
    with dg.DagsterInstance.get() as instance:
        result = loaded.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={"labelport/reason": "make demo"},
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
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
    table = Table(Column("asset", no_wrap=True), "", "rows", "data version", "what was done", title="Assets")
    for event in result.get_asset_materialization_events():
        made = event.materialization
        told = {name: value.value for name, value in made.metadata.items()}
        done = {
            name.removeprefix("labelport/"): value
            for name, value in told.items()
            if name.startswith("labelport/")
            and isinstance(value, int)
            and not isinstance(value, bool)
            and (value or name == "labelport/probed")
        }
        table.add_row(
            made.asset_key.to_user_string(),
            "changed" if told.get("labelport/content_changed") else "unchanged",
            str(told.get("dagster/row_count", "")),
            str((made.tags or {}).get("dagster/data_version", ""))[:12],
            ", ".join(
                f"{name} {value}"
                for name, value in done.items()
                if not name.startswith(("cost", "findings", "content"))
            ),
        )
    return table


def _print_dataset(console: Console, dataset: Dataset) -> None:
    kinds: Counter[str] = Counter()
    bad: list[tuple[str, str, str]] = []
    columns = ["key", "kind", "format", "extension_mismatch", "status", "error"]
    for batch in _live(dataset, "media_metadata").batches("media", columns=columns):
        for row in batch.to_pylist():
            kinds[row["kind"] or "unknown"] += 1
            reason = fault(row)
            if reason:
                bad.append((shown_key(row["key"], dataset.settings.privacy.redact_keys), *reason))
    objects = Table("kind", "objects", title=f"{dataset.name}: {kinds.total()} objects")
    for kind, number in kinds.most_common():
        objects.add_row(kind, str(number))
    console.print(objects)
    faults = Table("file", "status", "why", title=f"{len(bad)} bad files (the demo's settings allow that many)")
    for found in bad:
        faults.add_row(*found)
    console.print(faults)
    console.print(_series(dataset))
    folder = f"{dataset.settings.publish.rstrip('/')}/manifests"
    manifests = Table("manifest", Column("file", overflow="fold"), "bytes", title="Manifests")
    for manifest in dataset.settings.manifests:
        name = manifest.manifest_name
        for file, entry in _live(dataset, f"{name}_manifest").files().items():
            manifests.add_row(name, f"{name}/{file}", f"{entry.size:,}")
    console.print(manifests)
    console.print(f"They lie in {folder}", soft_wrap=True)


def fault(row: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what is wrong with an object, as status and reason, or null."""
    if row["status"] in FAULTS or row["status"] == "not_media":
        return row["status"], row["error"] or ""
    if row["extension_mismatch"]:
        return "misnamed", f"By its content it is {row['kind']}, format {row['format']}."
    return None


def _series(dataset: Dataset) -> Table:
    series = _live(dataset, "series").table("series", columns=["rule", "kind", "items"]).to_pylist()
    grouped: Counter[tuple[str, str]] = Counter()
    items: Counter[tuple[str, str]] = Counter()
    for row in series:
        grouped[row["rule"], row["kind"]] += 1
        items[row["rule"], row["kind"]] += row["items"]
    table = Table("rule", "kind", "series", "items", title=f"{len(series)} series")
    for (rule, kind), number in sorted(grouped.items()):
        table.add_row(rule, kind, str(number), str(items[rule, kind]))
    return table


def _live(dataset: Dataset, stage: str) -> Generation:
    return Stage(dataset.publish, stage, dataset=dataset.name).require()


if __name__ == "__main__":
    sys.exit(main())
