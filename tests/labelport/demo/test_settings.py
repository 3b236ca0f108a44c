from pathlib import Path

import pytest
import yaml

from labelport.demo.settings import demo_settings_text, demo_settings_text_on_s3, write_demo_dataset
from labelport.settings import DatasetSettings

RULES = ["table", "dicom", "pattern", "pattern", "audio_image", "video", "single"]


@pytest.mark.parametrize("folder", ["bucket", 'a "quoted" folder', "colon: # hash", "été"])
def test_the_settings_are_those_of_a_dataset(tmp_path: Path, folder: str) -> None:
    document = yaml.safe_load(demo_settings_text(tmp_path / folder, tmp_path / "published"))
    assert document["type"] == "orchestration.components.MediaDataset"
    settings = DatasetSettings.model_validate(document["attributes"])
    assert settings.bucket_uri == str(tmp_path / folder)
    assert [rule.rule for rule in settings.series] == RULES
    assert [manifest.platform for manifest in settings.manifests] == ["cvat", "encord", "label_studio", "centaur"]


def test_on_s3_a_connection_stands_before_the_dataset_and_no_key_is_written() -> None:
    text = demo_settings_text_on_s3("s3://raw/demo/", "s3://derived/demo/", endpoint="http://127.0.0.1:8333")
    connection, dataset = yaml.safe_load_all(text)
    assert connection["type"] == "orchestration.components.S3Connection"
    settings = DatasetSettings.model_validate(dataset["attributes"])
    assert settings.connection == connection["attributes"]["name"]
    assert settings.bucket_uri == "s3://raw/demo/"
    assert [rule.rule for rule in settings.series] == RULES


def test_an_edited_description_stays(tmp_path: Path) -> None:
    path = write_demo_dataset(tmp_path / "datasets", bucket=tmp_path / "b", publish=tmp_path / "p")
    path.write_text("mine")
    assert write_demo_dataset(tmp_path / "datasets", bucket=tmp_path / "b", publish=tmp_path / "p") == path
    assert path.read_text() == "mine"
