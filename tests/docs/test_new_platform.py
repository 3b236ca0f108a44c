"""The platform of the page is real: it is taken from there, installed beside us, and asked what ours are asked."""

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from docs.generate import FOLDER
from labelport.manifests.contract import Platform
from labelport.testing.manifest import ManifestContract
from tests.media import photo
from tests.needs import ROOT

MOST_LINES = 60
CLI = ("-c", "from labelport.cli import app; app()")


@cache
def blocks(language: str) -> list[str]:
    page = (FOLDER / "new-platform.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


@cache
def acme() -> ModuleType:
    made = ModuleType("acme_labelport")
    sys.modules[made.__name__] = made  # pydantic looks for the module of a model
    exec(compile(blocks("python")[0], "docs/new-platform.md", "exec"), made.__dict__)
    return made


class TestAcme(ManifestContract):
    @pytest.fixture
    def platform(self) -> Platform:
        made: Platform = acme().Acme()
        return made


def test_a_platform_is_less_than_sixty_lines() -> None:
    assert len(blocks("python")[0].splitlines()) < MOST_LINES


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "manifest.empty", ""),
        (b"acme_url\n", "manifest.empty", ""),
        (b"acme_url\nhttps://x.example/1.png", "manifest.unreadable", "2:1"),
        (b"acme_url\nhttps://x.example/\xff.png\n", "manifest.unreadable", "2:1"),
        (b"acme_url\nhttps://x.example/1.png\nacme_url\n", "manifest.unreadable", "3:1"),
        (b"acme_url\ns3://x/1.png\n", "manifest.url_form", "2:1"),
        (b"acme_url\n" + b"x" * 200_000, "manifest.unreadable", "2:1"),
    ],
)
def test_its_check_says_what_is_wrong_and_where(body: bytes, code: str, pointer: str, tmp_path: Path) -> None:
    (tmp_path / "acme.csv").write_bytes(body)
    found = acme().Acme().check([tmp_path / "acme.csv"])
    assert (code, pointer) in [(f.code, f.pointer) for f in found]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as an installer leaves it: the page's module, its entry point, and a plug-in that is broken."""
    place = tmp_path_factory.mktemp("site")
    (place / "acme_labelport.py").write_text(blocks("python")[0])
    (place / "test_acme.py").write_text(blocks("python")[1])
    (place / "broken_labelport.py").write_text("import no_such_module_of_anybody\n")
    [points] = [tomllib.loads(block) for block in blocks("toml")]
    lines = [f"{name} = {value}" for name, value in points["project"]["entry-points"]["labelport.manifests"].items()]
    wanted = {"acme_labelport": lines, "broken_labelport": ["broken = broken_labelport:Broken"]}
    for name, entry_points in wanted.items():
        folder = place / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text("\n".join(["[labelport.manifests]", *entry_points, ""]))
    return place


def ran(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the folder among the installed distributions."""
    env = {**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=installed, env=env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_installed_beside_us_it_is_found_and_a_broken_one_is_named_and_stops_nothing(installed: Path) -> None:
    sources = installed / "bucket"
    sources.mkdir()
    (sources / "a.png").write_bytes(photo("PNG"))
    given = ["--set", "url_base=https://media.example", "-o", "out"]
    done = ran(installed, *CLI, "manifest", "acme", "bucket", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (installed / "out/acme.csv").read_text() == "acme_url\nhttps://media.example/a.png\n"
    assert ran(installed, *CLI, "check", "out").returncode == 0
    refused = ran(installed, *CLI, "manifest", "acme", "bucket", "--set", "colour=red", "-o", "other")
    assert refused.returncode == 2
    assert "colour" in refused.stderr
    named = ran(installed, "-c", "from labelport.manifests.emission import platform_of; platform_of('broken')")
    assert "no_such_module_of_anybody" in named.stderr
    ours = "import labelport.registry as r; print(*r.plugins(r.MANIFESTS)); print(r.broken(r.MANIFESTS))"
    listed, bad = ran(installed, "-c", ours).stdout.splitlines()
    assert {"acme", "centaur", "cvat", "encord"} <= set(listed.split())
    assert bad.startswith("{'broken': ")


@pytest.mark.slow
def test_the_test_of_the_page_passes_where_it_is_installed(installed: Path) -> None:
    done = ran(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_acme.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 10
