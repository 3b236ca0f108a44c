"""One emission and one check in a fresh process, as the benchmark measures them.

``python -m benchmarks.manifest_run PLATFORM SHAPE ITEMS [FOLDER]`` prints one JSON object. PLATFORM ``floor`` is the
least program: it reads the same series and writes one ``json.dumps`` line an item. SHAPE: series, singles, or
tables (read from the catalogue in FOLDER).
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import forget_peak, peak_mib, resident_mib
from benchmarks.series_made import MadeSeries
from labelport.light import let_pyarrow_do_without_pandas

DATASET = "benchmark"


@dataclass(frozen=True)
class Given:
    """What is read."""

    series: Any
    """A ``SeriesReader``."""

    media: Callable[[], Iterator[Mapping[str, Any]]]
    """All media rows in key order."""


@dataclass
class Told:
    """Counts series that were written; their ids are not kept."""

    count: int = 0

    def add(self, _: str) -> None:
        """Count one."""
        self.count += 1


def main() -> None:
    """Emit and check, once a little to import all that is used, and once to measure."""
    let_pyarrow_do_without_pandas()  # before the first array is made, as the command line does
    name, shape, items, *folder = sys.argv[1:]
    given = _from_tables(Path(folder[0])) if shape == "tables" else _made(MadeSeries(int(items), shape == "singles"))
    little = _made(MadeSeries(200, shape == "singles"))
    with tempfile.TemporaryDirectory(prefix="labelport-manifest-") as scratch:
        steps = _floor if name == "floor" else _platform(name)
        for _, step in steps(little, Path(scratch, "little")):
            step()
        gc.collect()
        imports = resident_mib()
        told: dict[str, Any] = {"imports_mib": imports}
        for label, step in steps(given, Path(scratch, "all")):
            forget_peak()
            started, cpu = time.monotonic(), time.process_time()
            told |= step()
            told |= {f"{label}_s": time.monotonic() - started, f"{label}_cpu_s": time.process_time() - cpu}
            told[f"{label}_mib"] = peak_mib() - imports
    print(json.dumps(told))


Steps = list[tuple[str, Callable[[], dict[str, Any]]]]


def _floor(given: Given, folder: Path) -> Steps:
    def write() -> dict[str, Any]:
        folder.mkdir()
        count = 0
        with (folder / "floor.jsonl").open("w", encoding="utf-8") as file:
            for series in given.series:
                for item in series.items:
                    file.write(json.dumps({"name": series.row["series_id"], "url": item.row["key"]}) + "\n")
                    count += 1
        return {"entries": count}

    return [("emit", write)]


def _platform(name: str) -> Callable[[Given, Path], Steps]:
    from labelport.manifests.checking import files_below  # noqa: PLC0415
    from labelport.manifests.contract import EmitContext  # noqa: PLC0415
    from labelport.manifests.emission import emit_manifest, platform_of  # noqa: PLC0415
    from labelport.manifests.sink import FolderSink  # noqa: PLC0415
    from labelport.storage.keys import url_of  # noqa: PLC0415
    from labelport.storage.opening import open_bucket  # noqa: PLC0415

    platform = platform_of(name)
    options = platform.Options.model_validate({"platform": name})

    def steps(given: Given, folder: Path) -> Steps:
        told = Told()

        def emit() -> dict[str, Any]:
            folder.mkdir()
            context = EmitContext(
                dataset=DATASET,
                bucket=open_bucket("memory://benchmark"),
                runner=_nobody,
                media=given.media,
                url=lambda _, key: url_of("https://media.example.com/made", key),
                uri=lambda _, key: f"s3://made-media/{key}",
                wrote=told.add,
            )
            emitted = emit_manifest(platform, options, given.series, FolderSink(folder), context)
            codes = sorted({found.code for found in emitted.findings})
            return {"entries": emitted.entries, "series": told.count, "findings": codes}

        def check() -> dict[str, Any]:
            found = platform.check(files_below([folder]), options)
            return {"check_errors": sum(f.severity == "error" for f in found)}

        return [("emit", emit), ("check", check)]

    return steps


def _nobody() -> Any:
    raise RuntimeError("nothing is decoded here")


def _made(series: MadeSeries) -> Given:
    return Given(series, series.media)


def _from_tables(folder: Path) -> Given:
    from labelport.catalogue.stage import Stage  # noqa: PLC0415
    from labelport.manifests.reading import StageSeries, media_rows  # noqa: PLC0415
    from labelport.storage.opening import open_bucket  # noqa: PLC0415

    publish = open_bucket(str(folder))
    series, media = (Stage(publish, name, dataset=DATASET).require() for name in ("series", "media_metadata"))
    return Given(StageSeries(series, media), lambda: media_rows(media))


if __name__ == "__main__":
    main()
