"""A bucket and a plain dictionary, driven by the same random steps."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.errors import ObjectAbsent, PreconditionFailed
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket, forget
from labelport.testing.bucket import rows_of

KEYS = st.sampled_from(["a", "b.c", "d/e", "d/f/g", "d/f/h", "é"])
ACTIONS = st.sampled_from(["put", "first", "swap", "stale", "copy", "delete"])
STEPS = st.lists(st.tuples(ACTIONS, KEYS, KEYS, st.binary(max_size=4)), max_size=20)


def folder(root: Path) -> Bucket:
    return FolderBucket(str(root))


def memory(root: Path) -> Bucket:
    forget("model")
    return MemoryBucket("model")


@pytest.mark.parametrize("opened", [folder, memory])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_bucket_behaves_like_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, opened: Callable[[Path], Bucket], steps: list[tuple[str, str, str, bytes]]
) -> None:
    bucket = opened(tmp_path_factory.mktemp("model"))
    model: dict[str, bytes] = {}
    for action, key, other, body in steps:
        if action == "put":
            bucket.put(key, body)
            model[key] = body
        elif action == "first" and key in model:
            with pytest.raises(PreconditionFailed):
                bucket.put(key, body, if_none_match=True)
        elif action == "first":
            bucket.put(key, body, if_none_match=True)
            model[key] = body
        elif action == "swap" and key in model:
            bucket.put(key, body, if_match=bucket.get(key).etag)
            model[key] = body
        elif action == "stale":
            with pytest.raises(PreconditionFailed):
                bucket.put(key, body, if_match="another")
        elif action == "copy" and key in model:
            bucket.copy(key, other)
            model[other] = model[key]
        elif action == "copy":
            with pytest.raises(ObjectAbsent):
                bucket.copy(key, other)
        elif action == "delete":
            bucket.delete(key)
            model.pop(key, None)
        assert {str(row["key"]): bucket.get(row["key"]).body for row in rows_of(bucket)} == model
