"""One run of the series stage, or of the floor, in a fresh process, as the benchmark measures it.

``python -m benchmarks.series_run PUBLISH (ours | floor)`` prints one JSON object.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import forget_peak, peak_mib, resident_mib
from labelport.light import let_pyarrow_do_without_pandas


def main() -> None:
    """Group what is published below PUBLISH."""
    let_pyarrow_do_without_pandas()  # before the first array is made, as the command line does
    publish, which = sys.argv[1:]
    if which == "ours":
        from labelport.dataset import Dataset  # noqa: PLC0415
        from labelport.series.stage import code_version, refresh_series  # noqa: PLC0415
        from labelport.settings import DatasetSettings  # noqa: PLC0415
        from labelport.storage.opening import open_bucket  # noqa: PLC0415

        place = open_bucket(publish)
        settings = DatasetSettings(name="benchmark", bucket=f"{publish}-raw", publish=publish)
        code_version(settings)
    imports = resident_mib()
    forget_peak()
    started, cpu = time.monotonic(), time.process_time()
    if which == "ours":
        outcome = refresh_series(Dataset(settings, place, place))
        told = dict(outcome.counts)
    else:
        with tempfile.TemporaryDirectory(prefix="labelport-series-") as scratch:
            told = {"items": _floor(Path(publish), Path(scratch) / "items.parquet")}
    cost = {"wall_s": time.monotonic() - started, "cpu_s": time.process_time() - cpu}
    print(json.dumps({**told, **cost, "above_imports_mib": peak_mib() - imports, "imports_mib": imports}))


def _floor(publish: Path, target: Path) -> int:
    """Sort all slices by series and place, all in memory, and write them: no checks, no findings, nothing kept."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.dataset as ds  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    generation = max((publish / "catalogue/media_metadata/generations").iterdir())
    names = {name: ds.field("dicom", name) for name in ("study_uid", "series_uid", "ipp", "instance_number")}
    rows = ds.dataset(generation / "media").to_table(columns={"key": ds.field("key"), **names})
    rows = rows.append_column("z", pc.list_element(rows["ipp"], 2)).drop_columns(["ipp"])
    order = [(name, "ascending") for name in ("study_uid", "series_uid", "z", "instance_number")]
    pq.write_table(rows.sort_by(order), target, compression="zstd")
    assert isinstance(rows, pa.Table)
    return int(rows.num_rows)


if __name__ == "__main__":
    main()
