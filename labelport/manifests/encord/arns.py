"""How Encord names objects behind a Multi-Region Access Point of S3: its ARN, then the object's name."""

import re
from collections.abc import Iterator

from labelport.manifests.urls import UrlFault, has_dot_segment, text_faults, url_faults

ARN = r"arn:aws[a-z-]*:s3::\d{12}:accesspoint/[A-Za-z0-9_-]+\.mrap"
"""ARN of an access point: no region in it (AWS; the Encord page)."""

_OBJECT = re.compile(rf"{ARN}/.+", re.DOTALL)


def is_arn(url: str) -> bool:
    """Return whether a text is meant as an ARN."""
    return url.startswith("arn:")


def object_faults(url: str) -> Iterator[UrlFault]:
    """Yield what is wrong with an ``objectUrl``: an https URL, or an ARN with the object's name."""
    if not is_arn(url):
        yield from url_faults(url)
        return
    yield from text_faults(url)
    if not _OBJECT.fullmatch(url):
        yield UrlFault("manifest.url_form", "it is no ARN of a Multi-Region Access Point with an object behind it")
    elif has_dot_segment(url):
        yield UrlFault("manifest.url_form", "its object's name holds the segment '.' or '..'")
