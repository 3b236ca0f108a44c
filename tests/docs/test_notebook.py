import pytest

from docs.notebook import executed, printed, written


@pytest.mark.slow
def test_the_notebook_runs_on_a_folder_and_on_s3_and_prints_what_the_page_shows() -> None:
    shown = printed(written())
    assert printed(executed()) == shown, "run `python -m docs.notebook`"
    assert all(shown), "every cell shows something"
