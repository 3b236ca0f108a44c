"""Is a file one of Encord's: by its header, or by the keys that only Encord has."""

import re

from labelport.manifests.chunks import is_index
from labelport.manifests.encord.dialects import FILE, SDK

GROUPS = ".groups.json"
"""End of the name of a plan of groups."""

_URL_KEY = re.compile(rb'"object_?url(?:_\d+)?"\s*:', re.IGNORECASE)
_OWN_KEY = re.compile(
    rb'"(?:skip_duplicate_urls|upsert_metadata|image_groups|dicom_series|imageGroups|dicomSeries|skipDuplicateUrls)"\s*:'
)
_FIRST_KEY = re.compile(
    rb'\s*\{\s*"(?:%s)"\s*:' % "|".join(sorted({*FILE.sections, *FILE.flags, *SDK.sections, *SDK.flags})).encode()
)
_PLAN = re.compile(rb'\s*\{\s*"[^"]*"\s*:\s*\[\s*"')
_JSON = re.compile(rb"\s*\{")
_CSV = re.compile(rb'(?:\xef\xbb\xbf)?\s*"?objecturl"?\s*(?:,|\r|\n|$)', re.IGNORECASE)


def looks_like_encord(name: str, head: bytes) -> float:
    """Return how surely a file is one of Encord's: its JSON or CSV, an index of chunks, a plan of groups."""
    if is_index(name, head):
        return 0.9
    if _CSV.match(head):
        return 1.0
    if not _JSON.match(head):
        return 0.0
    if name.endswith(GROUPS) and _PLAN.match(head):
        return 0.9
    if _URL_KEY.search(head):
        return 1.0 if _FIRST_KEY.match(head) else 0.5
    return 0.9 if _OWN_KEY.search(head) else 0.0


def is_plan(name: str, head: bytes) -> bool:
    """Return whether one of Encord's files is a plan of groups."""
    return name.endswith(GROUPS) and (bool(_PLAN.match(head)) or not _URL_KEY.search(head))


def is_csv(name: str, head: bytes) -> bool:
    """Return whether a file is to be read as CSV."""
    if _JSON.match(head):
        return False
    return name.lower().endswith(".csv") or bool(_CSV.match(head))
