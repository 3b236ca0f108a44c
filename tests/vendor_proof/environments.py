"""Environments of the proof's own, made with pip under ``.cache/vendor_proof`` and made anew when their lists change."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.needs import ROOT

HOME = ROOT / ".cache" / "vendor_proof"
LOCK = ROOT / "requirements.lock"
_PINNED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==[^\\]+")
_MADE = ".made_of"


class EnvironmentAbsent(Exception):
    """An environment cannot be made: pip's last words."""


def environment_of(requirements: Path, *, with_labelport: bool = False) -> Path:
    """Return the Python of the environment that a list of requirements describes; made once.

    ``with_labelport``: our package is installed into it from this tree, without its dependencies: what the
    list leaves open is then taken in the version of ``requirements.lock``. Raises ``EnvironmentAbsent``.
    """
    folder = HOME / requirements.stem
    python = folder / "bin" / "python"
    pins = _locked_pins(requirements) if with_labelport else ""
    made_of = _digest(requirements.read_text(), pins, sys.version, with_labelport)
    if (folder / _MADE).is_file() and (folder / _MADE).read_text() == made_of:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch, "constraints.txt")
        constraints.write_text(pins)
        _pip(python, "-r", str(requirements), "-c", str(constraints))
    if with_labelport:
        _pip(python, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    (folder / _MADE).write_text(made_of)
    return python


def _locked_pins(requirements: Path) -> str:
    """Return the versions of the lock, without those that the list of requirements pins itself."""
    own = {name for line in requirements.read_text().splitlines() if (name := _pinned_name(line))}
    return "".join(
        f"{line.split(chr(92))[0].strip()}\n"
        for line in LOCK.read_text().splitlines()
        if (name := _pinned_name(line)) and name not in own
    )


def _pinned_name(line: str) -> str | None:
    found = _PINNED.match(line)
    return found["name"].lower() if found else None


def _digest(requirements: str, pins: str, python: str, with_labelport: bool) -> str:
    # What was installed of us is the path of this tree, and the entry points of the project's file.
    project = f"{ROOT}\0{(ROOT / 'pyproject.toml').read_text()}" if with_labelport else ""
    return hashlib.sha256("\0".join((requirements, pins, python, project)).encode()).hexdigest()


def _pip(python: Path, *arguments: str) -> None:
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    _run([str(python), "-m", "pip", "install", *quiet, *arguments])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise EnvironmentAbsent(f"{' '.join(command[1:4])} failed: {' '.join(words[-2:])}")
