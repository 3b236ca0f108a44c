import pytest

from labelport.cli.asking import dataset_name, settings_from
from labelport.errors import SettingsError


def test_a_setting_is_given_by_its_dotted_name_in_yaml() -> None:
    settings = settings_from(
        "/data/echo", "/published", given=["limits.errors_block=0.5", "exclude=['**/*.tmp']", "privacy.keep=[a, b]"]
    )
    assert settings.limits.errors_block == 0.5
    assert settings.limits.errors_warn == 0.05
    assert settings.exclude == ["**/*.tmp"]
    assert settings.privacy.keep == ["a", "b"]


def test_what_is_no_setting_of_the_dataset_is_an_option_of_the_platform() -> None:
    settings = settings_from(
        "/data/echo",
        "/published",
        given=["sorting=natural", "name=acme"],
        platform="cvat",
        options={"mode": "exact"},
    )
    manifest = settings.manifest("cvat")
    assert settings.name == "acme"
    assert (manifest.sorting, manifest.mode) == ("natural", "exact")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("privcy.keep=a", r"there is no setting 'privcy': did you mean privacy\?"),
        ("privacy.kep=[a]", r"there is no setting 'privacy.kep': did you mean keep\?"),
        ("limits.errors_warn=3", "limits.errors_warn: input should be less than or equal to 1"),
        ("series=[{rule: singel}]", "series"),
        ("exclude=[", "the value is no YAML"),
        ("exclude", "write name=value"),
        ("a b=1", "write name=value"),
        ("bucket=/elsewhere", "the command's own"),
        ("refresh=daily", "refresh: a cron has five fields"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_may_be(given: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_from("/data/echo", "/published", given=[given])


def test_a_value_cannot_have_something_below_it() -> None:
    with pytest.raises(SettingsError, match="privacy was given a value"):
        settings_from("/data/echo", "/published", given=["privacy=none", "privacy.keep=[a]"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sorting=nat", "^sorting: input should be 'lexicographical', 'natural' or 'predefined'$"),
        ("mod=exact", "^there is no setting 'mod': did you mean mode?"),
    ],
)
def test_an_option_of_the_platform_is_checked_by_the_platform(given: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_from("/data/echo", "/published", given=[given], platform="cvat")


def test_an_unknown_platform_is_told_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no platform 'cvt': did you mean cvat\? There are centaur, cvat"):
        settings_from("/data/echo", "/published", platform="cvt")


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("/data/echo", "echo"),
        ("/data/Echo Clips/", "echo_clips"),
        ("file:///data/2024-CT", "dataset_2024_ct"),
        ("/", "dataset"),
        ("s3://acme-raw/echo/", "echo"),
    ],
)
def test_a_dataset_is_called_after_the_last_part_of_its_uri(uri: str, name: str) -> None:
    assert dataset_name(uri) == name
