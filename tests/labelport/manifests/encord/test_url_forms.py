from pathlib import Path
from typing import Any

import pytest

from labelport.errors import SettingsError
from labelport.manifests.encord import EncordOptions
from labelport.manifests.encord.arns import object_faults
from labelport.manifests.encord.url_forms import url_in_form
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.keys import url_of

VIRTUAL = "https://acme-media.s3.eu-west-2.amazonaws.com"
PATH = "https://s3.eu-west-2.amazonaws.com/acme-media"
ARN = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"


class Named:
    """A bucket of which only the name is asked for."""

    def __init__(self, uri: str) -> None:
        self.uri = uri


def url(key: str, base: str, *, bucket: str = "s3://acme-media/us/", **options: Any) -> str:
    named: Any = Named(bucket)
    return url_in_form(EncordOptions(**options), lambda _, key: url_of(base, key), named)("raw", key)


@pytest.mark.parametrize("base", [f"{VIRTUAL}/us", f"{PATH}/us"])
def test_each_form_of_aws_becomes_the_one_that_is_asked_for(base: str) -> None:
    assert url("é 1.png", base) == f"{base}/%C3%A9%201.png"
    assert url("é 1.png", base, url_form="virtual") == f"{VIRTUAL}/us/%C3%A9%201.png"
    assert url("é 1.png", base, url_form="path") == f"{PATH}/us/%C3%A9%201.png"


def test_an_access_point_names_the_whole_key_as_it_is() -> None:
    assert url("é/1.png", f"{VIRTUAL}/us", url_form="mrap", mrap=ARN) == f"{ARN}/us/é/1.png"
    assert url("1.png", f"{PATH}/us", url_form="mrap", mrap=ARN, mrap_joiner="/object/") == f"{ARN}/object/us/1.png"


def test_what_labelport_made_itself_keeps_its_own_address() -> None:
    named: Any = Named("s3://acme-media/us/")
    for options in (EncordOptions(url_form="mrap", mrap=ARN), EncordOptions(url_form="path")):
        made = url_in_form(options, lambda _, key: url_of("https://derived.example", key), named)
        assert made("publish", "a.png") == "https://derived.example/a.png"


def test_a_dotted_bucket_and_china_are_understood() -> None:
    base = "https://s3.cn-north-1.amazonaws.com.cn/acme.media"
    assert url("1.png", base, url_form="virtual") == "https://acme.media.s3.cn-north-1.amazonaws.com.cn/1.png"


@pytest.mark.parametrize("options", [{"url_form": "path"}, {"url_form": "virtual"}, {"url_form": "mrap", "mrap": ARN}])
def test_forms_of_aws_are_refused_for_other_urls(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="url_form"):
        url("1.png", "https://media.example/made", **options)


def test_a_folder_with_an_access_point_is_named_by_its_keys(tmp_path: Path) -> None:
    bucket: Bucket = FolderBucket(str(tmp_path))
    made = url_in_form(EncordOptions(url_form="mrap", mrap=ARN), lambda _, key: bucket.url(key), bucket)
    assert made("raw", "a/1.png") == f"{ARN}/a/1.png"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"{ARN}/a.mp4", []),
        (f"{ARN}/object/a.mp4", []),
        (f"{VIRTUAL}/a.mp4", []),
        (f"{ARN}/a b.mp4", ["manifest.url_whitespace"]),
        (f"{ARN}/../a.mp4", ["manifest.url_form"]),
        (ARN, ["manifest.url_form"]),
        (f"{ARN}/", ["manifest.url_form"]),
        ("arn:aws:s3:::acme/a.mp4", ["manifest.url_form"]),
        ("arn:aws:s3:eu-west-2:123456789012:accesspoint/x/object/a", ["manifest.url_form"]),
    ],
)
def test_an_object_is_named_by_https_or_by_the_arn_of_an_access_point(text: str, codes: list[str]) -> None:
    assert [fault.code for fault in object_faults(text)] == codes
