"""Requests about objects that obstore can name: it lets other threads run, and costs a seventh of boto3's CPU."""

from collections.abc import Callable
from typing import TypeVar

import obstore
from obstore import exceptions
from obstore.store import S3Store

from labelport.storage.s3.calls import Answer, answer_of
from labelport.storage.s3.refusals import NO_ETAG, Refusal, refusal_of_text
from labelport.storage.s3.tokens import bare, quoted

T = TypeVar("T")

SINGLE_PUT = 64 << 20
"""Bytes that go in one request: a larger body goes in parts, which a killed run would leave behind."""


class ObstoreCalls:
    """``ObjectCalls`` through obstore."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def head(self, key: str, *, version: str | None = None) -> Answer:
        """Return what is known of an object."""
        options: obstore.GetOptions = {"head": True}
        if version is not None:
            options["version"] = version
        return _answer(_refusing(lambda: obstore.get(self._store, key, options=options)).meta)

    def read(
        self, key: str, start: int, end: int, *, if_match: str | None, version: str | None
    ) -> tuple[bytes, Answer]:
        """Return the bytes from ``start`` to before ``end``, fewer at the object's end."""
        options: obstore.GetOptions = {"range": (start, end)}
        if if_match is not None:
            options["if_match"] = quoted(if_match)
        if version is not None:
            options["version"] = version
        return self._get(key, options)

    def get(self, key: str) -> tuple[bytes, Answer]:
        """Return a whole object."""
        return self._get(key, {})

    def put(self, key: str, body: bytes, *, if_match: str | None, if_none_match: bool) -> str | None:
        """Write an object; return its ETag without quotes."""
        mode: obstore.PutMode = "overwrite"
        if if_none_match:
            mode = "create"
        elif if_match is not None:
            mode = {"e_tag": quoted(if_match)}  # only e_tag: "version": None raises TypeError
        parts = mode == "overwrite" and len(body) > SINGLE_PUT
        try:
            put = _refusing(lambda: obstore.put(self._store, key, body, mode=mode, use_multipart=parts))
        except Refusal as refusal:
            if refusal.code == NO_ETAG:
                return None
            raise
        return bare(put["e_tag"])

    def copy(self, source: str, target: str) -> None:
        """Copy within the server."""
        _refusing(lambda: obstore.copy(self._store, source, target))

    def delete(self, key: str) -> None:
        """Delete an object or nothing."""
        _refusing(lambda: obstore.delete(self._store, key))

    def _get(self, key: str, options: "obstore.GetOptions") -> tuple[bytes, Answer]:
        def call() -> tuple[bytes, Answer]:
            result = obstore.get(self._store, key, options=options)
            return result.bytes().to_bytes(), _answer(result.meta)

        return _refusing(call)


def _answer(meta: "obstore.ObjectMeta") -> Answer:
    return answer_of(
        size=meta["size"], etag=meta["e_tag"], version_id=meta["version"], last_modified=meta["last_modified"]
    )


def _refusing(call: Callable[[], T]) -> T:
    """Return what a call gives; raises ``Refusal`` with nothing of obstore's text behind it."""
    try:
        return call()
    except (exceptions.AlreadyExistsError, exceptions.PreconditionError) as error:
        # An update of an object that is gone is answered by 404, and obstore calls that a failed condition too.
        refusal = Refusal(412, refusal_of_text(str(error)).code)
    except exceptions.UnauthenticatedError as error:
        said = refusal_of_text(str(error))
        refusal = said if said.status is not None else Refusal(cause="credentials")
    except (exceptions.BaseError, OSError, ValueError) as error:
        refusal = refusal_of_text(str(error))
    raise refusal
