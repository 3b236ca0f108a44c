"""``labelport sent``, as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labelport.cli.app import app
from labelport.manifests.stage import refresh_manifest
from labelport.testing.manifest import Prefix, media_row
from tests.labelport.manifests.test_stage import dataset_in, publish_rows


@pytest.fixture
def publish(tmp_path: Path) -> str:
    """Return the publish folder of a dataset whose manifest has one batch, waiting."""
    dataset = dataset_in(tmp_path, {"platform": "cvat", "delta": True})
    prefix = Prefix()
    prefix.add("a.png", [media_row("a.png")])
    publish_rows(dataset, prefix)
    refresh_manifest(dataset, "cvat")
    return dataset.settings.publish


def sent(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(app, ["sent", *arguments], env=env)


def test_a_batch_is_confirmed_by_its_number_and_the_second_time_is_no_error(publish: str) -> None:
    done = sent("cvat", "1", "--publish", publish)
    assert (done.exit_code, done.stdout) == (
        0,
        "batch-0001 of cvat is confirmed: 1 series; later batches leave them out\n",
    )
    again = sent("cvat", "1", "--publish", publish, "--json")
    assert again.exit_code == 0
    told = json.loads(again.stdout)
    assert (told["batch"], told["series"], told["again"]) == (1, 1, True)


def test_without_a_number_it_is_the_batch_that_waits_and_the_place_may_stand_in_the_environment(publish: str) -> None:
    assert sent("cvat", LABELPORT_PUBLISH=publish).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cvat", "7"), "no batch 7: batch-0001 waits with 1 series"),
        (("encord", "1"), "was never published"),
        (("cvat", "1", "--before", "yesterday"), "is no time"),
        (("cvat", "1", "--before", "2001-01-01"), "came later"),
    ],
)
def test_what_cannot_be_confirmed_says_why(publish: str, arguments: tuple[str, ...], words: str) -> None:
    done = sent(*arguments, "--publish", publish)
    assert done.exit_code in {1, 2}
    assert words in done.stderr


def test_a_folder_in_which_nothing_was_published_is_wrong_use(tmp_path: Path) -> None:
    done = sent("cvat", "1", "--publish", str(tmp_path))
    assert done.exit_code == 2
    assert "nothing was published" in done.stderr
