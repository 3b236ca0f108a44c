"""One run of CVAT's manifest in a fresh process, as the benchmark measures it.

``python -m benchmarks.cvat_runs NAME FOLDER PUBLISH [--workers N]`` prints one JSON object. Names: floor, header,
exact, start, video-floor, video, many-header, many-exact.
"""

import argparse
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from PIL import Image

from benchmarks.measuring import forget_peak, peak_mib, resident_mib

MANY = 1_000_000
"""Made rows of ``many-…``: no object is there, the workers' answers are made too."""


def run_floor(folder: Path) -> dict[str, Any]:
    """Decode and hash every image, one after the other."""
    started = time.monotonic()
    count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with Image.open(os.path.join(place, name)) as picture:  # noqa: PTH118
                hashlib.md5(picture.tobytes()).hexdigest()
            count += 1
    return {"seconds": time.monotonic() - started, "entries": count}


def run_video_floor(folder: Path) -> dict[str, Any]:
    """Decode every frame, and hash the RGB pixels of the key frames."""
    started = time.monotonic()
    count = 0
    for path in folder.iterdir():
        with av.open(str(path)) as file:
            file.streams.video[0].thread_type = "AUTO"
            for frame in file.decode(video=0):
                count += 1
                if frame.key_frame:
                    hashlib.md5(frame.to_image().tobytes()).hexdigest()
    return {"seconds": time.monotonic() - started, "entries": count}


class Counting:
    """A bucket that counts what is read of objects."""

    def __init__(self, bucket: Any) -> None:
        self._bucket = bucket
        self.reads = 0

    def __getattr__(self, name: str) -> Any:
        if name in {"read_range", "get", "head"}:
            self.reads += 1
        return getattr(self._bucket, name)


def run_ours(folder: Path, publish: Path, *, mode: str, workers: int, video: bool) -> dict[str, Any]:
    """Emit the manifest of a folder whose stages before it are done; start-up is that of the workers."""
    import pyarrow as pa  # noqa: PLC0415

    from labelport.light import let_pyarrow_do_without_pandas  # noqa: PLC0415

    let_pyarrow_do_without_pandas()
    from labelport.catalogue.inventory import refresh_inventory  # noqa: PLC0415
    from labelport.catalogue.stage import Stage  # noqa: PLC0415
    from labelport.dataset import open_dataset  # noqa: PLC0415
    from labelport.manifests.contract import EmitContext  # noqa: PLC0415
    from labelport.manifests.cvat import Cvat, CvatOptions, decoding, exact, pixels  # noqa: PLC0415
    from labelport.manifests.emission import emit_manifest  # noqa: PLC0415
    from labelport.manifests.reading import StageSeries, media_rows  # noqa: PLC0415
    from labelport.manifests.sink import FolderSink  # noqa: PLC0415
    from labelport.probing.stage import refresh_media  # noqa: PLC0415
    from labelport.runners.contract import Shard, Work  # noqa: PLC0415
    from labelport.runners.local import LocalRunner  # noqa: PLC0415
    from labelport.series.stage import refresh_series  # noqa: PLC0415
    from labelport.settings import DatasetSettings  # noqa: PLC0415

    dataset = open_dataset(DatasetSettings(name="benchmark", bucket=str(folder), publish=str(publish)))
    for refresh in (refresh_inventory, refresh_media, refresh_series):
        refresh(dataset)
    series, media = (
        Stage(dataset.publish, name, dataset=dataset.name).require() for name in ("series", "media_metadata")
    )
    bucket: Any = Counting(dataset.bucket)
    runner = LocalRunner(workers=workers)

    def start_up() -> float:
        """Return the seconds of a map in which there is nothing to do: an object that is not there."""
        module = decoding if video else pixels
        source = exact.Source(dataset.bucket, "", {}, lambda: runner)
        work = Work(module.WORK, source.options("av", module.__name__, force=False))
        rows = pa.RecordBatch.from_pylist([{"key": "absent", "size": 9, "token": "t"}] * workers, schema=exact.OBJECT)
        started = time.monotonic()
        for _ in runner.map(work, [Shard(number, rows.slice(number, 1)) for number in range(workers)]):
            continue
        return time.monotonic() - started

    told: dict[str, Any] = {"startup": 0.0 if mode == "header" and not video else start_up()}
    if mode == "start":
        return told | {"again": start_up()}  # as an exact run does: once here, once to emit
    imports = resident_mib()
    forget_peak()
    context = EmitContext("benchmark", bucket, lambda: runner, media=lambda: media_rows(media))
    with tempfile.TemporaryDirectory(dir=publish) as out:
        started = time.monotonic()
        emitted = emit_manifest(
            Cvat(), CvatOptions(mode=mode), StageSeries(series, media), FolderSink(Path(out)), context
        )
        told |= {"entries": emitted.entries, "seconds": time.monotonic() - started}
    return told | {"reads": bucket.reads, "above_imports_mib": peak_mib() - imports}


