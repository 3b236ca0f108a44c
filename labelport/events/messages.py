"""What a message says: names of objects at which to look. Whatever was sent, nothing here raises.

Event names, sizes, ETags and sequence numbers are not read: they say what was so when the message was
sent, and a HEAD says what is so now.
"""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

MOST_CHARACTERS = 1 << 20
"""A longer text is no message of SQS, whose limit is 1 MiB."""

MOST_KEY_BYTES = 1024
"""Of a key in UTF-8 (S3 user guide, "Naming Amazon S3 objects")."""


class NamedObject(NamedTuple):
    """An object that an event names."""

    bucket: str
    key: str
    """The whole key in its bucket, decoded."""


@dataclass(frozen=True)
class Hints:
    """What one message says."""

    objects: tuple[NamedObject, ...] = ()
    """What it names, in its order; nothing where it only tests the way."""

    understood: bool = True
    """False: the message, or a part of it, is no event of S3."""


NOT_UNDERSTOOD = Hints(understood=False)


def hints_of(body: str) -> Hints:
    """Return what the body of a message says.

    Read are S3's own notification (``Records``; S3 user guide, "Event message structure"), its
    ``s3:TestEvent``, either of them wrapped by SNS, and EventBridge's envelope (``detail``; "EventBridge
    event message structure").
    """
    said = _parsed(body)
    if said is not None and said.get("Type") == "Notification" and isinstance(said.get("Message"), str):
        said = _parsed(said["Message"])
    if said is None:
        return NOT_UNDERSTOOD
    if isinstance(said.get("Records"), list):
        return _joined([_named(_inside(record, "s3"), encoded=True) for record in said["Records"]])
    if "detail" in said:
        return _joined([_named(said["detail"], encoded=False)])
    return Hints() if said.get("Event") == "s3:TestEvent" else NOT_UNDERSTOOD


def _parsed(body: str) -> dict[str, Any] | None:
    if len(body) > MOST_CHARACTERS:
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _named(event: Any, *, encoded: bool) -> NamedObject | None:
    """Return the object that a notification's ``s3``, or an envelope's ``detail``, names."""
    bucket, key = _inside(event, "bucket", "name"), _inside(event, "object", "key")
    if not isinstance(bucket, str) or not isinstance(key, str):
        return None
    try:
        # Only S3's own notification encodes keys, as a form does: "x y+z" is sent as "x+y%2Bz".
        key = unquote_plus(key, errors="strict") if encoded else key
        length = len(key.encode())
    except UnicodeError:
        return None
    return NamedObject(bucket, key) if 0 < length <= MOST_KEY_BYTES and "\0" not in key else None


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _joined(named: list[NamedObject | None]) -> Hints:
    return Hints(tuple(name for name in named if name is not None), understood=None not in named)
