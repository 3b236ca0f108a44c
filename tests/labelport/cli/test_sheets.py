"""``labelport series --contact-sheet``: the picture, and what is said of it."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from labelport.cli import app
from tests.labelport.probing.dicom_files import data_set, saved
from tests.media import photo


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "DOE^JANE.png").write_bytes(photo("PNG", 40, 30))
    risky = data_set(1, at=None)
    risky.BurnedInAnnotation = "YES"
    (folder / "screen.dcm").write_bytes(saved(risky))
    return folder


@pytest.mark.slow
def test_the_sheet_is_written_and_what_is_withheld_is_said(bucket: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "sheet.png"
    result = typed("series", bucket, "--contact-sheet", target)
    assert result.exit_code == 0
    assert "1 withheld" in result.stdout
    assert "burned-in text" in result.stdout
    assert "JANE" not in result.stdout
    assert "█" * 40 in result.stdout, "sizes as bars"
    assert f"wrote {target}" in result.stdout.replace("\n", "")
    with Image.open(io.BytesIO(target.read_bytes())) as image:
        assert image.format == "PNG"
        assert np.asarray(image).std() > 10


@pytest.mark.slow
def test_machines_are_told_the_numbers_and_none_writes_no_picture(bucket: Path, tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    told = typed("series", bucket, "--contact-sheet", target, "--json", "--set", "privacy.previews=none")
    answer = json.loads(told.stdout)
    assert answer["contact_sheet"] == {"tiles": 0, "withheld": {}, "without_picture": {}}
    assert answer["written"] == []
    assert not target.exists()


def test_a_sheet_is_a_png_and_that_is_said_before_any_work(bucket: Path, tmp_path: Path) -> None:
    result = typed("series", bucket, "--contact-sheet", tmp_path / "sheet.jpg")
    assert result.exit_code == 2
    assert "sheet.png" in result.stderr
