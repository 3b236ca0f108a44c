"""Whether the objects of a bucket have versions that may be listed."""

from typing import Any, Literal, NamedTuple

from labelport.storage.s3.by_boto import refusing
from labelport.storage.s3.refusals import Asked, Refusal, told

Right = Literal["s3:GetBucketVersioning", "s3:ListBucketVersions"]
"""What it takes to know the versions of a bucket."""


class Versions(NamedTuple):
    """What was found out about a bucket."""

    told: bool
    """Whether listings and HEAD give the version of an object. Tokens hold it then, and only then."""

    denied: Right | None
    """The right that is missing to know."""


def versions_of(client: Any, bucket: str, prefix: str, *, endpoint: str) -> Versions:
    """Ask a bucket whether it has versions. Where that is denied, or the store cannot do it, none are told.

    Also a bucket whose versioning is suspended has them: its older objects still carry one.
    Raises ``BucketError`` where the bucket cannot be asked at all.
    """
    action: Right = "s3:GetBucketVersioning"
    try:
        status = refusing(lambda: client.get_bucket_versioning(Bucket=bucket)).get("Status")
        if status not in ("Enabled", "Suspended"):
            return Versions(told=False, denied=None)
        action = "s3:ListBucketVersions"
        refusing(lambda: client.list_object_versions(Bucket=bucket, Prefix=prefix, MaxKeys=1))
        return Versions(told=True, denied=None)
    except Refusal as refusal:
        if refusal.withheld:
            return Versions(told=False, denied=action)
        error = told(refusal, Asked(action, bucket, endpoint))
    raise error
