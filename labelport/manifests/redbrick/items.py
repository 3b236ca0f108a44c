"""How RedBrick calls an object: by its key in the bucket, or below the root of the import."""

from collections.abc import Iterator
from dataclasses import replace

from labelport.manifests.contract import EmitContext
from labelport.manifests.intake import Intake, intake_by_uri, uri_faults
from labelport.manifests.redbrick.options import RedbrickOptions
from labelport.manifests.urls import UrlFault


def redbrick_intake(options: RedbrickOptions, context: EmitContext) -> Intake:
    """Return the intake that calls objects by their whole key, and refuses what does not lie below the root."""

    def key_in_bucket(store: str, key: str) -> str:
        uri = context.uri(store, key)
        return uri.partition("://")[2].partition("/")[2] if uri else key

    def faults(key: str) -> Iterator[UrlFault]:
        if key.startswith(options.root):
            yield from item_faults(key.removeprefix(options.root))
        else:
            yield UrlFault("redbrick.outside_root", "it does not lie below items_root")

    intake = intake_by_uri("redbrick", options, context, helpless=frozenset({"audio"}))
    return replace(intake, address=key_in_bucket, faults=faults)


def item_faults(item: str) -> Iterator[UrlFault]:
    """Yield why a storage cannot find an item: it is a key, not a URL of a bucket, and leads out of no folder."""
    yield from uri_faults(item)
    if not item or item.startswith("/"):
        yield UrlFault("manifest.url_form", "it is empty or begins with '/': items are keys below a bucket or folder")
    if {".", ".."} & set(item.split("/")):
        yield UrlFault("manifest.url_form", "it holds '.' or '..', which lead to another object")
    if "://" in item:
        yield UrlFault(
            "manifest.url_form", "it is a URL: the storage method knows the bucket, an item is the key alone"
        )
