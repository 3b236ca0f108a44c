import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.storage.globs import key_filter, literal_prefix


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("**/*", "a", True),
        ("**/*", "a/b/.c", True),
        ("*.jpg", "a.jpg", True),
        ("*.jpg", "a.JPG", False),
        ("*.jpg", "b/a.jpg", False),
        ("*.jpg", ".hidden.jpg", True),
        ("*.jpg", "line\nbreak.jpg", True),
        ("*.jpg", "a.jpg\n", False),
        ("**/*.jpg", "a.jpg", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab]*", "b1", True),
        ("[!ab]*", "b1", False),
        ("{a,b}", "a", False),
        ("{a,b}", "{a,b}", True),
        ("!a", "b", False),
        ("!a", "!a", True),
        ("a|b", "a", False),
        ("@(a)", "a", False),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("a/b", "a//b", False),
        ("größe/*", "größe/1", True),
    ],
)
def test_the_grammar(pattern: str, key: str, expected: bool) -> None:
    assert key_filter([pattern]).matches(key) is expected


def test_exclude_wins() -> None:
    wanted = key_filter(["**/*.jpg", "special/**"], ["**/.tmp/**", "**/*_mask.jpg"])
    keys = ["a.jpg", "a.png", "special/x", "x/.tmp/a.jpg", ".tmp/a.jpg", "special/y_mask.jpg"]
    assert [key for key in keys if wanted.matches(key)] == ["a.jpg", "special/x"]
    assert pa.array(wanted.mask(pa.array(keys))).to_pylist() == [wanted.matches(key) for key in keys]


def test_a_filter_that_takes_everything_looks_at_nothing() -> None:
    assert key_filter(["**/*"]).mask(pa.array(["a"])) is None
    assert pa.array(key_filter(["**/*"], ["x"]).mask(pa.array(["a", "x"]))).to_pylist() == [True, False]


def test_more_patterns_than_wcmatch_takes_by_itself() -> None:
    assert key_filter([f"{number}/*" for number in range(1500)]).matches("1499/x")


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [("**/*", ""), ("a/b/*.jpg", "a/b/"), ("a/b*", "a/b"), ("a/x.jpg", "a/x.jpg"), ("a[bc]", "a"), ("a\\*b", "a")],
)
def test_what_a_glob_fixes_literally_is_listed_alone(pattern: str, prefix: str) -> None:
    assert literal_prefix(pattern) == prefix


def test_no_prefix_is_listed_twice() -> None:
    assert key_filter(["a/b/*", "a/**", "c", "a/*"]).prefixes == ("a/", "c")
    assert key_filter(["a/*", "**/*"]).prefixes == ("",)
    assert key_filter([]).prefixes == ()
    assert not key_filter([]).matches("a")


SEGMENTS = st.sampled_from(["a", "b", "ab", ".a", "*", "**", "a*", "?", "[ab]", "\\*", ""])
PATTERNS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
KEYS = st.lists(st.sampled_from(["a", "b", "ab", ".a", "*", ""]), min_size=1, max_size=4).map("/".join)


@settings(deadline=None)
@given(st.lists(PATTERNS, max_size=3), st.lists(PATTERNS, max_size=2), st.lists(KEYS, unique=True))
def test_listing_the_prefixes_alone_loses_no_key_and_doubles_none(
    include: list[str], exclude: list[str], keys: list[str]
) -> None:
    wanted = key_filter(include, exclude)
    by_prefix = [key for prefix in wanted.prefixes for key in keys if key.startswith(prefix) and wanted.matches(key)]
    assert sorted(by_prefix) == sorted(key for key in keys if wanted.matches(key))
