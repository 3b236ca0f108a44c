"""The public interface: a MediaDataset in a defs.yaml gives the whole chain of assets, an S3Connection reaches S3."""

from typing import Literal, Self

import dagster as dg
from pydantic import BaseModel, Field, model_validator

from assets.dataset import build_assets
from assets.resources import S3Store, resource_key
from labelport.options import NAME, Options
from labelport.settings import DatasetSettings
from orchestration.automation import WHEN_DATA_CHANGES
from orchestration.sending import build_sent_jobs


class MediaDataset(dg.Component):
    """One dataset of media: where it lies, and what is built from it.

    A bucket of raw files becomes an inventory, probed media metadata, series, and the manifests that
    labeling platforms take; annotation files become one checked table, and what is exported from it.
    New uploads rebuild just what they touch.
    """

    def __init__(self, settings: DatasetSettings) -> None:
        self.settings = settings

    @classmethod
    def get_model_cls(cls) -> type[DatasetSettings]:
        """Return the model that `dg check yaml` holds the attributes against."""
        return DatasetSettings

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "MediaDataset":
        """Resolve ``{{ env.X }}`` in all values and check the result again."""
        given = attributes.model_dump(exclude_unset=True) if attributes else {}
        return cls(DatasetSettings.model_validate(context.resolution_context.resolve_value(given)))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """Return the dataset's assets, and a job for each manifest with batches."""
        assets = dg.Definitions(assets=build_assets(self.settings, automation=WHEN_DATA_CHANGES))
        return dg.Definitions.merge(assets, build_sent_jobs(self.settings))


class S3ConnectionOptions(Options):
    """How an S3 account or store is reached; a key that is left out is what the AWS chain of the process says."""

    name: str = Field("default", pattern=NAME, description="What a dataset's `connection` calls it.")
    endpoint: str | None = Field(None, description="Address of an S3-compatible store; none for AWS itself.")
    region: str | None = Field(None, description="Region of the buckets.")
    profile: str | None = Field(None, description="Profile of the AWS configuration files.")
    addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="`path`: the bucket in the path, as most S3-compatible stores want it."
    )
    access_key_env: str | None = Field(None, description="Environment variable that holds the access key id.")
    secret_key_env: str | None = Field(None, description="Environment variable that holds the secret key.")
    session_token_env: str | None = Field(None, description="Environment variable that holds a session token.")
    verify: bool = Field(True, description="Whether TLS certificates are checked.")
    ca_bundle: str | None = Field(None, description="File of the certificate authorities of this store.")
    unsigned: bool = Field(False, description="True: requests carry no signature, for public buckets.")
    max_attempts: int = Field(5, ge=1, description="Tries of one request.")

    @model_validator(mode="after")
    def _keys_go_in_pairs(self) -> Self:
        if (self.access_key_env is None) != (self.secret_key_env is None):
            raise ValueError("access_key_env and secret_key_env go together: give both, or none for the AWS chain")
        return self


class S3Connection(dg.Component):
    """One S3 account or store that datasets reach by its name.

    Secrets are never written here: the YAML names the environment variables that hold them. Without them
    the ordinary AWS chain is asked: environment, profile, role of the machine.
    """

    def __init__(self, options: S3ConnectionOptions) -> None:
        self.options = options

    @classmethod
    def get_model_cls(cls) -> type[S3ConnectionOptions]:
        """Return the model that `dg check yaml` holds the attributes against."""
        return S3ConnectionOptions

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "S3Connection":
        """Resolve ``{{ env.X }}`` in all values and check the result again."""
        given = attributes.model_dump(exclude_unset=True) if attributes else {}
        return cls(S3ConnectionOptions.model_validate(context.resolution_context.resolve_value(given)))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """Return the resource ``s3_<name>``."""
        given = self.options
        store = S3Store(
            endpoint_url=given.endpoint,
            region_name=given.region,
            profile_name=given.profile,
            addressing=given.addressing,
            aws_access_key_id=_secret(given.access_key_env),
            aws_secret_access_key=_secret(given.secret_key_env),
            aws_session_token=_secret(given.session_token_env),
            verify=given.verify,
            ca_bundle=given.ca_bundle,
            use_unsigned_session=given.unsigned,
            max_attempts=given.max_attempts,
        )
        return dg.Definitions(resources={resource_key(given.name): store})


def _secret(variable: str | None) -> dg.EnvVar | None:
    """Return what is read when a run needs it: the UI shows the variable's name, never what it holds."""
    return dg.EnvVar(variable) if variable else None
