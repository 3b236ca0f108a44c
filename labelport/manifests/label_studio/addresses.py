"""How Label Studio calls an object: by bucket and key, which a storage of the project resolves, or by URL."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from labelport.manifests.addresses import BY_BUCKET
from labelport.manifests.contract import EmitContext
from labelport.manifests.intake import Address, Intake, intake_by_uri, uri_faults
from labelport.manifests.label_studio.options import LabelStudioOptions
from labelport.manifests.urls import UrlFault, text_faults, url_faults

_BY_BUCKET = (*BY_BUCKET, "azure-blob://")
_OWN = "/data/"
"""Files that the server itself keeps: uploads, and folders that it was given."""


def label_studio_intake(options: LabelStudioOptions, context: EmitContext) -> Intake:
    """Return the intake that calls objects as the options say."""
    url = context.url or (lambda _, key: context.bucket.url(key))
    ways: dict[str, Address] = {
        "uri": context.uri,
        "url": url,
        "auto": lambda store, key: context.uri(store, key) or url(store, key),
    }
    return replace(
        intake_by_uri("label_studio", options, context), address=ways[options.address], faults=address_faults
    )


def is_address(text: str) -> bool:
    """Return whether a value is meant as an address, not as a text."""
    return text.startswith((*_BY_BUCKET, _OWN, "https://", "http://"))


def address_faults(address: str) -> Iterator[UrlFault]:
    """Yield why Label Studio cannot show the object of an address.

    Its server takes ``s3://bucket/key`` apart as a URL: what follows a question mark and the slashes at the
    beginning of the key are lost [read from the server's code].
    """
    if address.startswith(_OWN):
        yield from text_faults(address)
    elif not address.startswith(_BY_BUCKET):
        yield from url_faults(address)
    else:
        yield from uri_faults(address)
        bucket, _, key = address.partition("://")[2].partition("/")
        if not bucket or not key:
            yield UrlFault("manifest.url_form", "it does not name a bucket and a key")
        if "?" in key or key.startswith("/"):
            yield UrlFault("manifest.url_form", "Label Studio loses a part of a key that holds '?' or begins with '/'")
        if key != key.rstrip():
            yield UrlFault("manifest.url_form", "Label Studio cuts off the blank at the end of its key")
        if {".", ".."} & set(key.split("/")):
            yield UrlFault(
                "manifest.url_form", "its key holds '.' or '..', which browsers fold: they read another object"
            )


def cannot_stand_in_a_list(addresses: Sequence[str]) -> bool:
    """Return whether Label Studio leaves a list of these addresses as it is, and so shows nothing.

    Its server looks for addresses in the list as a text, up to the first ``=`` [seen with Label Studio 1.23.2]: one
    address that holds ``=`` is found where it stands alone, and a list of nothing else is not.
    """
    return all(address.startswith(_BY_BUCKET) and "=" in address for address in addresses)
