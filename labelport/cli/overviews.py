"""The tables that a command shows when it is done."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table

from labelport.catalogue.generation import Generation
from labelport.dataset import Dataset

if TYPE_CHECKING:
    from rich.console import RenderableType


def inventory_overview(live: Generation) -> Table:
    """Return objects and bytes by extension, the most frequent first."""
    objects: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for batch in live.batches("inventory", columns=["key", "size"]):
        names = pc.utf8_lower(
            pc.struct_field(pc.extract_regex(batch.column("key"), r"(?P<e>\.[A-Za-z0-9]{1,6})$"), "e")
        )
        by = pa.table({"extension": pc.fill_null(names, ""), "size": batch.column("size")}).group_by("extension")
        for row in by.aggregate([("size", "sum"), ("size", "count")]).to_pylist():
            objects[row["extension"]] += row["size_count"]
            sizes[row["extension"]] += row["size_sum"]
    table = Table("extension", "objects", "bytes", title="Inventory", title_justify="left", box=None)
    for extension, count in objects.most_common(20):
        table.add_row(extension or "none", f"{count:,}", f"{sizes[extension]:,}")
    if len(objects) > 20:
        rest = objects.most_common()[20:]
        table.add_row("others", f"{sum(n for _, n in rest):,}", f"{sum(sizes[e] for e, _ in rest):,}")
    table.add_row("all", f"{objects.total():,}", f"{sizes.total():,}", style="bold")
    return table


def media_overview(live: Generation) -> Table:
    """Return how many objects of each kind and format there are, and how many are not good."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for batch in live.batches("media", columns=["kind", "format", "status"]):
        plain = pa.table({name: batch.column(name).cast(pa.string()) for name in batch.schema.names})
        for row in plain.group_by(["kind", "format", "status"]).aggregate([([], "count_all")]).to_pylist():
            counts[row["kind"] or "unknown", row["format"] or "", row["status"]] += row["count_all"]
    table = Table("kind", "format", "objects", "status", title="Media", title_justify="left", box=None)
    kinds = sorted({(kind, form) for kind, form, _ in counts})
    for kind, form in kinds:
        statuses = {status: n for (k, f, status), n in sorted(counts.items()) if (k, f) == (kind, form)}
        said = ", ".join(f"{n:,} {status}" for status, n in statuses.items())
        table.add_row(kind, form, f"{sum(statuses.values()):,}", said)
    table.add_row("all", "", f"{counts.total():,}", "", style="bold")
    return table


def series_overview(dataset: Dataset) -> Sequence["RenderableType"]:
    """Return the tables of the series' previews: the largest, the oddest, the newest, and counts of flags."""
    raise NotImplementedError(dataset)
