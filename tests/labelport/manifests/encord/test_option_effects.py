"""Each option of the manifest changes the bytes as its description says, and nothing else does."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.encord import Encord, EncordOptions
from labelport.options import ManifestOptions
from labelport.testing.manifest import Prefix, emit_to, files_of
from tests.labelport.manifests.encord.prefixes import everything, image, video

ARN = "arn:aws:s3::123456789012:accesspoint/x.mrap"
BASE = "https://acme-media.s3.eu-west-2.amazonaws.com"
Files = dict[str, bytes]


def rich() -> Prefix:
    """Return one series of every kind, with attributes, values of the user's own, key frames, sizes and folders."""
    prefix = everything()
    frames = [image("deep/er/0.png"), image("deep/er/1.png"), image("deep/er/2.png", width=320)]
    prefix.add("mixed", frames, kind="frames", rule="pattern")
    own = [("keyframes:kf", "[13,17]"), ("client_metadata:site", '"north"'), ("embedding:clip", "[0.5,0.25]")]
    prefix.add(
        "clip",
        [video("clip.mp4")],
        kind="frames",
        rule="video",
        metadata=own,
        attributes=[("modality", "US"), ("model", "X")],
    )
    prefix.add("two", [video("t/a.mp4"), video("t/b.mp4")], kind="table", rule="table")
    return prefix


def written(folder: Path, **options: Any) -> Files:
    emit_to(folder, Encord(), EncordOptions(**options), rich(), url_base=BASE)
    return {name: body for name, body in files_of(folder).items() if not name.endswith((".README.txt", ".skipped.csv"))}


def entries(files: Files, section: str, name: str = "encord.json") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[name]).get(section, [])
    return found


def clip(files: Files) -> dict[str, Any]:
    """Return the metadata of the one video that has values of the user's own."""
    found: list[dict[str, Any]]
    found = [e["clientMetadata"] for e in entries(files, "videos") if e["objectUrl"].endswith("/clip.mp4")]
    assert len(found) == 1
    return found[0]


def flag(files: Files, name: str) -> Any:
    return json.loads(files["encord.json"]).get(name)


def first_url(files: Files) -> str:
    return str(entries(files, "images")[0]["objectUrl"])


def largest(files: Files, what: str) -> int:
    """Return the most entries, URLs or bytes of a chunk, by the index."""
    chunks: list[dict[str, int]] = json.loads(files["encord.index.json"])["chunks"]
    return max(chunk[what] for chunk in chunks)


EFFECTS: list[tuple[dict[str, Any], Callable[[Files], Any], Any, Any]] = [
    ({"format": "csv"}, lambda files: sorted(files)[0].rpartition(".")[2], "json", "csv"),
    ({"dialect": "sdk"}, lambda files: sorted(name for name in files if "index" not in name)[-1], "encord.json", "encord.sdk.json"),
    ({"skip_duplicate_urls": False}, lambda files: flag(files, "skip_duplicate_urls"), True, False),
    ({"upsert": True, "unconfirmed": True}, lambda files: flag(files, "upsert_metadata"), None, True),
    ({"unconfirmed": True}, lambda files: [len(entries(files, name)) for name in ("pdfs", "nifti")], [0, 0], [1, 1]),
    ({"media_metadata": True}, lambda files: entries(files, "images")[0].get("imageMetadata", {}).get("width"), None, 640),
    ({"client_only": True}, lambda files: (len(entries(files, "dicom_series")), "imageMetadata" in entries(files, "images")[0]), (3, False), (0, True)),
    ({"client_metadata": ["modality", "absent"]}, lambda files: clip(files).get("modality"), None, "US"),
    ({"sequences": True}, lambda files: sorted(e["createVideo"] for e in entries(files, "image_groups")), [False] * 3, [False, True, True, True]),
    ({"keyframes": "none"}, lambda files: clip(files).get("keyframes"), [13, 17], None),
    ({"sampling_rate": 2, "unconfirmed": True}, lambda files: clip(files).get("$encord"), None, {"config": {"sampling_rate": 2}}),
    ({"keyframe_mode": "frame", "unconfirmed": True}, lambda files: clip(files).get("$encord"), None, {"config": {"keyframe_mode": "frame"}}),
    ({"groups_plan": True}, lambda files: len(json.loads(files["encord.groups.json"])), 1, 2),
    ({"split_by": 2}, lambda files: "deep/er/encord.json" in files, False, True),
    ({"max_entries": 3}, lambda files: largest(files, "entries"), 15, 3),
    ({"max_urls": 4}, lambda files: largest(files, "urls"), 21, 4),
    ({"max_bytes": 2000}, lambda files: largest(files, "bytes") <= 2000, False, True),
    ({"url_form": "virtual"}, first_url, f"{BASE}/rec/x.png", f"{BASE}/rec/x.png"),
    ({"url_form": "path"}, first_url, f"{BASE}/rec/x.png", "https://s3.eu-west-2.amazonaws.com/acme-media/rec/x.png"),
    ({"url_form": "mrap", "mrap": ARN}, first_url, f"{BASE}/rec/x.png", f"{ARN}/rec/x.png"),
    ({"url_form": "mrap", "mrap": ARN, "mrap_joiner": "/object/"}, first_url, f"{BASE}/rec/x.png", f"{ARN}/object/rec/x.png"),
]  # fmt: skip
"""Options, what is looked at, and its value without them and with them."""


@pytest.mark.parametrize(
    ("options", "look", "without", "with_them"), EFFECTS, ids=[str(given[0])[:40] for given in EFFECTS]
)
def test_an_option_changes_what_it_says(
    options: dict[str, Any], look: Callable[[Files], Any], without: Any, with_them: Any, tmp_path: Path
) -> None:
    before, after = written(tmp_path / "before"), written(tmp_path / "after", **options)
    assert look(before) == without
    assert look(after) == with_them
    assert (before == after) is (without == with_them)
    paths = [tmp_path / "after" / name for name in after]
    assert [f for f in Encord().check(paths, EncordOptions(**options)) if f.severity == "error"] == []


def test_the_heading_of_dicom_is_the_one_asked_for(tmp_path: Path) -> None:
    found = [
        files["encord.csv"].decode().splitlines()
        for heading in ("Series title", "Dicom title")
        for files in [written(tmp_path / heading, format="csv", dicom_header=heading)]
    ]
    changed = [(a, b) for a, b in zip(*found, strict=True) if a != b]
    assert changed == [("ObjectUrl,Series title", "ObjectUrl,Dicom title")]


def test_placeholders_are_urls_only_where_any_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"images":[{"objectUrl":"path/to/a.png"}],"skip_duplicate_urls":true}')
    assert [f.code for f in Encord().check([path])] == ["manifest.url_form"]
    assert Encord().check([path], EncordOptions(urls="any")) == []


def test_every_option_of_encord_is_tried_here() -> None:
    tried = {name for options, *_ in EFFECTS for name in options} | {"dicom_header", "urls"}
    assert tried == set(EncordOptions.model_fields) - set(ManifestOptions.model_fields)


def test_values_of_the_users_own_come_with_their_types(tmp_path: Path) -> None:
    found = clip(written(tmp_path))
    assert (found["site"], found["clip"]) == ("north", [0.5, 0.25])