def run_many(publish: Path, *, mode: str) -> dict[str, Any]:
    """Emit a manifest of a million made rows; a second exact run in a folder knows all from the first."""
    from labelport.light import let_pyarrow_do_without_pandas  # noqa: PLC0415

    let_pyarrow_do_without_pandas()
    from labelport.manifests.contract import EmitContext, Item, Series  # noqa: PLC0415
    from labelport.manifests.cvat import Cvat, CvatOptions  # noqa: PLC0415
    from labelport.manifests.cvat.exact import OBJECT  # noqa: F401, PLC0415  -- an import, not a cost of rows
    from labelport.manifests.emission import emit_manifest  # noqa: PLC0415
    from labelport.manifests.sink import FolderSink  # noqa: PLC0415
    from labelport.storage.opening import open_bucket  # noqa: PLC0415

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(MANY):
            mixed = number * 7919 % MANY
            yield {
                "store": "raw",
                "key": f"study-{mixed % 1000:04d}/series/frame_{mixed:07d}.png",
                "token": f"{mixed:032x}",
                "size": 400_000 + mixed,
                "kind": "image",
                "format": "png",
                "status": "ok",
                "width": 512 + mixed % 7,
                "height": 512,
            }

    class Made:
        def __iter__(self) -> Iterator[Series]:
            for number, media in enumerate(rows()):
                row = {"series_id": f"single-{number:026d}", "kind": "single"}
                item = {"series_id": row["series_id"], "index": 0, "role": "image", "store": "raw", "key": media["key"]}
                yield Series(row, (Item(item, media),))

    class Answering:
        def map(self, _: Any, shards: Any) -> Iterator[Any]:
            import pyarrow as pa  # noqa: PLC0415

            from labelport.manifests.cvat.pixels import RESULT  # noqa: PLC0415
            from labelport.runners.contract import ShardResult  # noqa: PLC0415

            for shard in shards:
                keys = shard.rows.column("key").to_pylist()
                found = [{"width": 5, "height": 4, "checksum": hashlib.md5(key.encode()).hexdigest()} for key in keys]
                yield ShardResult(shard.number, pa.Table.from_pylist(found, schema=RESULT), tuple(range(len(keys))))

        def close(self) -> None:
            return

    runner: Any = Answering()
    bucket = open_bucket("memory://many")
    import numpy  # noqa: F401, PLC0415

    imports = resident_mib()
    facts = publish / "facts.json"
    kept = json.loads(facts.read_bytes()) if mode == "exact" and facts.exists() else {}
    forget_peak()
    context = EmitContext("benchmark", bucket, lambda: runner, media=rows, cache=kept)
    with tempfile.TemporaryDirectory(dir=publish) as out:
        started = time.monotonic()
        emitted = emit_manifest(Cvat(), CvatOptions(mode=mode), Made(), FolderSink(Path(out)), context)
        told = {"entries": emitted.entries, "seconds": time.monotonic() - started, "kept": bool(kept)}
        told["above_imports_mib"] = peak_mib() - imports
        if mode == "exact":
            facts.write_text(json.dumps(emitted.cache))
        del kept, context, emitted
        forget_peak()
        before = resident_mib()
        started = time.monotonic()
        found = Cvat().check([*Path(out).glob("images/*")])
        told["check_seconds"] = time.monotonic() - started
        told["check_mib"] = peak_mib() - before
    assert told["entries"] == MANY
    assert not found
    return told


def run(name: str, folder: Path, publish: Path, *, workers: int) -> dict[str, Any]:
    """Return what one run told."""
    if name == "floor":
        return run_floor(folder)
    if name == "video-floor":
        return run_video_floor(folder)
    if name.startswith("many-"):
        return run_many(publish, mode=name.removeprefix("many-"))
    video = name == "video"
    return run_ours(folder, publish, mode="header" if video else name, workers=workers, video=video)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cvat_runs", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("publish", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(run(given.name, given.folder, given.publish, workers=given.workers)))
