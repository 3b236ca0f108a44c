"""The UIDs of images, read again from their headers at export."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from labelport.annotations.volumes.identities import Identities, ImageGone
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import FRAME_OF_REFERENCE, SERIES, SOP, STUDY
from labelport.errors import BucketError, ObjectAbsent, ObjectChanged
from labelport.privacy import pseudonym
from labelport.probing.contract import BudgetSpent, ProbeContext
from labelport.probing.dicom import PROBE
from labelport.storage.contract import Bucket

THREADS = 8
HEAD_BYTES = 16 << 10
_NEEDED = ("study_uid", "series_uid", "frame_of_reference_uid", "sop_class", "sop_uid")


class ImageIdentities:
    """Implements ``Identifying`` over the bucket of a dataset. What is read is held while a volume is written."""

    def __init__(self, bucket: Bucket, key: bytes | None) -> None:
        """``key``: the project's HMAC key, or null."""
        self._bucket = bucket
        self._secret = key

    def of(self, image: ImageVolume, *, pseudonyms: bool = False) -> Identities:
        """Return the UIDs of a volume's images; raises ``ImageGone``, ``ValueError`` without a key for pseudonyms."""
        secret = self._secret
        if pseudonyms and secret is None:
            raise ValueError("there is no key")
        keys = list(dict.fromkeys(image.keys))
        with ThreadPoolExecutor(THREADS) as threads:
            headers = dict(zip(keys, threads.map(self._header, keys), strict=True))
        first = headers[image.keys[0]]
        for plane, known in enumerate(image.sop_uids):
            _refuse_other(image.keys[plane], headers[image.keys[plane]], first, known, secret)

        def shown(value: str, tag: str) -> str:
            return pseudonym(value, tag=tag, key=secret) if pseudonyms and secret is not None else value

        return Identities(
            shown(first["study_uid"], STUDY),
            shown(first["series_uid"], SERIES),
            shown(first["frame_of_reference_uid"], FRAME_OF_REFERENCE),
            [headers[key]["sop_class"] for key in image.keys],
            [shown(headers[key]["sop_uid"], SOP) for key in image.keys],
        )

    def own_uid(self, purpose: str, content: bytes) -> str:
        """Return a UID of 128 bits of the keyed hash of content: equal content has an equal one."""
        body = hashlib.sha256(content).digest() + purpose.encode()
        digest = hmac.new(self._secret or b"labelport", body, hashlib.sha256).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    def _header(self, key: str) -> Mapping[str, Any]:
        """Return identifiers of an object, not hashed."""
        try:
            found = self._bucket.head(key)

            def read(start: int, length: int) -> bytes:
                return self._bucket.read_range(key, start, length, token=found.token)

            head = read(0, min(HEAD_BYTES, found.size))
            row = PROBE.probe(head, found.size, read, PROBE.limits, ProbeContext(key=key))
        except (ObjectAbsent, ObjectChanged, BucketError, BudgetSpent, OSError) as error:
            raise ImageGone(f"{key} cannot be read: {type(error).__name__}") from None
        header = row.get("dicom") or {}
        missing = [name for name in _NEEDED if not header.get(name)]
        if missing:
            raise ImageGone(f"{key} has no {', '.join(missing)}")
        return {name: header[name] for name in _NEEDED}


def _refuse_other(
    key: str, header: Mapping[str, Any], first: Mapping[str, Any], known: str | None, secret: bytes | None
) -> None:
    """Raise ``ImageGone`` where an object is another image than the catalogue says, or of another series."""
    if known is not None:
        uid = header["sop_uid"]
        now = uid if secret is None else pseudonym(uid, tag=SOP, key=secret)
        if now != known:
            raise ImageGone(f"{key} holds another image than when it was probed")
    same: Sequence[str] = ("study_uid", "series_uid", "frame_of_reference_uid")
    if any(header[name] != first[name] for name in same):
        raise ImageGone(f"{key} is of another series than the first image")
