"""Keys that belong together by their names."""

from hypothesis import given
from hypothesis import strategies as st

from labelport.series.nifti.names import (
    half_stem,
    halves_of,
    image_keys,
    is_header,
    is_other_half,
    label_keys,
    volume_name,
)

EXTENSIONS = st.sampled_from(
    [".nii", ".nii.gz", ".NII", ".NII.GZ", ".Nii", ".hdr", ".hdr.gz", ".HDR", ".HDR.GZ", ".Hdr", ".img", ".nii.bz2", ""]
)
STEMS = st.sampled_from(["a", "x/a", "a.b", "A", "", "a_seg", "a_SEG", "a_Seg", "x.nii/a"])
KEYS = st.builds("{}{}".format, STEMS, EXTENSIONS)


@given(KEYS)
def test_an_image_names_the_labels_that_name_it(key: str) -> None:
    assert all(key in image_keys(label) for label in label_keys(key))
    assert all(key in label_keys(image) for image in image_keys(key))


@given(KEYS)
def test_the_halves_of_a_pair_name_each_other(key: str) -> None:
    for other in halves_of(key)[:1]:
        assert key in halves_of(other)
        assert half_stem(key) == half_stem(other)
        assert is_header(key) != is_header(other)
        assert is_other_half(key) == is_header(other)


def test_a_name_is_a_stem_and_an_extension_of_volumes() -> None:
    assert volume_name("x.nii/a.b.NII.gz") == ("x.nii/a.b", ".NII.gz")
    assert volume_name("a.img") == ("a.img", "")
    assert halves_of("a.nii") == label_keys("a.txt") == image_keys("a_seg.txt") == image_keys("a.nii") == []
    assert len(label_keys("a.nii.gz")) == 16
