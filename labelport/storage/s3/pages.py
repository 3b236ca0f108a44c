"""Pages of a listing as columns: botocore asks, signs, repeats and turns pages, and its slow parser sees no object.

botocore spends 70 us on an object, nearly all in parsing; a page is therefore taken apart here, by expat, before
botocore parses what is left of it. See ``docs/decisions/0007-keys-that-obstore-cannot-name.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element, ParseError, fromstring, tostring

import pyarrow as pa

from labelport.storage.s3.refusals import Refusal
from labelport.storage.s3.tokens import bare

OBJECTS = "LabelportObjects"
"""Where the parsed response of a listing holds its ``PageObjects``."""

_OPERATIONS = {"ListObjectsV2": "Contents", "ListObjectVersions": "Version"}
_ROOTS = frozenset({"ListBucketResult", "ListVersionsResult"})


@dataclass(frozen=True)
class PageObjects:
    """The objects of one page, by column."""

    keys: list[str]
    sizes: list[int]
    etags: list[str | None]
    versions: list[str | None]
    modified: pa.Array
    """timestamp[us, UTC], whole seconds."""

    unnamed: list[str]
    """Keys that are no UTF-8, as the server writes them: nobody can ask for those."""


def parse_pages_here(client: Any) -> None:
    """Let a boto3 client put ``PageObjects`` into its listings in place of what it would parse itself."""
    for operation in _OPERATIONS:
        # With the wildcard it runs before botocore's own handlers of ``before-parse.s3.*``, of which one parses the
        # whole page to see whether it is an error with status 200. In any other order it is slower, and as right.
        client.meta.events.register(f"before-parse.*.{operation}", _take_objects)


def _take_objects(
    *, operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Move the objects of an answer from its body to the parsed response; what is no listing is botocore's."""
    if response_dict["status_code"] >= 300:
        return
    taken = take_objects(response_dict["body"], _OPERATIONS[operation_model.name])
    if taken is not None:
        customized_response_dict[OBJECTS], response_dict["body"] = taken


def take_objects(body: bytes, name: str) -> tuple[PageObjects, bytes] | None:
    """Return the objects of a page and the page without them, or null where it is no page of a listing.

    ``name``: of the elements that are objects, ``Contents`` or ``Version``; of versions only the latest count.
    Raises ``Refusal`` for a document type, which no listing has and which can make a small text huge.
    """
    if b"<!DOCTYPE" in body or b"\0" in body[:4]:  # a NUL: UTF-16, in which the word would not be seen
        raise Refusal(cause="nonsense")
    try:
        root = fromstring(body)  # noqa: S314  -- no document type, so no entity, gets here
    except ParseError:
        return None
    space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    if root.tag.removeprefix(space) not in _ROOTS:
        return None
    tag, marker = f"{space}{name}", f"{space}DeleteMarker"
    found = [element for element in root if element.tag == tag]
    root[:] = [element for element in root if element.tag not in (tag, marker)]
    if name == "Version":
        latest = f"{space}IsLatest"
        found = [element for element in found if element.findtext(latest) == "true"]
    encoded = root.findtext(f"{space}EncodingType") == "url"
    return _columns(found, space, encoded=encoded), tostring(root)


def _columns(found: Sequence[Element], space: str, *, encoded: bool) -> PageObjects:
    columns = []
    for name in ("Key", "Size", "ETag", "VersionId", "LastModified"):
        tag = f"{space}{name}"
        columns.append([element.findtext(tag) for element in found])
    unnamed: list[str] = []
    if None in columns[0]:
        raise Refusal(cause="nonsense")
    if encoded:
        columns[0] = [_decoded(key, unnamed) for key in columns[0]]
    if unnamed:
        kept = [number for number, key in enumerate(columns[0]) if key is not None]
        columns = [[column[number] for number in kept] for column in columns]
    keys, sizes, etags, versions, modified = columns
    try:
        return PageObjects(
            keys,  # type: ignore[arg-type]  # none is null any more
            [int(size) for size in sizes],  # type: ignore[arg-type]  # TypeError: there is none
            [bare(etag) for etag in etags],
            [None if version in (None, "", "null") else version for version in versions],
            _times(modified),
            unnamed,
        )
    except (ValueError, TypeError):
        pass
    raise Refusal(cause="nonsense")


def _decoded(key: str | None, unnamed: list[str]) -> str | None:
    """Return a key of a page whose keys are URL-encoded; one that is no UTF-8 goes to ``unnamed``."""
    if key is None or ("%" not in key and "+" not in key):
        return key
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        unnamed.append(key)
        return None


def _times(texts: Sequence[str | None]) -> pa.Array:
    """Return times in whole seconds, as HEAD gives them; null where a text is none."""
    if all(text is not None and text[-1:] == "Z" for text in texts):
        try:
            seconds = pa.array([text[:19] for text in texts], pa.string())  # type: ignore[index]  # none is null
            return seconds.cast(pa.timestamp("s")).cast(pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid:
            pass
    return pa.array([_time(text) for text in texts], pa.timestamp("us", "UTC"))


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "").astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
