"""The format of the page is real: it is taken from there, installed beside us, and asked what ours are asked."""

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
from labelport.annotations.contract import Format
from labelport.annotations.files import in_memory
from labelport.annotations.reading import read_annotations
from labelport.testing.annotation_format import AnnotationFormatContract
from tests.needs import ROOT

MOST_LINES = 100
CLI = ("-c", "from labelport.cli import app; app()")
LINES = b"x.jpg|bolt|40|25.5|120|60\nx.jpg|nut|1|2|3|4\n"


@cache
def blocks(language: str) -> list[str]:
    page = (FOLDER / "new-format.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


@cache
def acme() -> ModuleType:
    made = ModuleType("acme_format")
    exec(compile(blocks("python")[0], "docs/new-format.md", "exec"), made.__dict__)
    return made


class TestAcme(AnnotationFormatContract):
    @pytest.fixture
    def chosen(self) -> Format:
        made: Format = acme().ACME
        return made

    @pytest.fixture
    def samples(self) -> list[dict[str, bytes]]:
        return [{"a.acme": LINES}]


def test_a_format_is_less_than_a_hundred_lines() -> None:
    assert len(blocks("python")[0].splitlines()) < MOST_LINES


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as an installer leaves it: the page's module and its entry point."""
    place = tmp_path_factory.mktemp("site")
    (place / "acme_format.py").write_text(blocks("python")[0])
    [points] = [tomllib.loads(block) for block in blocks("toml")]
    named = points["project"]["entry-points"]["labelport.annotation_formats"]
    folder = place / "acme_format-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-format\nVersion: 1.0\n")
    lines = ["[labelport.annotation_formats]", *(f"{name} = {value}" for name, value in named.items()), ""]
    (folder / "entry_points.txt").write_text("\n".join(lines))
    (place / "labels").mkdir()
    (place / "labels/a.acme").write_bytes(LINES)
    return place


def ran(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the folder among the installed distributions."""
    env = {**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=installed, env=env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_installed_beside_us_it_is_told_by_content_and_converted_both_ways(installed: Path) -> None:
    done = ran(installed, *CLI, "convert", "labels", "out.json", "--to", "coco")
    assert done.returncode == 0, done.stdout + done.stderr
    back = ran(installed, *CLI, "convert", "out.json", "back.acme", "--to", "acme")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (installed / "back.acme").read_bytes() == LINES
    settings = (
        "from labelport.settings import DatasetSettings as S; "
        "S(name='a', bucket='/b', publish='/p', annotations={'source': '/l', 'format': 'acme', 'exports': ['acme']})"
    )
    assert ran(installed, "-c", settings).returncode == 0


def test_a_bad_line_is_a_finding_at_its_line_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from labelport.annotations import detecting

    monkeypatch.setattr(detecting, "formats", lambda: {"acme": acme().ACME})
    read = read_annotations([in_memory("a.acme", LINES + b"y.jpg|bolt|one|2|3|4\n")])
    assert [(f.code, f.pointer) for f in read.findings] == [("csv.field_count", "3")]
    assert read.annotations.annotations.num_rows == 2
