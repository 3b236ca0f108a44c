"""How Encord names objects behind a Multi-Region Access Point of S3: its ARN, then the object's name."""

import re
from collections.abc import Iterator

from labelport.manifests.urls import UrlFault, has_dot_segment, text_faults, url_faults

ARN = r"arn:aws[a-z-]*:s3::\d{12}:accesspoint/[A-Za-z0-9_-]+\.mrap"
"""ARN of an access point: no region in it (AWS; the Encord page)."""

_PLAIN = re.compile(r"https://[a-z0-9.-]+(?:/[A-Za-z0-9_.~%!$&'()*+,;=:@-]*)+")
_FOLDED = re.compile(r"/\.|%2e", re.IGNORECASE)
_SHORT = 2048

_OBJECT = re.compile(rf"{ARN}/.+", re.DOTALL)


def is_arn(url: str) -> bool:
    """Return whether a text is meant as an ARN."""
    return url.startswith("arn:")


def is_plain(url: str) -> bool:
    """Return whether a URL is so plain that ``url_faults`` finds nothing: the usual case, in a third of the time."""
    return len(url) < _SHORT and bool(_PLAIN.fullmatch(url)) and not _FOLDED.search(url)


def object_faults(url: str) -> Iterator[UrlFault]:
    """Yield what is wrong with an ``objectUrl``: an https URL, or an ARN with the object's name."""
    if not is_arn(url):
        if not is_plain(url):
            yield from url_faults(url)
        return
    yield from text_faults(url)
    if not _OBJECT.fullmatch(url):
        yield UrlFault("manifest.url_form", "it is no ARN of a Multi-Region Access Point with an object behind it")
    elif has_dot_segment(url):
        yield UrlFault("manifest.url_form", "its object's name holds the segment '.' or '..'")
