"""What a series holds, from the rows of its items; emitters show the rest of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from labelport.manifests.contract import Item, Series
from labelport.manifests.holding import NO_PICTURE, Holding, held, meant_as
from labelport.manifests.intake import Intake, uri_faults
from labelport.manifests.kinds import NotTaken
from labelport.testing.manifest import Prefix, Row
from tests.labelport.manifests.encord.prefixes import dicom, image, nifti, sound, video

ALL = frozenset({"image", "video", "audio", "dicom", "nifti"})


def judged(
    rows: Sequence[Row], *, kind: str = "table", taken: frozenset[str] = ALL, context: Sequence[Row] = (), **given: Any
) -> tuple[Holding | None, dict[str, str]]:
    """Return what is held, and the findings: code by file or place."""
    prefix = Prefix()
    identity = prefix.add("x", [], kind=kind)
    for index, row in enumerate(rows):
        prefix.add_item(
            identity, index, row, role=row["kind"] if row["kind"] in {"audio", "video"} else "image", **given
        )
    for row in context:
        prefix.add_item(identity, 0, row, role="context", of_index=0)
    media = {row["key"]: row for row in prefix.media}
    series = Series(prefix.series[0], tuple(Item(row, media[row["key"]]) for row in prefix.items))
    intake = Intake("m_manifest", lambda _, key: key, uri_faults, NotTaken("p", "m", "m_manifest"))
    found = held(series, intake, taken)
    return found, {f.file or f.pointer: f.code for f in intake.findings()}


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([image("a.png"), image("b.png")], "image"),
        ([video("a.mp4")], "video"),
        ([dicom("a.dcm")], "dicom"),
        ([nifti("a.nii")], "nifti"),
    ],
)
def test_objects_of_one_kind_are_held_in_their_order(rows: list[Row], kind: str) -> None:
    found, said = judged(rows)
    assert found is not None
    assert (found.kind, [item.row["key"] for item in found.items]) == (kind, [row["key"] for row in rows])
    assert said == {}


def test_pictures_belong_to_recordings_only() -> None:
    found, _ = judged([sound("a.wav")], context=[image("p.png"), video("v.mp4")])
    assert found is not None
    assert ([item.row["key"] for item in found.pictures], found.context) == (["p.png"], True)
    found, _ = judged([image("a.png")], context=[image("p.png")])
    assert found is not None
    assert (found.pictures, found.context) == ((), True)


@pytest.mark.parametrize(
    ("rows", "given", "said"),
    [
        ([], {}, {"kind=series without items": "manifest.kind_not_taken"}),
        ([image("a.png"), image("b.png", status="truncated")], {}, {"b.png": "manifest.skipped"}),
        ([image("a.png"), video("b.mp4")], {}, {"b.mp4": "manifest.wrong_type"}),
        ([dicom("a.dcm")], {"taken": frozenset({"image"})}, {"kind=dicom": "manifest.needs_rendition"}),
        (
            [dicom("a.dcm")],
            {"taken": frozenset({"image"}), "kind": "stack"},
            {"kind=stack": "manifest.needs_rendition"},
        ),
        ([dicom("a.dcm", frames=None)], {"kind": "stack"}, {f"kind={NO_PICTURE}": "manifest.kind_not_taken"}),
        ([video("a.mp4")], {"frame": 7}, {"kind=single frames of a file": "manifest.needs_rendition"}),
        ([image("a.tif", format="tiff")], {"frame": 1}, {"kind=single frames of a file": "manifest.needs_rendition"}),
    ],
)
def test_what_is_left_out_is_said(rows: list[Row], given: dict[str, Any], said: dict[str, str]) -> None:
    assert judged(rows, **given) == (None, said)


def test_frames_of_a_dicom_file_and_renditions_of_frames_are_held() -> None:
    assert judged([dicom("a.dcm", frames=9)], frame=7)[0] is not None
    assert judged([image("a.png", store="publish")], frame=7)[0] is not None


def test_of_several_recordings_each_has_its_own_pictures_and_those_of_all() -> None:
    found, _ = judged([sound("a.wav"), sound("b.wav")], context=[image("p.png")])
    assert found is not None
    assert [found.shown_with(number) for number in range(2)] == [[0], []]
    everybody = replace(found.pictures[0], row={**found.pictures[0].row, "of_index": None})
    assert [replace(found, pictures=(everybody,)).shown_with(number) for number in range(2)] == [[0], [0]]


def test_a_bad_picture_leaves_the_recording_out() -> None:
    assert judged([sound("a.wav")], context=[image("p.png", status="empty")]) == (None, {"p.png": "manifest.skipped"})


def test_extensions_say_what_a_broken_object_was_meant_as() -> None:
    assert meant_as({"dicom", "nifti", "text"}) == {".dcm", ".dicom", ".nii", ".nii.gz"}
