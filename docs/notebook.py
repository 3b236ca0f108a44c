"""Run the notebook of docs/ on a small catalogue in a folder and on S3: ``python -m docs.notebook [--check]``.

Writes what its cells print beside them; ``--check`` writes nothing and exits 1 where they print something else.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import open_dataset
from labelport.demo.clips import clips
from labelport.demo.pictures import numbered_frames, window_versions
from labelport.probing.stage import refresh_media
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection

NOTEBOOK = Path(__file__).resolve().parent / "catalogue.ipynb"
BUCKET = "acme-derived"
RULES = [
    {"rule": "pattern", "match": r"(?P<series>.+)/frame_(?P<index>\d+)\.png$"},
    {"rule": "pattern", "match": r"(?P<series>.+/case\d+)_(?P<version>lung|bone)\.png$", "versions": ["lung", "bone"]},
    {"rule": "video"},
]


def written() -> Any:
    """Return the notebook as it stands in docs/."""
    return nbformat.read(NOTEBOOK, as_version=4)


def executed() -> Any:
    """Return the notebook with what its cells print, run in a fresh kernel."""
    notebook = written()
    with tempfile.TemporaryDirectory() as folder, _server() as connection:
        _publish(Path(folder), connection)
        given = {
            "AWS_ENDPOINT_URL": str(connection.endpoint),
            "AWS_ACCESS_KEY_ID": str(connection.access_key_id),
            "AWS_SECRET_ACCESS_KEY": str(connection.secret_access_key),
            "AWS_DEFAULT_REGION": str(connection.region),
        }
        client = NotebookClient(notebook, timeout=120, kernel_name="python3")
        client.execute(cwd=folder, env={**os.environ, **given})
    return notebook


def printed(notebook: Any) -> list[list[str]]:
    """Return the plain text that each code cell shows."""
    return [
        [output.get("text") or output["data"]["text/plain"] for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@contextmanager
def _server() -> Iterator[Connection]:
    from tests.moto import moto_server  # noqa: PLC0415  -- the page is made where the tests run

    with moto_server() as connection:
        yield connection


def _publish(folder: Path, connection: Connection) -> None:
    """Publish one small dataset to ``<folder>/echo-published`` and to S3."""
    for key, body in (*numbered_frames(), *window_versions(), *clips()):
        path = folder / "echo" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    region = {"LocationConstraint": connection.region}
    s3 = connection.session().client("s3", endpoint_url=connection.endpoint)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
    for publish in (str(folder / "echo-published"), f"s3://{BUCKET}/echo/"):
        settings = DatasetSettings(name="echo", bucket=str(folder / "echo"), publish=publish, series=RULES)
        dataset = open_dataset(settings, connection)
        for refresh in (refresh_inventory, refresh_media, refresh_series):
            refresh(dataset)


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is stale")
    before = printed(written())
    made = executed()
    if parser.parse_args().check:
        return int(before != printed(made))
    for cell in made.cells:
        cell.metadata = {}
    made.metadata = {"language_info": {"name": "python"}}
    nbformat.write(made, NOTEBOOK)
    return 0


if __name__ == "__main__":
    sys.exit(main())
