"""Whose manifest a file is, by its content alone: every platform knows its own files and nobody else's."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.checking import HEAD_BYTES, files_below, platforms, recognised
from labelport.manifests.chunks import is_index
from labelport.registry import MANIFESTS, plugins
from labelport.testing.manifest import emit_to, made_prefix
from tests.labelport.manifests.encord.prefixes import everything
from tests.needs import fixtures

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "cvat": [{"video": "skip"}, {"video": "skip", "version": "1.0", "sorting": "predefined"}],
    "encord": [
        {},
        {"dialect": "sdk"},
        {"unconfirmed": True, "groups_plan": True, "media_metadata": True, "max_entries": 2},
        {"format": "csv"},
        {"format": "csv", "sequences": True, "max_entries": 2},
    ],
}
"""Options under which a platform is tried; without an entry its defaults."""

CASES = [{"platform": name, **given} for name in plugins(MANIFESTS) for given in VARIANTS.get(name, [{}])]
STRANGE = 0.2
"""A platform that does not know a file says no more."""


def emitted(folder: Path, options: dict[str, Any]) -> list[Path]:
    """Return the manifests that a platform writes of two prefixes: all kinds of series are in them."""
    platform = plugins(MANIFESTS)[options["platform"]]()
    model = platform.Options.model_validate(options)
    for name, prefix in (("made", made_prefix()), ("everything", everything())):
        (folder / name).mkdir()
        emit_to(folder / name, platform, model, prefix)
    return list(files_below([folder]))


def sureness(path: Path) -> dict[str, float]:
    head = path.read_bytes()[:HEAD_BYTES]
    return {name: platform.detect(path.name, head) for name, platform in platforms().items()}


@pytest.mark.parametrize("options", CASES, ids=lambda given: " ".join(map(str, given.values())))
def test_what_a_platform_writes_is_its_own_and_no_other_s(options: dict[str, Any], tmp_path: Path) -> None:
    paths = emitted(tmp_path, options)
    assert paths
    told = recognised([tmp_path])
    assert {(one.path, one.platform, one.fault) for one in told} == {(p, options["platform"], None) for p in paths}
    for path in paths:
        sure = sureness(path)
        if is_index(path.name, path.read_bytes()[:HEAD_BYTES]):
            continue  # all indices begin alike: the chunk beside one says whose it is
        others = {name: value for name, value in sure.items() if name != options["platform"]}
        assert sure[options["platform"]] >= 0.8, path.name
        assert max(others.values(), default=0) <= STRANGE, (path.name, others)


def given_files() -> list[tuple[Path, str]]:
    """Return the shared fixtures, each with its platform."""
    found = [(path, "encord") for path in sorted(fixtures("encord").rglob("*.json"))]
    found += [(path, "cvat") for path in sorted(fixtures("cvat", "out").rglob("*.json*"))]
    found += [(path, path.parent.name) for path in sorted(fixtures("pages").rglob("*.*l")) if path.suffix == ".jsonl"]
    found += [(path, path.parent.name) for path in sorted(fixtures("pages").rglob("*.csv"))]
    of_nobody = {"bom.json", "expected.json", "cases.json"}
    return [(path, platform) for path, platform in found if path.name not in of_nobody]


def test_every_fixture_is_known_by_its_platform_and_by_no_other() -> None:
    files = given_files()
    assert len(files) > 60
    for path, platform in files:
        (one,) = recognised([path])
        assert (one.platform, one.fault) == (platform, None), path
        others = {name: value for name, value in sureness(path).items() if name != platform}
        assert max(others.values()) <= STRANGE, (path, others)


STRANGERS = {
    "coco.json": b'{"images": [{"id": 1, "file_name": "a.png", "coco_url": "https://a/b"}], "annotations": []}',
    "x.groups.json": b'{"images": [{"id": 1}], "annotations": []}',
    "createml.json": b'[{"image": "a.png", "annotations": [{"label": "cat"}]}]',
    "labelme.json": b'{"version": "5.0.1", "flags": {}, "shapes": []}',
    "index.json": b'{"a": 1}',
    "report.csv": b"key,size\na.png,3\n",
    "expected.json": b'{"bad": {"gap.json": []}}',
    "numbers.json": b"[1, 2, 3]",
    "log.jsonl": b'{"time": 1, "level": "info"}\n',
    "page.html": b"<html><body>objectUrl</body></html>",
    "photo.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "empty.json": b"",
    "notes.txt": b"content_id and origin and url\n",
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_manifest_is_nobodys(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(STRANGERS[name])
    (one,) = recognised([path])
    assert (one.platform, one.fault and one.fault.code) == (None, "manifest.unknown_platform"), sureness(path)


def test_an_index_is_of_the_platform_whose_chunk_it_names(tmp_path: Path) -> None:
    index = {"chunks": [{"file": "x.json", "entries": 1, "urls": 1, "bytes": 2, "first": "", "last": ""}]}
    (tmp_path / "x.index.json").write_text(json.dumps(index))
    (alone,) = recognised([tmp_path / "x.index.json"])
    assert (alone.platform, alone.index, alone.fault) == (None, True, None)
    (tmp_path / "x.json").write_text('{"images":[{"objectUrl":"https://a/b.png"}]}')
    (known,) = recognised([tmp_path / "x.index.json"])
    assert known.platform == "encord"


@pytest.mark.parametrize("first", ["x.index.json", "../x.json", "x.json/", "\\u0000", ""])
def test_an_index_that_names_itself_or_leads_away_is_not_followed(first: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"images":[{"objectUrl":"https://a/b.png"}]}')
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "x.index.json"
    path.write_text(f'{{"chunks":[{{"file":"{first}"}}]}}')
    (one,) = recognised([path])
    assert (one.platform, one.index) == (None, True)
