"""Requests about objects that obstore cannot name: boto3 takes any key."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from boto3.s3.transfer import TransferConfig
from botocore import exceptions, parsers

from labelport.storage.s3.calls import Answer, answer_of
from labelport.storage.s3.refusals import Refusal
from labelport.storage.s3.tokens import bare, quoted

T = TypeVar("T")

_CONTENT_RANGE = re.compile(r"bytes \d+-\d+/(\d+)")
_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")


class BotoCalls:
    """``ObjectCalls`` through a boto3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def head(self, key: str, *, version: str | None = None) -> Answer:
        """Return what is known of an object."""
        options = {} if version is None else {"VersionId": version}
        response = refusing(lambda: self._client.head_object(Bucket=self._bucket, Key=key, **options))
        return _answer(response, response["ContentLength"])

    def read(
        self, key: str, start: int, end: int, *, if_match: str | None, version: str | None
    ) -> tuple[bytes, Answer]:
        """Return the bytes from ``start`` to before ``end``, fewer at the object's end."""
        given = {"IfMatch": None if if_match is None else quoted(if_match), "VersionId": version}
        options = {name: value for name, value in given.items() if value is not None}

        def call() -> tuple[bytes, Answer]:
            response = self._client.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end - 1}", **options
            )
            partial = _CONTENT_RANGE.fullmatch(response.get("ContentRange", ""))
            with response["Body"] as body:
                if partial is None or response["ContentLength"] > end - start:
                    raise Refusal(cause="nonsense")  # the whole object, where a part was asked for
                return body.read(), _answer(response, int(partial[1]))

        return refusing(call)

    def get(self, key: str) -> tuple[bytes, Answer]:
        """Return a whole object."""

        def call() -> tuple[bytes, Answer]:
            response = self._client.get_object(Bucket=self._bucket, Key=key)
            with response["Body"] as body:
                return body.read(), _answer(response, response["ContentLength"])

        return refusing(call)

    def put(self, key: str, body: bytes, *, if_match: str | None, if_none_match: bool) -> str | None:
        """Write an object; return its ETag without quotes."""
        condition: dict[str, str] = {"IfNoneMatch": "*"} if if_none_match else {}
        if if_match is not None:
            condition = {"IfMatch": quoted(if_match)}
        try:
            response = refusing(lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=body, **condition))
        except Refusal as refusal:
            if if_match is not None and refusal.code == "NoSuchKey":  # there is nothing to write over
                raise Refusal(412, refusal.code) from None
            raise
        return bare(response.get("ETag"))

    def copy(self, source: str, target: str) -> None:
        """Copy within the server."""
        origin = {"Bucket": self._bucket, "Key": source}
        refusing(lambda: self._client.copy_object(Bucket=self._bucket, Key=target, CopySource=origin))

    def copy_in_parts(self, source: str, target: str, *, part_bytes: int = 256 << 20) -> None:
        """Copy within the server an object of any size."""
        origin = {"Bucket": self._bucket, "Key": source}
        config = TransferConfig(multipart_threshold=part_bytes, multipart_chunksize=part_bytes)
        refusing(lambda: self._client.copy(origin, self._bucket, target, Config=config))

    def delete(self, key: str) -> None:
        """Delete an object or nothing."""
        refusing(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))


def _answer(response: dict[str, Any], size: int) -> Answer:
    return answer_of(
        size=size,
        etag=response.get("ETag"),
        version_id=response.get("VersionId"),
        last_modified=response.get("LastModified"),
    )


_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.MetadataRetrievalError,
    exceptions.RefreshWithMFAUnsupportedError,
    exceptions.TokenRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.SSOError,
)
_TRANSPORT = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.IncompleteReadError,
    exceptions.FlexibleChecksumError,
)
_TIMEOUTS = (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError)


def refusing(call: Callable[[], T]) -> T:
    """Return what a call gives; raises ``Refusal`` with nothing of botocore's text behind it."""
    try:
        return call()
    except exceptions.ClientError as error:
        refusal = _of_answer(error.response)
    except exceptions.BotoCoreError as error:
        refusal = refusal_of(error)
    except parsers.ResponseParserError:
        refusal = Refusal(cause="nonsense")
    raise refusal


def _of_answer(response: dict[str, Any]) -> Refusal:
    said = response.get("ResponseMetadata", {})
    status = said.get("HTTPStatusCode")
    code = str(response.get("Error", {}).get("Code", ""))
    if code == str(status) or not _CODE.fullmatch(code):  # botocore puts the status there where there is no code
        code = ""
    region = said.get("HTTPHeaders", {}).get("x-amz-bucket-region") or response.get("Error", {}).get("Region")
    return Refusal(status, code, region=region)


def refusal_of(error: exceptions.BotoCoreError) -> Refusal:
    """Return an error that botocore made itself, without its text: that may show what a user's program printed."""
    if isinstance(error, _TIMEOUTS):
        return Refusal(cause="timeout")
    if isinstance(error, exceptions.SSLError):
        return Refusal(cause="tls")
    if isinstance(error, _TRANSPORT):
        return Refusal(cause="transport")
    if isinstance(error, _CREDENTIALS):
        return Refusal(cause="credentials", code=type(error).__name__)
    return Refusal(cause="settings", code=type(error).__name__)
