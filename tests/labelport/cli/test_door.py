import json
import os
import signal
from pathlib import Path

import pytest

from labelport.cli.door import through
from labelport.cli.report import Report
from labelport.cli.stages import catalogue_at
from labelport.errors import BucketError, CatalogueConflict, LabelportError, PublishTaken, SettingsError


@pytest.mark.parametrize(
    ("error", "code"), [(SettingsError, 2), (BucketError, 2), (PublishTaken, 2), (CatalogueConflict, 1)]
)
def test_an_error_is_one_sentence_without_a_traceback(
    error: type[LabelportError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> Report:
        raise error("the disk is away: mount it")

    with pytest.raises(SystemExit) as ended:
        through(work, as_json=False)
    assert ended.value.code == code
    assert capsys.readouterr().err == "labelport: the disk is away: mount it\n"
    with pytest.raises(SystemExit):
        through(work, as_json=True)
    assert json.loads(capsys.readouterr().out)["error"]["type"] == error.__name__


def test_a_fault_of_ours_is_no_wrong_use() -> None:
    def work() -> Report:
        raise AssertionError("never")

    with pytest.raises(AssertionError):
        through(work, as_json=False)


def test_a_killed_command_leaves_no_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = signal.getsignal(signal.SIGTERM)

    def work() -> Report:
        with catalogue_at(None) as place:
            (Path(place) / "half written").touch()
            os.kill(os.getpid(), signal.SIGTERM)
            return Report("probe")

    with pytest.raises(SystemExit) as ended:
        through(work, as_json=False)
    assert ended.value.code == 143
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before
