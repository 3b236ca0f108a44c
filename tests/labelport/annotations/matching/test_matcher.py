"""Names of annotation files led to the dataset's images."""

import random
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.matching import matcher as matching
from labelport.annotations.places import Places
from tests.labelport.annotations.matching.indexes import index_of_keys, led, placed

UNMATCHED, AMBIGUOUS = "name.unmatched", "name.ambiguous"


def test_an_exact_key_wins_over_all_that_end_like_it() -> None:
    keys = ["x.jpg", "train/x.jpg", "val/x.jpg"]
    assert led(keys, "x.jpg") == "x.jpg"
    assert led(keys, "val/x.jpg") == "val/x.jpg"


@pytest.mark.parametrize(
    "name",
    [
        "./train/a b.jpg",
        "train\\a b.jpg",
        ".\\train\\.\\a b.jpg",
        "train/old/../a b.jpg",
        "../../train/a b.jpg",
        "/home/me/set/train/a b.jpg",
        "C:\\Users\\me\\set\\train\\a b.jpg",
        "\\\\server\\share\\train\\a b.jpg",
        "s3://bucket/prefix/train/a b.jpg",
        "https://host/bucket/train/a b.jpg?X-Amz-Signature=1#top",
        "file:///data/train/a b.jpg",
        "a b.jpg",
    ],
)
def test_ways_to_write_a_path_lead_to_its_key(name: str) -> None:
    assert led(["train/a b.jpg", "train/c.jpg"], name) == "train/a b.jpg"


def test_a_url_is_not_percent_decoded_unless_told() -> None:
    keys = ["train/a b.jpg"]
    assert led(keys, "https://host/train/a%20b.jpg") == UNMATCHED
    assert led(keys, "https://host/train/a%20b.jpg", name_fold=["percent"]) == "train/a b.jpg"
    assert led(["a%20b.jpg"], "https://host/a%20b.jpg") == "a%20b.jpg"


def test_a_key_may_hold_what_ends_the_path_of_a_web_address() -> None:
    assert led(["a#1?.jpg"], "s3://bucket/a#1?.jpg") == "a#1?.jpg"


def test_a_key_with_a_backslash_is_found_as_it_is_written() -> None:
    assert led(["a\\b.jpg", "a/b.jpg"], "a\\b.jpg") == "a\\b.jpg"


def test_folders_that_a_relative_name_has_too_much_are_a_difference() -> None:
    assert led(["x.jpg"], "other/x.jpg") == UNMATCHED
    assert led(["train/x.jpg"], "val/x.jpg") == UNMATCHED


def test_a_place_of_its_own_must_say_which_of_two_keys_is_meant() -> None:
    keys = ["echo/a.jpg", "a.jpg"]
    assert led(keys, "s3://raw/echo/a.jpg") == AMBIGUOUS
    assert led(keys, "s3://raw/echo/a.jpg", roots=["s3://raw/echo/"]) == "a.jpg"
    assert led(keys, "s3://raw/echo/a.jpg", roots=["s3://raw"]) == "echo/a.jpg"


def test_names_may_begin_with_the_prefix_of_the_bucket() -> None:
    assert led(["a.jpg", "b/c.jpg"], "echo/b/c.jpg", roots=["s3://raw/echo/"]) == "b/c.jpg"
    assert led(["a.jpg"], "echo/a.jpg") == UNMATCHED
    assert led(["a.jpg", "echo/a.jpg"], "echo/a.jpg", roots=["s3://raw/echo/"]) == "echo/a.jpg", "exact comes first"


def test_the_end_of_a_path_leads_to_the_one_image_that_has_it() -> None:
    keys = ["train/sub/x.jpg", "val/sub/y.jpg", "val/sub/x.jpg", "train/ax.jpg"]
    assert led(keys, "train/sub/x.jpg") == "train/sub/x.jpg"
    assert led(keys, "sub/y.jpg") == "val/sub/y.jpg"
    assert led(keys, "sub/x.jpg") == AMBIGUOUS
    assert led(keys, "x.jpg") == AMBIGUOUS
    assert led(keys, "b/x.jpg") == UNMATCHED
    assert led(["train/ax.jpg"], "x.jpg") == UNMATCHED, "an end is whole folders and names"


def test_a_name_without_extension_leads_to_the_image_of_its_stem() -> None:
    assert led(["a.png", "b.png"], "a") == "a.png"
    assert led(["a.jpg", "a.png"], "a") == AMBIGUOUS
    assert led(["a.png", "sub/a.png"], "a") == "a.png", "its own folder first"
    assert led(["sub/a.png", "b.png"], "a") == "sub/a.png"
    assert led(["x/a.png", "y/a.png"], "y/a") == "y/a.png"
    assert led(["x/a.nii.gz"], "a") == "x/a.nii.gz"
    assert led(["a/IM0001", "a/IM0002.dcm"], "IM0001") == "a/IM0001"


