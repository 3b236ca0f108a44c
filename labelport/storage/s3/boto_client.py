"""What botocore makes of a connection: a client, credentials, certificate authorities.

The texts of its errors are not passed on, and nothing is raised inside of ``except``: behind those errors
stand others that show a line of a file of secrets, or what a user's program of credentials printed.
"""

# Paths are plain strings from settings and the AWS configuration.
# ruff: noqa: PTH100

import os
from typing import TYPE_CHECKING, Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from labelport.errors import BucketError, LabelportError
from labelport.storage.connection import Connection
from labelport.storage.s3.by_boto import refusal_of
from labelport.storage.s3.pages import parse_pages_here
from labelport.storage.s3.refusals import Asked, Refusal, told

if TYPE_CHECKING:
    from boto3 import Session

CONNECT_S = 5
"""Seconds until a connection must stand."""

ANSWER_S = 60
"""Seconds without a byte after which a request is given up."""


def boto_client(connection: Connection, session: "Session", bucket: str) -> Any:
    """Return a client whose listings ``listing.Lister`` reads; raises ``BucketError``."""
    options: dict[str, Any] = {"signature_version": botocore.UNSIGNED} if connection.unsigned else {}
    if connection.addressing != "auto":  # else the profile may say it
        options["s3"] = {"addressing_style": connection.addressing}
    config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=ANSWER_S,
        retries={"total_max_attempts": connection.max_attempts, "mode": "standard"},
        # Checksums in trailers are new, and most S3-compatible stores do not know them.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        **options,
    )
    failed: LabelportError
    try:
        client = session.client(
            "s3",
            endpoint_url=connection.endpoint,
            region_name=connection.region or session.region_name or "us-east-1",  # judged by `Clients.reach`
            verify=None if connection.verify is True else connection.verify,  # null: AWS_CA_BUNDLE is asked
            config=config,
        )
    except BotoCoreError as error:
        failed = told(refusal_of(error), _asked(connection, bucket))
    except ValueError:  # of the endpoint
        failed = BucketError(
            "the endpoint of the connection (or AWS_ENDPOINT_URL, or the profile) is no address: write https://host:port"
        )
    else:
        client.meta.events.register("before-call.s3", _stay_in_region)
        parse_pages_here(client)
        return client
    raise failed


def credentials_of(connection: Connection, session: "Session", bucket: str) -> Any:
    """Return the credentials of a session as botocore has them; raises ``BucketError`` where there are none."""
    found, refusal = None, Refusal(cause="credentials")
    try:
        found = session.get_credentials()
    except BotoCoreError as error:
        refusal = refusal_of(error)
    if found is None:
        raise told(refusal, _asked(connection, bucket))
    return found


def authorities_of(connection: Connection) -> bool | str:
    """Return what certificates are checked by: the connection's word, the configuration's, or the system (true)."""
    if connection.verify is not True:
        return connection.verify if connection.verify is False else os.path.abspath(connection.verify)
    configured = botocore.session.Session(profile=connection.profile).get_config_variable("ca_bundle")
    bundle = configured or os.environ.get("REQUESTS_CA_BUNDLE")
    return os.path.abspath(bundle) if bundle else True


def _asked(connection: Connection, bucket: str) -> Asked:
    return Asked("s3:ListBucket", bucket, connection.endpoint or "AWS")


def _stay_in_region(context: dict[str, Any], **_: Any) -> None:
    """Keep botocore from following a bucket to another region by itself: obstore could not come along."""
    context.setdefault("s3_redirect", {})["redirected"] = True
