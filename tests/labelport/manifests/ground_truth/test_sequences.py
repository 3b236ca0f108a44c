from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.ground_truth.sequences import Frames, first_out_of_order, frames_below

NAMES = st.text(st.sampled_from("ab/é🫀."), min_size=1, max_size=8)


def test_frames_of_one_folder_are_named_below_it() -> None:
    assert frames_below(["s3://b/us/f0.png", "s3://b/us/f1.png"]) == Frames("s3://b/us/", ("f0.png", "f1.png"))


def test_a_name_that_begins_like_another_is_no_folder() -> None:
    assert frames_below(["s3://b/us/f", "s3://b/us/f1"]) == Frames("s3://b/us/", ("f", "f1"))


def test_frames_of_several_folders_are_named_below_the_longest_common_one() -> None:
    frames = frames_below(["s3://b/us/left/1.png", "s3://b/us/left2/1.png"])
    assert frames == Frames("s3://b/us/", ("left/1.png", "left2/1.png"))


def test_the_root_of_a_bucket_is_a_prefix_and_two_buckets_have_none() -> None:
    assert frames_below(["s3://b/1.png", "s3://b/x/2.png"]) == Frames("s3://b/", ("1.png", "x/2.png"))
    assert frames_below(["s3://b/1.png", "s3://bb/1.png"]) is None


def test_an_object_that_is_called_like_a_folder_keeps_a_name() -> None:
    assert frames_below(["s3://b/us/", "s3://b/us/1.png"]) == Frames("s3://b/", ("us/", "us/1.png"))


@given(keys=st.lists(NAMES, min_size=1, max_size=5))
def test_prefix_and_name_are_the_address_again(keys: list[str]) -> None:
    uris = [f"s3://b/{key}" for key in keys]
    frames = frames_below(uris)
    assert frames is not None
    assert [frames.prefix + name for name in frames.names] == uris
    assert frames.prefix.endswith("/")
    assert all(frames.names)


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=6))
def test_the_order_is_that_of_the_bytes_in_utf_8(names: list[str]) -> None:
    encoded = [name.encode() for name in names]
    in_order = encoded == sorted(set(encoded))
    assert (first_out_of_order(names) is None) is in_order
