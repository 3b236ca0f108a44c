from typing import Any

import pytest

from labelport.manifests.contract import Series
from labelport.manifests.reading import MEDIA_COLUMNS, TableSeries
from labelport.manifests.rendered import Rendition, rendition_media
from labelport.manifests.replacing import Lack, replaced
from labelport.testing.manifest import Prefix, Row, media_row


def dicom(key: str, **given: Any) -> Row:
    return media_row(key, kind="dicom", media_format="dicom", frames=1, **given)


def sound(key: str) -> Row:
    return media_row(key, kind="audio", media_format="wav")


def clip(key: str, frames: int) -> Row:
    return media_row(key, kind="video", media_format="mp4", frames=frames)


def tried(prefix: Prefix, *, sounds_have_pictures: bool = False) -> Series | list[Lack]:
    """Return the only series of a prefix with its renditions, or what it lacks."""
    (series,) = TableSeries(prefix.series, prefix.items, prefix.media)
    rows = [Rendition(*(row[field] for field in Rendition._fields)) for row in prefix.renditions]
    found = replaced(series, rows, sounds_have_pictures=sounds_have_pictures)
    return found if isinstance(found, list) else found.series


def shown(prefix: Prefix, **given: Any) -> Series:
    found = tried(prefix, **given)
    assert isinstance(found, Series), found
    return found


def lacking(prefix: Prefix, **given: Any) -> list[tuple[int, str]]:
    found = tried(prefix, **given)
    assert isinstance(found, list)
    return [(lack.item.row["index"], lack.why) for lack in found]


def table(series: Series, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(item.row[column] for column in columns) for item in series.items]


def stack(*windows: str | None, kind: str = "stack", slices: int = 2) -> Prefix:
    prefix = Prefix()
    rows = [dicom(f"ct/{number}.dcm") for number in range(slices)]
    identity = prefix.add("ct", rows, kind=kind, rule="dicom", width=512, height=512)
    for index, row in enumerate(rows):
        for window in windows:
            prefix.render(identity, index, row, f"{index}_{window}.png", kind="window", version=window)
    return prefix


def test_several_windows_come_by_index_then_version_and_belong_to_the_first() -> None:
    series = shown(stack("w10", "w2", "bone"))
    assert table(series, "index", "version", "of_index") == [
        (0, "bone", None),
        (1, "w2", 0),
        (2, "w10", 0),
        (3, "bone", None),
        (4, "w2", 3),
        (5, "w10", 3),
    ]
    assert (series.row["kind"], series.row["items"]) == ("versions", 6)


@pytest.mark.parametrize(
    ("kind", "slices", "windows", "wanted"),
    [
        ("stack", 3, ("lung",), "frames"),
        ("stack", 1, ("lung",), "frames"),
        ("volume4d", 2, (None,), "frames"),
        ("stack", 2, ("lung", "bone"), "versions"),
        ("single", 1, ("lung",), "single"),
        ("single", 1, ("lung", "bone"), "versions"),
        ("versions", 2, (None,), "versions"),
        ("table", 2, (None,), "table"),
    ],
)
def test_the_kind_of_the_series_is_that_of_what_it_shows(
    kind: str, slices: int, windows: tuple[str | None, ...], wanted: str
) -> None:
    assert shown(stack(*windows, kind=kind, slices=slices)).row["kind"] == wanted


@pytest.mark.parametrize(
    ("kind", "frames", "wanted"),
    [
        ("frames", 1, "frames"),
        ("single", 1, "single"),
        ("single", 2, "frames"),
        ("cine", 5, "frames"),
        ("volume", 3, "frames"),
        ("table", 2, "frames"),
    ],
)
def test_an_object_of_several_frames_makes_a_series_of_frames(kind: str, frames: int, wanted: str) -> None:
    prefix = Prefix()
    row = clip("a.mp4", frames)
    identity = prefix.add("a", [row], kind=kind)
    for number in range(frames):
        prefix.render(identity, 0, row, f"{number}.jpg", source_frame=number)
    series = shown(prefix)
    assert series.row["kind"] == wanted
    assert table(series, "series_id", "index") == [(identity, number) for number in range(frames)]


def test_size_and_number_of_items_are_those_of_the_pictures() -> None:
    prefix = stack(None)
    assert (shown(prefix).row["width"], shown(prefix).row["height"]) == (8, 6)
    prefix.renditions[1]["width"] = 9
    assert (shown(prefix).row["width"], shown(prefix).row["height"]) == (None, None)


