from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.storage.s3.tokens import bare, parts_of, quoted, s3_token

WHEN = datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)
ETAGS = st.one_of(
    st.from_regex(r"[0-9a-f]{32}(-[1-9][0-9]{0,3})?", fullmatch=True),
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"'), min_size=1),
)


@given(etag=st.from_regex(r"[0-9a-f]{32,64}(-[1-9][0-9]{0,4})?", fullmatch=True), version=st.text(min_size=1))
def test_etag_and_version_come_back_out_of_a_token(etag: str, version: str) -> None:
    token = s3_token(etag=etag, version_id=version, size=1, last_modified=WHEN)
    assert parts_of(token) == (etag, version)
    assert parts_of(s3_token(etag=etag, version_id=None, size=1, last_modified=WHEN)) == (etag, None)


@pytest.mark.parametrize("etag", ["not hex", "a+b-of-base64==", "deadbeef+v", 'W/"weak"', "CPCj3-_="])
def test_an_etag_that_a_version_could_not_be_told_from_stands_alone(etag: str) -> None:
    token = s3_token(etag=etag, version_id="v1", size=1, last_modified=WHEN)
    assert (token, parts_of(token)) == (etag, (etag, None))


def test_without_an_etag_size_and_whole_seconds_are_the_token() -> None:
    token = s3_token(etag=None, version_id="v1", size=4096, last_modified=WHEN.replace(microsecond=999_999))
    assert token == f"1000-{int(WHEN.timestamp()) * 10**9:x}"
    assert parts_of(token) == (None, None)
    assert parts_of(s3_token(etag=None, version_id=None, size=0, last_modified=None)) == (None, None)


@given(ETAGS)
def test_quotes_go_and_come_back(etag: str) -> None:
    assert bare(f'"{etag}"') == etag
    assert quoted(etag) == f'"{etag}"'


def test_a_weak_etag_keeps_its_signs() -> None:
    assert bare('W/"x"') == 'W/"x"'
    assert quoted('W/"x"') == 'W/"x"'
    assert bare("") is None
    assert bare(None) is None
    assert bare("unquoted") == "unquoted"


@pytest.mark.parametrize("etag", ["line\nbreak", "größe", "\x00", "\x7f"])
def test_an_etag_that_no_header_can_hold_is_compared_and_not_asked_for(etag: str) -> None:
    token = s3_token(etag=etag, version_id=None, size=1, last_modified=WHEN)
    assert (token, parts_of(token)) == (etag, (None, None))
