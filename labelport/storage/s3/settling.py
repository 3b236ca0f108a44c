"""A connection as a worker needs it: with everything that profile and environment say already in it."""

import os
from dataclasses import replace

from labelport.storage.connection import Connection
from labelport.storage.s3.clients import Clients

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
"""Both clients go by these, in capitals or not; no connection names them."""

CHAIN = (
    "HOME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EC2_METADATA_V1_DISABLED",
    "AWS_IMDS_USE_IPV6",
    "AWS_METADATA_SERVICE_TIMEOUT",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_LOGIN_CACHE_DIRECTORY",
)
"""What botocore's chain of credentials and configuration reads."""


def settled(clients: Clients) -> Connection:
    """Return the connection that a worker shall have: the same place, and keys where they do not expire.

    Credentials that are renewed (role, SSO, container, web identity) are not frozen: the worker builds the
    session again from the connection's fields and ``variables``. Raises ``BucketError``.
    """
    connection, reach = clients.connection, clients.reach
    if connection.settled:
        return connection
    place = replace(
        connection,
        endpoint=reach.endpoint,
        region=reach.region,
        addressing="virtual" if reach.virtual else "path",
        verify=reach.verify,
    )
    if connection.unsigned:
        return replace(place, profile=None, settled=True)
    if _is_renewed(clients.credentials):
        return place
    keys = clients.credentials.get_frozen_credentials()
    return replace(
        place,
        profile=None,
        access_key_id=keys.access_key,
        secret_access_key=keys.secret_key,
        session_token=keys.token,
        settled=True,
    )


def variables(connection: Connection) -> list[str]:
    """Return the names of the variables that are set here and that such a connection depends on."""
    proxies = [name for proxy in PROXIES for name in (proxy, proxy.lower())]
    names = proxies if connection.settled else [*CHAIN, *proxies]
    return [name for name in names if name in os.environ]


def _is_renewed(credentials: object) -> bool:
    from botocore.credentials import RefreshableCredentials  # noqa: PLC0415

    return isinstance(credentials, RefreshableCredentials)
