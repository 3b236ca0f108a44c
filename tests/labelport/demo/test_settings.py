from pathlib import Path

import pytest
import yaml

from labelport.demo.settings import demo_settings_text, write_demo_dataset
from labelport.settings import DatasetSettings


@pytest.mark.parametrize("folder", ["bucket", 'a "quoted" folder', "colon: # hash", "été"])
def test_the_settings_are_those_of_a_dataset(tmp_path: Path, folder: str) -> None:
    document = yaml.safe_load(demo_settings_text(tmp_path / folder, tmp_path / "published"))
    assert document["type"] == "orchestration.components.MediaDataset"
    settings = DatasetSettings.model_validate(document["attributes"])
    assert settings.bucket_uri == str(tmp_path / folder)
    assert [rule.rule for rule in settings.series] == ["dicom", "pattern", "pattern", "video", "single"]
    assert [manifest.platform for manifest in settings.manifests] == ["cvat", "centaur"]


def test_an_edited_description_stays(tmp_path: Path) -> None:
    path = write_demo_dataset(tmp_path / "datasets", bucket=tmp_path / "b", publish=tmp_path / "p")
    path.write_text("mine")
    assert write_demo_dataset(tmp_path / "datasets", bucket=tmp_path / "b", publish=tmp_path / "p") == path
    assert path.read_text() == "mine"
