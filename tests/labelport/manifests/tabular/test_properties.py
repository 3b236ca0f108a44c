"""What holds for any tables, on each of the three."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.manifests.checking import files_below
from labelport.manifests.contract import Platform
from labelport.manifests.tabular import Kili, Scale, Supervisely
from labelport.storage.keys import url_of
from labelport.testing.manifest import Prefix, emit_to, files_of
from tests.labelport.manifests.any_tables import any_tables
from tests.labelport.manifests.ground_truth.test_properties import with_texts
from tests.labelport.manifests.tabular.reading_back import groups

CHOICES: list[tuple[Platform, dict[str, Any]]] = [
    (Supervisely(), {"tags": ["modality", "body_part", "$x"]}),
    (Supervisely(), {"tags": ["modality"], "address": "path"}),
    (Kili(), {}),
    (Scale(), {}),
    (Scale(), {"column": "text"}),
]
BODIES = st.sampled_from([b"words", "é\r\n,;\"'".encode(), b"\xff", b"=1", b" ", b"\0"])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    choice=st.sampled_from(CHOICES),
    prefix=any_tables(),
    bodies=st.lists(BODIES, min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
def test_any_tables_give_a_file_that_the_check_accepts_and_that_says_what_was_told(
    choice: tuple[Platform, dict[str, Any]],
    prefix: Prefix,
    bodies: list[bytes],
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    platform, given_options = choice
    folder, bucket = tmp_path_factory.mktemp("emit"), with_texts(prefix, bodies)
    options = platform.Options.model_validate({"platform": platform.name, **given_options})
    before = copy.deepcopy(prefix)
    told: list[str] = []
    first = emit_to(folder / "first", platform, options, prefix, bucket=bucket, wrote=told.append)
    second = emit_to(folder / "second", platform, options, prefix.shuffled(seed), bucket=bucket)
    assert prefix == before
    assert files_of(folder / "first") == files_of(folder / "second")
    assert first == second
    found = platform.check([p for p in files_below([folder / "first"]) if p.is_file()], options)
    assert [f for f in found if f.severity == "error"] == []
    assert len(groups(folder / "first")) == first.entries
    items = sorted(prefix.items, key=lambda row: (row["series_id"], row["index"]))
    keys = [row["key"] for row in items if row["series_id"] in told and row["role"] == "image"]
    said = {
        "path": lambda key: key,
        "text": lambda key: bucket.get(key).body.decode(),
    }.get(str(given_options.get("address") or given_options.get("column")), _url)
    assert [address for _, addresses in groups(folder / "first") for address in addresses] == [*map(said, keys)]


def _url(key: str) -> str:
    return url_of("https://media.example/made", key)
