"""What holds for the tasks of any tables."""

import json

import pytest
from hypothesis import given

from labelport.manifests.label_studio import LabelStudio, LabelStudioOptions
from labelport.testing.manifest import Prefix, emit_to
from tests.labelport.manifests.any_tables import any_tables


@given(prefix=any_tables())
def test_every_task_holds_one_value_that_the_server_takes_under_each_key(
    prefix: Prefix, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The server wants text under every key of a config but that of an image, where a list is good as well."""
    folder = tmp_path_factory.mktemp("values")
    emit_to(folder, LabelStudio(), LabelStudioOptions(), prefix)
    for path in folder.glob("label_studio.json"):
        for task in json.loads(path.read_bytes()):
            assert list(task) == ["data"]
            held = {name: task["data"][name] for name in ("image", "video", "audio", "text") if name in task["data"]}
            assert held
            assert all(isinstance(value, str) for name, value in held.items() if name != "image")
            assert all(isinstance(one, str) for one in held.get("image", []))
