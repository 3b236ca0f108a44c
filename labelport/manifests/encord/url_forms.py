"""How an object is called for Encord: the form of the storage, or another one that the options name (3.7)."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from labelport.errors import SettingsError
from labelport.manifests.encord.options import EncordOptions
from labelport.storage.contract import Bucket

UrlOf = Callable[[str, str], str]
"""Gives the URL of (store, key)."""

_VIRTUAL = re.compile(
    r"https://(?P<bucket>[^/]+)\.s3\.(?P<region>[a-z0-9-]+)\.amazonaws\.(?P<end>com(?:\.cn)?)/(?P<key>.*)"
)
_PATH = re.compile(
    r"https://s3\.(?P<region>[a-z0-9-]+)\.amazonaws\.(?P<end>com(?:\.cn)?)/(?P<bucket>[^/]+)/(?P<key>.*)"
)


_FORMS = {
    "virtual": "https://{bucket}.s3.{region}.amazonaws.{end}/{key}",
    "path": "https://s3.{region}.amazonaws.{end}/{bucket}/{key}",
}


def url_in_form(options: EncordOptions, plain: UrlOf, bucket: Bucket) -> UrlOf:
    """Return how (store, key) is called in a manifest.

    ``plain``: the form of the storage, or that of ``url_base``. Other forms are for the objects of
    ``bucket``; what Labelport made itself lies elsewhere and keeps its plain form. The function raises
    ``SettingsError`` where the form asked for is one of AWS and the object's URL is none.
    """
    if options.url_form == "auto":
        return plain

    def formed(store: str, key: str) -> str:
        url = plain(store, key)
        if store != "raw":
            return url
        if options.url_form == "mrap":
            return f"{options.mrap}{options.mrap_joiner}{_object_name(url, key, bucket)}"
        return _FORMS[options.url_form].format_map(_aws_parts(url, options.url_form))

    return formed


def _aws_parts(url: str, form: str) -> dict[str, str]:
    found = _PATH.fullmatch(url) or _VIRTUAL.fullmatch(url)
    if found is None:
        raise SettingsError(
            f"url_form: {form} rewrites URLs of AWS, and this dataset's objects are called otherwise: "
            "leave url_form out, or url_base"
        )
    return found.groupdict()


def _object_name(url: str, key: str, bucket: Bucket) -> str:
    """Return the object's name in its AWS bucket, prefix included, not percent-encoded."""
    found = _PATH.fullmatch(url) or _VIRTUAL.fullmatch(url)
    if found is not None:
        return unquote(found["key"])
    if bucket.uri.startswith("s3://"):
        raise SettingsError("url_form: mrap names objects of a bucket at AWS by their whole keys: leave out url_base")
    return key
