"""The bucket that is a prefix of a bucket of S3, or of a store that speaks its language."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from labelport.errors import BucketError, ObjectChanged, PreconditionFailed
from labelport.storage.connection import Connection
from labelport.storage.contract import Got, ListedObject
from labelport.storage.keys import url_of
from labelport.storage.listing import Listing, ListingNotes
from labelport.storage.s3.address import parse_address, url_base
from labelport.storage.s3.by_obstore import ObstoreCalls
from labelport.storage.s3.calls import Answer, ObjectCalls
from labelport.storage.s3.clients import Clients
from labelport.storage.s3.nameable import is_nameable
from labelport.storage.s3.refusals import Action, Asked, Refusal, asked
from labelport.storage.s3.tokens import is_sendable, parts_of, s3_token

if TYPE_CHECKING:
    from labelport.storage.s3.by_boto import BotoCalls
    from labelport.storage.s3.versions import Versions

LARGEST_COPY = 5 << 30
"""Bytes that one request copies: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html."""


class S3Bucket:
    """Objects of ``s3://bucket/prefix``; the prefix is a folder, and keys follow it literally.

    Opening sends no request. Threads may share a bucket. Where a token names a version, that version is read,
    also when the object was overwritten or deleted since.
    """

    def __init__(self, uri: str, connection: Connection) -> None:
        """Raises ``BucketError`` for a URI that names no bucket."""
        address = parse_address(uri)
        self.uri = address.uri
        self.clients = Clients(connection, address.name)
        self._name = address.name
        self._prefix = address.prefix
        self._versions: Versions | None = None

    def __repr__(self) -> str:
        return f"S3Bucket({self.uri!r})"

    @property
    def place(self) -> str:
        """Which store and bucket this is, whatever its prefix: ``https://endpoint/bucket``."""
        return f"{self.clients.reach.endpoint}/{self._name}"

    def list(self, prefix: str = "") -> Listing:
        """Yield batches of ``tables.INVENTORY.schema``, in the order of the server.

        Of a bucket with versions the current ones. Where those may not be listed, ``notes`` say so, and
        tokens are made of the ETag alone. Raises ``BucketError``.
        """
        notes = ListingNotes()
        return Listing(self._batches(prefix, notes), notes)

    def head(self, key: str) -> ListedObject:
        """Return what a listing would say of one object; raises ``ObjectAbsent``."""
        answer = self._head(key)
        versions = self._versions or self._ask_versions()
        version = answer.version_id if versions.told else None
        token = s3_token(etag=answer.etag, version_id=version, size=answer.size, last_modified=answer.last_modified)
        return ListedObject(key, answer.size, answer.etag, answer.last_modified, version, token)

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        """Return bytes, fewer at the object's end (none beyond it).

        Raises ``ObjectAbsent``; with a token, ``ObjectChanged`` where the object is another one now, or the
        version is gone.
        """
        if start < 0 or length < 0:
            raise ValueError(f"a range begins at 0 and has no negative length: {start}, {length}")
        whole = self._whole(key)
        etag, version = (None, None) if token is None else parts_of(token)
        calls = self._calls(whole)

        def call() -> tuple[bytes, Answer]:
            try:
                return calls.read(whole, start, start + length, if_match=etag, version=version)
            except Refusal as refusal:
                if refusal.status != 416:
                    raise
            return b"", self._head(key, version)  # there is nothing from there on

        if length == 0:
            body, answer = b"", self._head(key, version)
        else:
            body, answer = asked(call, self._asked(_read_right(version), key))
        if token is not None and not _is_of(token, answer, version):  # some servers do not look at If-Match
            raise ObjectChanged(f"{key!r} changed since it was listed: the next run reads it again")
        return body

    def get(self, key: str) -> Got:
        """Return a whole (small) object; raises ``ObjectAbsent``."""
        whole = self._whole(key)
        calls = self._calls(whole)
        body, answer = asked(lambda: calls.get(whole), self._asked("s3:GetObject", key))
        return Got(body, answer.etag or "")

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        """Write an object atomically and durably; return its ETag. Raises ``PreconditionFailed``."""
        if if_match is not None and if_none_match:
            raise ValueError("if_match and if_none_match exclude each other")
        if if_match is not None and not is_sendable(if_match):
            raise PreconditionFailed(f"{key!r} has no ETag {if_match!r}: no server could have given it")
        whole = self._whole(key)
        calls = self._calls(whole)
        etag = asked(
            lambda: calls.put(whole, body, if_match=if_match, if_none_match=if_none_match),
            self._asked("s3:PutObject", key, conditional=if_match is not None or if_none_match),
        )
        return etag or ""

    def copy(self, source: str, target: str) -> None:
        """Make ``target`` equal to ``source`` within the server; raises ``ObjectAbsent``."""
        origin, aim = self._whole(source), self._whole(target)
        size = self._head(source).size
        if origin == aim:  # S3 refuses that
            return
        what = self._asked("s3:PutObject", target)
        if size > LARGEST_COPY:
            in_parts = self._boto_calls()
            asked(lambda: in_parts.copy_in_parts(origin, aim), what)
        else:
            calls = self._calls(origin, aim)
            asked(lambda: calls.copy(origin, aim), what)

    def delete(self, key: str) -> None:
        """Delete an object; an absent one is no error. Where a bucket has versions, the old ones stay."""
        whole = self._whole(key)
        calls = self._calls(whole)
        asked(lambda: calls.delete(whole), self._asked("s3:DeleteObject", key))

    def url(self, key: str) -> str:
        """Return the ``https://`` address of an object: by region at AWS, below the endpoint elsewhere."""
        reach = self.clients.reach
        return url_of(url_base(reach.endpoint, reach.region, self._name), self._whole(key))

    def _batches(self, prefix: str, notes: ListingNotes) -> Iterator[pa.RecordBatch]:
        from labelport.storage.s3.listing import Lister, batches_of  # noqa: PLC0415  -- they import botocore
        from labelport.storage.s3.shards import listed  # noqa: PLC0415

        whole = self._prefix + _writable(prefix)
        versions = self._ask_versions()
        if versions.denied:
            notes.note("inventory.versions_unknown", versions.denied)
        lister = Lister(self.clients.boto, self._name, self.clients.reach.endpoint, versions.told)
        for objects in listed(lister.pages, whole):
            yield from batches_of(objects, asked_for=whole, below=self._prefix, versions=versions.told, notes=notes)

    def _ask_versions(self) -> "Versions":
        """Ask whether the bucket tells versions; each listing does, and a HEAD believes the last answer."""
        from labelport.storage.s3.versions import versions_of  # noqa: PLC0415  -- it imports botocore

        endpoint = self.clients.reach.endpoint
        self._versions = versions_of(self.clients.boto, self._name, self._prefix, endpoint=endpoint)
        return self._versions

    def _head(self, key: str, version: str | None = None) -> Answer:
        whole = self._whole(key)
        calls = self._calls(whole)

        def call() -> Answer:
            try:
                return calls.head(whole, version=version)
            except Refusal as refusal:
                if refusal.cause != "answer" or refusal.code:
                    raise
                without_words = refusal
            # An answer to HEAD has no body: only a GET tells an absent object from an absent bucket.
            try:
                return calls.read(whole, 0, 1, if_match=None, version=version)[1]
            except Refusal as refusal:
                raise (without_words if refusal.status == 416 else refusal) from None

        return asked(call, self._asked(_read_right(version), key))

    def _whole(self, key: str) -> str:
        """Return the key in the bucket of a key below the prefix; raises ``BucketError`` for what is none."""
        if not key:
            raise BucketError("an object needs a key")
        return self._prefix + _writable(key)

    def _calls(self, *keys: str) -> ObjectCalls:
        """Return obstore's requests where it can name all of the keys exactly, else boto3's."""
        if all(is_nameable(key) for key in keys):
            return ObstoreCalls(self.clients.store)
        return self._boto_calls()

    def _boto_calls(self) -> "BotoCalls":
        from labelport.storage.s3.by_boto import BotoCalls  # noqa: PLC0415  -- a worker seldom needs it

        return BotoCalls(self.clients.boto, self._name)

    def _asked(self, action: Action, key: str, *, conditional: bool = False) -> Asked:
        return Asked(action, self._name, self.clients.reach.endpoint, key, conditional)


def _read_right(version: str | None) -> Action:
    return "s3:GetObjectVersion" if version else "s3:GetObject"


def _is_of(token: str, answer: Answer, version: str | None) -> bool:
    """Return whether an answer is of the object that a token was made for."""
    made = s3_token(etag=answer.etag, version_id=version, size=answer.size, last_modified=answer.last_modified)
    return made == token


def _writable(text: str) -> str:
    """Return a key or prefix that UTF-8 can write; raises ``BucketError``."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BucketError(f"{text!r} is no text in UTF-8, which the keys of S3 are") from None
    return text
