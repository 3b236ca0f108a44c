"""What a name says."""

import pytest

from labelport.probing.extensions import extension_of, head_bytes


@pytest.mark.parametrize(
    ("key", "extension"),
    [("a/b.JPG", ".JPG"), ("a.b/c", ""), ("Brain.NII.gz", ".NII.gz"), (".hidden", ""), ("", ""), ("x.İ", ".i̇")],
)
def test_the_extension_is_what_is_written(key: str, extension: str) -> None:
    assert extension_of(key) == extension


def test_a_name_says_how_much_is_fetched_first() -> None:
    keys = ("a.dcm", "a.JPG", "a.mp4", "a.nii.gz", "a", "a.what")
    assert [head_bytes(key) >> 10 for key in keys] == [16, 32, 64, 4, 16, 16]
