"""What a test needs beyond Python: it is skipped with a reason where that is absent.

``LABELPORT_REQUIRE=fixtures,chromium`` turns these skips into failures.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def absent(need: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where the need is required."""
    if need in os.environ.get("LABELPORT_REQUIRE", "").split(","):
        pytest.fail(f"{need} is required (LABELPORT_REQUIRE) and absent: {reason}")
    pytest.skip(f"{need}: {reason}")


def fixtures(*path: str) -> Path:
    """Return a folder of the shared fixtures."""
    place = SHARED.joinpath("fixtures", *path)
    if not place.exists():
        absent("fixtures", "the shared fixtures are not beside this checkout")
    return place


def program(need: str, *names: str) -> str:
    """Return the path of the first program of these names."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    absent(need, f"none of {', '.join(names)} is installed")
