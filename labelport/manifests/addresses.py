"""How the objects of a dataset are called in its manifests: by URL, and by bucket and key."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from labelport.storage.keys import url_of

if TYPE_CHECKING:
    from labelport.dataset import Dataset

BY_BUCKET = ("s3://", "gs://")
"""Schemes that name bucket and key: what follows is the key itself, not percent-encoded."""


def urls_of(dataset: "Dataset") -> Callable[[str, str], str]:
    """Return what gives the URL of (store, key); ``url_base`` is for the raw bucket."""
    base = dataset.settings.url_base

    def url(store: str, key: str) -> str:
        if store == "publish":
            return dataset.publish.url(key)
        return url_of(base, key) if base else dataset.bucket.url(key)

    return url


def uris_of(dataset: "Dataset") -> Callable[[str, str], str | None]:
    """Return what gives (store, key) as ``s3://bucket/prefix/key``, or null where the store is none that has such.

    A ``url_base`` that names a bucket (``s3://``, ``gs://``) stands for the raw one.
    """
    base = dataset.settings.url_base
    raw = base if base and base.startswith(BY_BUCKET) else dataset.bucket.uri
    roots = {"raw": raw, "publish": dataset.publish.uri}

    def uri(store: str, key: str) -> str | None:
        root = roots[store]
        return f"{root.rstrip('/')}/{key}" if root.startswith(BY_BUCKET) else None

    return uri