def test_extra_dots_are_part_of_the_stem() -> None:
    keys = ["img.v2.final.jpg", "img.v2.jpg", "img.jpg", "2026.01.05.png"]
    assert led(keys, "img.v2.final") == "img.v2.final.jpg"
    assert led(keys, "img.v2") == "img.v2.jpg"
    assert led(keys, "img") == "img.jpg"
    assert led(keys, "2026.01.05") == "2026.01.05.png"
    assert led(keys, "2026.01") == UNMATCHED
    assert led(["1.2.840.113.5"], "1.2.840.113") == UNMATCHED, "a UID has no extension"
    assert led(["a.jpg.png"], "a.jpg") == UNMATCHED, "a.jpg is a whole name"


def test_another_extension_leads_somewhere_only_where_stems_are_enough() -> None:
    keys = ["train/a.png", "train/b.jpg", "val/b.png"]
    assert led(keys, "a.jpg") == UNMATCHED
    assert led(keys, "a.jpg", name_match="stem") == "train/a.png"
    assert led(keys, "b.jpg", name_match="stem") == "train/b.jpg", "its own extension first"
    assert led(keys, "b.bmp", name_match="stem") == AMBIGUOUS
    assert led(keys, "val/b.bmp", name_match="stem") == "val/b.png"


def test_exact_takes_no_end_of_a_path() -> None:
    keys = ["train/a.png", "b.png"]
    assert led(keys, "a.png", name_match="exact") == UNMATCHED
    assert led(keys, ".\\train/a.png", name_match="exact") == "train/a.png"
    assert led(keys, "b", name_match="exact") == "b.png", "a label file's name has no extension to be equal"
    assert led(keys, "a", name_match="exact") == UNMATCHED


@pytest.mark.parametrize(
    ("key", "name", "fold", "words"),
    [
        ("Train/A.JPG", "train/a.jpg", "case", "case"),
        (unicodedata.normalize("NFD", "Ä/é.jpg"), "Ä/é.jpg", "unicode", "Unicode form"),
        ("a b.jpg", "a%20b.jpg", "percent", "percent signs"),
    ],
)
def test_a_difference_is_set_aside_only_where_told_and_said(key: str, name: str, fold: str, words: str) -> None:
    assert led([key], name) == UNMATCHED
    places, findings = placed([key], [name], name_fold=["case", "unicode", "percent"])
    assert places.rows.tolist() == [0]
    assert [(found.code, found.pointer, found.value) for found in findings] == [("name.folded", "0", name)]
    assert findings[0].message.endswith(f"by setting aside {words}"), "only what made the difference"
    assert led([key], name, name_fold=[fold]) == key


def test_two_images_that_differ_by_case_alone_are_ambiguous_when_case_is_set_aside() -> None:
    assert led(["a.JPG", "A.jpg"], "a.jpg", name_fold=["case"]) == AMBIGUOUS
    assert led(["a.jpg", "A.jpg"], "a.jpg", name_fold=["case"]) == "a.jpg"


def test_label_files_are_no_images() -> None:
    keys = ["classes.txt", "sub/label.labels", "label.txt", "obj.data", "data.yaml", "classes.png", "xlabel.txt"]
    assert led(keys, "classes.txt") == UNMATCHED
    assert led(keys, "label.labels") == UNMATCHED
    assert led(keys, "classes") == "classes.png"
    assert led(keys, "xlabel.txt") == "xlabel.txt"


def test_a_later_spelling_is_used_where_the_first_leads_nowhere() -> None:
    assert led(["train/a.png"], "b", "a") == "train/a.png"
    assert led(["sub/x.jpg", "x.jpg"], "sub/x.jpg", "x.jpg") == "sub/x.jpg"
    assert led(["train/sub/x.jpg", "x.jpg"], "sub/x.jpg", "x.jpg") == "train/sub/x.jpg", "the first counts most"
    assert led(["a.png"], "b", "c") == UNMATCHED


def test_a_later_spelling_chooses_among_the_images_that_fit_the_first() -> None:
    keys = ["train/x.jpg", "val/x.jpg", "y.jpg"]
    assert led(keys, "x.jpg", "val/x") == "val/x.jpg"
    assert led(keys, "x.jpg", "y") == AMBIGUOUS, "and takes no other"


def test_spellings_are_folded_after_all_were_tried_as_they_are() -> None:
    assert led(["A.png", "b.png"], "a", "b", name_fold=["case"]) == "b.png"


