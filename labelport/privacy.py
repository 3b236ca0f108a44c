"""What may be shown: keyed pseudonyms, redaction of keys, and the text that enters a log.

Allow-lists, never deny-lists (PS3.15 Annex E is a deny-list of 620 attributes, and vendors add
private ones every year).
"""

import base64
import hashlib
import hmac
import json
import os
import re
import unicodedata

from labelport.errors import SettingsError

_DATE_LIKE = re.compile(r"(?<!\d)(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_NAME_LIKE = re.compile(
    r"[A-Za-z]{2,}\^[A-Za-z]{2,}|(?:^|[/_.\- ])(?:patient|mrn|dob|birth)(?:[/_.\- ]|$)", re.IGNORECASE
)
_RECORD_LIKE = re.compile(r"(?<!\d)\d{7,10}(?!\d)")


def hmac_key(key_env: str | None) -> bytes | None:
    """Return the project's HMAC key from the environment, or null where none is asked for.

    Raises ``SettingsError`` where the settings name a variable that is not set: without it, hashes
    would silently be unkeyed.
    """
    if key_env is None:
        return None
    value = os.environ.get(key_env, "")
    if not value:
        raise SettingsError(
            f"privacy.key_env names {key_env}, which is not set: set it, or identifiers cannot be hashed"
        )
    return value.encode()


def series_id(*, dataset: str, rule: str, group_key: str, part: str = "", key: bytes | None = None) -> str:
    """Return ``<rule>-`` and 26 characters of lower-case base32 over 128 bits.

    HMAC-SHA256 under the project's key where there is one, else SHA-256, over the JSON array of the
    four texts (UTF-8, no blanks, no escapes of non-ASCII). Never of the members: the id is stable
    while a series grows.
    """
    body = json.dumps([dataset, rule, group_key, part], ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    digest = hmac.new(key, body, hashlib.sha256).digest() if key else hashlib.sha256(body).digest()
    return f"{rule}-{base64.b32encode(digest[:16]).decode().rstrip('=').lower()}"


def pseudonym(value: str, *, tag: str, key: bytes) -> str:
    """Return the keyed hash of an identifier: 128 bits, the tag's name mixed in, as ``2.25.<int>``.

    The form is that of a UUID-derived UID (PS3.5 B.2), so it can stand where a UID stood.
    """
    digest = hmac.new(key, f"{tag}\0{value}".encode(), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def key_may_identify(key: str) -> bool:
    """Return whether a segment of an object's key is shaped like a date, a name or a record number."""
    return bool(_DATE_LIKE.search(key) or _NAME_LIKE.search(key) or _RECORD_LIKE.search(key))


def shown_key(key: str, redact: str | bool) -> str:
    """Return the key as it may be shown: itself, or its first 8 hex digits of SHA-256 and extension.

    ``redact``: true, false, or ``auto`` (redacted when ``key_may_identify``).
    """
    if redact is True or (redact == "auto" and key_may_identify(key)):
        tail = key.rsplit("/", 1)[-1]
        extension = (
            "." + tail.rsplit(".", 1)[1]
            if "." in tail and re.fullmatch(r"[A-Za-z0-9]{1,5}", tail.rsplit(".", 1)[1])
            else ""
        )
        return f"[redacted {hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}{extension}]"
    return key


def plain(text: str, *, most: int = 200) -> str:
    """Return a text that is safe in a log, a table and Markdown: no control characters, cut to ``most``."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else f"\\x{ord(c):02x}" for c in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
