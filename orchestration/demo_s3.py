"""``make demo-s3``: the demo on a real S3 server of its own, run, changed, and run again; nothing is left running.

``python -m orchestration.demo_s3 FOLDER BUCKET``: everything is written below FOLDER, which is made anew;
BUCKET is the folder of the demo's files.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from labelport.demo.pictures import encoded
from labelport.demo.seaweedfs import seaweedfs
from labelport.demo.settings import KEY_VARIABLES, NAME, demo_settings_text_on_s3
from labelport.storage.connection import Connection
from orchestration.definitions import DATASETS, HERE
from orchestration.demo import materialized
from orchestration.demo_tables import print_dataset

BUCKET = "labelport-demo"
NEW, OVERWRITTEN, DELETED = "photos/new + größer.png", "photos/orientation_2.jpg", "photos/orientation_8.jpg"
"""One key of each change; the first is written in another way wherever somebody quotes it wrongly."""


def main(folder: Path, bucket: Path) -> int:
    """Run the demo on S3 twice; 0 where every asset was materialized both times."""
    console = Console(highlight=False)
    shutil.rmtree(folder, ignore_errors=True)
    console.print("Starting [bold]SeaweedFS[/] on 127.0.0.1 …")
    with seaweedfs(folder / "store") as connection:
        console.print(f"It answers at {connection.endpoint}; its keys are of this run alone.")
        _configure(folder, connection)
        s3 = connection.session().client("s3", endpoint_url=connection.endpoint)
        _upload(s3, bucket, console)
        datasets = materialized(console, reason="make demo-s3")
        if datasets is None:
            return 1
        for dataset in datasets:
            print_dataset(console, dataset)
        _change(s3, bucket)
        console.print(f"[bold]Changed:[/] {NEW!r} is new, {OVERWRITTEN!r} was overwritten, {DELETED!r} deleted.")
        if materialized(console, reason="make demo-s3, after three changes") is None:
            return 1
    console.print(f"SeaweedFS has ended. {folder} may be deleted.")
    return 0


def _configure(folder: Path, connection: Connection) -> None:
    """Write the dataset and an own DAGSTER_HOME, and name both in the environment, with the store's keys."""
    text = demo_settings_text_on_s3(f"s3://{BUCKET}/raw/", f"s3://{BUCKET}/derived/", endpoint=str(connection.endpoint))
    place = folder / "datasets" / NAME / "defs.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    home = folder / "dagster"
    home.mkdir()
    shutil.copy(HERE.parent / "deploy/local/dagster.yaml", home)
    os.environ |= {DATASETS: str(place.parent.parent.resolve()), "DAGSTER_HOME": str(home.resolve())}
    keys = (str(connection.access_key_id), str(connection.secret_access_key))
    os.environ |= dict(zip(KEY_VARIABLES, keys, strict=True))


def _upload(s3: Any, bucket: Path, console: Console) -> None:
    s3.create_bucket(Bucket=BUCKET)
    files = sorted(path for path in bucket.rglob("*") if path.is_file())
    for path in track(files, "uploading the demo", console=console, transient=True):
        s3.upload_file(str(path), BUCKET, f"raw/{path.relative_to(bucket).as_posix()}")
    console.print(f"{len(files)} files uploaded to s3://{BUCKET}/raw/")


def _change(s3: Any, bucket: Path) -> None:
    """Upload a new object, overwrite one, delete one."""
    from PIL import Image  # noqa: PLC0415

    upright = Image.open(bucket / "photos/orientation_1.jpg")
    s3.put_object(Bucket=BUCKET, Key=f"raw/{NEW}", Body=encoded(upright.resize((240, 160)), "PNG"))
    s3.put_object(Bucket=BUCKET, Key=f"raw/{OVERWRITTEN}", Body=encoded(upright.resize((120, 80)), "JPEG"))
    s3.delete_object(Bucket=BUCKET, Key=f"raw/{DELETED}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
