from typing import Any

import pytest

from labelport.manifests.contract import EmitContext
from labelport.manifests.leftover import leftover_findings
from labelport.options import ManifestOptions
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner, Row, media_row

BROKEN = media_row("a/broken.png", status="unreadable", error="It is cut.", format="png")
ROWS = [
    BROKEN,
    media_row("a/good.png"),
    media_row("a/partial.png", status="partial"),
    media_row("b/empty.png", kind="unknown", media_format="unknown", status="empty"),
    media_row("b/empty.bin", kind="unknown", media_format="unknown", status="empty"),
    media_row("b/x.zip", kind="archive", media_format="zip"),
    media_row("c/cloud.pcd", kind="pointcloud", status="truncated"),
    media_row("a/made.png", store="publish", status="unreadable"),
]


def left(rows: list[Row] | None, **options: Any) -> list[tuple[str, str]]:
    media = None if rows is None else lambda: iter(rows)
    context = EmitContext("d", open_bucket("memory://leftover"), InlineRunner, media=media)
    given = ManifestOptions(platform="any", **options)
    found = leftover_findings(
        context, given, "any_manifest", kinds=frozenset({"image"}), extensions=frozenset({".png"})
    )
    return [(f.code, f.file) for f in found]


def test_what_was_meant_as_media_is_named_and_archives_are_counted() -> None:
    assert left(ROWS) == [
        ("manifest.skipped", "a/broken.png"),
        ("manifest.skipped", "b/empty.png"),
        ("manifest.archive_not_opened", ""),
    ]


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ({"key": "b/**"}, ["b/empty.png", ""]),
        ({"kind": "image"}, ["a/broken.png"]),
        ({"format": "png"}, ["a/broken.png"]),
        ({"flags": ["irregular"]}, []),
        ({"rule": "dicom"}, []),
        ({"attributes": {"modality": "CT"}}, []),
    ],
)
def test_where_chooses_them_as_far_as_it_speaks_of_objects(where: dict[str, Any], files: list[str]) -> None:
    assert [file for _, file in left(ROWS, where=where)] == files


def test_a_sample_and_a_reader_without_all_media_say_nothing() -> None:
    assert left(ROWS, sample={"n": 1}) == []
    assert left(None) == []
