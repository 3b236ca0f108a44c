import hashlib
from dataclasses import dataclass, field

import pytest

from labelport.manifests.live import copy_order, live_generation, publish_live
from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket


@dataclass(frozen=True)
class Entry:
    sha256: str


@dataclass
class Generation:
    id: str
    bodies: dict[str, bytes]
    reads: list[str] = field(default_factory=list)

    def files(self) -> dict[str, Entry]:
        return {name: Entry(hashlib.sha256(body).hexdigest()) for name, body in self.bodies.items()}

    def read_file(self, name: str) -> bytes:
        self.reads.append(name)
        return self.bodies[name]


@pytest.fixture
def publish(request: pytest.FixtureRequest) -> Bucket:
    return open_bucket(f"memory://{request.node.name}")


def shown(publish: Bucket) -> dict[str, bytes]:
    keys = [key for batch in publish.list("manifests/m/") for key in batch.column("key").to_pylist()]
    return {key.removeprefix("manifests/m/"): publish.get(key).body for key in sorted(keys)}


def test_manifests_come_first_their_indices_after_them_and_the_list_of_all_last() -> None:
    files = dict.fromkeys(["m.index.json", "m.README.txt", "images/index.json", "m.0002.json", "images/manifest.jsonl"])
    assert copy_order(files, "m") == [
        "images/manifest.jsonl",
        "m.0002.json",
        "images/index.json",
        "m.README.txt",
        "m.index.json",
    ]


def test_stale_files_go_and_LIVE_names_the_generation(publish: Bucket) -> None:
    first = Generation("1", {"a.json": b"a", "b.json": b"b"})
    second = Generation("2", {"a.json": b"a", "c.json": b"c"})
    assert publish_live(publish, "m", first) == 2
    assert publish_live(publish, "m", second, before=first) == 2
    assert shown(publish) == {"a.json": b"a", "c.json": b"c", "LIVE": b"2\n"}
    assert second.reads == ["c.json"]


def test_a_copy_that_was_finished_is_not_repeated(publish: Bucket) -> None:
    only = Generation("1", {"a.json": b"a"})
    publish_live(publish, "m", only)
    assert publish_live(publish, "m", only) == 0
    assert only.reads == ["a.json"]


def test_a_copy_that_was_killed_half_way_is_repeated_whole(publish: Bucket) -> None:
    first, second = Generation("1", {"a": b"1"}), Generation("2", {"a": b"2", "b": b"2"})
    publish_live(publish, "m", first)
    publish.put("manifests/m/a", b"2")
    publish.put("manifests/m/of a killed one", b"x")
    assert live_generation(publish, "m") == "1"
    publish_live(publish, "m", second)
    assert shown(publish) == {"a": b"2", "b": b"2", "LIVE": b"2\n"}
