"""``labelport demo``: the sample bucket, and its description for Dagster."""

from pathlib import Path

from rich.text import Text

from labelport.cli.bars import bars
from labelport.cli.report import Report
from labelport.demo.bucket import write_demo
from labelport.demo.settings import write_demo_dataset


def demo_report(folder: Path, *, datasets: Path | None) -> Report:
    """Write the demo and say what was written; raises ``BucketError`` for a folder that holds something else."""
    with bars() as progress:
        written = write_demo(folder, progress=progress)
    said = f"{folder}: {written.files} files, {written.size / 1e6:.1f} MB; {written.written} written"
    files = []
    if datasets is not None:
        publish = folder.parent / f"{folder.resolve().name}-published"
        files.append(write_demo_dataset(datasets, bucket=folder, publish=publish))
        said += f"\n{files[0]} describes it for Dagster"
    else:
        said += f"\nNext: labelport probe {folder} -o media.parquet"
    return Report(
        "demo",
        shown=[Text(said)],
        numbers={
            "files": written.files,
            "files_written": written.written,
            "bytes": written.size,
            "datasets": [str(f) for f in files],
        },
    )
