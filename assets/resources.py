"""How a run reaches S3: one resource a connection, made from dagster-aws's S3Resource."""

from typing import Literal

import dagster as dg
from dagster_aws.s3 import S3Resource
from pydantic import Field

from labelport.dataset import Dataset, open_dataset
from labelport.errors import LabelportError
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection


class S3Store(S3Resource):
    """An account and store, by dagster-aws's fields, and how the bucket stands in its addresses.

    A step finds a ``Connection`` under ``context.resources``: what boto3 and obstore are both built from.
    """

    addressing: Literal["auto", "path", "virtual"] = Field(
        default="auto", description="`path`: the bucket in the path, as most S3-compatible stores want it."
    )
    ca_bundle: str | None = Field(default=None, description="File of certificate authorities that this store's is of.")

    def get_object_to_set_on_execution_context(self) -> Connection:
        """Return the connection that these fields describe."""
        return connection_of(self)


def connection_of(resource: S3Store) -> Connection:
    """Return how the library reaches what a resource describes; its fields are resolved already."""
    verify: bool | str = resource.ca_bundle or (True if resource.verify is None else resource.verify)
    return Connection(
        endpoint=_with_scheme(resource.endpoint_url, use_ssl=resource.use_ssl),
        region=resource.region_name,
        profile=resource.profile_name,
        access_key_id=resource.aws_access_key_id,
        secret_access_key=resource.aws_secret_access_key,
        session_token=resource.aws_session_token,
        addressing=resource.addressing,
        verify=verify,
        unsigned=resource.use_unsigned_session,
        max_attempts=resource.max_attempts,
    )


def resource_key(connection: str) -> str:
    """Return the key of the resource of a connection: ``s3_default``."""
    return f"s3_{connection}"


def required_resources(settings: DatasetSettings) -> set[str]:
    """Return the resources that a dataset's steps need: none where all of it lies in folders."""
    places = (settings.bucket_uri, settings.publish)
    return {resource_key(settings.connection)} if any(place.startswith("s3://") for place in places) else set()


def dataset_in(context: dg.AssetExecutionContext, settings: DatasetSettings) -> Dataset:
    """Return the dataset, opened with the connection that its settings name; raises ``dg.Failure``."""
    [connection] = [getattr(context.resources, key) for key in required_resources(settings)] or [None]
    try:
        return open_dataset(settings, connection)
    except LabelportError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _with_scheme(endpoint: str | None, *, use_ssl: bool) -> str | None:
    """Return an endpoint with its scheme: ``use_ssl`` speaks only where the address itself does not."""
    if endpoint is None or "://" in endpoint:
        return endpoint
    return f"{'https' if use_ssl else 'http'}://{endpoint}"
