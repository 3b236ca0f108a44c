import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.errors import SettingsError
from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.encord.arns import is_plain, object_faults
from labelport.manifests.encord.sections import extension_of_url
from labelport.manifests.encord.url_forms import url_in_form
from labelport.manifests.urls import url_faults
from labelport.probing.sniff import extension_of
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.keys import url_of
from labelport.testing.manifest import Prefix, emit_to
from tests.labelport.manifests.encord.prefixes import image

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


ODD = st.text(st.sampled_from("ab.%2eE/?#@:é \n~+;_=&"), max_size=30)


@given(url=st.tuples(st.sampled_from(["https://", "https://a.example/", "http://a/", "HTTPS://a/"]), ODD).map("".join))
def test_a_plain_url_has_no_fault_and_its_extension_is_that_of_its_path(url: str) -> None:
    if is_plain(url):
        assert list(url_faults(url)) == []
    try:
        wanted = extension_of(unquote(urlsplit(url).path))
    except ValueError:
        wanted = ""
    assert extension_of_url(url) == wanted


def test_the_usual_url_is_plain() -> None:
    assert is_plain(f"{VIRTUAL}/us/case-1/caf%C3%A9%201.png")
    assert not is_plain(f"{VIRTUAL}/us/../1.png")
    assert not is_plain(f"{VIRTUAL}/us/%2E%2e/1.png")
    assert not is_plain(f"{VIRTUAL}/{'a/' * 2000}1.png")


KEYS = {
    "us/case 1/é~1+2.png": "us/case%201/%C3%A9~1%2B2.png",
    "a//b/100%?#&=@:;,.png": "a//b/100%25%3F%23%26%3D%40%3A%3B%2C.png",
    "x/e\u0301.png": "x/e%CC%81.png",
    "A/𝄞'\"<>|\\^`.png": "A/%F0%9D%84%9E%27%22%3C%3E%7C%5C%5E%60.png",
}
BASES = {
    "AWS": ("https://acme-media.s3.eu-west-2.amazonaws.com/us", {}, "https://acme-media.s3.eu-west-2.amazonaws.com/us/"),
    "AWS, bucket with dots": ("https://s3.eu-west-2.amazonaws.com/acme.media", {}, "https://s3.eu-west-2.amazonaws.com/acme.media/"),
    "AWS, by path": (VIRTUAL, {"url_form": "path"}, f"{PATH}/"),
    "AWS, by host": (PATH, {"url_form": "virtual"}, f"{VIRTUAL}/"),
    "GCS": ("https://storage.cloud.google.com/acme-media", {}, "https://storage.cloud.google.com/acme-media/"),
    "Azure": ("https://acme.blob.core.windows.net/media", {}, "https://acme.blob.core.windows.net/media/"),
    "S3-compatible": ("https://minio.acme.example:9000/media", {}, "https://minio.acme.example:9000/media/"),
    "url_base with a slash": ("https://cdn.acme.example/x/", {}, "https://cdn.acme.example/x/"),
}  # fmt: skip


@pytest.mark.parametrize("name", BASES)
def test_the_frozen_forms_of_urls_in_a_manifest(name: str, tmp_path: Path) -> None:
    base, options, start = BASES[name]
    prefix = Prefix()
    for key in KEYS:
        prefix.add(key, [image(key)])
    emit_to(tmp_path, Encord(), EncordOptions(**options), prefix, url_base=base)
    written = json.loads((tmp_path / "encord.json").read_bytes())["images"]
    assert {entry["objectUrl"] for entry in written} == {start + key for key in KEYS.values()}


@pytest.mark.parametrize("joiner", ["/", "/object/"])
def test_the_frozen_form_of_an_access_point_holds_the_key_as_it_is(joiner: str, tmp_path: Path) -> None:
    prefix, keys = Prefix(), ["us/é~1+2.png", "a//100%.png", "x/e\u0301.png"]
    for key in keys:
        prefix.add(key, [image(key)])
    options = EncordOptions(url_form="mrap", mrap=ARN, mrap_joiner=joiner)
    emit_to(tmp_path, Encord(), options, prefix, url_base=f"{VIRTUAL}/deep")
    written = json.loads((tmp_path / "encord.json").read_bytes())["images"]
    assert {entry["objectUrl"] for entry in written} == {f"{ARN}{joiner}deep/{key}" for key in keys}
