from typing import Any

from labelport.manifests.reading import TableSeries
from labelport.manifests.renditions import RenditionSeries, SortedRenditions
from labelport.testing.manifest import USE, Prefix, Row, media_row


def clip(key: str) -> Row:
    return media_row(key, kind="video", media_format="mp4", frames=30)


def rendered(rows: list[Row], frames: list[int], **given: Any) -> Prefix:
    """Return one series of these videos with pictures of some of their frames."""
    prefix = Prefix()
    identity = prefix.add("a", rows, kind="frames", **given)
    for index, row in enumerate(rows):
        for frame in frames:
            prefix.render(identity, index, row, f"{index}-{frame}.jpg", source_frame=frame)
    return prefix


def labelled(prefix: Prefix) -> tuple[list[bool], dict[str, str], list[str]]:
    """Return ``label_this`` of each item, the metadata of the series, and the codes of what was said."""
    with SortedRenditions(iter(prefix.renditions), USE) as rows:
        reader = RenditionSeries(
            TableSeries(prefix.series, prefix.items, prefix.media), rows, name=USE, stage="made_manifest"
        )
        (series,) = reader
        said = [f"{f.code} {f.count}" for f in reader.findings()]
    return [item.row["label_this"] for item in series.items], dict(series.row["metadata"]), said


def test_key_frames_of_a_video_say_which_pictures_to_label_and_are_counted_as_the_pictures_are() -> None:
    prefix = rendered([clip("a.mp4")], [0, 10, 20], metadata=[("keyframes:peak", "[10,20]"), ("notes:site", "north")])
    assert labelled(prefix) == ([False, True, True], {"keyframes:peak": "[1,2]", "notes:site": "north"}, [])


def test_a_key_frame_of_which_there_is_no_picture_is_told() -> None:
    prefix = rendered([clip("a.mp4")], [0, 10], metadata=[("keyframes:peak", "[5,10]")])
    assert labelled(prefix) == (
        [False, True],
        {"keyframes:peak": "[1]"},
        ["manifest.key_frame_not_shown 1"],
    )


def test_values_of_the_one_video_become_values_of_the_series_and_notes_stay_on_each_frame() -> None:
    prefix = rendered([clip("a.mp4")], [0, 10], metadata=[("client_metadata:age", "1"), ("client_metadata:sex", '"f"')])
    prefix.items[0]["notes"] = [("client_metadata:age", "54"), ("keyframes:peak", "[10]"), ("notes:site", "north")]
    flags, metadata, _ = labelled(prefix)
    assert flags == [False, True]
    assert metadata == {"client_metadata:age": "54", "client_metadata:sex": '"f"', "keyframes:peak": "[1]"}
    with SortedRenditions(iter(prefix.renditions), USE) as rows:
        (series,) = RenditionSeries(
            TableSeries(prefix.series, prefix.items, prefix.media), rows, name=USE, stage="made_manifest"
        )
    assert [item.row["notes"] for item in series.items] == [[("notes:site", "north")]] * 2


def test_key_frames_of_several_videos_are_counted_over_all_their_pictures() -> None:
    prefix = rendered([clip("a.mp4"), clip("b.mp4")], [0, 10])
    prefix.items[1]["notes"] = [("keyframes:peak", "[0]")]
    assert labelled(prefix) == ([True, True, True, False], {"keyframes:peak": "[2]"}, [])


def test_key_frames_that_number_the_items_of_a_series_move_with_them() -> None:
    prefix = rendered([clip("a.mp4"), clip("b.mp4")], [0, 10], metadata=[("keyframes:peak", "[1]")])
    assert labelled(prefix) == ([True] * 4, {"keyframes:peak": "[2]"}, [])


def test_a_video_that_is_shown_only_has_no_frame_to_label() -> None:
    prefix = rendered([clip("a.mp4")], [0, 10], metadata=[("keyframes:peak", "[10]")])
    prefix.items[0]["label_this"] = False
    assert labelled(prefix)[0] == [False, False]


def test_where_each_object_has_one_picture_all_values_stay_where_they_are() -> None:
    prefix = Prefix()
    rows = [media_row(f"{n}.dcm", kind="dicom") for n in range(2)]
    identity = prefix.add("a", rows, kind="stack", metadata=[("keyframes:peak", "[1]")])
    prefix.items[0]["notes"] = [("client_metadata:age", "54")]
    for index, row in enumerate(rows):
        prefix.render(identity, index, row, f"{index}.png")
    assert labelled(prefix) == ([True, True], {"keyframes:peak": "[1]"}, [])
