"""How an S3 store is reached: what dagster-aws's S3Resource says, or the ordinary AWS chain."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from labelport.errors import BucketError

if TYPE_CHECKING:
    from boto3 import Session

Addressing = Literal["auto", "path", "virtual"]


@dataclass(frozen=True)
class Connection:
    """One account and store. Without any field: the AWS chain of the process (environment, profile, role)."""

    endpoint: str | None = None
    """Address of an S3-compatible store, null for AWS (or what the profile or ``AWS_ENDPOINT_URL`` says)."""

    region: str | None = None
    """Null: what the profile or the environment says."""

    profile: str | None = None
    """Profile of the AWS configuration files."""

    access_key_id: str | None = field(default=None, repr=False)
    """Static key; mostly null, and then the chain's."""

    secret_access_key: str | None = field(default=None, repr=False)
    """Goes with ``access_key_id``."""

    session_token: str | None = field(default=None, repr=False)
    """Of temporary credentials."""

    addressing: Addressing = "auto"
    """``path``: the bucket in the path, as most S3-compatible stores want it."""

    verify: bool | str = True
    """Whether TLS certificates are checked, or the path of a file of authorities."""

    unsigned: bool = False
    """True: requests carry no signature (public buckets)."""

    max_attempts: int = 5
    """Tries of one request."""

    settled: bool = False
    """True: every field says what it is, and nothing of the AWS chain applies. Made by ``access_of`` alone."""

    def __post_init__(self) -> None:
        """Refuse what cannot be a connection; raises ``BucketError``, which shows no secret."""
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise BucketError("a connection needs access key id and secret access key together: one is missing")
        if self.endpoint is not None:
            refuse_endpoint(self.endpoint)
        if self.settled and not (self.endpoint and self.region and (self.unsigned or self.access_key_id)):
            raise BucketError("a settled connection has endpoint, region and keys: one is missing")
        if self.max_attempts < 1:
            raise BucketError(f"max_attempts is {self.max_attempts}: a request is tried at least once")

    def session(self) -> "Session":
        """Return a boto3 session of these credentials; raises ``BucketError`` for a profile that is not there."""
        import boto3  # noqa: PLC0415  -- 0.3 s and 30 MB that folders need not pay
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        try:
            return boto3.Session(
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                profile_name=self.profile,
                region_name=self.region,
            )
        except BotoCoreError as error:
            said = str(error)
        # Not inside of `except`: behind the error stands the parser's, which shows a line of the file of secrets.
        raise BucketError(f"the AWS configuration cannot be used: {said}")

    def to_options(self) -> dict[str, Any]:
        """Return plain values that a worker's frame can hold. They hold secrets: never log or store them."""
        return asdict(self)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "Connection":
        """Return the connection that ``to_options`` was made of."""
        return cls(**options)


def refuse_endpoint(endpoint: str) -> None:
    """Raise ``BucketError`` for what is no ``http://`` or ``https://`` address, or holds a secret."""
    try:
        parts = urlsplit(endpoint)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise BucketError("the endpoint of the connection is no address: write https://host:port") from None
    if "@" in parts.netloc or parts.query or parts.fragment:  # not shown: it may hold a secret
        raise BucketError("the endpoint of a connection holds neither credentials nor a query: write https://host:port")
    if not fits or any(sign.isspace() for sign in endpoint):
        raise BucketError(f"{endpoint!r} is no endpoint: write it with its scheme, https://host:port")
