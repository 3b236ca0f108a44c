"""The two clients of a bucket: boto3 for listings and odd keys, obstore for the rest, of one set of credentials."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from obstore.store import S3Store

from labelport.errors import BucketError
from labelport.storage.connection import Connection, refuse_endpoint
from labelport.storage.s3.address import aws_suffix, is_virtual

if TYPE_CHECKING:
    from boto3 import Session
    from obstore.store import ClientConfig, S3Credential

T = TypeVar("T")

CONNECT_S = 5
"""Seconds until a connection of obstore must stand."""

REQUEST_S = 120
"""Seconds of a whole request of obstore, body and all."""

RETRY_S = 60
"""Seconds after the first try at which obstore tries nothing again."""

BORROWED_S = 600
"""Seconds that obstore keeps credentials of a session: botocore renews them before less is left of them."""


@dataclass(frozen=True)
class Reach:
    """Where a store is, after profile and environment have been asked; the same for both clients."""

    endpoint: str
    """With its scheme, without the bucket and a slash at the end."""

    region: str

    virtual: bool
    """Whether the bucket stands before the host."""

    verify: bool | str
    """Whether certificates are checked, or the path of a file of authorities."""


@dataclass(frozen=True)
class StaticCredentials:
    """Credentials that do not expire, as obstore asks for them."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False)

    def __call__(self) -> "S3Credential":
        """Return them."""
        return {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "token": self.session_token,
            "expires_at": None,
        }


class Clients:
    """The clients of one bucket, each made when it is first needed; threads share them.

    Making one asks profile, environment and role, and sends nothing to the store. Raises ``BucketError``
    where those cannot be used.
    """

    def __init__(self, connection: Connection, bucket: str) -> None:
        self.connection = connection
        self.bucket = bucket
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"Clients({self.connection!r}, {self.bucket!r})"

    @property
    def reach(self) -> Reach:
        """Where the store is."""
        return self._once("reach", self._reach)

    @property
    def session(self) -> "Session":
        """The boto3 session that both clients have their credentials from."""
        return self._once("session", self.connection.session)

    @property
    def boto(self) -> Any:
        """The boto3 client."""
        return self._once("boto", self._boto)

    @property
    def store(self) -> S3Store:
        """The store of obstore."""
        return self._once("store", self._store)

    def _once(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._made:
            with self._lock:
                if name not in self._made:
                    self._made[name] = make()
        return cast(T, self._made[name])

    def _reach(self) -> Reach:
        connection = self.connection
        if connection.settled:
            endpoint, region = connection.endpoint or "", connection.region or ""  # __post_init__ saw both
            addressing, verify = connection.addressing, connection.verify
        else:
            from labelport.storage.s3.boto_client import authorities_of  # noqa: PLC0415

            endpoint = self.boto.meta.endpoint_url
            refuse_endpoint(endpoint)  # it may come from the environment
            region = _region(connection, self.session, endpoint)
            addressing = (self.boto.meta.config.s3 or {}).get("addressing_style") or "auto"
            verify = authorities_of(connection)
        if isinstance(verify, str):
            _refuse_authorities(verify)
        endpoint = endpoint.rstrip("/")
        return Reach(endpoint, region, is_virtual(endpoint, self.bucket, addressing), verify)

    def _boto(self) -> Any:
        from labelport.storage.s3.boto_client import boto_client  # noqa: PLC0415  -- 30 MB that a worker need not pay

        return boto_client(self.connection, self.session, self.bucket)

    def _store(self) -> S3Store:
        connection, reach = self.connection, self.reach
        address = _with_bucket(reach.endpoint, self.bucket) if reach.virtual else reach.endpoint
        return S3Store(
            self.bucket,
            # obstore also reads the environment by itself: whatever we mean is said.
            endpoint=address,
            aws_endpoint_url_s3=address,
            region=reach.region,
            virtual_hosted_style_request=reach.virtual,
            skip_signature=connection.unsigned,
            s3_express=False,
            conditional_put="etag",
            disable_bulk_delete=True,  # a single DELETE needs no list of one, and every store knows it
            credential_provider=None if connection.unsigned else self._provider(),
            client_options=_client_options(address, reach.verify),
            retry_config={
                "max_retries": connection.max_attempts - 1,
                "retry_timeout": timedelta(seconds=RETRY_S),
            },
        )

    def _provider(self) -> "Callable[[], S3Credential]":
        connection = self.connection
        if connection.settled:
            key_id, secret = connection.access_key_id or "", connection.secret_access_key or ""
            return StaticCredentials(key_id, secret, connection.session_token)
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415  -- it imports boto3

        assert self.credentials is not None, "an unsigned connection needs no provider"
        return Boto3CredentialProvider(self.session, ttl=timedelta(seconds=BORROWED_S))

    @property
    def credentials(self) -> Any:
        """The session's credentials as botocore has them, null where requests are unsigned.

        Raises ``BucketError`` where there are none.
        """
        return None if self.connection.unsigned else self._once("credentials", self._credentials)

    def _credentials(self) -> Any:
        from labelport.storage.s3.boto_client import credentials_of  # noqa: PLC0415

        return credentials_of(self.connection, self.session, self.bucket)


def _region(connection: Connection, session: "Session", endpoint: str) -> str:
    """Return the region for both clients; raises ``BucketError`` where AWS needs one and none is set."""
    region = connection.region or session.region_name
    if region:
        return region
    if aws_suffix(endpoint) is None:
        return "us-east-1"  # as botocore signs; S3-compatible stores seldom look at it
    raise BucketError(
        "no region is set: write it into the connection, or set AWS_DEFAULT_REGION, or `region` in the AWS profile"
    )


def _client_options(endpoint: str, verify: bool | str) -> "ClientConfig":
    """Return how obstore speaks HTTP; the authorities have been looked at."""
    options: ClientConfig = {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "timeout": timedelta(seconds=REQUEST_S),
    }
    if verify is False:
        options["allow_invalid_certificates"] = True
    elif verify is not True:
        options["root_certificate"] = Path(verify).read_bytes()
    return options


def _refuse_authorities(path: str) -> None:
    """Raise ``BucketError`` for a file that holds no certificates: the clients would say so in odd places."""
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # an SSLError is one too
        raise BucketError(f"the certificate authorities in {path} cannot be read ({error.strerror})") from error


def _with_bucket(endpoint: str, bucket: str) -> str:
    """Return an endpoint with the bucket before its host, as obstore wants it for that form."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{bucket}.{parts.netloc}{parts.path}"
