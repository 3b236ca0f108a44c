"""Platforms that take JSON arrays: for any tables and options others read the same series, and the check accepts."""

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.manifests.checking import files_below
from labelport.manifests.contract import Platform
from labelport.manifests.label_studio import LabelStudio
from labelport.manifests.labelbox import Labelbox
from labelport.manifests.redbrick import Redbrick
from labelport.testing.manifest import Prefix, emit_to, files_of
from tests.labelport.manifests.any_tables import any_tables
from tests.labelport.manifests.told_and_found import (
    assert_the_rest_is_explained,
    assert_whole_and_in_order,
    in_order_of_the_tables,
)

LIMITS = {"max_entries": st.integers(1, 3), "max_bytes": st.integers(1024, 2000)}
OPTIONS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "label_studio": st.fixed_dictionaries({}, optional={**LIMITS, "address": st.sampled_from(["auto", "uri", "url"])}),
    "labelbox": st.fixed_dictionaries({}, optional=LIMITS),
    "redbrick": st.fixed_dictionaries({}, optional=LIMITS),
}


@pytest.mark.parametrize("platform", [LabelStudio(), Labelbox(), Redbrick()], ids=lambda platform: platform.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(prefix=any_tables(), data=st.data(), seed=st.integers(0, 99))
def test_any_tables_are_written_so_that_others_read_the_same_series(
    platform: Platform, prefix: Prefix, data: st.DataObject, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    groups: Callable[[Path], list[tuple[str, list[str]]]] = importlib.import_module(
        f"tests.labelport.manifests.{platform.name}.reading_back"
    ).groups
    folder = tmp_path_factory.mktemp("any")
    (folder / "first").mkdir()
    before = copy.deepcopy(prefix)
    told: list[str] = []
    chosen = platform.Options.model_validate({"platform": platform.name, **data.draw(OPTIONS[platform.name])})
    first = emit_to(folder / "first", platform, chosen, prefix, wrote=told.append)
    second = emit_to(folder / "second", platform, chosen, prefix.shuffled(seed))
    assert prefix == before
    assert files_of(folder / "first") == files_of(folder / "second")
    assert first == second
    written = files_below([folder / "first"])
    assert [f for f in platform.check(written, chosen) if f.severity == "error"] == []
    assert (first.entries > 0) is bool(told) is bool(written)
    assert len(told) == len(set(told))
    read = groups(folder / "first")
    assert_whole_and_in_order(read, prefix, told, first.findings, order=in_order_of_the_tables)
    assert_the_rest_is_explained(prefix, told, first.findings)
    assert len(read) == first.entries