def test_a_name_on_a_rendition_leads_back_to_its_source() -> None:
    index = index_of_keys(
        "clip.mp4",
        "renditions/frames/video-abc/000007.jpg",
        store=["raw", "publish"],
        series_id=["video-abc", "video-abc"],
        item_index=[0, 0],
        frame=[None, 7],
        rendition_of=[None, "clip.mp4"],
        width=[1920, 640],
        height=[1080, 360],
    )
    places, findings = placed(index, ["video-abc/000007.jpg", "clip.mp4"])
    assert not findings
    columns = ["store", "key", "frame", "rendition_of"]
    assert [places.column(name).to_pylist() for name in columns] == [
        ["publish", "raw"],
        ["renditions/frames/video-abc/000007.jpg", "clip.mp4"],
        [7, None],
        ["clip.mp4", None],
    ]
    assert places.sizes().tolist() == [[640, 360], [1920, 1080]]


def test_a_name_means_the_whole_object_where_its_frames_are_in_the_index_as_well() -> None:
    index = index_of_keys("a.dcm", "a.dcm", "a.dcm", frame=[0, None, 1])
    assert placed(index, ["a.dcm"])[0].rows.tolist() == [1]
    assert placed(index, ["a.dcm"] * 2000)[0].rows.tolist() == [1] * 2000
    only_frames = index_of_keys("a.dcm", "a.dcm", frame=[0, 1])
    assert [found.code for found in placed(only_frames, ["a.dcm"])[1]] == [AMBIGUOUS]


def test_an_ambiguous_name_is_told_with_the_images_that_fit() -> None:
    keys = [f"f{number}/x.jpg" for number in range(7)]
    _, (found,) = placed(keys, ["x.jpg"])
    assert found.message == "7 images fit: f0/x.jpg, f1/x.jpg, f2/x.jpg, f3/x.jpg, f4/x.jpg and 2 more"
    assert found.value == "x.jpg"


def test_an_unmatched_name_is_told_with_the_nearest_one() -> None:
    few = ["tray/0007.png", "tray/0008.png", "readme.pdf"]
    many = [*few, *(f"other/{number:05d}.tif" for number in range(1000))]
    for keys in (few, many):
        _, (found,) = placed(keys, ["0007.pgn"])
        assert (found.code, found.file, found.pointer, found.value) == (UNMATCHED, "labels.json", "0", "0007.pgn")
        assert found.hint.startswith("The nearest name is tray/0007.png. ")
    _, (found,) = placed(few, ["something else"])
    assert "nearest" not in found.hint
    _, (found,) = placed(few, ["0007.pgn", "z"][:1], [["b", "c"]])
    assert found.message == "no image of the dataset has this name, nor b or c"


def test_every_name_that_leads_nowhere_is_listed_or_counted() -> None:
    keys = ["a/x.jpg", "b/x.jpg"]
    names = ["none.jpg"] * 1500 + ["x.jpg"] * 1500
    for asked in (names, names[1495:1505]):
        _, findings = placed(keys, asked)
        for code in (UNMATCHED, AMBIGUOUS):
            assert sum(found.count for found in findings if found.code == code) == sum(
                name == ("none.jpg" if code == UNMATCHED else "x.jpg") for name in asked
            )


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "/",
        "..",
        "./",
        "\\",
        "a" * 5000,
        "/".join("a" * 2500),
        "\0",
        "\ud800.jpg",
        "a.jpg\n",
        "s3://",
        "https://h",
        "C:",
    ],
)
def test_names_that_are_none_lead_nowhere(name: str) -> None:
    for options in ({}, {"name_match": "stem", "name_fold": ["case", "unicode", "percent"]}):
        assert led(["a.jpg", "C", ".jpg"], name, **options) == UNMATCHED
        places, findings = placed(["a.jpg"], [name] * 1001, **options)
        assert (places.rows < 0).all()
        assert sum(found.count for found in findings) == 1001


def test_an_empty_index_matches_nothing_and_says_so() -> None:
    places, findings = placed([], ["a.jpg"])
    assert places.asked
    assert [found.code for found in findings] == [UNMATCHED]
    assert (placed([], ["a.jpg"] * 1001)[0].rows < 0).all()
    assert len(placed(["a.jpg"], [])[0].rows) == 0


def test_names_may_be_columns() -> None:
    index = index_of_keys("a.jpg", "b.jpg")
    for names in (pa.array(["b.jpg", None, "a.jpg"]), pa.chunked_array([["b.jpg"], [None, "a.jpg"]])):
        assert placed(index, names)[0].rows.tolist() == [1, -1, 0]