def test_a_frame_that_a_table_chose_is_replaced_by_the_picture_of_that_frame() -> None:
    prefix = Prefix()
    row = clip("a.mp4", 9)
    identity = prefix.add("a", [], kind="frames", rule="table")
    for index, frame in enumerate((7, 2)):
        prefix.add_item(identity, index, row, frame=frame, label_this=frame == 2, notes=[("side", f"L{frame}")])
    for frame in (2, 5, 7):
        prefix.render(identity, 0, row, f"{frame}.jpg", source_frame=frame, pts_s=frame / 10)
    series = shown(prefix)
    assert table(series, "index", "frame", "pts_s", "label_this", "notes") == [
        (0, 7, 0.7, False, [("side", "L7")]),
        (1, 2, 0.2, True, [("side", "L2")]),
    ]


def test_what_is_known_of_a_slice_stays_with_its_picture() -> None:
    prefix = Prefix()
    identity = prefix.add("ct", [], kind="stack")
    row = dicom("ct/0.dcm")
    prefix.add_item(identity, 0, row, position_mm=-3.5, time_index=2, channel="TE 5", pts_s=1.5, version="early")
    prefix.render(identity, 0, row, "0.png", version="header")
    (item,) = shown(prefix).items
    kept = ("position_mm", "time_index", "channel", "pts_s", "version")
    assert [item.row[column] for column in kept] == [-3.5, 2, "TE 5", 1.5, "early"]


def test_context_keeps_its_object_unless_a_rendition_was_made_and_moves_with_its_item() -> None:
    prefix = Prefix()
    rows = [clip(f"{n}.mp4", 2) for n in range(2)]
    identity = prefix.add("a", rows, kind="table")
    plain, rendered, mask = media_row("map.png"), dicom("scout.dcm"), dicom("mask.dcm")
    prefix.add_item(identity, 0, plain, role="context", of_index=1)
    prefix.add_item(identity, 1, rendered, role="context", of_index=0)
    prefix.add_item(identity, 0, mask, role="label")
    for index, row in enumerate(rows):
        for frame in range(2):
            prefix.render(identity, index, row, f"{index}-{frame}.jpg", source_frame=frame)
    prefix.render(identity, 0, rendered, "scout.png", kind="window")
    series = shown(prefix)
    beside = [item for item in series.items if item.row["role"] != "image"]
    assert [(i.row["role"], i.row["index"], i.row["store"], i.row["key"], i.row["of_index"]) for i in beside] == [
        ("context", 0, "raw", "map.png", 2),
        ("label", 0, "raw", "mask.dcm", None),
        ("context", 1, "publish", f"renditions/shown/{identity}/scout.png", 0),
    ]


def test_context_whose_rendition_failed_leaves_the_series_out_and_is_never_shown_as_it_is() -> None:
    prefix = stack(None, slices=1)
    scout = dicom("scout.dcm")
    prefix.add_item(prefix.series[0]["series_id"], 0, scout, role="context")
    prefix.render(prefix.series[0]["series_id"], 0, scout, "s.png", status="blocked", error="Burned-in text.")
    assert lacking(prefix) == [(0, "the one is blocked: Burned-in text")]


def test_a_recording_is_shown_with_its_spectrogram() -> None:
    prefix = Prefix()
    row = sound("a.wav")
    identity = prefix.add("a", [row])
    prefix.render(identity, 0, row, "a.png", kind="spectrogram")
    series = shown(prefix, sounds_have_pictures=True)
    assert series.row["kind"] == "audio_image"
    assert table(series, "index", "role", "store", "of_index", "label_this") == [
        (0, "audio", "raw", None, True),
        (0, "context", "publish", 0, False),
    ]
    assert series.row["items"] == 1


def test_a_recording_keeps_its_picture_unless_a_spectrogram_was_made_in_its_place() -> None:
    prefix = Prefix()
    row = sound("a.wav")
    identity = prefix.add("a", [row], kind="audio_image")
    prefix.add_item(identity, 0, media_row("a.jpg"), role="context", of_index=0)
    assert lacking(prefix) == [(0, "none was made of its object")]
    assert [item.row["key"] for item in shown(prefix, sounds_have_pictures=True).items] == ["a.wav", "a.jpg"]
    prefix.render(identity, 0, row, "a.png", kind="spectrogram")
    keys = [item.row["key"] for item in shown(prefix, sounds_have_pictures=True).items]
    assert keys == ["a.wav", f"renditions/shown/{identity}/a.png"]


