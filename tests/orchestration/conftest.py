"""Whose workers the stories of this folder have."""

import pytest

from tests.labelport.stages import workers_here


@pytest.fixture
def workers() -> None:
    """Leave the workers as they are: ask for this where they are part of the story."""


@pytest.fixture(autouse=True)
def _here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the work of workers in this process, but for tests that ask for them."""
    if "workers" not in request.fixturenames:
        workers_here(monkeypatch)
