"""Names that pair a recording with its picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.series.audio_image.naming import LEVELS, Naming, without_extension

BESIDE = Naming(None, "path")
BELOW = Naming("pics/", "path")
BY_STEM = Naming("pics/", "stem")
KEYS = (
    st.lists(st.sampled_from(["rec", "pics", "a", "b.c", ".", ""]), min_size=1, max_size=4)
    .map("/".join)
    .flatmap(lambda folder: st.sampled_from(["", ".wav", ".png", ".wav.png"]).map(lambda ending: folder + ending))
)


@pytest.mark.parametrize(
    ("naming", "recording", "picture", "level"),
    [
        (BESIDE, "rec/a.wav", "rec/a.png", "beside"),
        (BESIDE, "rec/a.wav", "rec/a.wav.png", "beside"),
        (BESIDE, "a", "a.png", "beside"),
        (BELOW, "rec/a.wav", "pics/rec/a.png", "below"),
        (BELOW, "rec/a.wav", "pics/rec/a.wav.png", "below"),
        (BELOW, "pics/a.wav", "pics/a.png", "beside"),
        (BY_STEM, "rec/x/a.wav", "pics/y/a.png", "below"),
        (BY_STEM, "rec/x/a.wav", "pics/y/a.wav.png", "below"),
        (BY_STEM, "rec/x/a.wav", "rec/x/a.png", "beside"),
    ],
)
def test_a_picture_fits_at_one_level(naming: Naming, recording: str, picture: str, level: str) -> None:
    assert [one for one in LEVELS if naming.fits(picture, recording, one)] == [level]


@pytest.mark.parametrize(
    ("naming", "recording", "picture"),
    [
        (BESIDE, "rec/a.wav", "rec/a.b.png"),
        (BESIDE, "rec/a.wav", "other/a.png"),
        (BESIDE, "rec/a.wav", "pics/rec/a.png"),
        (BESIDE, "rec/a.wav", "rec/A.png"),
        (BELOW, "rec/a.wav", "pics/a.png"),
        (BELOW, "rec/a.wav", "picsrec/a.png"),
        (BY_STEM, "rec/a.wav", "other/a.png"),
    ],
)
def test_other_pictures_do_not(naming: Naming, recording: str, picture: str) -> None:
    assert not any(naming.fits(picture, recording, level) for level in LEVELS)


@given(st.sampled_from([BESIDE, BELOW, BY_STEM]), KEYS, KEYS)
def test_a_name_that_is_sought_and_announced_leads_to_the_recordings_group(
    naming: Naming, recording: str, picture: str
) -> None:
    met = set(naming.announced(recording)) & set(naming.sought(picture))
    assert {naming.group_named(name) for name in met} <= {naming.group_of(recording)}
    assert bool(met) == any(naming.fits(picture, recording, level) for level in LEVELS)


def test_the_group_is_the_path_without_extension_or_the_stem() -> None:
    assert [naming.group_of("rec/x.y/a.b.wav") for naming in (BESIDE, BELOW, BY_STEM)] == ["rec/x.y/a.b"] * 2 + ["a.b"]
    assert without_extension("rec.d/a") == "rec.d/a"
