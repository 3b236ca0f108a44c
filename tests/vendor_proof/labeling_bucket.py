"""A bucket of real media on a real S3 server, and Label Studio's tasks that are made of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from labelport.catalogue.inventory import refresh_inventory
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.demo.clips import clips
from labelport.demo.pictures import numbered_frames, oriented_photos
from labelport.demo.sounds import recordings
from labelport.findings import Finding
from labelport.manifests.addresses import uris_of, urls_of
from labelport.manifests.contract import EmitContext
from labelport.manifests.emission import emit_manifest
from labelport.manifests.label_studio import LabelStudio, LabelStudioOptions
from labelport.manifests.reading import StageSeries, columns_for, media_rows
from labelport.manifests.sink import FolderSink
from labelport.probing.stage import refresh_media
from labelport.runners.contract import Runner
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection

BUCKET = "proof"
PREFIX = f"s3://{BUCKET}/raw/"
TEXT = "Two words for whoever labels this.\n"
ODD = (
    "plain.jpg",
    "a blank.jpg",
    "é ü 日本.jpg",
    "50%.jpg",
    "%41.jpg",
    "a#b.jpg",
    "a?b.jpg",
    "a+b.jpg",
    "a&b=c.jpg",
    "a'b.jpg",
    'a"b.jpg',
    "a;b.jpg",
    "[x]{y}.jpg",
    "end.jpg ",
)
"""Names of images that a URL would make something else of."""

FRAME = r"(?P<series>.+)/frame_(?P<index>\d+)\.png$"
RULES = [
    {"rule": "pattern", "match": FRAME},
    {"rule": "audio_image", "where": {"key": "recordings/*"}},
    {"rule": "video"},
    {"rule": "single"},
]
PARTS = {
    "photos": "photos/**",
    "odd names": "odd/**",
    "frames": "ultrasound/**",
    "frames with =": "site=*/**",
    "clip": "clips/**",
    "recording": "recordings/**",
    "text": "notes/**",
}
"""Where the objects of each part lie: a project of Label Studio shows one kind of task."""


@dataclass(frozen=True)
class Tasks:
    """A manifest as it was written."""

    files: tuple[Path, ...]
    readme: str
    findings: tuple[Finding, ...]

    def data(self) -> list[dict[str, Any]]:
        """Return the data of the tasks, in the order of the files."""
        return [task["data"] for file in self.files for task in json.loads(file.read_bytes())]


class LabelingBucket:
    """The objects, by their address, and the catalogue of them."""

    def __init__(self, connection: Connection, scratch: Path) -> None:
        self.objects = {f"{PREFIX}{key}": body for key, body in _objects()}
        self._scratch = scratch
        s3 = connection.session().client("s3", endpoint_url=connection.endpoint)
        s3.create_bucket(Bucket=BUCKET)
        for address, body in self.objects.items():
            s3.put_object(Bucket=BUCKET, Key=address.removeprefix(f"s3://{BUCKET}/"), Body=body)
        given = {"name": "proof", "bucket": PREFIX, "publish": str(scratch / "publish"), "series": RULES}
        self._dataset = open_dataset(DatasetSettings.model_validate(given), connection)
        refresh_inventory(self._dataset)
        refresh_media(self._dataset)
        refresh_series(self._dataset)

    def addresses(self, part: str) -> set[str]:
        """Return the addresses of a part's objects."""
        return {address for address in self.objects if address.startswith(PREFIX + PARTS[part].split("*")[0])}

    def tasks(self, part: str | None = None) -> Tasks:
        """Return the tasks of a part, or of all objects, as ``labelport manifest label_studio`` writes them."""
        folder = self._scratch / f"tasks of {part or 'all'}"
        where = {"key": PARTS[part]} if part else None
        options = LabelStudioOptions.model_validate({"name": "proof", "where": where})
        emitted = _emitted(self._dataset, options, folder)
        files = sorted(path for path in folder.glob("*.json") if not path.name.endswith(".index.json"))
        readme = "".join(path.read_text() for path in folder.glob("*README*"))
        return Tasks(tuple(files), readme, tuple(emitted))


def _emitted(dataset: Dataset, options: LabelStudioOptions, folder: Path) -> Sequence[Finding]:
    series, media = (
        Stage(dataset.publish, name, dataset=dataset.name).require() for name in ("series", "media_metadata")
    )
    context = EmitContext(
        dataset=dataset.name,
        bucket=dataset.bucket,
        runner=_no_runner,
        media=partial(media_rows, media),
        url=urls_of(dataset),
        uri=uris_of(dataset),
        file=dataset.file,
    )
    reader = StageSeries(series, media, columns=columns_for(LabelStudio(), options))
    folder.mkdir()
    return emit_manifest(LabelStudio(), options, reader, FolderSink(folder), context).findings


def _no_runner() -> Runner:
    raise AssertionError("tasks are made of the tables: nothing is decoded")


def _objects() -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes: a few of each kind, no two of them equal."""
    photos = list(oriented_photos())
    frames = [(key.rsplit("/", 1)[1], body) for key, body in numbered_frames()]
    yield from (("photos/upright.jpg", photos[0][1]), ("photos/turned.jpg", photos[5][1]))
    # Bytes behind the end of an image: every odd name has an object that no other has.
    yield from ((f"odd/{name}", photos[1][1] + name.encode()) for name in ODD)
    yield from ((f"ultrasound/heart/{name}", body) for name, body in frames[:4])
    yield from ((f"site=north/heart/{name}", body) for name, body in frames[4:7])
    yield next(each for each in clips() if each[0].endswith(".mp4"))
    yield from ((key, body) for key, body in recordings() if "abs1235" in key)
    yield "notes/first.txt", TEXT.encode()
