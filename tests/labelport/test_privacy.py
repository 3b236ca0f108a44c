"""Ids that do not move, pseudonyms that do not lead back, keys that are not shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.errors import SettingsError
from labelport.privacy import hmac_key, key_may_identify, plain, pseudonym, series_id, shown_key

KEY = b"of the project"


@pytest.mark.parametrize(
    ("dataset", "rule", "group_key", "expected"),
    [
        ("us", "pattern", "us/case9", "pattern-kmctwlqskvutbrl7tm7kjr5dea"),
        ("ct", "pattern", "ct/a", "pattern-h7m75ac2ta2qrfl4ilx3tv5cbu"),
        ("rec", "audio_image", "rec/abs1234", "audio_image-wxsy6ob73zbywau4zzhp73qlpa"),
        ("us", "video", "clips/a.mp4", "video-b4rmpo4pie2iniua4526bwvcai"),
    ],
)
def test_series_ids_are_frozen(dataset: str, rule: str, group_key: str, expected: str) -> None:
    assert series_id(dataset=dataset, rule=rule, group_key=group_key) == expected


def test_an_id_depends_on_each_of_its_parts_and_on_the_key() -> None:
    ids = {
        series_id(dataset="us", rule="dicom", group_key="g", part="p"),
        series_id(dataset="us", rule="dicom", group_key="g", part="p", key=KEY),
        series_id(dataset="ct", rule="dicom", group_key="g", part="p"),
        series_id(dataset="us", rule="dicom", group_key="h", part="p"),
        series_id(dataset="us", rule="dicom", group_key="g", part="q"),
    }
    assert len(ids) == 5


def test_a_pseudonym_is_a_uid_and_differs_by_tag_and_key() -> None:
    one = pseudonym("1.2.3", tag="study_uid", key=KEY)
    assert one.startswith("2.25.")
    assert len(one) <= 64
    assert len({one, pseudonym("1.2.3", tag="series_uid", key=KEY), pseudonym("1.2.3", tag="study_uid", key=b"k")}) == 3


def test_a_key_that_is_named_and_not_set_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABELPORT_TEST_KEY", raising=False)
    with pytest.raises(SettingsError, match="LABELPORT_TEST_KEY"):
        hmac_key("LABELPORT_TEST_KEY")
    monkeypatch.setenv("LABELPORT_TEST_KEY", "secret")
    assert hmac_key("LABELPORT_TEST_KEY") == b"secret"
    assert hmac_key(None) is None


@pytest.mark.parametrize(
    "key", ["echo/DOE^JANE/1.dcm", "a/1987-03-12/b.png", "scan_19870312.nii", "patient/7.dcm", "x/12345678.dcm"]
)
def test_keys_that_look_like_a_person_are_redacted(key: str) -> None:
    assert key_may_identify(key)
    shown = shown_key(key, "auto")
    assert shown.startswith("[redacted ")
    assert shown.endswith(key[key.rindex(".") :] + "]")
    assert shown_key(key, False) == key


@pytest.mark.parametrize("key", ["us/case9/frame_0001.png", "clips/a.mp4", "IMG_2043.JPG"])
def test_ordinary_keys_are_shown_unless_all_are_redacted(key: str) -> None:
    assert shown_key(key, "auto") == key
    assert key not in shown_key(key, True)


@given(st.text())
def test_plain_text_has_no_control_characters_and_is_cut(text: str) -> None:
    shown = plain(text, most=50)
    assert len(shown) <= 50
    assert not [character for character in shown if unicodedata.category(character) == "Cc"]
