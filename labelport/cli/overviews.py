"""The tables that a command shows when it is done."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table
from rich.text import Text

from labelport.catalogue.generation import Generation
from labelport.series import preview

BAR = 40
"""Characters of the longest bar."""


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


def series_overview(live: Generation, *, redact: str | bool) -> list[Table]:
    """Return counts by rule and kind and by flag, sizes, and the largest, the oddest and the newest series.

    ``redact``: how group keys are shown (``privacy.redact_keys``).
    """
    series = live.table("series", columns=list(preview.COLUMNS))
    counts = Counter(zip(series["rule"].to_pylist(), series["kind"].to_pylist(), strict=True))
    table = Table("rule", "kind", "series", title="Series", title_justify="left", box=None)
    for (rule, kind), count in sorted(counts.items()):
        table.add_row(rule, kind, f"{count:,}")
    table.add_row("all", "", f"{series.num_rows:,}", style="bold")
    flags = Table("flag", "series", title="Flags", title_justify="left", box=None)
    for flag, count in preview.flag_counts(series).items():
        flags.add_row(flag, f"{count:,}")
    parts = preview.tables(series, live.extras.get("newest", ()), redact=redact)
    shown = [_series_rows(f"The {name}", rows) for name, rows in parts.items() if rows]
    sizes = _bars("Sizes", ("items", "series"), preview.sizes(series["items"].to_pylist()))
    return [table, *([sizes] if sizes.row_count else []), *([flags] if flags.row_count else []), *shown]


def _series_rows(title: str, rows: Sequence[Mapping[str, object]]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    for name in rows[0]:
        table.add_column(name, no_wrap=name == "series")
    for row in rows:
        table.add_row(*(Text(f"{value:,}" if isinstance(value, int) else str(value)) for value in row.values()))
    return table


def _bars(title: str, names: tuple[str, str], counts: Mapping[str, int]) -> Table:
    """Return counts with a bar each, the longest of ``BAR`` characters; one that is there has a bar."""
    table = Table(*names, "", title=title, title_justify="left", box=None)
    most = max(counts.values(), default=1)
    for name, count in counts.items():
        table.add_row(name, f"{count:,}", "█" * max(round(BAR * count / most), min(count, 1)))
    return table