@pytest.mark.parametrize("row", [sound("a.wav"), media_row("a.png")])
def test_what_has_no_spectrogram_and_no_picture_of_its_sound_is_left_out(row: Row) -> None:
    prefix = Prefix()
    identity = prefix.add("a", [row])
    if row["kind"] == "image":
        prefix.add_item(identity, 0, media_row("map.jpg"), role="context", of_index=0)
    assert lacking(prefix, sounds_have_pictures=True) == [(0, "none was made of its object")]


def test_indices_with_a_gap_are_left_as_they_are_so_that_lost_slices_stay_seen() -> None:
    prefix = stack(None, slices=3)
    del prefix.items[1]
    assert table(shown(prefix), "index") == [(0,), (2,)]


def test_context_of_several_frames_counts_anew() -> None:
    prefix = stack(None, slices=1)
    identity = prefix.series[0]["series_id"]
    scout = dicom("scout.dcm")
    prefix.add_item(identity, 0, scout, role="context", of_index=0)
    prefix.add_item(identity, 1, media_row("map.png"), role="context", of_index=0)
    for frame in range(2):
        prefix.render(identity, 0, scout, f"s{frame}.png", source_frame=frame)
    beside = [item.row for item in shown(prefix).items if item.row["role"] == "context"]
    assert [(row["index"], row["key"].rsplit("/", 1)[-1]) for row in beside] == [
        (0, "s0.png"),
        (1, "s1.png"),
        (2, "map.png"),
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"source_token": "old"}, "the one of frame 1 was made of other content than the object has now"),
        ({"status": "failed", "error": "Cut short."}, "the one of frame 1 is failed: Cut short"),
        ({"status": "blocked"}, "the one of frame 1 is blocked"),
        ({"md5": None}, "the row of the one of frame 1 does not say its size or checksum"),
        ({"width": 0}, "the row of the one of frame 1 does not say its size or checksum"),
        ({"source_frame": 2}, "there are 2 of one frame and version (frame 2)"),
        ({"source_key": "b.mp4"}, None),
    ],
)
def test_a_picture_that_cannot_be_used_is_said_with_its_frame(change: dict[str, Any], why: str | None) -> None:
    prefix = Prefix()
    row = clip("a.mp4", 3)
    identity = prefix.add("a", [row], kind="frames")
    for number in range(3):
        prefix.render(identity, 0, row, f"{number}.jpg", source_frame=number)
    prefix.renditions[1] |= change
    if why is None:
        assert [item.row["frame"] for item in shown(prefix).items] == [0, 2]
    else:
        assert lacking(prefix) == [(0, why)]


def test_an_item_that_lacks_a_version_of_the_others_is_named() -> None:
    prefix = stack("lung", "bone", slices=3)
    del prefix.renditions[3]
    assert lacking(prefix) == [(1, "it has 1 of 2 versions")]


def test_windows_that_were_chosen_for_each_item_may_have_other_names() -> None:
    prefix = stack("header", slices=2)
    prefix.renditions[1]["version"] = "percentile"
    assert shown(prefix).row["kind"] == "frames"


def test_the_media_row_of_a_rendition_is_of_a_good_picture_with_all_common_columns() -> None:
    prefix = stack(None, slices=1)
    prefix.media[0]["phi_risk"] = "high"
    (item,) = shown(prefix).items
    assert item.media.keys() == set(MEDIA_COLUMNS)
    wanted = {"store": "publish", "token": prefix.renditions[0]["md5"], "size": 90, "format": "png", "phi_risk": "high"}
    assert wanted.items() <= item.media.items()


@pytest.mark.parametrize(
    ("key", "media_format", "mime_type"),
    [("a.png", "png", "image/png"), ("a.JPG", "jpeg", "image/jpeg"), ("a.b", "b", None), ("a", None, None)],
)
def test_the_format_of_a_rendition_goes_by_its_name(key: str, media_format: str | None, mime_type: str | None) -> None:
    nothing: dict[str, Any] = dict.fromkeys(Rendition._fields)
    media = rendition_media(Rendition(**{**nothing, "key": key}), {})
    assert (media["format"], media["mime_type"], media["kind"]) == (media_format, mime_type, "image")
