"""Emits a manifest of a million objects and prints: entries, CPU seconds, MiB above those of the imports.

``python -m tests.labelport.manifests.ground_truth.million PLATFORM JSON-OPTIONS ITEMS-A-SERIES FOLDER``
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import labelport.manifests.ground_truth.emitting
import labelport.manifests.tabular.emitting  # noqa: F401  -- imports are not what is measured
from labelport.manifests.contract import EmitContext, Item, Platform, Series
from labelport.manifests.emission import emit_manifest
from labelport.manifests.ground_truth import GroundTruth
from labelport.manifests.sink import FolderSink
from labelport.manifests.tabular import Kili, Scale, Supervisely
from labelport.storage.keys import url_of
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner

MILLION = 1_000_000
PLATFORMS: dict[str, type[Platform]] = {p.name: p for p in (GroundTruth, Supervisely, Kili, Scale)}


class Million:
    """Series of as many images each, a million in all."""

    def __init__(self, each: int) -> None:
        self._each = each

    def __iter__(self) -> Iterator[Series]:
        for number in range(MILLION // self._each):
            name = f"pattern-{number:026}"
            row: dict[str, Any] = {
                "series_id": name,
                "kind": "frames" if self._each > 1 else "single",
                "rule": "pattern",
                "attributes": [],
            }
            yield Series(row, tuple(self._item(name, number, index) for index in range(self._each)))

    @staticmethod
    def _item(name: str, number: int, index: int) -> Item:
        key = f"ultrasound/case{number:07}/frame_{index:06}.png"
        row: dict[str, Any] = {
            "series_id": name,
            "index": index,
            "role": "image",
            "store": "raw",
            "key": key,
            "frame": None,
        }
        media = {"kind": "image", "format": "png", "status": "ok", "extension": ".png", "extension_mismatch": False}
        return Item(row, media)


def memory(name: str) -> int:
    """Return a line of the process' status, KiB."""
    [found] = re.findall(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found)


def main(platform: str, options: str, each: str, folder: str) -> None:
    """Emit and print."""
    chosen = PLATFORMS[platform]()
    context = EmitContext(
        dataset="made",
        bucket=open_bucket("memory://million"),
        runner=InlineRunner,
        url=lambda _, key: url_of("https://acme-media.s3.eu-west-2.amazonaws.com", key),
        uri=lambda _, key: f"s3://acme-media/{key}",
    )
    before, started = memory("VmRSS"), time.process_time()
    given = chosen.Options.model_validate({"platform": platform, **json.loads(options)})
    emitted = emit_manifest(chosen, given, Million(int(each)), FolderSink(Path(folder)), context)
    seconds = time.process_time() - started
    print(emitted.entries, round(seconds, 1), (memory("VmHWM") - before) >> 10)


if __name__ == "__main__":
    main(*sys.argv[1:])
