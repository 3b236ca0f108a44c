"""What both clients do with one object; keys are whole, with the bucket's prefix."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from labelport.storage.s3.tokens import bare


@dataclass(frozen=True)
class Answer:
    """What the headers of an answer say of an object."""

    size: int
    """Bytes of the whole object."""

    etag: str | None
    """Without quotes."""

    version_id: str | None
    """Null also where the server says "null": an object from before versioning has no version."""

    last_modified: datetime | None
    """UTC, whole seconds."""


class ObjectCalls(Protocol):
    """Requests about one object. Each raises ``Refusal`` and nothing else."""

    def head(self, key: str, *, version: str | None = None) -> Answer:
        """Return what is known of an object."""
        ...

    def read(
        self, key: str, start: int, end: int, *, if_match: str | None, version: str | None
    ) -> tuple[bytes, Answer]:
        """Return the bytes from ``start`` to before ``end`` (beyond ``start``), fewer at the object's end.

        A start beyond the end is a ``Refusal`` with status 416.
        """
        ...

    def get(self, key: str) -> tuple[bytes, Answer]:
        """Return a whole object."""
        ...

    def put(self, key: str, body: bytes, *, if_match: str | None, if_none_match: bool) -> str | None:
        """Write an object; return its ETag without quotes."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Copy within the server; at most 5 GiB."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object or nothing."""
        ...


def answer_of(*, size: int, etag: str | None, version_id: str | None, last_modified: datetime | None) -> Answer:
    """Return an answer as both clients' raw values say it."""
    when = None if last_modified is None else last_modified.astimezone(UTC).replace(microsecond=0)
    return Answer(size, bare(etag), None if version_id in ("null", "") else version_id, when)
