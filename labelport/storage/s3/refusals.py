"""Why a store did not do what it was asked, without a word of the store's own text.

The texts of obstore and botocore hold addresses, signed queries, and answers in which a server repeats the
key id and the string that was signed. So only a status and a short code are taken from them, and what is
raised has neither cause nor context: loggers show those.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from labelport.errors import BucketError, LabelportError, ObjectAbsent, ObjectChanged, PreconditionFailed

T = TypeVar("T")

Cause = Literal["answer", "transport", "timeout", "tls", "credentials", "settings", "nonsense"]
Action = Literal[
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketVersioning",
]
"""A right, by the name that a policy gives it."""

NO_ETAG = "NoETag"
"""Code of a put that was done, and answered without an ETag."""

_READS = frozenset({"s3:GetObject", "s3:GetObjectVersion"})


class Refusal(Exception):
    """A request that failed, reduced to what may be shown; it is translated before it leaves this room."""

    def __init__(
        self, status: int | None = None, code: str = "", *, cause: Cause = "answer", region: str | None = None
    ) -> None:
        super().__init__(f"{cause} {status} {code}")
        self.status = status
        """Of HTTP; null where there was no answer."""
        self.code = code
        """S3's code (``NoSuchKey``); empty where the answer had none, as with HEAD."""
        self.cause = cause
        self.region = region
        """A region that the server names."""

    @property
    def withheld(self) -> bool:
        """Whether only this action is denied or unknown, and the credentials as such are good."""
        if self.cause != "answer":
            return False
        return self.status in (405, 501) or (self.status == 403 and self.code not in _ALL_DENYING)


@dataclass(frozen=True)
class Asked:
    """What was asked of a store, for the words of an error."""

    action: Action
    bucket: str
    endpoint: str
    key: str | None = None
    """Below the bucket's prefix; null for the bucket itself."""

    conditional: bool = False
    """Whether a put was one."""


def asked(call: Callable[[], T], what: Asked) -> T:
    """Return what a call gives; a ``Refusal`` becomes an error of ours, with nothing behind it."""
    try:
        return call()
    except Refusal as refusal:
        error = told(refusal, what)
    raise error


def told(refusal: Refusal, what: Asked) -> LabelportError:
    """Return a refusal as the error that the contract names, in words that say what to do."""
    return _of_the_object(refusal, what) or BucketError(_words(refusal, what))


def _of_the_object(refusal: Refusal, what: Asked) -> LabelportError | None:
    """Return the error of one object, or null where bucket, network or credentials are at fault."""
    status, code = refusal.status, refusal.code
    if what.key is None or refusal.cause != "answer" or code in _BUCKET_CODES:
        return None
    if what.action in _READS:
        # 405: that version is a delete marker; 400: an id that no version of this store has.
        if code in ("NoSuchVersion", "InvalidVersionId") or status in (405, 412):
            return ObjectChanged(f"{what.key!r} changed since it was listed: the next run reads it again")
        if status == 404:
            return ObjectAbsent(f"there is no object {what.key!r} (any more)")
    if what.conditional and status in (409, 412):
        return PreconditionFailed(f"{what.key!r} is not what it was: somebody else wrote it")
    return None


_BUCKET_CODES = frozenset({"NoSuchBucket", "InvalidBucketName", "AuthorizationHeaderMalformed", "PermanentRedirect"})
_REGION_CODES = frozenset(
    {"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"}
)
_EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"})
_KEY_CODES = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId"})
_ALL_DENYING = _EXPIRED_CODES | _KEY_CODES | {"RequestTimeTooSkewed"}


def _words(refusal: Refusal, what: Asked) -> str:
    place = f"the bucket {what.bucket} at {what.endpoint}"
    subject = place if what.key is None else f"{what.key!r} in {place}"
    match refusal.cause:
        case "transport":
            return f"{place} was not reached: is the endpoint right, and does this machine reach it?"
        case "timeout":
            return f"{place} did not answer in time ({what.action}): run again; if it stays, look at network and store"
        case "tls":
            return (
                f"the certificate of {what.endpoint} is not trusted: name the file of its authority in the connection"
            )
        case "credentials":
            why = f" ({refusal.code})" if refusal.code else ""
            return (
                f"there are no credentials for {place}{why}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile "
                "or role of the connection, or log in again; a public bucket is read by an unsigned connection"
            )
        case "settings":
            return f"{place} cannot be asked ({refusal.code}): look at the connection and the AWS configuration"
        case "nonsense":
            return f"{subject}: what came back for {what.action} is not S3: is that the right endpoint?"
    return _words_of_code(refusal, what, place=place) or _words_of_status(refusal, what, place=place, subject=subject)


def _words_of_code(refusal: Refusal, what: Asked, *, place: str) -> str | None:
    code = refusal.code
    if code == "NoSuchBucket" or (refusal.status == 404 and what.key is None):
        return (
            f"there is no bucket {what.bucket} at {what.endpoint}: check its name, and the endpoint of the connection"
        )
    if code in _REGION_CODES or refusal.status in (301, 307):
        lies = f", {refusal.region}" if refusal.region else ""
        return f"{place} lies in another region{lies}: set that region in the connection"
    if code == "RequestTimeTooSkewed":
        return f"{place} refuses what this machine asks because the clock here is wrong: set the clock"
    if code in _EXPIRED_CODES:
        return f"the credentials for {place} have expired: renew them, or log in again"
    if code in _KEY_CODES:
        return f"{what.endpoint} does not accept the credentials for the bucket {what.bucket} ({code}): check key and secret"
    return None


def _words_of_status(refusal: Refusal, what: Asked, *, place: str, subject: str) -> str:
    status, code = refusal.status, refusal.code
    answer = f"{status} {code}".rstrip()
    if code == "InvalidObjectState":
        return f"{subject} is archived: restore it, or exclude it"
    if code == "KeyTooLongError":
        return f"{subject}: the key is longer than the 1,024 bytes that S3 allows"
    if status in (401, 403):
        also = " (or it is absent, and s3:ListBucket is denied too)" if what.action in _READS else ""
        return f"{subject}: {what.action} is denied to these credentials{also}: give them that right"
    if status in (429, 503):
        return f"{place} is too busy ({answer}): run again later, or fewer runs at once"
    if status in (405, 501):
        return f"{place} cannot do {what.action} ({answer})"
    return f"{subject}: {answer} was the answer to {what.action}; run again, and look at the store if it stays"


_STATUS = re.compile(r"Server returned non-2xx status code: (\d{3})\b")
_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,64})</Code>")
_REGION = re.compile(r"<Region>([a-z0-9-]{1,32})</Region>")


def refusal_of_text(text: str) -> Refusal:
    """Return what the text of an error of obstore says: nothing structured comes with it."""
    status, code, region = _STATUS.search(text), _CODE.search(text), _REGION.search(text)
    if status is not None:
        return Refusal(int(status[1]), code[1] if code else "", region=region[1] if region else None)
    lowered = text.lower().replace("retry_timeout", "")
    if "etag header missing" in lowered:
        return Refusal(cause="nonsense", code=NO_ETAG)
    if "redirect without location" in lowered:
        return Refusal(301, "PermanentRedirect")
    if "certificate" in lowered:
        return Refusal(cause="tls")
    if "timed out" in lowered or "timeout" in lowered:
        return Refusal(cause="timeout")
    if "http error" in lowered or "error sending request" in lowered:
        return Refusal(cause="transport")
    return Refusal(cause="nonsense")
