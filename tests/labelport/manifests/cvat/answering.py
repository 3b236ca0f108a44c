"""A runner whose workers answer at once, and as many images as are asked for: no object is there."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from labelport.manifests.contract import EmitContext, Item, Series
from labelport.manifests.cvat.pixels import RESULT
from labelport.runners.contract import Death, Shard, ShardResult, Work
from labelport.storage.opening import open_bucket


@dataclass
class Answering:
    """A runner whose workers answer at once, but for keys that kill them."""

    facts: Mapping[str, Any] | None = None
    """The answer for each object; null: a checksum made of its key."""

    deadly: str = ""
    """Key that kills its worker."""

    works: list[Work] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        """Yield the answer for each shard, and remember what was asked."""
        self.works.append(work)
        for shard in shards:
            keys = shard.rows.column("key").to_pylist()
            self.asked += keys if self.facts is not None else []
            good = [number for number, key in enumerate(keys) if key != self.deadly]
            bad = [number for number, key in enumerate(keys) if key == self.deadly]
            answers = [self._answer(keys[number]) for number in good]
            deaths = tuple(Death(number, "crashed", "signal 11") for number in bad)
            rows = pa.Table.from_pylist(answers, schema=self._schema())
            yield ShardResult(shard.number, rows, tuple(good), deaths)

    def _answer(self, key: str) -> Mapping[str, Any]:
        if self.facts is not None:
            return self.facts
        return {"width": 5, "height": 4, "checksum": hashlib.md5(key.encode()).hexdigest()}

    def _schema(self) -> pa.Schema:
        if self.facts is None or "checksum" in self.facts:
            return RESULT
        return pa.schema([pa.field(name, pa.string()) for name in self.facts])

    def close(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True)
class _ManyImages:
    count: int

    def media(self) -> Iterator[dict[str, Any]]:
        for number in range(self.count):
            mixed = number * 7919 % self.count
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

    def __iter__(self) -> Iterator[Series]:
        for number, media in enumerate(self.media()):
            identity = f"single-{number:026d}"
            item = {"series_id": identity, "index": 0, "role": "image", "store": "raw", "key": media["key"]}
            yield Series({"series_id": identity, "kind": "single"}, (Item(item, media),))


def many_images(count: int) -> _ManyImages:
    """Return a reader of so many single images, in an order that is not that of their keys."""
    return _ManyImages(count)


def context_of(count: int, cache: Mapping[str, Any]) -> EmitContext:
    """Return what an emitter needs beside them; its runner makes the checksums."""
    bucket = open_bucket("memory://many-images")
    return EmitContext("made", bucket, Answering, media=many_images(count).media, cache=cache)
