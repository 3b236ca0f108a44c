"""What the demos print."""

from collections import Counter
from collections.abc import Mapping, Sequence

import dagster as dg
from rich.console import Console
from rich.table import Column, Table

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.privacy import shown_key
from labelport.tables import FAULTS


def materializations(result: dg.ExecuteInProcessResult) -> Table:
    """Return a table of what each asset of a run did."""
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


def print_dataset(console: Console, dataset: Dataset) -> None:
    """Print what lies in a dataset's bucket, what is bad, the series, and the manifests."""
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
    if dataset.settings.annotations is not None:
        console.print(_annotations(dataset, dataset.settings.annotations.exports))


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


def _annotations(dataset: Dataset, exports: Sequence[str]) -> Table:
    rows = _live(dataset, "annotations").stamp.rows
    title = f"{rows['annotations']} annotations of {rows['images']} images, written as"
    table = Table("format", "files", Column("where", overflow="fold"), title=title)
    for each in exports:
        files = _live(dataset, f"{each}_annotations").stamp.rows["files"]
        table.add_row(each, f"{files:,}", f"{dataset.settings.publish.rstrip('/')}/annotations/{each}")
    return table


def _live(dataset: Dataset, stage: str) -> Generation:
    return Stage(dataset.publish, stage, dataset=dataset.name).require()
