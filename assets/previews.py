"""Small previews for the event log: every one of them stays there for ever, so all are capped.

A table has at most 5 rows and 8 columns, a picture at most 20 KB. Keys obey ``privacy.redact_keys``;
header text and secrets are in no table that is read here.
"""

import base64
import heapq
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.codes import CODES
from labelport.dataset import Dataset
from labelport.manifests.batches import BATCHES, Batches, batch_name
from labelport.privacy import plain, shown_key
from labelport.tables import FAULTS

SEVERITIES = ("error", "loss", "warning", "info")
"""The gravest first."""

MOST_ROWS = 5
MOST_COLUMNS = 8
MOST_PNG_BYTES = 20_000

Previews = dict[str, dg.MetadataValue[Any]]


def markdown_table(rows: Sequence[Mapping[str, object]], *, most: int = MOST_ROWS) -> dg.MarkdownMetadataValue:
    """Return rows as a Markdown table; cells are escaped, rows (``most``) and columns capped."""
    if not rows:
        return dg.MetadataValue.md("*nothing*")
    columns = list(rows[0])[:MOST_COLUMNS]
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(cell(row.get(name)) for name in columns) + " |" for row in rows[:most]]
    return dg.MetadataValue.md("\n".join(lines))


def cell(value: object) -> str:
    """Return a value as a cell: no control characters, no Markdown, no HTML, at most 80 characters."""
    text = plain("" if value is None else str(value), most=80)
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("`", "\\`"), ("[", "\\[")):
        text = text.replace(character, escaped)
    return text


def inventory_preview(dataset: Dataset) -> Previews:
    """Return what the bucket holds by extension, and the largest objects."""
    sizes: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    largest: list[tuple[int, str]] = []
    for batch in live(dataset, "bucket_inventory").batches("inventory", columns=["key", "size"]):
        for key, size in zip(batch.column("key").to_pylist(), batch.column("size").to_pylist(), strict=True):
            extension = extension_of(key)
            numbers[extension] += 1
            sizes[extension] += size
            heapq.heappushpop(largest, (size, key)) if len(largest) == MOST_ROWS else heapq.heappush(
                largest, (size, key)
            )
    redact = dataset.settings.privacy.redact_keys
    return {
        "by extension": markdown_table(
            [
                {"extension": name or "(none)", "objects": n, "MB": round(sizes[name] / 1e6, 2)}
                for name, n in numbers.most_common(MOST_ROWS)
            ]
        ),
        "largest": markdown_table(
            [{"key": shown_key(key, redact), "MB": round(size / 1e6, 2)} for size, key in sorted(largest, reverse=True)]
        ),
    }


def media_preview(dataset: Dataset) -> Previews:
    """Return kinds and statuses, some bad files with their reasons, and a bar for each kind."""
    kinds: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    bad: list[dict[str, object]] = []
    redact = dataset.settings.privacy.redact_keys
    for batch in live(dataset, "media_metadata").batches("media", columns=["key", "kind", "status", "error"]):
        for row in batch.to_pylist():
            kinds[row["kind"] or "unknown"] += 1
            statuses[row["status"]] += 1
            if row["status"] in FAULTS and len(bad) < MOST_ROWS:
                bad.append({"key": shown_key(row["key"], redact), "status": row["status"], "why": row["error"]})
    return {
        "kinds": markdown_table([{"kind": kind, "objects": n} for kind, n in kinds.most_common(MOST_ROWS)]),
        "statuses": markdown_table([{"status": name, "objects": n} for name, n in statuses.most_common(MOST_ROWS)]),
        "bad files": markdown_table(bad),
        **picture("objects by kind", bar_plot(dict(kinds.most_common(10)), x="objects")),
    }


def series_preview(dataset: Dataset) -> Previews:
    """Return the largest, oddest and newest series, flags counted, a histogram of sizes, and a contact sheet."""
    from labelport.series.preview import COLUMNS, flag_counts, tables  # noqa: PLC0415

    generation = live(dataset, "series")
    series = generation.table("series", columns=list(COLUMNS))
    redact = dataset.settings.privacy.redact_keys
    rows = tables(series, generation.extras.get("newest", ()), redact=redact)
    shown: Previews = {name: markdown_table(part) for name, part in rows.items()}
    shown["flags"] = markdown_table([{"flag": flag, "series": n} for flag, n in flag_counts(series).items()])
    return {
        **shown,
        **picture("sizes of series", histogram(series["items"].to_pylist(), x="items in a series")),
        **_contact_sheet(dataset, generation),
    }


def _contact_sheet(dataset: Dataset, generation: Generation) -> Previews:
    """Return the sheet and what is not on it; one that cannot be drawn is no reason to fail a run that has published."""
    from labelport.tiles.contact_sheet import contact_sheet  # noqa: PLC0415
    from labelport.tiles.sheet import TILE, small_sheet_png  # noqa: PLC0415

    try:
        sheet = contact_sheet(dataset, generation, live(dataset, "media_metadata"), side=TILE)
        said, png = sheet.said(), small_sheet_png(sheet.strips)
    except Exception as error:  # whatever it is: the series are published, and the picture is for people alone
        said, png = f"It could not be drawn ({type(error).__name__}).", b""
    return {**picture("contact sheet", png), "on the contact sheet": dg.MetadataValue.text(said)}


