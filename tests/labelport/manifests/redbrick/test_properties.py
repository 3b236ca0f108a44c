"""What holds for any tables: others read the same series, the check accepts, bytes are equal at any order."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.manifests.checking import files_below
from labelport.manifests.redbrick import Redbrick, RedbrickOptions
from labelport.testing.manifest import Prefix, emit_to, files_of
from tests.labelport.manifests.any_tables import any_tables
from tests.labelport.manifests.redbrick.reading_back import groups
from tests.labelport.manifests.told_and_found import (
    assert_the_rest_is_explained,
    assert_whole_and_in_order,
    in_order_of_the_tables,
)

OPTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "max_entries": st.integers(1, 3),
        "max_bytes": st.integers(1024, 2000),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(prefix=any_tables(), options=OPTIONS, seed=st.integers(0, 99))
def test_any_tables_are_written_so_that_others_read_the_same_series(
    prefix: Prefix, options: dict[str, Any], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "first").mkdir()
    before = copy.deepcopy(prefix)
    told: list[str] = []
    chosen = RedbrickOptions(**options)
    first = emit_to(folder / "first", Redbrick(), chosen, prefix, wrote=told.append)
    second = emit_to(folder / "second", Redbrick(), chosen, prefix.shuffled(seed))
    assert prefix == before
    assert files_of(folder / "first") == files_of(folder / "second")
    assert first == second
    written = files_below([folder / "first"])
    assert [f for f in Redbrick().check(written, chosen) if f.severity == "error"] == []
    assert (first.entries > 0) is bool(told) is bool(written)
    assert len(told) == len(set(told))
    read = groups(folder / "first")
    assert_whole_and_in_order(read, prefix, told, first.findings, order=in_order_of_the_tables)
    assert_the_rest_is_explained(prefix, told, first.findings)
    assert len(read) == first.entries
