"""What holds for any tables: the check accepts what is written, bytes are equal, and what was told stands there."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.manifests.checking import files_below
from labelport.manifests.ground_truth import GroundTruth, GroundTruthOptions
from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import Prefix, emit_to, files_of, media_row
from tests.labelport.manifests.any_tables import any_tables
from tests.labelport.manifests.ground_truth.reading_back import groups

OPTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "media": st.sampled_from(["auto", "images", "sequences", "text"]),
        "max_entries": st.integers(1, 3),
        "split": st.just({"train": 0.5, "val": 0.5}),
    },
)
BODIES = st.sampled_from([b"words", 'é\u2028\r\n"\\'.encode(), b"\xff", b"x" * 20_001, b"\xef\xbb\xbfx", b" ", b"\0"])


def with_texts(prefix: Prefix, bodies: list[bytes]) -> Bucket:
    """Add texts to tables, and give all of them to a bucket, and the rows the tokens that they have there."""
    bucket = open_bucket("memory://manifest-properties")
    for number in range(len(bodies)):
        key = f"texts of the test/{number}.txt"
        prefix.add(key, [media_row(key, kind="text", media_format="text")])
    for number, row in enumerate(row for row in prefix.media if row["kind"] == "text"):
        bucket.put(row["key"], bodies[number % len(bodies)])
        row["token"] = bucket.head(row["key"]).token
    return bucket


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(prefix=any_tables(), options=OPTIONS, bodies=st.lists(BODIES, min_size=1, max_size=3), seed=st.integers(0, 99))
def test_any_tables_give_files_that_the_check_accepts_and_that_say_what_was_told(
    prefix: Prefix, options: dict[str, Any], bodies: list[bytes], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("emit")
    bucket, chosen = with_texts(prefix, bodies), GroundTruthOptions(**options)
    before = copy.deepcopy(prefix)
    told: list[str] = []
    first = emit_to(folder / "first", GroundTruth(), chosen, prefix, bucket=bucket, wrote=told.append)
    second = emit_to(folder / "second", GroundTruth(), chosen, prefix.shuffled(seed), bucket=bucket)
    assert prefix == before
    assert files_of(folder / "first") == files_of(folder / "second")
    assert first == second
    written = [p for p in files_below([folder / "first"]) if p.is_file()]
    found = [f for f in GroundTruth().check(written) if f.severity == "error"]
    assert found == []
    _says_what_was_told(folder / "first", prefix, told, bucket)


def _says_what_was_told(folder: Path, prefix: Prefix, told: list[str], bucket: Bucket) -> None:
    """Compare with the tables: each series that was told has its objects in their order, and no other has any."""
    kinds = {(row["store"], row["key"]): row["kind"] for row in prefix.media}
    wanted: dict[str, list[str]] = {name: [] for name in told}
    for row in sorted(prefix.items, key=lambda row: int(row["index"])):
        if row["series_id"] in wanted and row["role"] == "image":
            text = kinds[row["store"], row["key"]] == "text"
            said = bucket.get(row["key"]).body.decode() if text else f"s3://made-media/{row['key']}"
            wanted[row["series_id"]].append(said)
    read: dict[str, list[str]] = {}
    for name, addresses in groups(folder):
        read.setdefault(name, []).extend(addresses)
    assert read == wanted
