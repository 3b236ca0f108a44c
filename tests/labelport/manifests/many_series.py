"""More series than memory should hold: single images, made while they are read."""

from collections.abc import Iterator
from dataclasses import dataclass

from labelport.manifests.contract import EmitContext, Item, Series
from labelport.storage.keys import url_of
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner


@dataclass(frozen=True)
class _ManySeries:
    count: int

    def __iter__(self) -> Iterator[Series]:
        return (_single(number) for number in range(self.count))


def many_series(count: int) -> _ManySeries:
    """Return a reader of so many single images."""
    return _ManySeries(count)


def context() -> EmitContext:
    """Return what an emitter needs beside them."""
    return EmitContext(
        dataset="made",
        bucket=open_bucket("memory://many-series"),
        runner=InlineRunner,
        url=lambda _, key: url_of("https://acme-media.s3.eu-west-2.amazonaws.com", key),
        uri=lambda _, key: f"s3://acme-media/{key}",
    )


def _single(number: int) -> Series:
    key = f"site/ward/device/{number % 1000:03}/{number // 1000:04}.png"
    name = f"single-{number:026}"
    row = {"series_id": name, "kind": "single", "rule": "single", "metadata": [("notes:site", "north")]}
    place = {
        "series_id": name,
        "index": 0,
        "role": "image",
        "store": "raw",
        "key": key,
        "label_this": True,
        "notes": [],
    }
    media = {"store": "raw", "key": key, "kind": "image", "format": "png", "status": "ok", "extension_mismatch": False}
    return Series(row, (Item(place, media),))