def manifest_preview(dataset: Dataset, name: str) -> Previews:
    """Return what a manifest's last run came to: series added, changed, removed; the first entries; its files."""
    generation = live(dataset, f"{name}_manifest")
    story = generation.extras.get("story") or {}
    changes = [
        {
            "series": what,
            "number": story.get(what, 0),
            "for instance": ", ".join(story.get("examples", {}).get(what, ())),
        }
        for what in ("added", "changed", "removed")
    ]
    redact = dataset.settings.privacy.redact_keys
    files = [
        {"file": f"manifests/{name}/{shown_key(file, redact)}", "bytes": entry.size}
        for file, entry in generation.files().items()
    ]
    return {
        "since the last generation": markdown_table(changes),
        "first entries": markdown_table(list(_first_entries(dataset, generation))),
        "files": markdown_table(files),
        "number of files": dg.MetadataValue.int(len(files)),
        **_waiting(generation),
    }


def _first_entries(dataset: Dataset, generation: Generation) -> Iterator[dict[str, object]]:
    """Yield the first few series of a manifest with what they hold; keys as privacy says."""
    rows: list[dict[str, Any]] = []
    for batch in generation.batches("uploads", columns=["series_id", "state"]):
        rows += batch.slice(0, MOST_ROWS - len(rows)).to_pylist()
        if len(rows) == MOST_ROWS:
            break
    source = live(dataset, "series")
    wanted = pa.table({"series_id": pa.array([row["series_id"] for row in rows], pa.string())})
    series = {row["series_id"]: row for row in source.lookup("series", wanted).to_pylist()}
    first: dict[str, str] = {}
    for item in source.lookup("items", wanted, columns=["series_id", "key"]).to_pylist():
        first.setdefault(item["series_id"], item["key"])
    for row in rows:
        name = row["series_id"]
        held = series.get(name, {})
        yield {
            "series": name,
            "kind": held.get("kind"),
            "items": held.get("items"),
            "first object": shown_key(first.get(name, ""), dataset.settings.privacy.redact_keys),
            "the platform": row["state"],
        }


def _waiting(generation: Generation) -> Previews:
    """Return which batch waits for somebody's word that the platform has it, where there are batches."""
    if BATCHES not in generation.extras:
        return {}
    batches = Batches.of(generation.extras)
    words = f"{batch_name(batches.pending)}: {batches.waiting} series" if batches.waiting else "nothing"
    return {"waits to be sent": dg.MetadataValue.text(words)}


def findings_preview(dataset: Dataset, stage: str) -> Previews:
    """Return the findings by code, the gravest first: words of the registry, and one redacted key each."""
    counts: Counter[tuple[int, str]] = Counter()
    files: dict[str, str] = {}
    for batch in live(dataset, stage).batches("findings", columns=["code", "severity", "file", "count"]):
        for row in batch.to_pylist():
            counts[SEVERITIES.index(row["severity"]), row["code"]] += row["count"]
            files.setdefault(row["code"], row["file"])
    redact = dataset.settings.privacy.redact_keys
    rows = [
        {
            "finding": f"{SEVERITIES[severity]}: {code}",
            "count": count,
            "for instance": shown_key(files[code], redact),
            "what to do": CODES[code].remedy if code in CODES else "",
        }
        for (severity, code), count in sorted(counts.items(), key=lambda found: (found[0][0], -found[1]))
    ]
    return {"findings": markdown_table(rows)} if rows else {}


def live(dataset: Dataset, stage: str) -> Generation:
    """Return the live generation of a stage."""
    return Stage(dataset.publish, stage, dataset=dataset.name).require()


def extension_of(key: str) -> str:
    """Return the extension of a key, lower case, with its dot; empty where there is none."""
    name = key.rsplit("/", 1)[-1]
    return "." + name.rsplit(".", 1)[1].lower()[:12] if "." in name.lstrip(".") else ""


def picture(title: str, png: bytes) -> Previews:
    """Return a picture as Markdown, or nothing where it would be too large for the event log."""
    if not png or len(png) > MOST_PNG_BYTES:
        return {}
    return {title: dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})")}


def bar_plot(counts: Mapping[str, int], *, x: str) -> bytes:
    """Return a small PNG of horizontal bars, largest on top."""
    names, values = list(counts)[::-1], list(counts.values())[::-1]
    figure, axes = _figure(height=0.6 + 0.22 * max(len(names), 1))
    axes.barh(names, values, color="#3b6ea5")
    axes.set_xlabel(x)
    for place, value in enumerate(values):
        axes.annotate(f" {value:,}", (value, place), va="center", fontsize=7)
    return _png(figure)


def histogram(values: Iterable[int], *, x: str) -> bytes:
    """Return a small PNG: how many series have how many items."""
    numbers = list(values)
    if not numbers:
        return b""
    figure, axes = _figure(height=1.8)
    axes.hist(numbers, bins=min(30, max(numbers)), color="#3b6ea5")
    axes.set_xlabel(x)
    axes.set_ylabel("series")
    return _png(figure)


def _figure(*, height: float) -> tuple[Any, Any]:
    # Only here: importing matplotlib costs half a second, and most runs draw nothing.
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(4.6, height), dpi=80, layout="constrained")
    axes = figure.subplots()
    axes.tick_params(labelsize=7)
    axes.xaxis.label.set_fontsize(7)
    axes.yaxis.label.set_fontsize(7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _png(figure: Any) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()
