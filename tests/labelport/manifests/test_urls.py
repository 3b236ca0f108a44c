import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.manifests.urls import has_dot_segment, is_of_this_machine, url_faults
from labelport.storage.keys import url_of

BASE = "https://acme-media.s3.eu-west-2.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        (f"{BASE}/a.png", []),
        (f"{BASE}/a%20b.png", []),
        (f"{BASE}//a..b/.hidden.png", []),
        ("https://s3.eu-west-2.amazonaws.com/acme.media/a.png", []),
        ("https://storage.cloud.google.com/acme/a.png", []),
        ("https://minio.example:9000/acme/a.png?versionId=3", []),
        (f"{BASE}/a b.png", ["manifest.url_whitespace"]),
        (f"{BASE}/a\n.png", ["manifest.url_whitespace"]),
        (f"{BASE}/a\x7f.png", ["manifest.url_form"]),
        ("http://a.example/a.png", ["manifest.url_form"]),
        ("s3://acme/a.png", ["manifest.url_form"]),
        ("gs://acme/a.png", ["manifest.url_form"]),
        ("file:///a.png", ["manifest.url_form"]),
        ("path/to/a.png", ["manifest.url_form"]),
        ("https:///a.png", ["manifest.url_form"]),
        ("https://[::1/a.png", ["manifest.url_form"]),
        ("", ["manifest.url_form"]),
        ("https://user:secret@a.example/a.png", ["manifest.url_form"]),
        (f"{BASE}/../a.png", ["manifest.url_form"]),
        (f"{BASE}/%2E%2e/a.png", ["manifest.url_form"]),
        (f"{BASE}/./a.png", ["manifest.url_form"]),
        (f"{BASE}/a.png?X-Amz-Signature=abc", ["manifest.url_signed"]),
        (f"{BASE}/a.png?x-goog-signature=abc", ["manifest.url_signed"]),
        ("https://acme.blob.core.windows.net/c/a.png?sv=1&sig=abc", ["manifest.url_signed"]),
        (f"{BASE}/a.png?AWSAccessKeyId=A&Signature=abc&Expires=1", ["manifest.url_signed"]),
        (f"{BASE}/a.png?Signature=abc", []),
        (f"{BASE}/{'a' * 16 * 1024}", ["manifest.url_too_long"]),
    ],
)
def test_every_fault_has_its_code(url: str, codes: list[str]) -> None:
    assert [fault.code for fault in url_faults(url)] == codes


def test_no_message_holds_the_url_or_its_secret() -> None:
    faults = list(url_faults("https://user:hunter2@a.example/jane doe.png?X-Amz-Signature=hunter2"))
    assert len(faults) == 3
    assert not any("hunter2" in fault.message or "jane" in fault.message for fault in faults)


def test_the_hint_of_a_bucket_address_is_its_own() -> None:
    (fault,) = url_faults("s3://acme/a.png")
    assert "https" in fault.message
    assert "synced" in fault.message


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda key: not has_dot_segment(key)))
def test_any_key_behind_a_base_makes_a_url_that_stands_in_a_manifest(key: str) -> None:
    assert list(url_faults(url_of(BASE, key))) == []


def test_an_absurd_url_costs_no_time() -> None:
    assert [f.code for f in url_faults(f"{BASE}/?{'&' * 20_000_000}")] == ["manifest.url_too_long"]


def test_files_of_this_machine_are_told_from_others() -> None:
    assert is_of_this_machine("file:///a")
    assert is_of_this_machine("memory://a/b")
    assert not is_of_this_machine(BASE)