NAMES = st.sampled_from(
    ["x.jpg", "x.png", "X.JPG", "x", "y.v2.jpg", "y.v2", "é.jpg", "e\u0301.jpg", "a%20b.jpg", "a b.jpg", "z"]
)
FOLDERS = st.lists(st.sampled_from(["a", "b", "A", "..", ".", "", "c d"]), max_size=3)
KEYS = st.builds(lambda folders, name: "/".join([*(f for f in folders if f not in (".", "..")), name]), FOLDERS, NAMES)
ASKED = st.one_of(
    KEYS,
    st.builds(
        lambda before, folders, name: before + "/".join([*folders, name]),
        st.sampled_from(["", "/", "./", "s3://b/", "C:/"]),
        FOLDERS,
        NAMES,
    ),
    st.text(max_size=6),
)
OPTIONS = st.fixed_dictionaries(
    {
        "name_match": st.sampled_from(["suffix", "exact", "stem"]),
        "name_fold": st.lists(st.sampled_from(["case", "unicode", "percent"]), unique=True),
        "roots": st.sampled_from([[], ["s3://b/a/"], ["/a/b", "https://h/c%20d"]]),
    }
)


def _keys(places: Places) -> list[str | None]:
    keys: list[str | None] = places.column("key").to_pylist()
    return keys


@settings(max_examples=80, deadline=None)
@given(st.lists(KEYS, unique=True, max_size=8), st.lists(ASKED, min_size=1, max_size=8), OPTIONS, st.randoms())
def test_the_order_of_keys_and_names_is_of_no_consequence(
    keys: list[str], names: list[str], options: dict[str, Any], dice: random.Random
) -> None:
    found = dict(zip(names, _keys(placed(keys, names, **options)[0]), strict=True))
    shuffled, others = dice.sample(keys, len(keys)), dice.sample(names, len(names))
    places, findings = placed(shuffled, others, **options)
    assert dict(zip(others, _keys(places), strict=True)) == found
    told = {int(each.pointer) for each in findings if each.code != "name.folded"}
    assert told == {number for number, name in enumerate(others) if found[name] is None}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(KEYS, max_size=8), st.lists(st.tuples(ASKED, st.lists(ASKED, max_size=2)), min_size=1, max_size=8), OPTIONS
)
def test_many_names_lead_where_each_leads_by_itself(
    keys: list[str], asked: list[tuple[str, list[str]]], options: dict[str, Any]
) -> None:
    names, others = [name for name, _ in asked], [more for _, more in asked]
    index = index_of_keys(*keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MANY", 1)
        together, said_together = placed(index, names, others, **options)
        patch.setattr(matching, "MANY", 1000)
        apart, said = placed(index, names, others, **options)
    assert together.rows.tolist() == apart.rows.tolist()
    assert said_together == said


def _naive(keys: Sequence[str], name: str) -> str | None:
    """The rule of levels 1 to 4 for relative names as the specification says it, key by key."""
    media = (".jpg", ".png")

    def ends(key: str) -> bool:
        return f"/{key}".endswith(f"/{name}")

    def stem(key: str) -> str:
        return key[:-4] if key.lower().endswith(media) and key.rsplit("/", 1)[-1].lower() not in media else ""

    levels = [[key for key in keys if key == name], [key for key in keys if ends(key)]]
    if not name.lower().endswith(media):
        levels += [[key for key in keys if stem(key) == name], [key for key in keys if stem(key) and ends(stem(key))]]
    for fitting in levels:
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


@settings(max_examples=150, deadline=None)
@given(st.lists(KEYS, unique=True, max_size=10), KEYS)
def test_the_levels_are_those_of_the_specification(keys: list[str], name: str) -> None:
    name = name.lstrip("/")
    assert _keys(placed(keys, [name])[0]) == [_naive(keys, name)]


@settings(max_examples=50, deadline=None)
@given(st.lists(KEYS, unique=True, min_size=1, max_size=8), st.text("pqr", min_size=1, max_size=3))
def test_a_folder_above_all_keys_changes_no_answer(keys: list[str], folder: str) -> None:
    names = [key.lstrip("/") for key in keys if key.strip("/")]
    below = [key.lstrip("/") for key in keys]
    if len(set(below)) < len(below):
        return
    plain = placed(below, names)[0].rows
    moved = placed([f"{folder}/{key}" for key in below], [f"{folder}/{name}" for name in names])[0].rows
    assert np.array_equal(plain, moved)


def test_a_name_may_say_a_frame_of_its_object() -> None:
    keys = ["a/scan.nii.gz", "a/b#frame=3"]
    names = ["scan.nii.gz#frame=12", "a/scan.nii.gz", "a/b#frame=3", "gone.nii#frame=1", "scan#frame=0"]
    found, _ = placed(keys, names)
    assert found.column("key").to_pylist() == ["a/scan.nii.gz", "a/scan.nii.gz", "a/b#frame=3", None, "a/scan.nii.gz"]
    assert found.column("frame").to_pylist() == [12, None, None, 1, 0]
