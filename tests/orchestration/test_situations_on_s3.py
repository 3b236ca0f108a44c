"""The same situations on S3: a real SeaweedFS by poll, moto by events. Real uploads, real runs, no stand-ins."""

import time
from collections.abc import Callable, Iterator

import pytest

from labelport.storage.connection import Connection
from tests.moto import moto_server
from tests.orchestration.deployment import told
from tests.orchestration.s3_deployment import S3Deployment, picture
from tests.seaweed import seaweedfs

ODD = ("plus+sign.png", "with space.png", "100%.png", "größe/日本.png", "a", "a/1")
"""Keys that are written in another way wherever somebody quotes them wrongly."""


@pytest.fixture(scope="module", params=["moto", pytest.param("seaweedfs", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with {"moto": moto_server, "seaweedfs": seaweedfs}[request.param]() as connection:
        yield connection


@pytest.fixture
def moto() -> Iterator[Connection]:
    with moto_server() as connection:
        yield connection


def bucket_name(request: pytest.FixtureRequest) -> str:
    """Return a bucket of this test alone."""
    return f"birds-{abs(hash(request.node.nodeid)):x}"


def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return what sets the clock forward by so many seconds; it goes on by itself, too."""
    ahead, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])

    def later(seconds: float) -> None:
        ahead[0] += seconds

    return later


@pytest.fixture
def birds(store: Connection, request: pytest.FixtureRequest) -> S3Deployment:
    return S3Deployment(store, bucket_name(request))


@pytest.mark.usefixtures("workers")
def test_new_overwritten_and_deleted_objects_probe_exactly_two_and_all_three_show(birds: S3Deployment) -> None:
    for number in range(9):  # so that one vanished object stays below the guard
        birds.put(f"noon/{number}.png", picture())
    birds.put("dawn/2.png", picture(2))
    assert birds.run().success
    birds.put("dawn/3.png", picture(3))
    birds.put("dawn/2.png", picture(200))
    birds.delete("dawn/1.png")
    result = birds.run()
    listed, probed = told(result, "bucket_inventory"), told(result, "media_metadata")
    assert [listed[f"labelport/{name}"] for name in ("added", "changed", "deleted")] == [1, 1, 1]
    assert [probed[f"labelport/{name}"] for name in ("probed", "deleted")] == [2, 1]
    assert told(result, "series")["labelport/groups_built"] == 1
    names = [line["name"] for line in birds.manifest_lines()]
    assert [name for name in names if name.startswith("dawn")] == ["dawn/0", "dawn/2", "dawn/3"]
    again = birds.run()
    assert told(again, "media_metadata").get("labelport/probed", 0) == 0
    assert not any(told(again, stage)["labelport/content_changed"] for stage in ("series", "cvat_manifest"))


def test_odd_keys_go_the_whole_way_as_they_are(birds: S3Deployment) -> None:
    for key in ODD:
        birds.put(key, picture(7))
    assert birds.run().success
    assert sorted(birds.keys()) == sorted([*ODD, "dawn/0.png", "dawn/1.png"])
    media = birds.live("media_metadata").table("media", columns=["key", "status", "width"]).to_pylist()
    assert {row["key"]: (row["status"], row["width"]) for row in media if row["key"] in ODD} == dict.fromkeys(
        ODD, ("ok", 8)
    )


@pytest.mark.usefixtures("workers")
def test_an_object_overwritten_between_listing_and_reading_is_never_half_read(birds: S3Deployment) -> None:
    birds.put("late.png", picture(1, width=8))
    assert birds.run("bucket_inventory").success
    birds.put("late.png", picture(2, width=40))  # other bytes under the token that was listed
    assert birds.run("media_metadata", config={"media_metadata": {"allow_errors": True}}).success
    [row] = [r for r in birds.live("media_metadata").table("media").to_pylist() if r["key"] == "late.png"]
    assert (row["status"], row["width"]) == ("changed", None)
    assert birds.run().success  # the next run catches it, and what came meanwhile
    [row] = [r for r in birds.live("media_metadata").table("media").to_pylist() if r["key"] == "late.png"]
    assert (row["status"], row["width"]) == ("ok", 40)


def test_an_object_uploaded_or_deleted_while_a_run_is_under_way_is_of_the_next(birds: S3Deployment) -> None:
    birds.put("gone.png", picture(5))
    assert birds.run("bucket_inventory").success
    birds.put("dawn/9.png", picture(9))
    birds.delete("gone.png")
    for stage in ("media_metadata", "series", "cvat_manifest"):
        assert birds.run(stage).success
    assert "dawn/9" not in [line["name"] for line in birds.manifest_lines()]
    birds.describe(limits={"removed_share": 0.9})
    birds.load()
    assert birds.run().success
    assert [line["name"] for line in birds.manifest_lines()] == ["dawn/0", "dawn/1", "dawn/9"]


def test_without_a_queue_the_sensor_polls(birds: S3Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock(monkeypatch)
    assert birds.tick() == ["birds: settings or code changed"]
    birds.put("dawn/5.png", picture())
    later(290)
    assert birds.tick() == []
    later(20)
    assert birds.tick() == ["birds: poll"]
    assert birds.keys().count("dawn/5.png") == 1
    later(310)
    assert birds.tick() == ["birds: poll"]
    assert birds.live("bucket_inventory").stamp.rows["inventory"] == 3


def test_with_a_queue_only_events_ask_for_runs_and_a_run_of_events_lists_nothing(
    moto: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds = S3Deployment(moto, "birds-events", events=True)
    later = clock(monkeypatch)
    assert birds.tick() == ["birds: settings or code changed"]
    later(1000)
    assert birds.tick() == []  # the listing answered the events that came before it
    birds.put("new+one %é.png", picture())
    birds.put("dawn/1.png", picture(99))
    assert birds.tick() == ["birds: events"]
    assert sorted(birds.keys()) == ["dawn/0.png", "dawn/1.png", "new+one %é.png"]
    assert birds.waiting() == 0
    later(1000)
    assert birds.tick() == []


def test_a_refused_run_of_events_keeps_its_messages_and_is_not_asked_for_every_ten_seconds(
    moto: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds = S3Deployment(moto, "birds-refused", events=True)
    later = clock(monkeypatch)
    birds.tick()
    birds.tick()
    birds.delete("dawn/0.png")
    birds.delete("dawn/1.png")
    assert birds.tick() == ["birds: events"]
    assert birds.live("bucket_inventory").stamp.rows["inventory"] == 2
    birds.put("dawn/7.png", picture())  # another event while the first ones wait to be given again
    assert birds.waiting() >= 3
    later(10)
    assert birds.tick() == []
    later(60)
    assert birds.tick() == ["birds: events"]


def test_a_queue_that_cannot_be_reached_is_a_warning_and_no_failed_tick(moto: Connection) -> None:
    birds = S3Deployment(moto, "birds-away", events=True)
    birds.tick()
    birds.queue = "http://127.0.0.1:9/123456789012/away"
    birds.describe()
    birds.load()
    assert birds.tick() == ["birds: settings or code changed"]
    assert birds.tick() == []
