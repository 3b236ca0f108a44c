"""URLs in manifests: what no platform can use, in the same words wherever it stands.

No message holds the URL: it may carry a signature, a password, or a name.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

MOST_BYTES = 16 * 1024
"""Bytes of a URL: Encord's limit [vendor's documentation]; other services take no more."""

_BLANK = re.compile(r"\s")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_SIGNED = frozenset({"x-amz-signature", "x-goog-signature", "sig"})
_BY_BUCKET = ("s3://", "gs://", "az://", "abfs://")
_OF_THIS_MACHINE = ("file://", "memory://")


class UrlFault(NamedTuple):
    """Why a URL cannot stand in a manifest."""

    code: str
    """Code of the finding."""

    message: str
    """What is so, without the URL."""


def url_faults(url: str) -> Iterator[UrlFault]:
    """Yield what is wrong with a URL that a platform shall read by itself: it is plain https and never signed.

    Specification 1.7 and 3.7. A path with ``.`` or ``..`` is refused: clients fold it (RFC 3986, 5.2.4),
    and would read another object.
    """
    found = list(text_faults(url))
    yield from found
    if any(fault.code == "manifest.url_too_long" for fault in found):
        return
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        yield UrlFault("manifest.url_form", "it is no URL")
        return
    if parts.scheme != "https" or not host:
        yield UrlFault("manifest.url_form", _form_words(url))
    elif user is not None:
        yield UrlFault("manifest.url_form", "it holds a user name: a manifest holds no credentials")
    if has_dot_segment(parts.path):
        yield UrlFault("manifest.url_form", "its path holds '.' or '..', which clients fold: they read another object")
    if parts.query and is_signed(parts.query):
        yield UrlFault("manifest.url_signed", "its query holds a signature, which expires and lets everybody read")


def text_faults(url: str) -> Iterator[UrlFault]:
    """Yield what is wrong with the characters of a URL or ARN: blanks, control characters, length."""
    length = len(url.encode("utf-8", "surrogatepass"))
    if length > MOST_BYTES:
        yield UrlFault("manifest.url_too_long", f"it has {length:,} bytes; {MOST_BYTES:,} are the most")
    if _BLANK.search(url):
        yield UrlFault("manifest.url_whitespace", "it holds a blank")
    if _CONTROL.search(url):
        yield UrlFault("manifest.url_form", "it holds a control character")


def is_signed(query: str) -> bool:
    """Return whether the query of a URL holds a signature of AWS, Google or Azure."""
    names = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    return bool(names & _SIGNED) or {"signature", "expires"} <= names


def has_dot_segment(path: str) -> bool:
    """Return whether a path has a segment that clients fold: ``.`` or ``..``, percent-encoded too."""
    if "." not in path and "%2" not in path:
        return False
    segments = path.lower().replace("%2e", ".").split("/")
    return "." in segments or ".." in segments


def is_of_this_machine(url: str) -> bool:
    """Return whether nobody but this machine can read a URL."""
    return url.startswith(_OF_THIS_MACHINE)


def _form_words(url: str) -> str:
    if url.lower().startswith(_BY_BUCKET):
        return (
            "it names bucket and key, which is for synced folders: in a manifest an object is called by its https URL"
        )
    return "it is no https URL"
